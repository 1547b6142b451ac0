"""Subsidy paid over days of illness, against a slow count day by day; and what rounding may never do."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.sql import session
from exchanges.ib_lks.overlap import share
from tests.unit.ib_lks.tables import Row, payment, rows, signal, worked

FIRST = date(2026, 6, 1)
DAY = timedelta(days=1)


def day(number: int) -> date:
    return FIRST + number * DAY


def days(begin: date, end: date) -> set[date]:
    return {begin + number * DAY for number in range((end - begin).days + 1)}


def half_up(part: int, of: int) -> int:
    whole, rest = divmod(part, of)
    return whole + (2 * rest >= of)


spans = st.tuples(st.integers(0, 40), st.integers(0, 25)).map(lambda span: (day(span[0]), day(span[0] + span[1])))


@st.composite
def towns(draw: st.DrawFn) -> tuple[list[Row], list[Row], list[Row]]:
    """(payments with what was taken back, signals published before, new signals) of one person."""
    paid: list[Row] = []
    for number, (begin, end) in enumerate(draw(st.lists(spans, max_size=4))):
        cents = draw(st.integers(1, 200_000))
        paid.append(payment(f"B{number}", begin, end, cents))
        for part, share_of in enumerate(draw(st.lists(st.integers(1, 100), max_size=2))):
            back = sorted((begin, min(end, begin + draw(st.integers(0, 25)) * DAY)))
            paid.append(payment(f"T{number}{part}", back[0], back[1], max(1, cents * share_of // 300), of=f"B{number}"))
    told = [
        signal(number, datum_begin_zw=begin, datum_einde_zw=draw(st.sampled_from([end, end, end, None])))
        for number, (begin, end) in enumerate(draw(st.lists(spans, max_size=5)), start=1)
    ]
    before = draw(st.integers(0, len(told)))
    return paid, told[:before], told[before:]


def oracle(paid: list[Row], before: list[Row], new: list[Row]) -> dict[tuple[str, int], tuple[int, int, int]]:
    """(days, cents, cents taken back) by payment and new signal: set after set of days."""
    out: dict[tuple[str, int], tuple[int, int, int]] = {}
    ended = [[one for one in part if one["datum_einde_zw"]] for part in (before, new)]
    for one in paid:
        if one["soort"] != "betaling":
            continue
        every = days(one["datum_tijdvak_begin"], one["datum_tijdvak_einde"])
        ill = [(s["rij"], days(s["datum_begin_zw"], s["datum_einde_zw"]) & every) for s in ended[1]]
        had: set[date] = set()
        for s in ended[0]:
            had |= days(s["datum_begin_zw"], s["datum_einde_zw"]) & every
        total = had.union(*(mine for _, mine in ill))
        recovered = 0
        for t in paid:
            if t["terug_op_betaling_id"] == one["betaling_id"]:
                over = days(t["datum_tijdvak_begin"], t["datum_tijdvak_einde"])
                recovered += half_up(-t["bedrag_cent"] * len(over & total), len(over))
        for rij, mine in ill:
            fresh, was = mine - had, half_up(one["bedrag_cent"] * len(had), len(every))
            had = had | mine
            cents = half_up(one["bedrag_cent"] * len(had), len(every)) - was
            if fresh:
                out[one["betaling_id"], rij] = (len(fresh), cents, max(0, min(recovered - was, cents)))
    return out


@settings(max_examples=80, deadline=None)
@given(town=towns())
def test_days_and_cents_are_those_counted_day_by_day(
    town: tuple[list[Row], list[Row], list[Row]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    paid, before, new = town
    with worked(tmp_path_factory.getbasetemp(), new, earlier=before, payments=paid) as con:
        found = rows(con, "terugvordering")
    assert {(r["betaling_id"], r["rij"]): (r["dagen"], r["teveel_cent"], r["terug_cent"]) for r in found} == oracle(
        paid, before, new
    )
    assert all(r["nog_cent"] == r["teveel_cent"] - r["terug_cent"] >= 0 for r in found)
    # Together the rows of a payment are never more than was paid, and all of its days are all of it.
    per: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        per[row["betaling_id"]].append(row)
    for parts in per.values():
        total = sum(row["dagen"] for row in parts)
        assert sum(row["teveel_cent"] for row in parts) <= parts[0]["cent"] and total <= parts[0]["dagen_tijdvak"]
        if total == parts[0]["dagen_tijdvak"]:
            assert sum(row["teveel_cent"] for row in parts) == parts[0]["cent"]


@settings(max_examples=60, deadline=None)
@given(cents=st.integers(0, 10_000_000), of=st.integers(1, 31), part=st.integers(0, 31))
def test_half_a_cent_goes_up(cents: int, of: int, part: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    part = min(part, of)
    with session(tmp_path_factory.getbasetemp(), rows=0) as con:
        found = con.execute(f"SELECT {share(str(cents), str(part), str(of))}").fetchall()[0][0]
    assert found == half_up(cents * part, of) and 2 * abs(found * of - cents * part) <= of


def test_one_month_with_ten_days_of_illness(tmp_path: Path) -> None:
    paid = [payment("B1", date(2026, 8, 1), date(2026, 8, 31), 122_430),
            payment("T1", date(2026, 8, 1), date(2026, 8, 4), 5_000, of="B1")]
    ill = [signal(1, datum_begin_zw=date(2026, 7, 20), datum_einde_zw=date(2026, 8, 10))]
    with worked(tmp_path, ill, payments=paid) as con:
        (row,) = rows(con, "terugvordering")
        (told,) = rows(con, "einde_zw")
    # 1.224,30 x 10 / 31 = 394,935...; of what was taken back all four days are days of illness.
    assert (row["dagen"], row["teveel_cent"], row["terug_cent"], row["nog_cent"]) == (10, 39_494, 5_000, 34_494)
    assert (row["eerste"], row["laatste"]) == (date(2026, 8, 1), date(2026, 8, 10))
    assert (told["dagen_betaald"], told["teveel_cent"], told["nog_cent"]) == (10, 39_494, 34_494)


def test_what_was_told_before_is_not_told_again(tmp_path: Path) -> None:
    paid = [payment("B1", date(2026, 8, 1), date(2026, 8, 31), 31_000)]
    before = [signal(1, datum_begin_zw=date(2026, 8, 1), datum_einde_zw=date(2026, 8, 10))]
    longer = [signal(1, signaalnummer="S9", datum_begin_zw=date(2026, 8, 1), datum_einde_zw=date(2026, 8, 15))]
    with worked(tmp_path, longer, earlier=before, payments=paid) as con:
        (row,) = rows(con, "terugvordering")
    assert (row["dagen"], row["teveel_cent"], row["eerste"]) == (5, 5_000, date(2026, 8, 11))


@pytest.mark.parametrize("change", [
    {"signals": [signal(1, datum_einde_zw=None, signaalsoort="LKS_OVERDRACHT_REINTEGRATIE")]},
    {"signals": [signal(1, bsn="999990020")]},
    {"persons": [{"persoon_id": "P1", "bsn": "999990019", "gemeentecode": "0344"}]},
    {"payments": None},
    {"payments": [payment("B1", date(2026, 5, 1), date(2026, 5, 31), 100_000)]},
    {"payments": [payment("B1", date(2026, 9, 1), date(2026, 9, 30), 100_000)]},
])
def test_nothing_to_take_back(tmp_path: Path, change: dict[str, Any]) -> None:
    given_: dict[str, Any] = {"signals": [signal(1)],
                              "payments": [payment("B1", date(2026, 8, 1), date(2026, 8, 31), 100_000)]} | change
    with worked(tmp_path, given_.pop("signals"), **given_) as con:
        assert rows(con, "terugvordering") == []
        assert all(row["teveel_cent"] == 0 for row in rows(con, "einde_zw"))
    with worked(tmp_path, [signal(1)], payments=[payment("B1", date(2026, 8, 1), date(2026, 8, 31), 100_000)]) as con:
        assert len(rows(con, "terugvordering")) == 1, "or none of these changes would mean anything"
