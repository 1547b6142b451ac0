"""Wrong values by the million are counted; only the first are listed."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.administration.adapters.problems import LISTED, MISSING, Problems
from exchanges.administration.model import TABLES
from exchanges.core.errors import SourceError
from tests.unit.administration.adapters.sources import row, take, write_csv, write_parquet

LOOSE = pa.schema([field.with_nullable(True) for field in TABLES["persoon"].schema])


def test_the_first_are_listed_and_the_rest_is_counted() -> None:
    problems = Problems()
    for first in (1, 500_001):
        empty = np.ones(500_000, bool)
        empty[0] = False
        problems.add_missing("persoon", "bsn", empty, np.arange(first, first + 500_000))
    found = problems.table().to_pylist()
    assert [one["line"] for one in found] == [*range(2, LISTED + 2), None]
    assert {(one["code"], one["path"]) for one in found} == {(MISSING, "persoon.bsn")}
    assert found[-1]["text"].endswith("Nog 998.998 regels.")


def test_no_object_is_made_for_a_line_that_is_not_listed(tmp_path: Path) -> None:
    """Three million empty rows took four seconds."""
    empty = row("persoon", bsn=None, huishouden_id=None, gemeentecode=None)
    rows = pa.Table.from_pylist([row("persoon"), empty], LOOSE).take([0] + [1] * 200_000)
    (tmp_path / "bron").mkdir()
    pq.write_table(rows, tmp_path / "bron" / "persoon.parquet", row_group_size=200_000)
    take("parquet", tmp_path / "bron", tmp_path / "eerst", "persoon")
    tracemalloc.start()
    try:
        found = take("parquet", tmp_path / "bron", tmp_path / "werk", "persoon").findings
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.num_rows == 3 * (LISTED + 1)
    assert most < 5 << 20


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("filled", [0, 1])
def test_a_required_column_without_any_value_is_as_good_as_missing(tmp_path: Path, kind: str, filled: int) -> None:
    """Said in one line, as of a column that is not there; with one value it is a finding of every other row."""
    names = ("bsn", "gemeentecode")
    rows = pa.Table.from_pylist([row("persoon"), row("persoon", **dict.fromkeys(names))], LOOSE)
    (write_csv if kind == "csv" else write_parquet)(
        tmp_path / "bron", "persoon", rows.take([0] * filled + [1] * (LISTED + 1)))
    if filled:
        found = take(kind, tmp_path / "bron", tmp_path / "werk", "persoon").findings
        assert found.num_rows == 2 * (LISTED + 1)
        return
    with pytest.raises(SourceError) as refused:
        take(kind, tmp_path / "bron", tmp_path / "werk", "persoon")
    assert str(refused.value) == (
        "Bron van gemeente 0153: tabel persoon heeft in geen van de 1.001 rijen iets in kolom bsn, gemeentecode, en "
        "dat is verplicht; vul de uitvoer aan.")
    assert refused.value.original == tmp_path / "bron" / f"persoon.{kind}"
