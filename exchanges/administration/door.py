"""The door for burgerservicenummers: outside production only declared test numbers come in.

A number counts as real when it is nine digits and passes the elfproef, also when it is filled up with spaces, grouped
or written as a number with decimals; whatever does not is no BSN of anybody and goes on, to become a finding of the
rules. The declared ranges are data: ``test_bsn.csv``.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.administration.model import TABLES, Table
from exchanges.core.bsn import elfproef_numbers, numbers
from exchanges.core.errors import SourceError

# What becomes of a column of BSNs on its way: CHAR(12) fills up with spaces, people write 1234.56.782, and a program
# that takes them for numbers writes 123456782.0.
_WRITTEN = r"^\s*(?P<a>[0-9]{4})[. ]?(?P<b>[0-9]{2})[. ]?(?P<c>[0-9]{3})(?:[.,]0+)?\s*$"

RANGES = Path(__file__).with_name("test_bsn.csv")


@cache
def declared_ranges() -> tuple[np.ndarray, np.ndarray]:
    """(first numbers, last numbers) of the declared test ranges, sorted."""
    with RANGES.open(encoding="utf-8", newline="") as file:
        pairs = sorted((int(row["van"]), int(row["tot"])) for row in csv.DictReader(file, delimiter=";"))
    low, high = np.array(pairs, dtype=np.int64).T
    return low, high


def strangers(column: pa.Array | pa.ChunkedArray) -> int:
    """How many values look like real BSNs outside the declared test ranges."""
    values = _numbers(column).drop_null().to_numpy()
    low, high = declared_ranges()
    place = np.searchsorted(low, values, side="right") - 1
    declared = (place >= 0) & (values <= high[np.maximum(place, 0)])
    rest = values[~declared]
    return int(elfproef_numbers(rest).sum())


def _numbers(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """int64 values of the nine digits, however written; null for everything else."""
    plain = numbers(column)
    if plain.null_count == column.null_count:
        return plain
    text = pc.cast(column.filter(pc.is_null(plain)), pa.string())
    parts = pc.extract_regex(text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text, _WRITTEN)
    bare = pc.binary_join_element_wise(*(pc.struct_field(parts, name) for name in "abc"), "")
    return pa.concat_arrays([plain, numbers(bare)])


class Door:
    """Counts per table while it is read; ``close`` refuses. In production everybody may pass."""

    def __init__(self, production: bool, gemeente: str) -> None:
        self._open = production
        self._gemeente = gemeente
        self._counts: dict[str, int] = {}

    def columns(self, table: Table) -> list[str]:
        """The columns to look at; none in production."""
        return [] if self._open else list(table.marked("bsn"))

    def look(self, table: Table, batch: pa.RecordBatch | pa.Table) -> None:
        for name in self.columns(table):
            found = strangers(batch.column(name))
            if found:
                self._counts[table.name] = self._counts.get(table.name, 0) + found

    def close(self) -> None:
        """Raises SourceError, without any value, when numbers outside the test ranges were seen."""
        if self._counts:
            # in the order of the model: tables are read two at a time
            counts = ", ".join(f"{self._counts[name]} in tabel {name}" for name in TABLES if name in self._counts)
            raise SourceError(
                f"Bron van gemeente {self._gemeente}: burgerservicenummers buiten de testreeksen ({counts}). Buiten "
                "productie mag dat niet; gebruik testgegevens, of zet productie aan waar dat hoort."
            )
