"""Why a record was refused, in plain Dutch: what, where, and what the schema says; never the value.

libxml2 gives the verdict, xmlschema the diagnosis. Where xmlschema sees nothing (it takes digits of any script for a
number, and text in an element without children for nothing), libxml2's own error is put into words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import xmlschema
from lxml import etree
from xmlschema.validators import XMLSchemaChildrenValidationError, XsdElement, XsdGroup

from exchanges.core.schemas.compiled import compiled
from exchanges.core.schemas.diagnostic import diagnostic, tree_of
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.schemas.wording import of_element, of_libxml, of_value

_MOST = 50  # explanations per record: a record with more is broken as a whole


@dataclass(frozen=True)
class Explanation:
    """``path`` has local names from the root of the record (as in :class:`model.Element`), ``place`` is the same with
    the number of a repeated element (``A/B[2]/C``), ``line`` counts inside the record. ``reason`` is for the user,
    ``schema_reason`` what the schema says, in its own terms."""

    path: str
    reason: str
    schema_reason: str
    line: int
    place: str


def explain(record_xml: bytes, entry: SchemaEntry, root: str | None = None) -> list[Explanation]:
    """Everything the schema of ``root`` (default: the delivered one) has against the record; empty when it is valid.

    Input from outside is safe: what is not XML, or has a DOCTYPE, is an explanation too.
    """
    name = root or entry.roots[0]
    try:
        tree = tree_of(record_xml)
    except etree.XMLSyntaxError as refusal:
        return [Explanation(name, "Dit is geen leesbare XML.", "not well-formed", refusal.lineno or 1, name)]
    if tree.getroottree().docinfo.doctype:
        return [Explanation(name, "De XML heeft een DOCTYPE; dat is niet toegestaan.", "DOCTYPE", 1, name)]
    schema = compiled(entry, name)
    if schema.validate(tree):
        return []
    xsd = entry.xsd_of(name)
    known = _names(xsd)
    found: dict[tuple[str, str], Explanation] = {}
    try:
        for error in diagnostic(xsd).iter_errors(tree, use_location_hints=False):
            if isinstance(error.validator, XsdGroup) and "substitute" in (error.reason or ""):
                continue  # said of the parent as well as of the element with the xsi:type
            told = _explained(error, tree, known, entry, name)
            found.setdefault((told.place, told.reason), told)
            if len(found) >= _MOST:
                break
    except (xmlschema.XMLSchemaException, KeyError, RecursionError):
        pass  # 4.3 raises on some xsi:type values; the errors of libxml2 then tell the rest
    if not found:
        for line in schema.error_log:
            place = re.sub(r"[^/:]+:", "", line.path or "").strip("/")
            path = re.sub(r"\[\d+\]", "", place)
            if not all(part in known for part in path.split("/")):
                place = path = name
            reason = of_libxml(line.type_name, path.rpartition("/")[2])
            told = Explanation(path, reason, line.type_name.removeprefix("SCHEMAV_"), line.line, place)
            found.setdefault((told.place, told.reason), told)
    return list(found.values())[:_MOST]


def _explained(error: Any, tree: etree._Element, known: frozenset[str], entry: SchemaEntry, root: str) -> Explanation:
    element = error.elem if error.elem is not None else tree
    name = _shown(element, known)
    if isinstance(error, XMLSchemaChildrenValidationError):
        reason, schema_reason = _of_children(error, name, known)
    elif element is tree and "not an element of the schema" in (error.reason or ""):
        return Explanation(root, *_of_root(tree, entry, root), tree.sourceline or 1, root)
    else:
        reason, schema_reason = (
            of_value(error.validator, name, element.text or "")
            or of_element(error.validator, error.reason or "", name)
            or (f"De inhoud van {name} past niet bij het schema.", type(error.validator).__name__)
        )
    line = [*reversed(list(element.iterancestors())), element]
    path = "/".join(_shown(node, known) for node in line)
    place = "/".join(_shown(node, known) + _number(node) for node in line)
    return Explanation(path, reason, schema_reason, element.sourceline or 1, place)


def _of_children(error: XMLSchemaChildrenValidationError, parent: str, known: frozenset[str]) -> tuple[str, str]:
    allowed = {item.name: item for item in error.validator.iter_elements() if isinstance(item, XsdElement)}
    expected = [item.name for item in error.expected or () if isinstance(item, XsdElement)]
    present = [child.tag for child in error.elem]
    absent = [name for name in expected if name not in present]
    wanted = f"expected: {' | '.join(map(_local, expected))}" if expected else "nothing expected here"
    if error.invalid_tag is None:
        return _absent(parent, expected), wanted
    child, tag = _local(error.invalid_tag), error.invalid_tag
    if tag not in allowed:
        if child in map(_local, allowed):
            return f"{child} in {parent} staat in de verkeerde naamruimte.", f"namespace of {child}"
        unknown = f"In {parent} staat een element dat het schema niet kent."
        return (f"{child} hoort niet in {parent}." if child in known else unknown), wanted
    most = allowed[tag].max_occurs
    if most is not None and present.count(tag) > most and present[: error.index].count(tag) >= most:
        times = f"{most} keer" if most > 1 else "1 keer"
        return f"{child} komt te vaak voor in {parent}: hoogstens {times}.", f"maxOccurs = {most}"
    if absent:
        return _absent(parent, absent), wanted
    before = error.elem[error.index - 1].tag if error.index else None
    order = list(allowed)
    if before in allowed and order.index(tag) < order.index(before) and not _has_choice(error.validator):
        return f"{child} staat in {parent} na {_local(before)}, maar hoort ervoor.", "sequence"
    return f"{child} staat in {parent} op de verkeerde plaats, of naast iets waar het niet naast mag.", wanted


def _has_choice(group: Any) -> bool:
    return group.model == "choice" or any(_has_choice(part) for part in group if isinstance(part, XsdGroup))


def _absent(parent: str, names: list[str]) -> str:
    shown = list(dict.fromkeys(map(_local, names)))
    if len(shown) == 1:
        return f"In {parent} ontbreekt {shown[0]}."
    return f"In {parent} ontbreekt een van: {', '.join(shown)}." if shown else f"{parent} is niet volledig."


def _of_root(tree: etree._Element, entry: SchemaEntry, root: str) -> tuple[str, str]:
    if _local(tree.tag) == root:
        return f"{root} staat in de verkeerde naamruimte; verwacht is die van {entry.name}.", entry.namespace
    return f"Het hoofdelement hoort niet bij {entry.name}; verwacht is {root}.", f"expected: {root}"


def _shown(element: etree._Element, known: frozenset[str]) -> str:
    """The name of an element as far as the schema has it: a name from outside could hold anything."""
    name = _local(element.tag)
    return name if name in known else "een onbekend element"


def _number(element: etree._Element) -> str:
    """``[2]`` for the second of its name in its parent, nothing when it is the only one."""
    before = sum(1 for _ in element.itersiblings(element.tag, preceding=True))
    alone = not before and next(element.itersiblings(element.tag), None) is None
    return "" if alone else f"[{before + 1}]"


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


@lru_cache(maxsize=64)
def _names(xsd: Path) -> frozenset[str]:
    def of(schema: Any) -> Iterator[str]:
        for component in schema.maps.iter_components(XsdElement):
            if component.name and "XMLSchema" not in component.name:
                yield _local(component.name)

    return frozenset(of(diagnostic(xsd)))
