"""A money ladder: what fits, and where it does not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.declare import Rung
from exchanges.core.ladder import climb, fitted
from exchanges.core.sql import connect

RUNGS = (
    Rung("begin", "netto", "SELECT sum(cent) FROM bron.betaling WHERE maand = $periode"),
    Rung("plus", "heffing", "SELECT sum(heffing) FROM bericht.persoon"),
    Rung("min", "terug", "SELECT sum(terug) FROM bericht.persoon"),
    Rung("rest", "afgerond", least=-99, most=99),
    Rung("stand", "te betalen", "SELECT euro * 100 FROM bericht.kop"),
    Rung("stand", "nog eens", "SELECT euro * 100 FROM bericht.kop"),
)
CENTS = st.integers(-(10**12), 10**12)


@given(CENTS, CENTS, CENTS, st.integers(-99, 99))
def test_a_ladder_that_fits_has_no_gap(net: int, tax: int, back: int, rest: int) -> None:
    due = net + tax - back - rest
    lines = fitted(RUNGS, [net, tax, back, 0, due, due])
    assert [line.gap for line in lines] == [0] * len(RUNGS)
    assert lines[3].cents == rest


@given(CENTS, CENTS, CENTS, st.integers(-99, 99), st.integers(-(10**12), 10**12).filter(bool))
def test_one_cent_elsewhere_shows_where_it_is_told(net: int, tax: int, back: int, rest: int, off: int) -> None:
    due = net + tax - back - rest
    assert [line.gap for line in fitted(RUNGS, [net, tax, back, 0, due, due + off])][-1] == -off
    told = fitted(RUNGS, [net + off, tax, back, 0, due, due])[3]
    assert told.cents == rest + off
    assert told.gap == (max(rest + off - 99, 0) or min(rest + off + 99, 0))


def test_the_amounts_are_those_of_source_and_file(tmp_path: Path) -> None:
    for name, table in {
        "persoon": pa.table({"heffing": [1000, 250], "terug": [0, 50]}), "kop": pa.table({"euro": [51]}),
        "ongebruikt": pa.table({"x": [1]}),
    }.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    readback = {name: tmp_path / f"{name}.parquet" for name in ("persoon", "kop", "ongebruikt")}
    con = connect(tmp_path)
    con.execute("CREATE TABLE bron.betaling AS SELECT * FROM (VALUES ('2026-10', 3905), ('2026-09', 7)) t(maand, cent)")
    lines = climb(con, RUNGS, {"periode": "2026-10"}, readback)
    assert [line.cents for line in lines] == [3905, 1250, 50, 5, 5100, 5100]
    assert not any(line.gap for line in lines)


def test_nothing_at_all_is_nothing(tmp_path: Path) -> None:
    con = connect(tmp_path)
    con.execute("CREATE TABLE bron.betaling (maand VARCHAR, cent BIGINT)")
    assert [line.cents for line in climb(con, RUNGS[:1], {"periode": "2026-10"}, {})] == [0]


def test_sql_that_does_not_fit_is_no_zero(tmp_path: Path) -> None:
    with pytest.raises(duckdb.CatalogException):
        climb(connect(tmp_path), RUNGS[:1], {"periode": "2026-10"}, {})
