"""Headings of rows in the tags of a PDF: what is ``th`` in a row of the page is TH with Scope Row, and the cells beside
it refer to it (ISO 32000-1 14.8.5.7, ISO 14289-1 7.5).

Typst tags the head of a table so, and a row's heading as an ordinary cell: it can do better only behind a switch that
its wheel does not have. So that somebody who hears a number also hears of what, it is set right in the file afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from typing import Any

from pikepdf import Array, Dictionary, Name, NameTree, Object, ObjectStreamMode, Pdf, String

from exchanges.core.reports.outline import Node


def with_row_headings(data: bytes, body: list[Node]) -> bytes:
    """The same file, with the headings of the rows of ``body`` (as of :func:`.outline.outline`) tagged.

    Raises ValueError when the tags are not those of ``body``: a table, row or cell more or less.
    """
    with Pdf.open(BytesIO(data)) as pdf:
        root = pdf.Root.StructTreeRoot
        tables = zip(_elements(root, "/Table"), _tables(body), strict=True)
        ids = NameTree(root.IDTree) if Name.IDTree in root else None
        for number, (table, said) in enumerate(tables):
            rows = zip(_elements(table, "/TR"), chain(said["head"], *said["groups"]), strict=True)
            for at, (row, told) in enumerate(rows):
                if ids is not None:
                    _head(row, told, f"R{number}y{at}", ids)
        made = BytesIO()
        # In streams: the tags are most of the file, and small together. The identity follows from the contents.
        pdf.save(made, object_stream_mode=ObjectStreamMode.generate, deterministic_id=True)
        return made.getvalue()


def _head(row: Object, told: dict[str, Any], name: str, ids: NameTree) -> None:
    cells = list(zip(_children(row), told["cells"], strict=True))
    heads = [cell for cell, one in cells if one["e"] == "th" and cell.S == Name.TD]
    if not heads:
        return
    for number, cell in enumerate(heads):
        cell.S = Name.TH
        cell.ID = String(f"{name}x{number}")
        _about(cell).Scope = Name.Row
        ids[str(cell.ID)] = cell
    for cell, _ in cells:
        if cell.S == Name.TD:
            about = _about(cell)
            about.Headers = Array([*about.get(Name.Headers, Array()), *(head.ID for head in heads)])


def _about(cell: Object) -> Object:
    """What is said of a cell as part of a table; there is always something, if only above which column it stands."""
    attributes = cell.get(Name.A, Array())
    found = next((one for one in attributes if str(one.O) == "/Table"), None)
    if found is None:
        cell.A = Array([*attributes, Dictionary(O=Name.Table)])
        found = cell.A[-1]
    return found


def _tables(nodes: list[Node]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if isinstance(node, dict):
            if node["e"] == "table":
                yield node
            yield from _tables(node["k"])


def _elements(parent: Object, kind: str) -> Iterator[Object]:
    """Structure elements of a kind, in the order in which they are read."""
    for child in _children(parent):
        if str(child.S) == kind:
            yield child
        else:
            yield from _elements(child, kind)


def _children(parent: Object) -> list[Object]:
    kids = parent.get(Name.K, Array())
    return [
        kid for kid in (kids if isinstance(kids, Array) else [kids]) if isinstance(kid, Dictionary) and Name.S in kid
    ]
