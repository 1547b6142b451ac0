"""Messages to test with: any mapping and tables for it, and what they must look like, said row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from exchanges.core.mapping.formats import Format, parse_format
from exchanges.core.mapping.table import MessageMapping, Node, TableSpec

NAMESPACES = {"p": "urn:proef:p", "q": "urn:proef:q"}
# Few names, so that they recur under other parents, beside each other and inside themselves.
TAGS = ("A", "B", "Naam", "p:A", "q:B", "p:C-c.1")
FIXED = ("0.00", "0", "N", "a & <b>")
FORMATS = ("tekst", "tekst(3)", "code", "bsn", "datum", "dag", "bedrag", "percentage5", "janee", "getal")

Row = dict[str, Any]


def node(path: str, kind: str, column: str = "", opmaak: str = "", occurs: tuple[int, int | None] = (0, 1)) -> Node:
    form = parse_format(opmaak, "test") if kind == "waarde" else None
    text = opmaak if kind == "vast" else ""
    return Node(path.rpartition("/")[2], path, kind, column, form, *occurs, "", "verified", 0, text=text)


def mapping_of(root: Node, record: str, scalar: str | None, parents: dict[str, str | None]) -> MessageMapping:
    tables = {name: TableSpec(name, name, parent, ()) for name, parent in parents.items()}
    return MessageMapping("Proef", "v1", "verified", NAMESPACES, root, tables, record, scalar, "0" * 64)


@dataclass
class Shape:
    """A mapping while it is being drawn."""

    parents: dict[str, str | None] = field(default_factory=dict)
    count: int = 0

    def name(self) -> str:
        self.count += 1
        return f"n{self.count}"


@st.composite
def mappings(draw: st.DrawFn) -> MessageMapping:
    """Any tree of groups, lists and values below a record in an envelope."""
    shape = Shape()
    root = node("p:Bestand", "groep", occurs=(1, 1))
    record = node(f"p:Bestand/{draw(st.sampled_from(TAGS))}", "lijst", "record", occurs=(0, None))
    shape.parents["record"] = None
    root.children.append(record)
    _grow(draw, shape, record, "record", 0)
    return mapping_of(root, "record", None, shape.parents)


def _grow(draw: st.DrawFn, shape: Shape, parent: Node, table: str, depth: int) -> None:
    kinds = ["waarde", "waarde", "vast", "groep", "lijst"] if depth < 4 else ["waarde", "vast"]
    for tag in draw(st.lists(st.sampled_from(TAGS), unique=True, max_size=4)):
        kind, path, name = draw(st.sampled_from(kinds)), f"{parent.path}/{tag}", shape.name()
        if kind == "waarde":
            child = node(path, kind, name, draw(st.sampled_from(FORMATS)))
        elif kind == "vast":
            child = node(path, kind, "", draw(st.sampled_from(FIXED)), (1, 1))
        elif kind == "groep":
            child = node(path, kind, draw(st.sampled_from(["", name])), occurs=(draw(st.integers(0, 1)), 1))
            _grow(draw, shape, child, table, depth + 1)
        else:
            child = node(path, kind, name, occurs=(0, None))
            shape.parents[name] = table
            _grow(draw, shape, child, name, depth + 1)
        parent.children.append(child)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ['a"b', "&amp;", "]]>", "<b>", "\r\n", "\t", " x ", "", "'", "\ue022", "\x00\x1f\ufffe", "é&é>"]
)
# Codes are written as they are, so they hold only what XML can.
_CODE = st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), max_size=5)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "tekst": _TEXT,
    "code": _CODE,
    "bsn": _CODE,
    "datum": st.integers(0, 99_999_999),
    "dag": st.dates(date(1, 1, 1), date(9999, 12, 31)),
    "bedrag": st.integers(0, 10**17),
    "percentage5": st.integers(0, 99_999),
    "janee": st.booleans(),
    "getal": st.integers(-(10**17), 10**17),
}


@st.composite
def tables_for(draw: st.DrawFn, mapping: MessageMapping) -> dict[str, pa.Table]:
    """Rows for every table; values null now and then, or never, or always."""
    tables: dict[str, pa.Table] = {}
    for name, spec in mapping.tables.items():
        columns = columns_of(mapping.list_node(name))
        signed = signed_columns(mapping.list_node(name))
        if spec.parent is None:
            up = None
            rows = draw(st.integers(0, 4))
        else:
            counts = [draw(st.integers(0, 3)) for _ in range(tables[spec.parent].num_rows)]
            up = [parent for parent, count in enumerate(counts) for _ in range(count)]
            rows = len(up)
        arrays = {
            column: pa.array([draw(_value(form, column in signed)) for _ in range(rows)],
                             form.type if form else pa.bool_())
            for column, form in columns.items()
        }
        if up is not None:
            arrays["_parent"] = pa.array(up, pa.int64())
        if spec.parent is None and not arrays:
            arrays["_row"] = pa.array(range(rows), pa.int64())
        tables[name] = pa.table(arrays)
    return tables


def _value(form: Format | None, signed: bool) -> st.SearchStrategy[Any]:
    if form is None:
        return st.none() | st.booleans()
    values = _VALUES[form.name]
    return st.none() | values | values.map(lambda value: -value) if signed else st.none() | values


def signed_columns(list_node: Node) -> set[str]:
    found = set()
    for child in list_node.children:
        if child.format is not None and child.format.is_sign:
            found.add(child.column)
        if child.kind == "groep":
            found |= signed_columns(child)
    return found


def columns_of(list_node: Node) -> dict[str, Format | None]:
    """The columns of one table with their format, None for a group's presence."""
    found: dict[str, Format | None] = {}

    def walk(parent: Node) -> None:
        for child in parent.children:
            if child.column and child.kind != "lijst":
                found[child.column] = child.format
            if child.kind == "groep":
                walk(child)

    walk(list_node)
    return found


