"""How much the texts of a Parquet file are when unpacked, told before any is.

A few kilobytes on disk can be gigabytes: any number of rows can point to one long value in a dictionary, and a value
can be written as what it adds to the one before it (Apache Parquet format: RLE_DICTIONARY, DELTA_BYTE_ARRAY).
Footer and page headers settle most columns, the dictionaries alone nearly all others; only then are rows looked at, as
places in a dictionary or a few at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.administration.adapters.lengths import TooLong, most

# Writers stop a dictionary at one or two megabytes; to look at one takes three times its size.
_LARGEST_DICTIONARY = 16 << 20
_BATCH, _AT_ONCE = 65_536, 16 << 20


@dataclass(frozen=True)
class _Chunk:
    """A column in a row group. ``packed`` and ``dictionary`` are bytes before compression, the second 0 without one;
    ``chained`` where values build on the one before."""

    name: str
    group: int
    rows: int
    packed: int
    dictionary: int
    chained: bool

    def at_most(self, longest: int) -> int:
        """Bytes of all values, when none in the dictionary is longer than ``longest``."""
        return self.rows * self.packed if self.chained else self.rows * longest + self.packed

    def longest(self, file: pq.ParquetFile) -> int:
        """Bytes of the longest value in the dictionary. The first row comes with all of it."""
        if not self.dictionary or self.chained:
            return 0
        first = next(self.read(file, 1), None)
        return 0 if first is None else pc.max(pc.binary_length(first.dictionary)).as_py() or 0

    def read(self, file: pq.ParquetFile, rows: int) -> Iterator[pa.Array]:
        for batch in file.iter_batches(rows, row_groups=[self.group], columns=[self.name], use_threads=False):
            yield batch.column(0)


def too_much(path: Path, footer: pq.FileMetaData, names: list[str]) -> str | None:
    """What is wrong with the first of the text columns ``names`` that is too much, in words that follow the name of a
    table: longer than the limits, or with a dictionary too large to look at.

    The file has no nested columns. Raises pa.ArrowInvalid and OSError when it is not what its footer says.
    """
    room, unsettled = most(footer.num_rows), []
    with path.open("rb") as raw:
        for name in names:
            chunks = _chunks(raw, footer, name)
            if sum(chunk.packed for chunk in chunks) > room:
                return str(TooLong(name))
            if max((chunk.dictionary for chunk in chunks), default=0) > _LARGEST_DICTIONARY:
                return f"heeft in kolom {name} een woordenboek van meer dan {_LARGEST_DICTIONARY >> 20} MB"
            if sum(chunk.at_most(chunk.dictionary) for chunk in chunks) > room:
                unsettled.append((name, chunks))
    if unsettled:
        # Arrow cannot read a chain as a dictionary.
        kept = [name for name, chunks in unsettled if not any(chunk.chained for chunk in chunks)]
        with pq.ParquetFile(path, metadata=footer, read_dictionary=kept) as file:
            for name, chunks in unsettled:
                if (sum(chunk.at_most(chunk.longest(file)) for chunk in chunks) > room
                        and any(total > room for total in accumulate(_sizes(file, chunks)))):
                    return str(TooLong(name))
    return None


def _chunks(raw: BinaryIO, footer: pq.FileMetaData, name: str) -> list[_Chunk]:
    """Of the row groups with rows."""
    place, chunks = footer.schema.names.index(name), []
    for group in range(footer.num_row_groups):
        part = footer.row_group(group).column(place)
        if not part.num_values:  # and no page
            continue
        begin = min(filter(None, (part.dictionary_page_offset, part.data_page_offset)), default=0)
        chunks.append(_Chunk(name, group, part.num_values, part.total_uncompressed_size, _dictionary(raw, begin),
                             "DELTA_BYTE_ARRAY" in part.encodings))
    return chunks


def _dictionary(raw: BinaryIO, begin: int) -> int:
    """Bytes of the dictionary that begins there before compression; 0 where another page does.

    A page header begins with the type of page (2 is a dictionary) and that size, each a byte that says it is a number
    and a number of seven bits a byte, twice what it stands for (Apache Thrift, compact protocol)."""
    raw.seek(begin)
    head = raw.read(9)
    if head[:1] != b"\x15" or head[2:3] != b"\x15":
        raise pa.ArrowInvalid("no page header")
    if head[1] != 4:
        return 0
    size = 0
    for place, byte in enumerate(head[3:]):
        size |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            break
    return size // 2


def _sizes(file: pq.ParquetFile, chunks: Sequence[_Chunk]) -> Iterator[int]:
    """Bytes of the values, batch by batch."""
    for chunk in chunks:
        rows = max(64, min(_BATCH, _AT_ONCE // max(chunk.packed, 1))) if chunk.chained else _BATCH
        for column in chunk.read(file, rows):
            if pa.types.is_dictionary(column.type):
                lengths = pc.take(pc.binary_length(column.dictionary), column.indices)
            else:
                lengths = pc.binary_length(column.cast(pa.large_string()))
            yield pc.sum(lengths).as_py() or 0
