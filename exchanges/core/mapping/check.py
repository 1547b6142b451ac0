"""Does a mapping fit its schema? Every path, namespace, order, type and occurrence, row by row."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from exchanges.core.mapping.formats import Format
from exchanges.core.mapping.table import MessageMapping, Node
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.schemas.facets import Facets
from exchanges.core.schemas.model import Element, elements

# What each format can write; every text must be legal where the format is used.
_SAMPLES = {
    "datum": ("20240131", "20240100", "20240000", "00000131", "00000000"),
    "dag": ("20240131",),
    "bedrag": ("0", "1", "123456789012345678"),
    "percentage5": ("00000", "05000", "99999"),
    "teken": ("+", "-"),
    "teken-": ("-",),
    "janee": ("1", "2"),
    "getal": ("0", "1"),
    "bsn": ("111222333",),
    "euro": ("0.00", "12.34", "-12.34"),
    "jn": ("J", "N"),
}
# The built-in type that the value must be made of, for formats that are those of one.
_BASES = {
    "euro": {"decimal"},
    "geheel": {
        "integer", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger", "long", "int",
        "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte",
    },
    "isodag": {"date"},
    "tijdstip": {"dateTime"},
}
# How the built-in types are written that are no text, as far as a format or a fixed text could be taken for one.
_SHAPES = {
    "decimal": r"-?[0-9]+(\.[0-9]+)?",
    **dict.fromkeys(_BASES["geheel"], "-?[0-9]+"),
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "dateTime": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?",
    "gYear": "[0-9]{4}",
    "gYearMonth": "[0-9]{4}-[0-9]{2}",
    "boolean": "true|false|0|1",
}


@dataclass
class MappingCheck:
    """``problems``: one line each, with file row and path. ``unmapped``: optional elements the mapping leaves out."""

    message: str
    version: str
    rows: int = 0
    problems: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)


def check_mapping(mapping: MessageMapping, entry: SchemaEntry) -> MappingCheck:
    """Hold ``mapping`` against the schema of its root."""
    out = MappingCheck(mapping.message, mapping.version)
    known: dict[str, Element] = {}
    for element in elements(entry, mapping.root.local):
        known.setdefault(element.path, element)
    order = {path: number for number, path in enumerate(known)}
    mapped = {_local(node.path): node for node in mapping.nodes()}
    out.rows = len(mapped)
    for path, node in mapped.items():
        where = f"regel {node.row}, {node.path}"
        if path not in known:
            out.problems.append(f"{where}: het schema kent dit pad niet.")
            continue
        _namespace(out, mapping, node, known[path], where)
        _occurrence(out, node, known[path], where)
        if node.format is not None:
            _type(out, node.format, known[path], where)
        if node.kind == "vast" and not _legal(node.text, known[path]):
            out.problems.append(f"{where}: het schema weigert deze vaste tekst.")
        _order(out, node, order, where)
    _attributes(out, mapping, known)
    for path, element in known.items():
        above = path.rpartition("/")[0]
        if path in mapped or (above and above not in mapped) or path in _given(mapping):
            continue
        if element.min_occurs and not element.choice:
            out.problems.append(f"{path}: verplicht in het schema, ontbreekt in de mapping.")
        else:
            out.unmapped.append(path)
    return out


def _given(mapping: MessageMapping) -> dict[str, str]:
    """The attributes of the root that every message has, by path."""
    return {f"{mapping.root.local}/@{name}": text for name, text in mapping.attributes.items()}


def _attributes(out: MappingCheck, mapping: MessageMapping, known: dict[str, Element]) -> None:
    for path, text in _given(mapping).items():
        if path not in known or known[path].namespace:
            out.problems.append(f"message.toml, {path}: het schema kent dit attribuut niet.")
        elif not _fits(text, known[path].facets):
            out.problems.append(f"message.toml, {path}: het schema weigert deze waarde.")


def _namespace(out: MappingCheck, mapping: MessageMapping, node: Node, element: Element, where: str) -> None:
    prefix = node.tag.rpartition(":")[0]
    if (mapping.namespaces.get(prefix, "") if prefix else "") != element.namespace:
        out.problems.append(
            f"{where}: naamruimte klopt niet; het schema zegt {element.namespace or 'geen naamruimte'}."
        )


def _occurrence(out: MappingCheck, node: Node, element: Element, where: str) -> None:
    if (node.min_occurs, node.max_occurs) != (element.min_occurs, element.max_occurs):
        out.problems.append(
            f"{where}: herhaling {_range(node.min_occurs, node.max_occurs)}, het schema zegt "
            f"{_range(element.min_occurs, element.max_occurs)}."
        )
    if node.kind != "lijst" and node.max_occurs != 1:
        out.problems.append(f"{where}: een element dat herhaalt moet soort lijst zijn.")
    # An element of any content may be read as a group without children: that it is there is what it says.
    free = element.base == "anyType" or (element.any_content and node.kind == "groep")
    if (node.kind in ("waarde", "vast")) != element.is_leaf and not free:
        out.problems.append(f"{where}: soort {node.kind} past niet bij het schema.")


def _type(out: MappingCheck, format_: Format, element: Element, where: str) -> None:
    facets = element.facets
    if element.base not in _BASES.get(format_.name, {element.base}):
        out.problems.append(f"{where}: opmaak {format_.name} past niet bij {element.base} in het schema.")
    if format_.name == "euro" and facets.fraction_digits is not None and facets.fraction_digits < 2:
        out.problems.append(f"{where}: opmaak euro schrijft twee decimalen, het schema staat er minder toe.")
    for sample in _SAMPLES.get(format_.name, ()):
        if not (_shaped(sample, element) and _fits(sample, facets)):
            out.problems.append(f"{where}: opmaak {format_.name} schrijft tekst die het schema weigert.")
            break
    if (
        format_.name == "tekst"
        and facets.max_length is not None
        and (format_.length or facets.max_length + 1) > facets.max_length
    ):
        out.problems.append(
            f"{where}: het schema staat {facets.max_length} tekens toe; kap af met tekst({facets.max_length})."
        )


def _fits(text: str, facets: Facets) -> bool:
    if facets.length is not None and len(text) != facets.length:
        return False
    if facets.max_length is not None and len(text) > facets.max_length:
        return False
    if facets.min_length is not None and len(text) < facets.min_length:
        return False
    if facets.enumeration and text not in facets.enumeration:
        return False
    most = facets.max_inclusive or ""
    if most.isdecimal() and text.isdecimal() and int(text) > int(most):
        return False
    if facets.total_digits is not None and len(re.sub("[^0-9]", "", text).lstrip("0")) > facets.total_digits:
        return False
    return all(re.fullmatch(pattern, text) for pattern in facets.patterns)


def _legal(text: str, element: Element) -> bool:
    """Whether a fixed text is a value of the element."""
    most, decimals = element.facets.fraction_digits, text.partition(".")[2]
    return _shaped(text, element) and (most is None or len(decimals) <= most) and _fits(text, element.facets)


def _shaped(text: str, element: Element) -> bool:
    """Whether it is written as the element's built-in type is."""
    return re.fullmatch(_SHAPES.get(element.base or "", ".*"), text) is not None


def _order(out: MappingCheck, node: Node, order: dict[str, int], where: str) -> None:
    places = [order[_local(child.path)] for child in node.children if _local(child.path) in order]
    if places != sorted(places):
        out.problems.append(f"{where}: de elementen eronder staan niet in de volgorde van het schema.")


def _range(low: int, high: int | None) -> str:
    return f"{low}..{'n' if high is None else high}"


def _local(path: str) -> str:
    return "/".join(step.rpartition(":")[2] for step in path.split("/"))
