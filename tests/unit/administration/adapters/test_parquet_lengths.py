"""Few bytes that unpack to many are told before they do, and no others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.administration.adapters import lengths
from exchanges.administration.adapters.lengths import LONG, SMALL
from exchanges.administration.adapters.parquet_lengths import too_much
from exchanges.core.errors import SourceError
from tests.unit.administration.adapters.sources import row, table, take

CHAIN: dict[str, Any] = {"use_dictionary": False, "column_encoding": {"naam": "DELTA_BYTE_ARRAY"}}
WRITTEN: dict[str, dict[str, Any]] = {
    "dictionary": {"dictionary_pagesize_limit": 1 << 30},
    "dictionary given up half way": {"dictionary_pagesize_limit": 16, "write_batch_size": 4},
    "plain": {"use_dictionary": False},
    "chain": CHAIN,
    "pages of the second kind": {"data_page_version": "2.0"},
    "without statistics": {"write_statistics": False},
}
TOO_LONG = f"heeft in kolom naam waarden van gemiddeld meer dan {LONG} bytes"


def judged(path: Path, values: pa.Array | pa.ChunkedArray, **written: Any) -> str | None:
    pq.write_table(pa.table({"getal": pa.array(range(len(values))), "naam": values}), path, **written)
    return too_much(path, pq.read_metadata(path), ["naam"])


def pointing(places: list[int], *values: str) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), pa.array(values))


@pytest.fixture
def taken() -> Iterator[Any]:
    """The pool of this test: it knows the most that Arrow had at one moment."""
    before, pool = pa.default_memory_pool(), pa.proxy_memory_pool(pa.system_memory_pool())
    pa.set_memory_pool(pool)
    yield pool
    pa.set_memory_pool(before)


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("packed", ["none", "snappy", "gzip", "brotli", "lz4", "zstd"])
def test_rows_that_point_to_one_long_value(tmp_path: Path, taken: Any, packed: str, statistics: bool) -> None:
    """It lies between two short ones, which are all that the statistics of an honest writer tell: 2 GB in all."""
    values = pointing([0, *[1] * 20_000, 2], "Aa", "M" * 100_000, "Zz")
    told = judged(tmp_path / "a.parquet", values, compression=packed, write_statistics=statistics,
                  **WRITTEN["dictionary"])
    assert told == TOO_LONG
    assert taken.max_memory() < 16 << 20


def test_values_that_are_written_as_what_they_add(tmp_path: Path, taken: Any) -> None:
    """100 kB written, 200 MB to read."""
    long = pa.chunked_array([pa.array(["x" * 100_000] * 100)] * 20)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"naam": long}), path, **CHAIN)
    footer, most = pq.read_metadata(path), pa.proxy_memory_pool(pa.system_memory_pool())
    assert footer.row_group(0).column(0).total_uncompressed_size < 200_000
    pa.set_memory_pool(most)
    assert too_much(path, footer, ["naam"]) == TOO_LONG
    assert most.max_memory() < 64 << 20


def test_small_row_groups_that_are_much_together(tmp_path: Path) -> None:
    values = pa.array(["x" * 10_000] * 1000)
    assert judged(tmp_path / "a.parquet", values, row_group_size=50, **WRITTEN["plain"]) == TOO_LONG


def test_a_dictionary_that_is_too_large_to_look_at(tmp_path: Path, taken: Any) -> None:
    values = pointing([0] * 100_000, "x" * (17 << 20))
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"naam": values}), path, compression="zstd", **WRITTEN["dictionary"])
    before = taken.bytes_allocated()
    assert too_much(path, pq.read_metadata(path), ["naam"]) == "heeft in kolom naam een woordenboek van meer dan 16 MB"
    assert taken.bytes_allocated() == before


def test_what_is_no_page(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    judged(path, pa.array(["x"]))
    chunk = pq.read_metadata(path).row_group(0).column(1)
    data = bytearray(path.read_bytes())
    data[chunk.dictionary_page_offset] = 0xFF
    path.write_bytes(data)
    with pytest.raises(pa.ArrowInvalid):
        too_much(path, pq.read_metadata(path), ["naam"])


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(),
                                  pa.dictionary(pa.int32(), pa.string())])
def test_one_long_value_among_many_is_no_more_than_that(tmp_path: Path, how: str, kind: pa.DataType) -> None:
    if how == "chain" and pa.types.is_dictionary(kind):
        kind = pa.string()
    values = [f"naam{number % 100}" for number in range(30_000)]
    values[15_000] = "y" * (SMALL // 4)
    column = pa.array(values).cast(kind) if not pa.types.is_dictionary(kind) else pa.array(values).dictionary_encode()
    assert judged(tmp_path / "a.parquet", column, row_group_size=10_000, **WRITTEN[how]) is None


@given(
    values=st.lists(st.none() | st.text("aé", max_size=30) | st.sampled_from(["x" * 20, "x" * 19 + "y"]), max_size=60),
    how=st.sampled_from(sorted(WRITTEN)), group=st.integers(1, 30), long=st.integers(1, 12), small=st.integers(0, 300),
)
def test_it_is_told_exactly(values: list[str | None], how: str, group: int, long: int, small: int) -> None:
    """Whatever the encoding: what is too much in bytes is told. Written plain a value has a length before it, which
    counts as long as it lies there; with that, what is not too much is not told."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(lengths, "LONG", long)
        patch.setattr(lengths, "SMALL", small)
        path, column = Path(folder) / "a.parquet", pa.array(values, pa.string())
        told = judged(path, column, row_group_size=group, **WRITTEN[how])
        size = sum(len(value.encode()) for value in values if value is not None)
        most, footer = max(small, long * len(values)), pq.read_metadata(path)
        lying = sum(footer.row_group(place).column(1).total_uncompressed_size for place in range(footer.num_row_groups))
        assert told in (None, TOO_LONG.replace(str(LONG), str(long)))
        if size > most:
            assert told
        elif lying <= most:
            assert told is None


def test_a_source_with_such_a_column_is_refused_before_anything_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = table("persoon", *[row("persoon")] * 1000)
    place = content.schema.get_field_index("achternaam")
    content = content.set_column(place, "achternaam", pointing([0] * 1000, "x" * 100_000))
    (tmp_path / "bron").mkdir()
    origin = tmp_path / "bron" / "persoon.parquet"
    pq.write_table(content, origin, compression="zstd", **WRITTEN["dictionary"])
    read = []
    real = pq.ParquetFile.iter_batches
    monkeypatch.setattr(pq.ParquetFile, "iter_batches",
                        lambda self, *args, **more: read.append(more["columns"]) or real(self, *args, **more))
    with pytest.raises(SourceError, match="kolom achternaam waarden van gemiddeld") as raised:
        take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon")
    assert raised.value.original == origin and str(raised.value).endswith("; maak de uitvoer opnieuw.")
    assert {name for names in read for name in names} == {"achternaam"}
