"""What changed between two deliveries, against pandas over the same records."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.difference import TableDifference, difference
from exchanges.core.mapping.table import load_mapping
from exchanges.core.sql import connect
from tests.unit.core.nested import COLUMNS, RECORDS, Record, rows_of, write

MAPPING = load_mapping("DKDVerzamelbestand", "v0001")


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    con = connect(tmp_path_factory.mktemp("duckdb"))
    yield con
    con.close()


def compared(con, now: list[Record], before: list[Record]) -> dict[str, TableDifference]:
    with tempfile.TemporaryDirectory() as folder:
        sides = [write(records, Path(folder) / name) for name, records in (("nu", now), ("toen", before))]
        return {found.table: found for found in difference(con, MAPPING, *sides)}


def numbered(records: list[Record]) -> list[Record]:
    """Every provision a number of its own, which is the same next month."""
    for record in records:
        for place, relation in enumerate(record["atl_relatie"]):
            for number, row in enumerate(relation["voorziening"]):
                row["registratienummer"] = f"{record['bsn']}-{place}-{number}"
    return records


@st.composite
def months(draw) -> tuple[list[Record], list[Record]]:
    """Two months: some records gone, some new, some values other."""
    before = numbered(draw(RECORDS))
    now = copy.deepcopy([record for record in before if draw(st.integers(0, 3))])
    for record in now:
        if draw(st.booleans()):
            record["achternaam"] = draw(st.sampled_from(["Anders", None]))
        for relation in record["atl_relatie"]:
            if draw(st.integers(0, 2)) == 0:
                relation["doel"] = draw(st.sampled_from(["1", "2", None]))
            relation["voorziening"] = [row for row in relation["voorziening"] if draw(st.integers(0, 4))]
            for row in relation["voorziening"]:
                if draw(st.booleans()):
                    row["loonwaarde"] = draw(st.sampled_from([None, 20250601, 5]))
    fresh = [{**copy.deepcopy(record), "bsn": f"{999991000 + n}"} for n, record in enumerate(draw(RECORDS)[:2])]
    return now + numbered(fresh), before


def reference(now: list[Record], before: list[Record], table: str) -> tuple[int, int, int, int, dict[str, int]]:
    keys = {"client": ["bsn"], "atl_relatie": ["sleutel", "plaats"], "voorziening": ["sleutel", "registratienummer"]}[
        table
    ]
    frames = []
    for records in (now, before):
        rows = [{**row, "sleutel": records[row.get("_root", 0)]["bsn"]} for row in rows_of(records)[table]]
        frame = pd.DataFrame(rows, columns=[*COLUMNS[table], "sleutel"]).astype(object)
        frame["plaats"] = frame.groupby("sleutel").cumcount()
        frames.append(frame.where(frame.notna(), None))
    values = [column for column in COLUMNS[table] if column not in keys]
    both = frames[0].merge(frames[1], on=keys, how="outer", suffixes=("_nu", "_toen"), indicator=True)
    pairs = both[both["_merge"] == "both"]

    def other(column: str) -> pd.Series:
        left, right = pairs[f"{column}_nu"], pairs[f"{column}_toen"]
        return (left != right) & ~(left.isna() & right.isna())

    masks = {column: other(column) for column in values}
    changed = int(pd.DataFrame(masks).any(axis=1).sum()) if len(pairs) else 0
    counts = both["_merge"].value_counts()
    fields = {column: int(mask.sum()) for column, mask in masks.items() if len(pairs) and mask.any()}
    return int(counts["left_only"]), int(counts["right_only"]), changed, len(pairs) - changed, fields


@settings(max_examples=50)
@given(months())
def test_the_same_as_pandas_says(con, both):
    now, before = both
    for table, found in compared(con, now, before).items():
        assert (found.new, found.gone, found.changed, found.same, found.fields) == reference(now, before, table), table


def test_nothing_changed_is_all_the_same(con):
    plain = {name: None for columns in COLUMNS.values() for name in columns}
    records = numbered(
        [{**plain, "bsn": "999990007", "atl_relatie": [{**plain, "voorziening": [{**plain}, {**plain}]}]}]
    )
    found = compared(con, records, copy.deepcopy(records))
    assert {table: (d.new, d.gone, d.changed, d.same, d.fields) for table, d in found.items()} == {
        "client": (0, 0, 0, 1, {}), "atl_relatie": (0, 0, 0, 1, {}), "voorziening": (0, 0, 0, 2, {}),
    }  # fmt: skip


def test_a_column_that_one_of_the_two_versions_does_not_have_is_left_out(con, tmp_path):
    plain = {name: None for columns in COLUMNS.values() for name in columns}
    records = [{**plain, "bsn": "999990007", "achternaam": "Berg", "geslacht": "1", "atl_relatie": []}]
    now = write(records, tmp_path / "nu")
    before = write([{**records[0], "achternaam": "Bergen", "geslacht": "2"}], tmp_path / "toen")
    older = pq.read_table(before["client"]).drop_columns(["geslacht"])
    pq.write_table(older, before["client"])
    found = {one.table: one for one in difference(con, MAPPING, now, before)}
    assert (found["client"].changed, found["client"].fields) == (1, {"achternaam": 1})


def test_a_table_the_previous_delivery_did_not_have_is_left_out(con, tmp_path):
    plain = {name: None for columns in COLUMNS.values() for name in columns}
    now = write([{**plain, "bsn": "999990007", "atl_relatie": []}], tmp_path)
    found = difference(con, MAPPING, now, {"client": now["client"]})
    assert [one.table for one in found] == ["client"]
    assert found[0].title
