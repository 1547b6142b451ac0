"""From numbers and lines within a piece to those of the file."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.mapping.table import MessageMapping
from exchanges.core.xml.faults import MOST_FAULTS, Fault, too_many_fault
from exchanges.core.xml.split import Frame, Piece


class RowNumbers:
    """Pieces count their rows from 0, the file goes on."""

    def __init__(self, mapping: MessageMapping) -> None:
        self._record = mapping.record
        self._parents = {name: spec.parent for name, spec in mapping.tables.items()}
        self._base = dict.fromkeys(mapping.tables, 0)

    @property
    def records(self) -> int:
        return self._base[self._record]

    def shift(self, tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
        moved = {name: self._moved(name, table) for name, table in tables.items()}
        for name, table in tables.items():
            self._base[name] += table.num_rows
        return moved

    def _moved(self, name: str, table: pa.Table) -> pa.Table:
        parent = self._parents[name]
        if parent is None or name == self._record:
            return table
        for column, of in (("_parent", parent), ("_root", self._record)):
            index = table.schema.get_field_index(column)
            table = table.set_column(index, table.schema.field(index), pc.add(table[column], self._base[of]))
        return table


class FaultList:
    """The faults of all pieces, in file order.

    Every piece has the envelope around it, so a fault there comes back in each: it is told once. A fault before
    the records is told by the first piece, one after them with the line the last piece gives.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._faults: list[Fault] = []
        self._before: set[tuple[str, str, int]] = set()
        self._after: dict[tuple[str, str, int], Fault] = {}
        self._outside: set[tuple[str, str]] = set()
        self._full = False

    def add(self, faults: list[Fault], piece: Piece, records: int) -> None:
        """``records`` come before those of ``piece``."""
        if not faults:
            return
        around = self._frame.around(piece)
        first, newlines = around.before_lines + 1, piece.body.count(b"\n")
        shift = piece.line - around.before_lines
        for fault in faults:
            line = fault.line or 0
            number = None if fault.record is None else fault.record + records
            moved = Fault(fault.code, fault.text, fault.path, line + shift, number)
            if around.gap:
                self._beside_lists(moved, piece, line - first, newlines)
                continue
            key = fault.code, fault.path, line
            if fault.record is not None or first < line < first + newlines:
                self._append(moved)
            elif line <= first:
                if key not in self._before:
                    self._before.add(key)
                    self._append(moved)
            else:
                self._after[fault.code, fault.path, line - newlines] = moved

    def _beside_lists(self, fault: Fault, piece: Piece, at: int, newlines: int) -> None:
        """A fault ``at`` lines below the begin of the records, where these have lines of their own.

        Only the first piece has all that is around them. What another tells of there, such as text between records,
        of which libxml2 gives the place of the element around it, is told when it is new, with the line of the piece.
        """
        key = fault.code, fault.path
        if fault.record is not None or 0 <= at <= newlines:
            self._append(fault)
        elif piece.number:
            if key not in self._outside:
                self._outside.add(key)
                self._append(replace(fault, line=piece.line + 1))
        elif at < 0:
            self._outside.add(key)
            self._append(replace(fault, line=at + 1 + piece.line))
        else:
            self._outside.add(key)
            self._after[fault.code, fault.path, at - newlines] = fault

    def end(self, lines: int) -> None:
        """The lines of what comes after the records, before which the file has ``lines`` newlines."""
        self._after = {key: replace(fault, line=lines + key[2]) for key, fault in self._after.items()}

    def all(self) -> list[Fault]:
        for fault in self._after.values():
            self._append(fault)
        self._after = {}
        return self._faults

    def _append(self, fault: Fault) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(fault)
        elif not self._full:
            self._full = True
            self._faults.append(too_many_fault())
