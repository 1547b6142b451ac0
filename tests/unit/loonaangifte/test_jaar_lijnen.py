"""Three sides of a year: closed as they are, and open, with the line named, whatever is changed on one of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.core.sql import connect
from exchanges.loonaangifte.jaar_lijnen import (
    ADMINISTERED,
    JAAROPGAVEN,
    LINES,
    PAYMENTS,
    RECEIVED,
    SIDE,
    SIDES,
    Ledger,
)
from tests.unit.loonaangifte.test_corrections import events, happen
from tests.unit.loonaangifte.world import BSNS, World
from tests.unit.loonaangifte.year_world import Sides, closes, laid, sides

MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
GIVEN = {"loon_cent": 115_000, "loonheffing_cent": 15_000, "zvw_werkgever_cent": 7_015, "zvw_ingehouden_cent": 0}


def a_year(tmp: Path) -> World:
    """Four relations: two of which the administration knows wage and tax, one with alimony, one that ends."""
    world = World()
    ikvs = [world.relation(world.person(bsn)) for bsn in BSNS]
    for month in range(1, 13):
        for number, ikv in enumerate(ikvs):
            alimony = {"alimentatie_in_cent": 5_000, "alimentatie_rechtstreeks_cent": 2_500} if number == 2 else {}
            known = number < 2
            world.pay(ikv, month, 100_000 if known else 100_000 + number, **(GIVEN if known else {}), **alimony)
        if month == 5:
            world.pay(ikvs[2], 3, -15_000, "terugbetaling")
            world.pay(ikvs[0], 2, 10_000, "nabetaling", loon_cent=12_000, loonheffing_cent=2_000,
                      zvw_werkgever_cent=732, zvw_ingehouden_cent=0)  # fmt: skip
        if month == 8:
            world.rows["persoon"][3]["bsn"] = "999990056"
        world.declare(month, tmp)
    return world


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    tmp = tmp_path_factory.mktemp("jaar")
    found, _, _ = sides(a_year(tmp), tmp)
    return found


def test_a_year_with_corrections_closes_on_every_line(year, tmp_path):
    ledger = laid(year, tmp_path)
    assert closes(ledger), [line for line in ledger.lines if not line.closes]
    lines = {line.line: line for line in ledger.lines if not line.month}
    assert list(lines) == list(LINES)
    # Four relations of 100.000 and a bit, a year long, with what came and went; and the sides say the same.
    assert lines["netto"].payments == 12 * (100_000 * 4 + 2 + 3) - 15_000 + 10_000
    assert lines["alimentatie"].received == 60_000
    assert lines["alimentatie_rechtstreeks"].jaaropgaven == 30_000
    assert lines["loon"].computed > 0 and lines["netto"].computed == 0
    assert [count.received for count in ledger.counts] == [4] * 12
    assert ledger.deviating == (0, 0)


def test_the_lines_are_each_month_and_then_the_year(year, tmp_path):
    ledger = laid(year, tmp_path)
    assert [line.month for line in ledger.lines] == [*MONTHS, ""] * len(LINES)
    for line in (line for line in ledger.lines if not line.month):
        months = [one for one in ledger.lines if one.line == line.line and one.month]
        assert line.received == sum(one.received for one in months)
        assert line.payments == sum(one.payments for one in months)


def changed(table: pa.Table, row: int, how: str, line: str, cents: int) -> pa.Table:
    rows = table.to_pylist()
    if how == "drop":
        del rows[row]
    elif how == "double":
        rows.append(dict(rows[row]))
    else:
        rows[row][line] += cents
    return pa.Table.from_pylist(rows, schema=table.schema)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(MONTHS[:3]), st.sampled_from(SIDES), st.integers(0, 3),
    st.sampled_from(["cent", "cent", "drop", "double"]), st.sampled_from(list(LINES)),
    st.integers(-3, 3).filter(bool),
)  # fmt: skip
def test_whatever_is_changed_on_one_side_opens_its_line(year, month, side, row, how, line, cents):
    broken = {name: dict(tables) for name, tables in year.items() if name in MONTHS[:3]}
    before = broken[month][side].to_pylist()[row]
    broken[month][side] = changed(broken[month][side], row, how, line, cents)
    with tempfile.TemporaryDirectory() as folder:
        ledger = laid(broken, Path(folder))
        assert not closes(ledger)
        wrong = {one.line: one for one in ledger.lines if one.month == month and not one.closes}
        hit = {line} if how == "cent" else {name for name in LINES if before[name]}
        assert hit <= set(wrong)
        assert all(wrong[name].relations == 1 and wrong[name].difference for name in hit)
        # Nowhere else, and the year tells it too.
        assert not [one for one in ledger.lines if one.month not in (month, "") and not one.closes]
        assert {one.line for one in ledger.lines if not one.month and not one.closes} == set(wrong)
        assert {one.key for one in ledger.deviations()} == {before["sleutel"]}


def table(schema: pa.Schema, **cents: int) -> pa.Table:
    rows = [dict.fromkeys(schema.names, 0) | {"sleutel": key, "netto": value} for key, value in cents.items()]
    return pa.Table.from_pylist(rows, schema=schema)


def test_differences_that_make_nothing_together_are_differences(tmp_path):
    ledger = Ledger(connect(tmp_path))
    ledger.add("2026-01", {
        RECEIVED: table(SIDE, a=100, b=200), JAAROPGAVEN: table(ADMINISTERED, a=101, b=199),
        PAYMENTS: table(SIDE, a=101, b=199),
    })  # fmt: skip
    (line,) = (line for line in ledger.lines if line.month and not line.closes)
    assert (line.line, line.difference, line.relations) == ("netto", 0, 2)
    assert not ledger.lines[-1].relations and not closes(ledger)


def test_a_relation_that_is_on_one_side_only_is_counted(tmp_path):
    ledger = Ledger(connect(tmp_path))
    ledger.add("2026-01", {
        RECEIVED: table(SIDE, a=0, b=0), JAAROPGAVEN: table(ADMINISTERED, a=0), PAYMENTS: table(SIDE),
    })  # fmt: skip
    assert all(line.closes for line in ledger.lines)
    assert [(count.received, count.jaaropgaven, count.payments, count.differ) for count in ledger.counts] == [
        (2, 1, 0, 1)
    ]


def test_a_payment_that_belongs_to_nobody_is_found(tmp_path):
    ledger = Ledger(connect(tmp_path))
    ledger.add("2026-01", {
        RECEIVED: table(SIDE, a=1), JAAROPGAVEN: table(ADMINISTERED, a=1), PAYMENTS: table(SIDE, a=1, K9=500),
    })  # fmt: skip
    assert [(one.key, one.received, one.payments) for one in ledger.deviations()] == [("K9", None, 500)]
    assert ledger.counts[0].differ == 1


def test_many_relations_are_laid_side_by_side_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("exchanges.loonaangifte.jaar_lijnen.AT_A_TIME", 3)
    names = {f"r{number}": number for number in range(20)}
    ledger = Ledger(connect(tmp_path))
    ledger.add("2026-01", {
        RECEIVED: table(SIDE, **names), JAAROPGAVEN: table(ADMINISTERED, **names),
        PAYMENTS: table(SIDE, **(names | {"r7": 8})),
    })  # fmt: skip
    assert [(count.received, count.payments, count.differ) for count in ledger.counts] == [(20, 20, 0)]
    assert [(one.key, one.payments) for one in ledger.deviations()] == [("r7", 8)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events, min_size=3, max_size=3))
def test_whatever_becomes_known_when_the_months_close(happened):
    """Late payments, deaths, other numbers, codes, persons: after the next declaration all sides are the same."""
    world = World()
    for bsn in BSNS[:2]:
        world.relation(world.person(bsn))
    with tempfile.TemporaryDirectory() as folder:
        tmp = Path(folder)
        for month, known in enumerate([*happened, []], start=1):
            for relation in list(world.rows["inkomstenverhouding"]):
                world.pay(relation["ikv_id"], month, 120_000)
            for event in known:
                happen(world, month, *event)
            world.declare(month, tmp)
        found, _, _ = sides(world, tmp)
        ledger = laid({month: found[month] for month in MONTHS[:4]}, tmp)
        assert closes(ledger), ([line for line in ledger.lines if not line.closes], ledger.deviations())


def test_however_much_deviates_little_is_kept_and_all_is_counted(tmp_path):
    names = {f"r{number:02}": number + 1 for number in range(30)}
    ledger = Ledger(connect(tmp_path), most=4)
    for month in MONTHS[:2]:
        ledger.add(month, {RECEIVED: table(SIDE), JAAROPGAVEN: table(ADMINISTERED, **names),
                           PAYMENTS: table(SIDE, **names)})  # fmt: skip
    assert ledger.deviating == (30, 60)
    assert [(one.month, one.key) for one in ledger.deviations()] == [
        ("2026-01", f"r{number:02}") for number in range(4)
    ]
    netto = [line for line in ledger.lines if line.line == "netto"]
    assert [(line.month, line.relations) for line in netto] == [("2026-01", 30), ("2026-02", 30), ("", 30)]
