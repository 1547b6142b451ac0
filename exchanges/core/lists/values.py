"""The rows of a sheet as the lists have them: in a fixed order, batch by batch, each column in the type of its kind.

Text is the same in every format: characters that XML cannot hold, or that change how a text is read without being seen,
become the replacement sign, and every line ends in one line feed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.bsn import pseudonyms
from exchanges.core.errors import BalanceError, BusinessError, UsageError
from exchanges.core.lists.declare import Column, Kind, Sheet, SignalList
from exchanges.core.lists.order import BATCH, in_order
from exchanges.core.mapping.columns import characters, one_array
from exchanges.core.store.privacy import without_bsn

LONGEST = 16_000  # a cell of a workbook holds 32.767 UTF-16 units; a character is at most two

_UNSEEN = (
    r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}\x{FEFF}"
    r"\x{FFFE}\x{FFFF}]"
)
_MAY_BE_BSN = r"(^|[^0-9])([0-9]{9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3})([^0-9]|$)"
_TYPE: dict[Kind, pa.DataType] = {
    "tekst": pa.string(), "code": pa.string(), "bsn": pa.string(), "datum": pa.date32(), "deeldatum": pa.int64(),
    "bedrag": pa.int64(), "getal": pa.int64(), "jaar": pa.int64(), "procent": pa.int64(), "janee": pa.bool_(),
}


@dataclass(frozen=True)
class Rows:
    """The rows of one sheet. ``count`` is what the table says it has; ``batches()`` reads them anew each time.

    With a ``pseudonym_key`` no BSN is in them: columns of kind bsn carry pseudonyms, and a number in any other text
    that can be a BSN is masked.
    """

    sheet: Sheet
    path: Path
    count: int
    engine: Any
    pseudonym_key: bytes | None = None

    def headed(self) -> Sheet:
        """The sheet with headings that say where a pseudonym stands."""
        if self.pseudonym_key is None:
            return self.sheet
        columns = tuple(replace(c, heading=f"{c.heading} (pseudoniem)") if c.kind == "bsn" else c
                        for c in self.sheet.columns)
        return replace(self.sheet, columns=columns)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Record batches of at most 32.768 rows. Raises BalanceError when they are not as many as ``count``,
        BusinessError for a text longer than 16.000 characters."""
        if not self.count:
            return
        seen = 0
        names = [column.name for column in self.sheet.columns]
        for batch in in_order(self.sheet, self.path, self.count, self.engine, self.pseudonym_key):
            seen += batch.num_rows
            columns = [self._column(column, batch.column(i)) for i, column in enumerate(self.sheet.columns)]
            yield pa.RecordBatch.from_arrays(columns, names=names)
        if seen != self.count:
            raise BalanceError(
                f"Lijst, blad {self.sheet.id}: de tabel is veranderd tijdens het lezen; maak de stap opnieuw."
            )

    def _column(self, column: Column, values: Any) -> Any:
        values = pc.cast(one_array(values), _TYPE[column.kind])
        if _TYPE[column.kind] != pa.string():
            return values
        if column.kind == "bsn" and self.pseudonym_key is not None:
            return pseudonyms(values, self.pseudonym_key)
        values = _readable(values)
        if _longest(values) > LONGEST:
            raise BusinessError(
                f"Lijst, blad {self.sheet.id}, kolom {column.name}: een tekst is langer dan 16.000 tekens en past niet "
                "in een cel; zoek uit waar hij vandaan komt en zet het signaal apart."
            )
        return values if self.pseudonym_key is None else _masked(values)


def rows_of(signals: SignalList, sheet: Sheet, path: Path, engine: Any, key: bytes | None) -> Rows:
    """The rows of ``sheet`` in the Parquet file ``path``, put in order by ``engine`` (see ``order.sorting``). Raises
    UsageError for a column that is not there or of another type, BusinessError for a row that is of another sheet."""
    schema = pq.read_schema(path)
    for column in sheet.columns:
        if column.name not in schema.names:
            raise UsageError(f"Lijst, blad {sheet.id}: kolom {column.name} staat niet in de tabel; pas de lijst aan.")
        found = schema.field(column.name).type
        if not _fits(column.kind, found):
            raise UsageError(
                f"Lijst, blad {sheet.id}, kolom {column.name}: {found} is geen {column.kind}; pas de lijst aan."
            )
    if signals.kind and not sheet.extra:
        _on_its_sheet(signals, sheet, path, schema)
    return Rows(sheet, path, pq.read_metadata(path).num_rows, engine, key)


def per_value(values: Any, function: Callable[[Any], str], kind: pa.DataType | None = None) -> Any:
    """A text per value, by one call per distinct value (dates of a list are few); null stays null."""
    unique = pc.dictionary_encode(values)
    texts = pa.array([None if v is None else function(v) for v in unique.dictionary.to_pylist()], kind or pa.string())
    return texts.take(unique.indices)


def _fits(kind: Kind, found: pa.DataType) -> bool:
    plain = found.value_type if pa.types.is_dictionary(found) else found
    # A column of nulls only has no type of its own; Parquet keeps it as null.
    if pa.types.is_null(plain):
        return True
    if kind in ("tekst", "code", "bsn"):
        return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))
    if kind == "datum":
        return bool(pa.types.is_date32(plain))
    if kind == "janee":
        return bool(pa.types.is_boolean(plain))
    return bool(pa.types.is_integer(plain) and not pa.types.is_uint64(plain))


def _on_its_sheet(signals: SignalList, sheet: Sheet, path: Path, schema: pa.Schema) -> None:
    if signals.kind not in schema.names:
        raise UsageError(
            f"Lijst, blad {sheet.id}: de kolom {signals.kind} met de soort staat niet in de tabel; geef haar mee."
        )
    kinds = pa.array(sheet.kinds or (sheet.id,), pa.string())
    for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=[signals.kind], use_threads=False):
        found = pc.cast(batch.column(0), pa.string())
        if not pc.all(pc.is_in(found, value_set=kinds)).as_py() and batch.num_rows:
            raise BusinessError(
                f"Lijst, blad {sheet.id}: er staat een signaal van een andere soort in de tabel; er is niets "
                "gepubliceerd. Herstel de verdeling over de soorten en maak de stap opnieuw."
            )


def _longest(values: Any) -> int:
    """In characters, or in bytes when those are few enough."""
    size = pc.max(pc.binary_length(values)).as_py() or 0
    return size if size <= LONGEST else pc.max(pc.utf8_length(values)).as_py()


def _readable(values: Any) -> Any:
    if not any(bool(np.any((part < 0x20) | (part >= 0x7F))) for part in characters(values)):
        return values
    values = pc.replace_substring(pc.replace_substring(values, "\r\n", "\n"), "\r", "\n")
    return pc.replace_substring_regex(values, _UNSEEN, "\ufffd")


def _masked(values: Any) -> Any:
    if not pc.any(pc.match_substring_regex(values, _MAY_BE_BSN)).as_py():
        return values
    # A digest has nine digits by chance, and is what tells one row from another.
    return per_value(values, without_bsn)
