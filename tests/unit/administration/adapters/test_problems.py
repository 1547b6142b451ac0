"""Wrong values by the million are counted; only the first are listed."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.administration.adapters.problems import LISTED, MISSING, Problems
from exchanges.administration.model import TABLES
from tests.unit.administration.adapters.sources import row, take


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
    one, schema = row("persoon"), TABLES["persoon"].schema
    for name in ("bsn", "huishouden_id", "gemeentecode"):
        one[name] = None
    loose = pa.schema([field.with_nullable(True) for field in schema])
    rows = pa.Table.from_pylist([one], loose).take([0] * 200_000)
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
