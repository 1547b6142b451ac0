"""Statements put together, and held against what was declared."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from exchanges.core.errors import UsageError
from exchanges.core.period import Period
from exchanges.loonaangifte.bank import expected_payments, match, together
from exchanges.loonaangifte.camt import BankFile, read_file
from exchanges.loonaangifte.kenmerk import betalingskenmerk
from tests.unit.loonaangifte.camt_builder import OTHER, OWN, TAX, Entry, Part, Statement, camt

_KENMERK = {month: betalingskenmerk("001000275L01", Period(2026, month)) for month in range(1, 13)}


LATER = date(2027, 3, 1)  # after every last day


def _file(tmp_path: Path, *entries: Entry, version: str = "08", name: str = "a.xml", **options: object) -> BankFile:
    path = tmp_path / name
    path.write_bytes(camt([Statement(entries, **options)], version))  # type: ignore[arg-type]
    return read_file(path, [OWN])


def _expected(*rows: tuple[int, int]) -> pa.Table:
    return expected_payments([(Period(2026, month), _KENMERK[month], euros, Period(2026, month).shift(1).end)
                              for month, euros in rows])


def _pay(month: int, cents: int, **options: object) -> Entry:
    return Entry(-cents, (Part(reference=_KENMERK[month]),), **options)  # type: ignore[arg-type]


def _outcome(tmp_path: Path, expected: pa.Table, *entries: Entry) -> tuple[list[str], list[str]]:
    found = match(together([_file(tmp_path, *entries)]).entries, expected, [TAX], LATER)
    return found.lines["uitkomst"].to_pylist(), sorted(str(row["code"]) for row in found.findings)


def test_every_outcome(tmp_path: Path) -> None:
    expected = _expected((1, 100), (2, 200), (3, 300), (4, 400), (5, 0), (6, -50), (7, 700), (8, 800))
    outcomes, codes = _outcome(
        tmp_path, expected,
        _pay(1, 10_000, day="2026-02-27"), _pay(2, 19_999, day="2026-03-27"),
        _pay(3, 30_000, day="2026-04-27"), _pay(3, 30_000, day="2026-04-28"),
        _pay(7, 40_000, day="2026-08-27"), _pay(7, 30_000, day="2026-08-28"),
        _pay(8, 80_000, day="2026-10-01"), _pay(9, 5, day="2026-10-01"))
    assert outcomes == ["gevonden", "ander_bedrag", "dubbel", "ontbreekt", "niets", "niets", "in_delen", "gevonden",
                        "onbekend"]
    assert codes == ["LA-BANK-BEDRAG-ANDERS", "LA-BANK-DUBBEL", "LA-BANK-LAAT", "LA-BANK-ONBEKEND", "LA-BANK-ONTBREEKT"]


def test_what_may_still_be_paid_is_not_missing(tmp_path: Path) -> None:
    """November is to be paid by 31 December: on that day it is not missing yet, a day later it is. What was due before,
    or was paid with another amount, is told all the same."""
    entries = together([_file(tmp_path, _pay(9, 4_000, day="2026-10-20"))]).entries
    expected = _expected((9, 50), (10, 100), (11, 200))
    on_the_day = match(entries, expected, [TAX], date(2026, 12, 31))
    assert on_the_day.lines["uitkomst"].to_pylist() == ["ander_bedrag", "ontbreekt", "nog_te_betalen"]
    assert on_the_day.lines["verschil_cent"].to_pylist() == [-1_000, -10_000, None]
    assert on_the_day.lines["uiterlijk"].to_pylist()[-1] == date(2026, 12, 31)
    assert [row["code"] for row in on_the_day.findings] == ["LA-BANK-BEDRAG-ANDERS", "LA-BANK-ONTBREEKT"]
    a_day_later = match(entries, expected, [TAX], date(2027, 1, 1))
    assert a_day_later.lines["uitkomst"].to_pylist() == ["ander_bedrag", "ontbreekt", "ontbreekt"]
    assert match(entries, _expected((11, 200)), [TAX], date(2026, 12, 31)).closes


def test_a_payment_that_came_back_is_missing(tmp_path: Path) -> None:
    back = Entry(10_000, (Part(reference=_KENMERK[1]),), storno=True)
    outcomes, codes = _outcome(tmp_path, _expected((1, 100)), _pay(1, 10_000), back)
    assert (outcomes, codes) == (["ontbreekt"], ["LA-BANK-ONTBREEKT"])
    outcomes, codes = _outcome(tmp_path, _expected((1, 100)), _pay(1, 10_000), back, _pay(1, 10_000, day="2026-05-01"))
    assert (outcomes, codes) == (["in_delen"], ["LA-BANK-LAAT"])


@pytest.mark.parametrize("version", ["02", "08"])
def test_what_came_back_may_name_both_sides_as_the_payment_did(tmp_path: Path, version: str) -> None:
    back = Entry(10_000, (Part(reference=_KENMERK[1], own=OWN),), storno=True, day="2026-02-21")
    paid = Entry(-10_000, (Part(reference=_KENMERK[1], own=OWN),), day="2026-02-20")
    read = _file(tmp_path, paid, back, version=version)
    assert read.entries["tegen_iban"].to_pylist() == [TAX, TAX]
    found = match(together([read]).entries, _expected((1, 100)), [TAX], LATER)
    assert found.lines["uitkomst"].to_pylist() == ["ontbreekt"]
    assert [row["code"] for row in found.findings] == ["LA-BANK-ONTBREEKT"]


def test_what_was_paid_too_much_may_come_back_late(tmp_path: Path) -> None:
    twice = _pay(1, 10_000, day="2026-02-20"), _pay(1, 10_000, day="2026-02-21")
    back = Entry(10_000, (Part(reference=_KENMERK[1]),), day="2026-03-10")
    assert _outcome(tmp_path, _expected((1, 100)), *twice, back) == (["in_delen"], [])
    # in time, sent back after the last day, and paid once more
    again = twice[0], back, _pay(1, 10_000, day="2026-03-11")
    assert _outcome(tmp_path, _expected((1, 100)), *again) == (["in_delen"], ["LA-BANK-LAAT"])


def test_what_comes_back_of_a_negative_declaration(tmp_path: Path) -> None:
    back = Entry(5_000, (Part(reference=_KENMERK[1]),), day="2026-03-10")
    assert _outcome(tmp_path, _expected((1, -50)), back) == (["gevonden"], [])
    assert _outcome(tmp_path, _expected((1, -51)), back) == (["ander_bedrag"], ["LA-BANK-BEDRAG-ANDERS"])


@pytest.mark.parametrize("part", [
    Part(end_to_end="2026022000001234", text=f"loonheffingen {_KENMERK[1]}"),
    Part(text=f"opdracht 2026022000001234 kenmerk {_KENMERK[1]}"),
    Part(end_to_end="2026022000001234", text="kenmerk " + ".".join(_KENMERK[1][at:at + 4] for at in range(0, 16, 4))),
])
def test_another_number_of_sixteen_digits_stands_before_it(tmp_path: Path, part: Part) -> None:
    paid = Entry(-10_000, (part,), day="2026-02-20")
    assert _outcome(tmp_path, _expected((1, 100)), paid) == (["gevonden"], [])


@pytest.mark.parametrize("version", ["02", "08"])
@pytest.mark.parametrize("parts", [(), (Part(),), (Part(iban=None),)], ids=["none", "account only", "empty"])
def test_all_of_a_payment_may_stand_with_the_entry(tmp_path: Path, parts: tuple[Part, ...], version: str) -> None:
    about = f"SEPA OVERBOEKING IBAN: {TAX} NAAM: BELASTINGDIENST BETALINGSKENM.: {_KENMERK[1]}"
    read = _file(tmp_path, Entry(-10_000, parts, day="2026-02-20", about=about), version=version)
    found = match(together([read]).entries, _expected((1, 100)), [TAX], LATER)
    assert found.lines["uitkomst"].to_pylist() == ["gevonden"] and not found.findings


def test_a_text_with_a_batch_is_no_kenmerk_of_it(tmp_path: Path) -> None:
    batch = Entry(-30_000, (Part(-10_000, reference=_KENMERK[1]), Part()), about=f"batch {_KENMERK[2]}")
    assert together([_file(tmp_path, batch)]).entries["kenmerk"].to_pylist() == [None]


def test_the_structured_reference_has_the_last_word(tmp_path: Path) -> None:
    other = betalingskenmerk("001000287L02", Period(2026, 1))
    paid = Entry(-10_000, (Part(reference=other, text=_KENMERK[1]),), day="2026-02-20")
    assert _outcome(tmp_path, _expected((1, 100)), paid)[0] == ["ontbreekt", "onbekend"]


@pytest.mark.parametrize("part", [
    Part(reference=_KENMERK[1]), Part(end_to_end=_KENMERK[1]), Part(text=f"loonheffingen {_KENMERK[1]} jan"),
    Part(text="kenmerk " + " ".join(_KENMERK[1][at:at + 4] for at in range(0, 16, 4))),
    Part(text=f"nr 2026 {_KENMERK[1]}", end_to_end="NOTPROVIDED"), Part(reference=_KENMERK[1], iban=None),
])
@pytest.mark.parametrize("version", ["02", "08"])
def test_where_the_kenmerk_may_stand(tmp_path: Path, part: Part, version: str) -> None:
    read = _file(tmp_path, Entry(-10_000, (part,), day="2026-02-27"), version=version)
    found = match(together([read]).entries, _expected((1, 100)), [f"{TAX[:4]} {TAX[4:].lower()}"], LATER)
    assert found.lines["uitkomst"].to_pylist() == ["gevonden"] and found.closes and not found.findings


def test_a_longer_number_is_no_kenmerk(tmp_path: Path) -> None:
    outcomes, codes = _outcome(tmp_path, _expected((1, 100)), Entry(-10_000, (Part(text=f"1{_KENMERK[1]}"),)))
    assert outcomes == ["ontbreekt", "onbekend"]
    assert codes == ["LA-BANK-ONBEKEND", "LA-BANK-ONTBREEKT"]


def test_to_another_account(tmp_path: Path) -> None:
    paid = Entry(-10_000, (Part(iban=OTHER, reference=_KENMERK[1]),))
    outcomes, codes = _outcome(tmp_path, _expected((1, 100)), paid)
    assert outcomes == ["ontbreekt"]
    assert codes == ["LA-BANK-ANDERE-REKENING", "LA-BANK-ONTBREEKT"]


def test_a_wrong_check_digit_is_named(tmp_path: Path) -> None:
    wrong = str((int(_KENMERK[1][0]) + 1) % 10) + _KENMERK[1][1:]
    _, codes = _outcome(tmp_path, _expected((1, 100)), Entry(-10_000, (Part(reference=wrong),)))
    assert codes == ["LA-BANK-KENMERK", "LA-BANK-ONTBREEKT"]


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_batch_is_read_in_its_parts(tmp_path: Path, version: str) -> None:
    batch = Entry(-30_000, (Part(-10_000, reference=_KENMERK[1]), Part(-20_000, reference=_KENMERK[2])),
                  day="2026-02-20")
    read = _file(tmp_path, batch, version=version)
    found = match(together([read]).entries, _expected((1, 100), (2, 200)), [TAX], LATER)
    assert found.lines["uitkomst"].to_pylist() == ["gevonden", "gevonden"]


def test_a_batch_that_cannot_be_divided_counts_as_a_whole(tmp_path: Path) -> None:
    batch = Entry(-30_000, (Part(-10_000, reference=_KENMERK[1]), Part(reference=_KENMERK[2])))
    read = _file(tmp_path, batch)
    assert [row["code"] for row in read.findings] == ["LA-BANK-DELEN"] and not read.refused
    assert read.entries["bedrag_cent"].to_pylist() == [-30_000]
    assert together([read]).entries["kenmerk"].to_pylist() == [None]


def test_only_what_is_booked_counts(tmp_path: Path) -> None:
    outcomes, _ = _outcome(tmp_path, _expected((1, 100)), _pay(1, 10_000, status="PDNG"))
    assert outcomes == ["ontbreekt"]


def test_a_statement_counts_once(tmp_path: Path) -> None:
    one = _file(tmp_path, _pay(1, 10_000, day="2026-02-20"))
    copy = _file(tmp_path, _pay(1, 10_000, day="2026-02-20"), name="b.xml", copy="DUPL")
    other = _file(tmp_path, _pay(1, 20_000, day="2026-02-20"), name="c.xml", copy="DUPL")
    booked = together([one, copy])
    assert booked.entries.num_rows == 1 and [row["code"] for row in booked.findings] == ["LA-BANK-TWEEMAAL"]
    assert [row["severity"] for row in together([one, other]).findings] == ["error"]


def test_a_missing_statement_is_seen(tmp_path: Path) -> None:
    one = _file(tmp_path, _pay(1, 10_000), id="1", number=1, begin=100_000)
    two = _file(tmp_path, _pay(2, 10_000), id="2", number=2, begin=90_000, name="b.xml")
    three = _file(tmp_path, _pay(3, 10_000), id="3", number=3, begin=80_000, name="c.xml")
    assert not together([three, one, two]).findings
    assert [row["code"] for row in together([one, three]).findings] == ["LA-BANK-GAT"]


def test_numbers_begin_anew_in_a_new_year(tmp_path: Path) -> None:
    """The December of a declaration is paid in January: statements of two years come together."""
    def one(number: int, begin: int, day: str, name: str) -> BankFile:
        return _file(tmp_path, _pay(1, 10_000), id=f"{number:05}", number=number, begin=begin, day=day, name=name)

    files = [one(1, 100_000, "2026-01-02", "a.xml"), one(2, 90_000, "2026-12-30", "b.xml"),
             one(1, 80_000, "2027-01-04", "c.xml"), one(2, 70_000, "2027-01-05", "d.xml")]
    booked = together(files)
    assert not booked.findings and booked.statements.num_rows == 4
    assert [row["code"] for row in together([files[0], files[2], files[3]]).findings] == ["LA-BANK-GAT"]


def test_balances_that_do_not_close_refuse_the_file(tmp_path: Path) -> None:
    read = _file(tmp_path, _pay(1, 10_000), begin=100_000, end=90_001)
    assert [row["code"] for row in read.findings] == ["LA-BANK-SALDO"] and read.entries.num_rows == 0


def test_another_account_is_told_and_left_out(tmp_path: Path) -> None:
    read = _file(tmp_path, _pay(1, 10_000), iban=OTHER)
    assert (read.skipped, read.refused, read.entries.num_rows) == (1, False, 0)
    assert [row["code"] for row in read.findings] == ["LA-BANK-REKENING"]
    assert _file(tmp_path, _pay(1, 10_000), iban=None).skipped == 1


def test_other_currency(tmp_path: Path) -> None:
    read = _file(tmp_path, _pay(1, 10_000, currency="USD"))
    assert [row["code"] for row in read.findings] == ["LA-BANK-VALUTA"] and read.refused


def test_without_account_or_with_a_kenmerk_twice() -> None:
    empty = together([]).entries
    with pytest.raises(UsageError):
        match(empty, _expected((1, 100)), [], LATER)
    with pytest.raises(UsageError):
        match(empty, _expected((1, 100), (1, 200)), [TAX], LATER)


@pytest.mark.parametrize(("data", "code"), [
    (b"", "XML-00"), (b"\x1f\x8b\x08", "XML-03"), (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "XML-05"),
    (camt([Statement()], "02")[:-20], "XML-01"), (b"<Document/>", "LA-BANK-VERSIE"),
    (camt([Statement()], "02").replace(b"053.001.02", b"053.001.04"), "LA-BANK-VERSIE"),
    (camt([Statement()], "02").replace(b"camt.053", b"camt.054"), "LA-BANK-VERSIE"),
    (b"<a>" * 20_000, "LA-BANK-VERSIE"),
    (camt([Statement()], "02").replace(b"<Bal>", b"<Bal>" + b"<x>" * 20_000, 1), "XML-01"),
    (camt([Statement()], "02").replace(b"<Stmt>", b"<Stmt>" + b"<Id>1</Id>" * 150_000, 1), "XML-06"),
    (camt([Statement()], "02").replace(b"<MsgId>M1", b"<MsgId>" + b"1" * 11_000_000, 1), "XML-01"),
], ids=["empty", "gzip", "doctype", "cut", "no namespace", "version", "other message", "deep", "deep inside", "many",
        "long text"])
def test_bad_files_are_findings(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(data)
    read = read_file(path, [OWN])
    assert code in [row["code"] for row in read.findings] and read.refused and read.entries.num_rows == 0


def test_a_batch_of_many_parts_is_read(tmp_path: Path) -> None:
    """More parts than may be in memory as elements at a time."""
    parts = tuple(Part(-1, reference=_KENMERK[1]) for _ in range(40_000))
    read = _file(tmp_path, Entry(-40_000, parts, day="2026-02-20"))
    assert not read.refused and read.entries.num_rows == 40_000
    found = match(together([read]).entries, _expected((1, 400)), [TAX], LATER)
    assert found.lines.to_pylist()[0]["laatste"] == date(2026, 2, 20) and found.closes
