"""Rules that the schema itself implies, per text column: length, pattern, enumeration.

They tell before the file is built which records the schema would refuse, so those are rejected one by one
instead of the whole file failing at the gate. Numbers, dates and BSNs get their form from the format and have
rules of their own.
"""

from __future__ import annotations

from exchanges.core.declare import Rule
from exchanges.core.mapping.formats import FORBIDDEN
from exchanges.core.mapping.table import MessageMapping, Node
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.schemas.model import Facets, elements


def facet_rules(mapping: MessageMapping, entry: SchemaEntry) -> tuple[Rule, ...]:
    """One rule per restricted text element of the record, and one per mandatory element that may be null."""
    facets = {element.path: element for element in elements(entry, mapping.root.local)}
    rules: list[Rule] = []

    def walk(node: Node, table: str, optional_group: bool) -> None:
        for child in node.children:
            if child.kind == "lijst":
                walk(child, child.column, False)
            elif child.kind == "groep":
                walk(child, table, optional_group or child.min_occurs == 0)
            elif child.format is not None:
                element = facets.get(_local(child.path))
                if element is not None and child.format.name in ("tekst", "code"):
                    broken = _broken(child, element.facets)
                    if broken:
                        rules.append(
                            _rule(
                                child,
                                table,
                                broken,
                                "XSD-WAARDE",
                                "De waarde past niet in het schema: lengte, vorm of code klopt niet.",
                            )
                        )
                if child.min_occurs and not optional_group and not child.format.is_sign:
                    rules.append(
                        _rule(
                            child,
                            table,
                            f"r.{child.column} IS NULL",
                            "XSD-VERPLICHT",
                            "Een verplicht gegeven ontbreekt.",
                        )
                    )

    record = mapping.list_node(mapping.record)
    walk(record, record.column, False)
    return tuple(rules)


def _rule(node: Node, table: str, broken: str, code: str, text: str) -> Rule:
    return Rule(
        code,
        "error",
        table,
        _local(node.path),
        broken,
        f"{text} ({node.local})",
        f"Verbeter {node.local} in de administratie.",
        "schema van het bericht",
    )


def _broken(node: Node, facets: Facets) -> str:
    """SQL that is true where the value breaks a facet. Text that the format cuts cannot be too long."""
    column = f"r.{node.column}"
    tests: list[str] = []
    cut = node.format.length if node.format else None
    if facets.length is not None:
        tests.append(f"length({column}) <> {facets.length}")
    if facets.min_length:
        tests.append(f"length({column}) < {facets.min_length}")
    if facets.max_length is not None and cut is None:
        tests.append(f"length({column}) > {facets.max_length}")
    if facets.enumeration:
        values = ", ".join("'" + value.replace("'", "''") + "'" for value in facets.enumeration)
        tests.append(f"{column} NOT IN ({values})")
    for pattern in facets.patterns:
        # XSD reads \d as any decimal digit of Unicode, RE2 as ASCII.
        re2 = pattern.replace(r"\d", r"\p{Nd}").replace(r"\D", r"\P{Nd}").replace("'", "''")
        tests.append(f"NOT regexp_full_match({column}, '{re2}', 's')")
    if node.format and node.format.name == "code" and not facets.patterns and not facets.enumeration:
        # Text loses what XML cannot hold; in a code nothing may be left out.
        tests.append(f"regexp_matches({column}, '{FORBIDDEN}')")
    return " OR ".join(tests)


def _local(path: str) -> str:
    return "/".join(step.rpartition(":")[2] for step in path.split("/"))
