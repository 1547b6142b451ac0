"""Which benefits become lines: the window of 15 months to the day, the regulations, a line per person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.period import Period
from exchanges.core.reconcile import totals
from exchanges.core.sql import connect, fill
from exchanges.ib_rechtmatigheid.selection import RULES
from exchanges.ib_rechtmatigheid.totals import TOTALS
from tests.unit.ib_rechtmatigheid import dossiers
from tests.unit.ib_rechtmatigheid.dossiers import BSN, OTHER, benefit, clean, lines, person, selected

KEEP = {rule.code: rule.keep for rule in RULES}


def months_before(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    con = connect(tmp_path_factory.mktemp("duckdb"))
    yield con
    con.close()


def test_a_couple_is_two_lines_of_one_dossier(tmp_path):
    con, chosen = selected(tmp_path, clean())
    con.close()
    assert lines(chosen, "bsn", "dossiernummer", "rol", "lopend") == [
        (BSN, "R-U1", "aanvrager", True),
        (OTHER, "R-U1", "partner", True),
    ]
    assert [(line.measure, line.into, line.out) for line in chosen.balances] == [("uitkering", 1, 1)]


@settings(max_examples=60)
@given(
    period=st.builds(Period, st.integers(2020, 2035), st.integers(1, 12)),
    away=st.integers(-500, 500) | st.integers(-460, -450) | st.none(),
)
def test_the_window_is_15_months_to_the_day(con, period, away):
    """Against calendar arithmetic of its own: equal goes along, a day older does not (SEC-04)."""
    end = None if away is None else period.start + timedelta(days=away)
    parameters = dossiers.given(period)
    row = f"(SELECT {'NULL::DATE' if end is None else f'DATE {end.isoformat()!r}'} AS datum_einde) r"
    kept = con.execute(f"SELECT {fill(KEEP['RM-E01'], parameters)} FROM {row}").fetchone()[0]
    assert kept == (end is None or end >= months_before(period.start, 15))


def test_the_edges_of_the_window_are_as_the_example_of_the_specification(con):
    """Levermaand 2026-10: 1 July 2025 is exactly 15 months."""
    for end, kept in (("2025-06-30", False), ("2025-07-01", True), ("2025-07-02", True)):
        sql = f"SELECT {fill(KEEP['RM-E01'], dossiers.given())} FROM (SELECT DATE '{end}' AS datum_einde) r"
        assert con.execute(sql).fetchone() == (kept,)


@pytest.mark.parametrize(
    ("regeling", "code"),
    [("PW", None), ("IOAW", None), ("IOAZ", None), ("BBZ", None), ("BB", "RM-REGELING"), ("AIO", "RM-AIO")],
)
def test_a_regulation_that_does_not_belong_here_stays_under_its_code(tmp_path, regeling, code):
    con, chosen = selected(tmp_path, clean() | {"uitkering": [benefit("U1", "P1", regeling=regeling)]})
    con.close()
    assert [(line.code, line.count) for line in chosen.excluded] == ([(code, 1)] if code else [])
    assert len(lines(chosen, "bsn")) == (code is None)


def days() -> st.SearchStrategy[date]:
    return st.dates(date(2025, 6, 25), date(2025, 7, 5)) | st.dates(date(2026, 9, 28), date(2026, 11, 3))


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["PW", "IOAW", "IOAZ", "BBZ", "BB", "AIO"]),
            st.sampled_from(["P1", "P2", "P3"]),
            st.sampled_from([None, "P1", "P2", "P3"]),
            days(),
            days() | st.none(),
            st.sampled_from(["R1", "R2", "R3", "R4"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_both_sides_of_every_total_agree_whatever_is_administered(tmp_path_factory, rows):
    """Broken benefits among them: the side of the source knows of its own what was refused."""
    folder = tmp_path_factory.mktemp("recht")
    tables = {
        "persoon": [person("P1", BSN), person("P2", OTHER), person("P3", "123456789")],
        "uitkering": [
            benefit(f"U{number}", who, partner, regeling=regeling, datum_begin=begin, datum_einde=end,
                    registratienummer=key)
            for number, (regeling, who, partner, begin, end, key) in enumerate(rows)
        ],
    }  # fmt: skip
    con, chosen = selected(folder, tables)
    rejected = set(dossiers.judge(con, chosen).rejected().to_pylist())
    written = dossiers.without(chosen, rejected)
    results = totals(con, TOTALS, dossiers.given(), chosen.paths["regel"], {"regel": written}, "regel", "bsn")
    con.close()
    assert [(r.total.id, r.source, r.file) for r in results if not r.equal] == []
