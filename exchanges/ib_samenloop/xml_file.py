"""An XML of signals: which layout it has, and its signals to the judge.

The schema holds names and order; a file with anything else is refused as a whole. Values are read per signal, by the
same code as those of a CSV.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from lxml import etree

from exchanges.core.mapping.formats import parse_format
from exchanges.core.mapping.table import MessageMapping, Node, TableSpec
from exchanges.core.period import Period
from exchanges.core.reports.dutch import number
from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.xml.faults import Fault
from exchanges.core.xml.stream import Checked, Target, check_file, root_tag
from exchanges.ib_samenloop.csv_file import Refused
from exchanges.ib_samenloop.head import Head, read_head
from exchanges.ib_samenloop.judge import Judge
from exchanges.ib_samenloop.kinds import MESSAGE as NAME
from exchanges.ib_samenloop.kinds import PER_FILE
from exchanges.ib_samenloop.layout import Layout, layout, layouts
from exchanges.ib_samenloop.trouble import COUNT, HEAD, MESSAGE, UNKNOWN_COLUMN, VERSION, said

_XSD = Path(__file__).resolve().parent / "xsd"
_HEAD_BYTES = 64 * 1024
_MOST_FAULTS = 100
# Not x, s or saxon: those are of the stylesheets that read a message back.
_PREFIX = "b"
_FAMILY = "urn:ketensluis:aanname:ib-samenloop:"


def look(path: Path) -> Layout:
    """Raises Refused when it is no file of signals, or one of an unknown version."""
    namespace, _, root = (root_tag(path) or "").removeprefix("{").rpartition("}")
    for one in layouts():
        if (namespace, root) == (one.namespace, one.root):
            return one
    if namespace.startswith(_FAMILY) and root == layouts()[0].root:
        raise Refused(said(VERSION))
    raise Refused(said(MESSAGE))


def read_xml(path: Path, of: Layout, judge: Judge, gemeente: str, period: Period) -> tuple[Head, Checked]:
    """All signals to ``judge``. Raises Refused."""
    head, wrong = read_head(of, "xml", _head_texts(path, of), gemeente, period)
    if head is None:
        raise Refused(*wrong)
    checked = check_file(path, _target(of.version), _Sink(of, judge, head))
    if checked.wrong:
        raise Refused(*_told(checked.wrong))
    if checked.records != head.count:
        raise Refused(said(COUNT, f"Geteld: {number(checked.records)}."))
    return head, checked


def _told(faults: Sequence[Fault]) -> list[dict[str, object]]:
    """A file with other elements than the layout is of another layout; what else is wrong keeps its own code."""
    out = []
    for fault in faults[:_MOST_FAULTS]:
        row = said(UNKNOWN_COLUMN, field=fault.path, line=fault.line)
        if not fault.code.startswith("XSD"):
            row |= {"code": fault.code, "text": fault.text}
        out.append(row)
    return out


def _head_texts(path: Path, of: Layout) -> dict[str, str | None]:
    """The head, from the beginning of the file: it must be known before the first signal. Raises Refused."""
    parser = etree.XMLPullParser(events=("end",), tag=f"{{{of.namespace}}}Kop", resolve_entities=False,
                                 no_network=True, load_dtd=False, huge_tree=False)
    with path.open("rb") as file:
        data = file.read(_HEAD_BYTES)
    try:
        parser.feed(data)
        element = next((found for _, found in parser.read_events()), None)
    except etree.XMLSyntaxError:
        element = None
    if element is None:
        # Not well-formed, or no head: the whole pass tells which, and where.
        raise Refused(*(_told(check_file(path, _target(of.version)).wrong) or [said(HEAD)]))
    names = {place.name.rpartition("/")[2]: place.field.name for place in of.xml
             if place.field.kind == PER_FILE}
    return {names[local]: child.text for child in element.iterchildren("*")
            if (local := etree.QName(child).localname) in names}


@cache
def _target(version: str) -> Target:
    return Target(f"{NAME} {version}", lambda: compile_xsd(_XSD / f"samenloop-{version}.xsd"), mapping_of(version))


class _Sink:
    """Signals as they are read back, piece by piece."""

    def __init__(self, of: Layout, judge: Judge, head: Head) -> None:
        self._judge, self._head = judge, head
        self._ids = [place.field.id for place in of.xml if place.field.kind != PER_FILE]

    def add(self, tables: dict[str, pa.Table]) -> None:
        table = tables["signaal"]
        if table.num_rows:
            columns: dict[str, Any] = {name: table[name] for name in self._ids}
            self._judge.add(table["_line"].to_numpy(), columns, self._head)

    def restart(self) -> None:
        self._judge.restart()


def mapping_of(version: str) -> MessageMapping:
    """The layout as a mapping of the message: all values as text, for the judge reads them."""
    of = layout(version)
    root = Node(f"{_PREFIX}:{of.root}", f"{_PREFIX}:{of.root}", "groep", "", None, 1, 1, "", "assumed", 0)
    nodes = {"": root}
    for line, place in enumerate(of.xml, start=2):
        steps = place.name.split("/")
        for depth in range(1, len(steps) + 1):
            path = "/".join(steps[:depth])
            if path in nodes:
                continue
            kind = "waarde" if depth == len(steps) else "lijst" if path == "Signaal" else "groep"
            column = {"waarde": place.field.id, "lijst": "signaal", "groep": ""}[kind]
            tag = f"{_PREFIX}:{steps[depth - 1]}"
            above = nodes["/".join(steps[:depth - 1])]
            nodes[path] = Node(tag, f"{above.path}/{tag}", kind, column,
                               parse_format("tekst", "") if kind == "waarde" else None, 0,
                               None if kind == "lijst" else 1, "", place.field.certainty, line)
            above.children.append(nodes[path])
    tables = {"kop": TableSpec("kop", "kop", None, ()),
              "signaal": TableSpec("signaal", "signalen", None, ("signaalnummer",))}
    return MessageMapping(NAME, version, of.certainty, {_PREFIX: of.namespace}, root, tables, "signaal",
                          "kop", "")
