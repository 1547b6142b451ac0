"""Rules that follow from schema and mapping, per text column: length, pattern, enumeration, what XML cannot hold.

They tell before the file is built which records the schema would refuse, so those are rejected one by one instead of
the whole file failing at the gate; and which texts will be cut or cleaned on the way. Numbers, dates and BSNs get
their form from the format and have rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from exchanges.core.declare import Rule
from exchanges.core.mapping.formats import FORBIDDEN
from exchanges.core.mapping.table import MessageMapping, Node
from exchanges.core.mapping.typed import record_types
from exchanges.core.schemas.declared import NotRead, Simple, declared
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.schemas.facets import Facets


def facet_rules(mapping: MessageMapping, entry: SchemaEntry) -> tuple[Rule, ...]:
    """Per restricted text element of the record one rule, per mandatory element that may be null one, and per text
    that may be cut or cleaned one. They read ``_verdacht``, see :func:`suspect`."""
    facets = _facets(mapping, entry)
    return tuple(
        rule
        for table, node, optional in _values(mapping.list_node(mapping.record), mapping.record, False)
        for rule in _rules(node, table, optional, facets.get(_local(node.path)))
    )


def _facets(mapping: MessageMapping, entry: SchemaEntry) -> dict[str, Facets]:
    """By path of local names. xmlschema is asked only where the schema has what nobody else reads: it loads slowly."""
    try:
        types = record_types(mapping, declared(entry.xsd_of(mapping.root.local)))
    except NotRead:
        from exchanges.core.schemas.model import elements

        return {element.path: element.facets for element in elements(entry, mapping.root.local)}
    return {_local(path): kind.facets for path, kind in types.items() if isinstance(kind, Simple)}


def suspect(mapping: MessageMapping, table: str) -> str:
    """SQL over the columns of ``table``: some text of the row has a character that XML cannot hold. Hardly a row does,
    so it is computed once per row, as ``_verdacht``, before any text is looked at by itself."""
    texts = [
        node.column
        for of, node, _ in _values(mapping.list_node(mapping.record), mapping.record, False)
        if of == table and node.format is not None and node.format.name in ("tekst", "code")
    ]
    return f"regexp_matches(concat_ws('', {', '.join(texts)}), '{FORBIDDEN}')" if texts else "false"


def _values(node: Node, table: str, optional: bool) -> Iterator[tuple[str, Node, bool]]:
    """The values under ``node``: table, node, and whether a group around it may be absent."""
    for child in node.children:
        if child.kind == "lijst":
            yield from _values(child, child.column, False)
        elif child.kind == "groep":
            yield from _values(child, table, optional or child.min_occurs == 0)
        elif child.kind == "waarde":
            yield table, child, optional


def _rules(node: Node, table: str, optional: bool, facets: Facets | None) -> Iterator[Rule]:
    assert node.format is not None
    column, cut = f"r.{node.column}", node.format.length
    unclean = f"CASE WHEN r._verdacht THEN regexp_matches({column}, '{FORBIDDEN}') ELSE false END"
    if facets is not None and node.format.name in ("tekst", "code"):
        # In a code nothing may be left out.
        broken = [*_broken(column, facets, cut), *([unclean] if node.format.name == "code" else [])]
        if broken:
            text = "De waarde past niet in het schema: lengte, vorm of code klopt niet."
            yield _rule(node, table, " OR ".join(broken), "XSD-WAARDE", "error", text)
    if node.format.name == "tekst":
        if cut is not None:
            text = f"De tekst is langer dan {cut} tekens en wordt afgekapt."
            yield _rule(node, table, f"length({column}) > {cut}", "TXT-01", "info", text)
        text = "De tekst heeft tekens die XML niet kent; die worden weggelaten."
        yield _rule(node, table, unclean, "TXT-02", "warning", text)
    if node.min_occurs and not optional and not node.format.is_sign:
        yield _rule(node, table, f"{column} IS NULL", "XSD-VERPLICHT", "error", "Een verplicht gegeven ontbreekt.")


def _rule(
    node: Node, table: str, broken: str, code: str, severity: Literal["error", "warning", "info"], text: str
) -> Rule:
    return Rule(
        code, severity, table, _local(node.path), broken, f"{text} ({node.local})",
        f"Verbeter {node.local} in de administratie.", "schema van het bericht",
    )


def _broken(column: str, facets: Facets, cut: int | None) -> Iterator[str]:
    """SQL tests that are true where the value breaks a facet. Text that the format cuts cannot be too long."""
    if facets.length is not None:
        yield f"length({column}) <> {facets.length}"
    if facets.min_length:
        yield f"length({column}) < {facets.min_length}"
    if facets.max_length is not None and cut is None:
        yield f"length({column}) > {facets.max_length}"
    if facets.enumeration:
        values = ", ".join("'" + value.replace("'", "''") + "'" for value in facets.enumeration)
        yield f"{column} NOT IN ({values})"
    for pattern in facets.patterns:
        # XSD reads \d as any decimal digit of Unicode, RE2 as ASCII.
        re2 = pattern.replace(r"\d", r"\p{Nd}").replace(r"\D", r"\P{Nd}").replace("'", "''")
        yield f"NOT regexp_full_match({column}, '{re2}', 's')"


def _local(path: str) -> str:
    return "/".join(step.rpartition(":")[2] for step in path.split("/"))
