"""From numbers and lines within a piece to those of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.mapping.table import MessageMapping
from exchanges.core.xml.columns import NONE, Fault, Faults, together
from exchanges.core.xml.faults import MOST_FAULTS, too_many_fault
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
        self._parts: list[Faults] = []
        self._length = 0
        self._before: set[tuple[str, str, int]] = set()
        self._after: dict[tuple[str, str, int], Fault] = {}
        self._outside: set[tuple[str, str]] = set()

    @property
    def full(self) -> bool:
        """Nothing is added any more, and that is told."""
        return self._length > MOST_FAULTS

    def add(self, faults: Sequence[Fault], piece: Piece, records: int) -> None:
        """``records`` come before those of ``piece``."""
        if not faults:
            return
        around = self._frame.around(piece)
        first, newlines = around.before_lines + 1, piece.body.count(b"\n")
        shift = piece.line - around.before_lines
        found = together([faults])
        at = np.maximum(found.line, 0)
        line, record = at + shift, np.where(found.record == NONE, NONE, found.record + records)
        if around.gap:
            here = (record != NONE) | ((first <= at) & (at <= first + newlines))
        else:
            here = (record != NONE) | ((first < at) & (at < first + newlines))
        moved = Faults(found.kinds, found.kind, line, record)
        for row in np.flatnonzero(~here).tolist():
            fault, place = moved[row], int(at[row])
            told = self._beside_lists(fault, piece, place - first, newlines) if around.gap else self._around(
                fault, place, first, newlines
            )  # fmt: skip
            if told is not None:
                here[row], line[row] = True, told
        self._append(moved.take(here))

    def _around(self, fault: Fault, line: int, first: int, newlines: int) -> int | None:
        """The line with which a fault outside the records is told now; ``line`` is that in the document."""
        key = fault.code, fault.path, line
        if line > first:
            self._after[fault.code, fault.path, line - newlines] = fault
        elif key not in self._before:
            self._before.add(key)
            return fault.line
        return None

    def _beside_lists(self, fault: Fault, piece: Piece, at: int, newlines: int) -> int | None:
        """The same for a fault ``at`` lines below the begin of the records, where these have lines of their own.

        Only the first piece has all that is around them. What another tells of there, such as text between records,
        of which libxml2 gives the place of the element around it, is told when it is new, with the line of the piece.
        """
        key = fault.code, fault.path
        if piece.number:
            new = key not in self._outside
            self._outside.add(key)
            return piece.line + 1 if new else None
        self._outside.add(key)
        if at < 0:
            return at + 1 + piece.line
        self._after[fault.code, fault.path, at - newlines] = fault
        return None

    def end(self, lines: int) -> None:
        """The lines of what comes after the records, before which the file has ``lines`` newlines."""
        self._after = {key: replace(fault, line=lines + key[2]) for key, fault in self._after.items()}

    def all(self) -> Faults:
        self._append(together([list(self._after.values())]))
        self._after = {}
        return together(self._parts)

    def _append(self, faults: Faults) -> None:
        """No more than can be kept; that there are more is told once."""
        room = MOST_FAULTS - self._length
        if room >= 0 and len(faults):
            self._parts.append(faults[:room])
            self._length += len(faults)
            if len(faults) > room:
                self._parts.append(Faults.of([too_many_fault()]))
