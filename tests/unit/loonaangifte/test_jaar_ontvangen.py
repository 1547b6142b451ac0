"""The last received state of a month: messages in order, withdrawals, declarations that gave way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from exchanges.core.sql import connect
from exchanges.loonaangifte import jaar_ontvangen
from tests.unit.loonaangifte.world import BSNS
from tests.unit.loonaangifte.year_world import ontvangen

A, B = BSNS[:2]


class Office:
    """Messages as they were read back."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def _add(self, table: str, **row: Any) -> int:
        rows = self.rows.setdefault(table, [])
        rows.append({"_rij": len(rows), **row})
        return len(rows) - 1

    def declare(self, order: int, month: int, **wage: int) -> None:
        self._add("aangifte", _volgorde=order, dat_aanv_tv=date(2026, month, 1), tot_te_bet=0, tot_gen=0,
                  lh_nr="001000275L01", **dict.fromkeys(jaar_ontvangen.TOTALS, 0))  # fmt: skip
        for bsn, cents in wage.items():
            self._relation("ikv", order, 0, bsn, cents)

    def separate(self, order: int) -> None:
        self._add("aangifte", _volgorde=order)

    def correct(self, order: int, month: int, *withdrawn: str, **wage: int) -> None:
        above = self._add("correctie", _volgorde=order, dat_aanv_tv=date(2026, month, 1), tot_te_bet=0,
                          **dict.fromkeys(jaar_ontvangen.TOTALS, 0))  # fmt: skip
        for bsn, cents in wage.items():
            self._relation("correctie_ikv", order, above, bsn, cents)
        for key in withdrawn:
            self._add("intrekking", _volgorde=order, _boven=above, bsn=key[1:], num_iv=1)

    def _relation(self, table: str, order: int, above: int, bsn: str, cents: int) -> None:
        self._add(table, _volgorde=order, _boven=above, bsn=bsn[1:], num_iv=1, ln_lb_ph=cents, ing_lb_ph=1,
                  bijdr_zvw=0, wgh_zvw=2)  # fmt: skip

    def month(self, tmp: Any, month: int) -> dict[str, list[int]]:
        con = connect(tmp)
        try:
            ontvangen(con, self.rows)
            said = jaar_ontvangen.messages(con)
            found = jaar_ontvangen.of_month(con, said, f"2026-{month:02}").to_pylist()
        finally:
            con.close()
        out: dict[str, list[int]] = {}
        for row in sorted(found, key=lambda row: (row["sleutel"], row["loon"])):
            assert row["netto"] == row["loon"] - row["loonheffing"] - row["bijdrage_zvw"]
            out.setdefault(row["sleutel"].partition("/")[0], []).append(row["loon"])
        return out


@pytest.fixture
def office():
    return Office()


a, b = f"b{A}", f"b{B}"


def test_what_was_declared_stands_until_it_is_corrected(office, tmp_path):
    office.declare(1, 1, **{a: 100, b: 200})
    office.declare(2, 2, **{a: 1})
    office.correct(2, 1, **{a: 150})
    office.declare(3, 3)
    office.correct(3, 1, **{a: 175})
    assert office.month(tmp_path, 1) == {A: [175], B: [200]}


def test_what_was_withdrawn_is_gone_and_may_come_back(office, tmp_path):
    office.declare(1, 1, **{a: 100, b: 200})
    office.declare(2, 2)
    office.correct(2, 1, a)
    assert office.month(tmp_path, 1) == {B: [200]}
    office.separate(3)
    office.correct(3, 1, b, **{a: 5})
    assert office.month(tmp_path, 1) == {A: [5]}


def test_within_a_message_a_new_report_goes_before_a_withdrawal(office, tmp_path):
    office.declare(1, 1, **{a: 100})
    office.declare(2, 2)
    office.correct(2, 1, a, **{a: 120})
    assert office.month(tmp_path, 1) == {A: [120]}


def test_a_declaration_that_gave_way_takes_its_corrections_with_it(office, tmp_path):
    office.declare(1, 1, **{a: 100})
    office.declare(2, 2, **{a: 7})
    office.correct(2, 1, **{a: 150})
    office.declare(3, 2, **{a: 8})
    assert office.month(tmp_path, 1) == {A: [100]}
    assert office.month(tmp_path, 2) == {A: [8]}


def test_a_correction_before_the_declaration_that_stands_is_past(office, tmp_path):
    office.declare(1, 1, **{a: 100})
    office.declare(2, 2)
    office.correct(2, 1, **{a: 150})
    office.declare(3, 1, **{b: 9})
    assert office.month(tmp_path, 1) == {B: [9]}


def test_what_is_there_twice_counts_twice(office, tmp_path):
    office.declare(1, 1, **{a: 100})
    office._relation("ikv", 1, 0, a, 100)
    assert office.month(tmp_path, 1) == {A: [100, 100]}


def test_a_month_that_was_never_declared_has_nothing(office, tmp_path):
    office.declare(1, 1, **{a: 100})
    office.correct(1, 2, **{a: 100})
    assert office.month(tmp_path, 2) == {}