# The reference: what the writer must give, by plain recursion over rows, with no code in common.

_WRITTEN: dict[str, Callable[[Any], str | None]] = {
    "tekst": str, "code": str, "bsn": str, "getal": str, "bedrag": lambda v: str(abs(v)),
    "datum": lambda v: f"{v:08d}", "dag": lambda v: f"{v.year:04d}{v.month:02d}{v.day:02d}",
    "percentage5": lambda v: f"{abs(v):05d}", "janee": lambda v: "1" if v else "2",
    "teken": lambda v: "-" if v < 0 else "+", "teken-": lambda v: "-" if v < 0 else None,
}


def allowed(character: str) -> bool:
    """XML 1.0, production Char."""
    return character in "\t\n\r" or (character >= " " and character not in "\ufffe\uffff")


def normal(form: Format, value: Any) -> Any:
    """The value as it can be written at all."""
    if value is not None and form.name == "tekst":
        value = "".join(filter(allowed, value))
        return value if form.length is None else value[: form.length]
    return value


def expected_records(mapping: MessageMapping, tables: dict[str, pa.Table]) -> list[str]:
    rows = {name: table.to_pylist() for name, table in tables.items()}
    record = mapping.list_node(mapping.record)
    return [_around(record, row, number, rows) for number, row in enumerate(rows[mapping.record])]


def _around(parent: Node, row: Row, number: int, rows: dict[str, list[Row]]) -> str:
    inside = "".join(_element(child, row, number, rows) for child in parent.children)
    return f"<{parent.tag}>{inside}</{parent.tag}>"


def _element(child: Node, row: Row, number: int, rows: dict[str, list[Row]]) -> str:
    if child.kind == "lijst":
        return "".join(
            _around(child, inner, at, rows) for at, inner in enumerate(rows[child.column]) if inner["_parent"] == number
        )
    if child.kind == "groep":
        optional = bool(child.column) or child.min_occurs == 0
        there = not optional or _filled(child, row, number, rows)
        return _around(child, row, number, rows) if there else ""
    text = _escaped(child.text) if child.kind == "vast" else _text(child, row)
    return "" if text is None else f"<{child.tag}>{text}</{child.tag}>"


def _text(child: Node, row: Row) -> str | None:
    assert child.format is not None
    value = normal(child.format, row[child.column])
    text = None if value is None else _WRITTEN[child.format.name](value)
    return None if text is None else _escaped(text)


def _escaped(text: str) -> str:
    for raw, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        text = text.replace(raw, written)
    return text


def _filled(child: Node, row: Row, number: int, rows: dict[str, list[Row]]) -> bool:
    if child.kind == "vast":
        return False
    if child.kind == "waarde":
        return _text(child, row) is not None
    if child.kind == "lijst":
        return any(inner["_parent"] == number for inner in rows[child.column])
    if child.column:
        return bool(row[child.column])
    return any(_filled(inner, row, number, rows) for inner in child.children)
