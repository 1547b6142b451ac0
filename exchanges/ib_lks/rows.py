"""Rows of text to signals, batch by batch: what can be read goes on, the rest is set apart with its line.

Tables, in Parquet: ``signaal``, a row per signal with ``rij`` (from 1), ``regel`` (line in the file) and the columns of
the layout; ``geweigerd``, the rows set apart.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchanges.core.bsn import pseudonyms
from exchanges.core.receive.listed import Listed
from exchanges.core.xml.readback import ParquetSink
from exchanges.ib_lks.layout import Layout, kinds
from exchanges.ib_lks.trouble import BSN, KIND, ORDER, REQUIRED, UNREADABLE, said
from exchanges.ib_lks.values import Mask, arrow_of, filled, plain, read

SIGNALS, REFUSED = "signaal", "geweigerd"
_BSN_SHAPE = "^[0-9]{8,9}$"
# UWV writes an open or unknown day as one in a year such as 9999 (spec polisadministratie-inkomsten 6).
_NO_DAY = pa.scalar(date(6000, 1, 1), pa.date32())


def schemas(layout: Layout) -> dict[str, pa.Schema]:
    place = [("rij", pa.int64()), ("regel", pa.int64())]
    return {
        SIGNALS: pa.schema([*place, *((column.name, arrow_of(column)) for column in layout.columns)]),
        REFUSED: pa.schema([place[1], ("code", pa.string()), ("veld", pa.string()), ("record", pa.string())]),
    }


class Rows:
    """Takes the rows of one file into ``folder``. ``key`` makes the pseudonyms; ``count`` is what was offered,
    ``notations`` how values were written."""

    def __init__(self, layout: Layout, key: bytes, folder: Path) -> None:
        self._layout, self._key = layout, key
        self._schemas = schemas(layout)
        self._sink = ParquetSink(folder, self._schemas)
        self._listed = Listed(said, "Kolom")
        self.count, self.read, self.refused = 0, 0, 0
        self.notations: set[str] = set()

    @property
    def paths(self) -> dict[str, Path]:
        return self._sink.paths

    def close(self) -> None:
        self._sink.close()

    def add(self, lines: NDArray[np.int64], columns: Any) -> None:
        """``columns`` is a record batch with the columns of the layout as text."""
        texts = {name: plain(columns.column(name)) for name in self._layout.names}
        problems = _Problems(len(lines))
        values: dict[str, pa.Array] = {}
        for column in self._layout.columns:
            text = texts[column.name]
            values[column.name], met = read(text, column)
            self.notations |= met
            if column.type == "dag":
                text, values[column.name] = _without_open(text, values[column.name])
            problems.add(BSN if column.type == "bsn" else UNREADABLE, column.name,
                         filled(text) & ~filled(values[column.name]))
            wanted = np.ones(len(lines), bool) if column.always else _is_in(texts["signaalsoort"], column.required)
            problems.add(REQUIRED, column.name, wanted & ~filled(text))
        kind = texts["signaalsoort"]
        problems.add(KIND, "signaalsoort", filled(kind) & ~_is_in(kind, tuple(kinds())))
        later = pc.fill_null(pc.greater(values["datum_begin_zw"], values["datum_einde_zw"]), False)
        problems.add(ORDER, "datum_einde_zw", later.to_numpy(zero_copy_only=False))
        self._write(lines, values, problems, texts["bsn"])

    def refuse(self, code: str, lines: list[int], texts: list[str]) -> None:
        """Rows that never came as columns: lines of the file, and their text as it stands."""
        # The pseudonym is of the first thing in the line that can be a BSN.
        found = pc.extract_regex(pa.array(texts, pa.string()), r"(?:^|[^0-9])(?P<bsn>[0-9]{9})(?:[^0-9]|$)")
        records = pseudonyms(pc.struct_field(found, "bsn"), self._key)
        self.count += len(lines)
        self._set_apart(pa.array(lines, pa.int64()), [code] * len(lines), [""] * len(lines), records)
        self._listed.add(code, "", len(lines), lines, records.to_pylist())

    def findings(self) -> list[dict[str, object]]:
        """By line, and at the end how many of each were not listed."""
        return self._listed.all()

    def _write(self, lines: NDArray[np.int64], values: dict[str, pa.Array], problems: _Problems,
               bsn: pa.Array) -> None:
        good = pa.array(~problems.bad)
        numbers = np.arange(self.count + 1, self.count + 1 + len(lines), dtype=np.int64)
        self.count += len(lines)
        whole = pa.table({"rij": pa.array(numbers), "regel": pa.array(lines), **values}, schema=self._schemas[SIGNALS])
        kept = whole.filter(good)
        self.read += kept.num_rows
        self._sink.add({SIGNALS: kept})
        shaped = pc.fill_null(pc.match_substring_regex(bsn, _BSN_SHAPE), False)
        named = pc.if_else(shaped, bsn, pa.scalar(None, pa.string()))
        for code, field, mask in problems.found:
            at = np.flatnonzero(mask)
            shown = at[: self._listed.room(code, field)]
            records = pseudonyms(named.take(pa.array(shown)), self._key).to_pylist()
            self._listed.add(code, field, len(at), lines[shown].tolist(), records)
        at = np.flatnonzero(problems.bad)
        first = [problems.found[which] for which in problems.first[at]]
        self._set_apart(pa.array(lines[at]), [code for code, _, _ in first], [field for _, field, _ in first],
                        pseudonyms(named.take(pa.array(at)), self._key))

    def _set_apart(self, lines: pa.Array, codes: list[str], fields: list[str], records: pa.Array) -> None:
        self.refused += len(lines)
        self._sink.add({REFUSED: pa.table(
            {"regel": lines, "code": pa.array(codes, pa.string()), "veld": pa.array(fields, pa.string()),
             "record": records}, schema=self._schemas[REFUSED])})


class _Problems:
    """Per row whether it is bad, and by which problem first."""

    def __init__(self, rows: int) -> None:
        self.bad = np.zeros(rows, bool)
        self.first = np.full(rows, -1)
        self.found: list[tuple[str, str, Mask]] = []

    def add(self, code: str, field: str, mask: Mask) -> None:
        if mask.any():
            self.first[mask & ~self.bad] = len(self.found)
            self.found.append((code, field, mask))
            self.bad |= mask


def _without_open(text: pa.Array, days: pa.Array) -> tuple[pa.Array, pa.Array]:
    """A day that means open or unknown is no day, as when nothing is written: counted to it, an illness would go on."""
    real = pc.fill_null(pc.less(days, _NO_DAY), True)
    return tuple(pc.if_else(real, column, pa.scalar(None, column.type)) for column in (text, days))


def _is_in(text: pa.Array, values: tuple[str, ...]) -> Mask:
    mask: Mask = pc.is_in(text, value_set=pa.array(values, pa.string())).to_numpy(zero_copy_only=False)
    return mask
