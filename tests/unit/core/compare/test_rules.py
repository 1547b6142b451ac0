"""The eight rules of spec ib-signalen 6.3, one example each and what lies just beside it."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core.bsn import Bsn
from exchanges.core.compare import engine
from exchanges.core.compare.snapshot import ANSWERED, EMPTY, NOT_ASKED, Line, Snapshot
from exchanges.core.errors import InputRefused, UsageError
from tests.unit.core.compare.world import BSNS, KEY, Month, counts, job, labels, month, rows_of, terms, wage, workplace

A, B, C = BSNS[:3]
JAN, FEB, MRT = (20260101, 20260131), (20260201, 20260228), (20260301, 20260331)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def place():
    with workplace() as one:
        yield one


def found(place, previous: Month | None, current: Month, **given) -> set:
    compared = place.compare(previous, current, **given)
    assert compared.closed
    return labels(compared)


def just(loon: list, **given) -> Month:
    return month(A, baan=[job(A)], loon=loon, **given)


# 1 canonical form ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("open_end", [None, 66660101, 88881231, 99991230, 99991231])
def test_open_ends_are_one(place, open_end):
    then = month(A, baan=[job(A, eind=99991230)], eis=[terms(A, eind=None)], loon=[wage(A, 20260101, 99991231)])
    now = month(A, baan=[job(A, eind=open_end)], eis=[terms(A, eind=open_end)], loon=[wage(A, 20260101, open_end)])
    assert found(place, then, now) == set()


def test_a_real_end_is_not_open(place):
    then, now = month(A, baan=[job(A, eind=99991230)]), month(A, baan=[job(A, eind=20260930)])
    assert found(place, then, now) == {("BAAN_KLAAR", "baan", A, "W1", 1)}
    assert found(place, now, then) == {("ANDERS", "baan", A, "W1", 1)}  # and no end after all is a correction


def test_missing_is_not_nothing(place):
    then, now = just([wage(A, *JAN, in_natura=None)]), just([wage(A, *JAN, in_natura=0)])
    compared = place.compare(then, now)
    (row,) = rows_of(compared.items["loon"])
    assert (row["klasse"], row["correctie"], row["gewijzigd"]) == ("ANDERS", "BEDRAG", "in_natura")
    assert (row["in_natura_oud"], row["in_natura"], row["in_natura_verschil"]) == (None, 0, 0)


def test_numbers_of_a_relation_are_numbers(place):
    then = place.snapshot(month(A, baan=[job(A, nr="0")]), kinds={"nr": pa.string()})
    assert labels(place.compare(then, month(A, baan=[job(A, nr=0)]))) == set()
    then = place.snapshot(month(A, baan=[job(A, nr="0007")]), kinds={"nr": pa.string()})
    assert labels(place.compare(then, month(A, baan=[job(A, nr=7)]))) == set()


def test_codes_are_texts(place):
    assert found(place, month(A, baan=[job(A, werk="01")]), month(A, baan=[job(A, werk="1")])) == {
        ("NIEUWE_BAAN", "baan", A, "1", 1), ("BAAN_WEG", "baan", A, "01", 1),
    }


def test_a_row_without_amounts_is_none(place):
    empty = wage(A, 20110101, 20261123, bruto=None, uren=None)
    compared = place.compare(just([]), just([empty]))
    assert labels(compared) == set() and compared.closed
    assert [one.empty for one in compared.levels] == [0, 0, 1]
    assert found(place, just([wage(A, *JAN)]), just([wage(A, *JAN, bruto=None, uren=None)])) == {
        ("VERVALLEN", "loon", A, "W1", 1, *JAN)
    }


# 2 window -----------------------------------------------------------------------------------------------------------


def test_what_the_window_leaves_behind_is_not_withdrawn(place):
    then = just([wage(A, *JAN), wage(A, *FEB)])
    now = just([wage(A, *FEB)], window=(date(2026, 2, 1), date(2026, 12, 31)))
    compared = place.compare(then, now)
    assert labels(compared) == set() and compared.closed
    assert compared.levels[2].previous_outside == 1


def test_a_window_that_is_cut_short_withdraws_nothing(place):
    then = just([wage(A, *JAN), wage(A, *MRT)])
    now = just([wage(A, *JAN)], window=(date(2026, 1, 1), date(2026, 2, 28)))
    compared = place.compare(then, now)
    assert labels(compared) == set() and compared.closed
    rows = next(line for line in compared.lines if line.measure == "rijen")
    assert (rows.previous, rows.cut, rows.current) == (2, 1, 1)
    assert [row["code"] for row in rows_of(compared.findings)] == ["VGL-VENSTER-KORTER"]


def test_a_window_that_moves_on_brings_the_new_month(place):
    then = just([wage(A, *JAN)], window=(date(2025, 2, 1), date(2026, 1, 31)))
    now = just([wage(A, *JAN), wage(A, *FEB)], window=(date(2025, 3, 1), date(2026, 2, 28)))
    assert found(place, then, now) == {("NIEUW", "loon", A, "W1", 1, *FEB)}


def test_what_lies_before_the_window_of_then_is_not_new(place):
    then = just([wage(A, *FEB)], window=(date(2026, 2, 1), date(2026, 12, 31)))
    compared = place.compare(then, just([wage(A, *JAN), wage(A, *FEB)]))
    assert labels(compared) == set() and compared.closed
    assert compared.levels[2].outside == 1
    assert [row["code"] for row in rows_of(compared.findings)] == ["VGL-VENSTER-EERDER"]


def test_a_period_across_the_edge_of_the_window_is_not_judged(place):
    four_weeks = (20260119, 20260215)
    then = just([wage(A, *four_weeks)])
    now = just([], window=(date(2026, 2, 1), date(2026, 12, 31)))
    assert found(place, then, now) == set()
    assert found(place, then, just([])) == {("VERVALLEN", "loon", A, "W1", 1, *four_weeks)}


@pytest.mark.parametrize(("then", "now", "begin", "withdrawn"), [
    # Of a month to its end every day is inside, of thirty days too.
    (date(2026, 9, 30), date(2026, 9, 30), 20260900, True),
    (date(2026, 10, 31), date(2026, 9, 30), 20260900, True),
    # It was delivered, so it had begun by then; a window that ends earlier may leave it out.
    (date(2026, 9, 30), date(2026, 10, 31), 20260000, True),
    (date(2026, 10, 31), date(2026, 9, 30), 20260000, False),
    (None, date(2026, 9, 30), 20260000, False),
    (date(2026, 9, 30), None, 20260000, True),
    # Wholly outside.
    (date(2026, 9, 30), date(2026, 9, 30), 20261000, False),
    (date(2026, 9, 30), date(2026, 9, 30), 20261001, False),
])
def test_a_job_that_had_begun_by_a_partial_day_is_withdrawn(place, then, now, begin, withdrawn):
    start = date(2026, 1, 1)
    before = month(A, window=(start, then), baan=[job(A, begin=begin)])
    assert bool(labels(place.compare(before, month(A, window=(start, now))))) == withdrawn


@pytest.mark.parametrize(("then", "now", "withdrawn"), [
    (date(2026, 9, 30), date(2026, 10, 31), True), (date(2026, 10, 31), date(2026, 9, 30), False),
    (None, date(2026, 9, 30), False),
])
def test_a_job_of_which_the_begin_is_not_known_is_withdrawn_unless_the_window_ends_earlier(place, then, now, withdrawn):
    start = date(2026, 1, 1)
    jobs = [job(A, "W1", begin=0), job(A, "W2", begin=66660101), job(A, "W3", begin=None)]
    compared = place.compare(month(A, window=(start, then), baan=jobs), month(A, window=(start, now)))
    assert len(labels(compared)) == (3 if withdrawn else 0)


@pytest.mark.parametrize(("begin", "withdrawn"), [(20260200, True), (20260100, False), (20260000, False), (0, False)])
def test_partial_days_are_judged_when_every_day_they_may_mean_is_inside(place, begin, withdrawn):
    window = (date(2026, 2, 1), date(2026, 12, 31))
    gone = found(place, just([wage(A, begin, 20260300)], window=window), just([], window=window))
    assert bool(gone) == withdrawn


def test_without_a_window_there_is_no_bound(place):
    assert found(place, just([wage(A, *JAN)], window=(None, None)), just([], window=(None, None))) == {
        ("VERVALLEN", "loon", A, "W1", 1, *JAN)
    }


def test_an_old_relation_is_not_new_or_withdrawn(place):
    old = job(A, werk="W2", eind=20241231)
    then, now = month(A, baan=[job(A)]), month(A, baan=[job(A), old])
    assert found(place, then, now) == set() == found(place, now, then)
    compared = place.compare(then, now)
    assert (compared.levels[0].outside, compared.levels[0].compared, compared.levels[0].same) == (1, 1, 1)


# 3 population -------------------------------------------------------------------------------------------------------


def test_a_first_delivery_is_listed_apart(place):
    then, now = month(A, baan=[job(A)]), month(A, B, baan=[job(A), job(B)], loon=[wage(B, *JAN)])
    compared = place.compare(then, now)
    assert labels(compared) == set() and compared.closed
    assert labels(compared, "first") == {("EERSTE", "baan", B, "W1", 1), ("EERSTE", "loon", B, "W1", 1, *JAN)}
    assert (compared.people.compared, compared.people.first) == (1, 1)


def test_without_a_previous_delivery_all_is_first(place):
    compared = place.compare(None, just([wage(A, *JAN)]))
    assert compared.closed and counts(compared) == {"EERSTE": 2}


def test_an_error_concludes_nothing_and_keeps_what_was_known(place):
    then = just([wage(A, *JAN)])
    failed = Month({A: (NOT_ASKED, None, None)})
    compared = place.compare(then, failed)
    assert labels(compared) == set() == labels(compared, "first") and compared.closed
    assert (compared.people.not_asked, compared.levels[2].kept) == (1, 1)
    after = place.compare(compared.following, just([wage(A, *JAN, bruto=1), wage(A, *FEB)]), "2026-11")
    assert labels(after) == {("ANDERS", "loon", A, "W1", 1, *JAN), ("NIEUW", "loon", A, "W1", 1, *FEB)}


def test_an_error_twice_still_keeps_it(place):
    failed = Month({A: (NOT_ASKED, None, None)})
    known = place.compare(just([wage(A, *JAN)]), failed).following
    known = place.compare(known, failed, "2026-11").following
    assert labels(place.compare(known, just([]), "2026-12")) == {("VERVALLEN", "loon", A, "W1", 1, *JAN)}


def test_who_was_never_answered_is_first_when_he_is(place):
    known = place.compare(None, Month({A: (NOT_ASKED, None, None)})).following
    assert labels(place.compare(known, month(A, baan=[job(A)])), "first") == {("EERSTE", "baan", A, "W1", 1)}


def test_nothing_found_is_an_answer(place):
    compared = place.compare(month(A, answer=EMPTY), just([wage(A, *JAN)]))
    assert counts(compared) == {"NIEUWE_BAAN": 1, "NIEUW": 1}
    compared = place.compare(just([wage(A, *JAN)]), month(A, answer=EMPTY))
    assert counts(compared) == {"BAAN_WEG": 1, "VERVALLEN": 1} and compared.closed


def test_who_is_not_asked_for_any_more_withdraws_nothing(place):
    compared = place.compare(month(A, B, baan=[job(A), job(B)], loon=[wage(B, *JAN)]), month(A, baan=[job(A)]))
    assert labels(compared) == set() and compared.closed
    assert (compared.people.left, compared.levels[2].left) == (1, 1)
    assert {row["bsn"] for row in rows_of(*compared.following.asked)} == {A}


@pytest.mark.parametrize("answer", [EMPTY, NOT_ASKED, None])
def test_rows_against_the_answer_are_told_and_conclude_nothing(place, answer):
    now = month(A, baan=[job(A), job(B)])
    if answer:
        now.asked[B] = (answer, *YEAR)
    then = month(A, B, baan=[job(A), job(B, eind=20260101)], loon=[wage(B, *JAN)])
    compared = place.compare(then, now)
    assert labels(compared) == set() and compared.closed
    (row,) = rows_of(compared.findings)
    assert (row["code"], row["severity"], row["record"]) == ("VGL-TEGENSPRAAK", "error", Bsn(B).pseudonym(KEY))
    known = {(row["bsn"], row["eind"]) for row in rows_of(*compared.following.levels["baan"])}
    assert known == ({(A, None), (B, 20260101)} if answer else {(A, None)})


@pytest.mark.parametrize("answer", ["misschien", None])
def test_answers_that_do_not_exist_are_refused(place, answer):
    snapshot = place.snapshot(month(A, B))
    table = pq.read_table(snapshot.asked[0])
    pq.write_table(table.set_column(1, "antwoord", pa.array([answer, ANSWERED])), snapshot.asked[0])
    with pytest.raises(InputRefused, match="bestaat het antwoord van 1 persoon niet") as raised:
        place.compare(None, snapshot)
    assert A not in str(raised.value)


def test_a_person_twice_is_refused(place):
    one = place.snapshot(month(A))
    with pytest.raises(InputRefused, match="1 regel te veel"):
        place.compare(None, Snapshot((*one.asked, *one.asked), one.levels))


def test_a_level_that_is_missing_is_refused(place):
    one = place.snapshot(month(A))
    with pytest.raises(UsageError, match="bestand van loon ontbreekt"):
        place.compare(None, Snapshot(one.asked, {**one.levels, "loon": ()}))


# 4 keys -------------------------------------------------------------------------------------------------------------


def test_two_relations_at_one_employer(place):
    then = month(A, baan=[job(A, nr=1), job(A, nr=2)])
    now = month(A, baan=[job(A, nr=1), job(A, nr=3), job(A, nr=2)])
    assert found(place, then, now) == {("NIEUWE_BAAN", "baan", A, "W1", 3)}


def test_a_relation_without_a_number_is_one(place):
    assert found(place, month(A, baan=[job(A, nr=None)]), month(A, baan=[job(A, nr=None, begin=20200102)])) == {
        ("ANDERS", "baan", A, "W1", None)
    }


@pytest.mark.parametrize("known", [True, False])
def test_a_key_that_is_not_unique_is_told_and_not_compared(place, known):
    then = just([wage(A, *JAN)] if known else [])
    now = just([wage(A, *JAN, bruto=1), wage(A, *JAN, bruto=2), wage(A, *FEB)])
    compared = place.compare(then, now)
    assert labels(compared) == {("NIEUW", "loon", A, "W1", 1, *FEB)} and compared.closed
    (row,) = rows_of(compared.findings)
    assert (row["code"], row["table"], row["record"]) == ("VGL-DUBBEL", "loon", Bsn(A).pseudonym(KEY))
    assert compared.levels[2].doubled == 2 + known
    after = place.compare(compared.following, just([wage(A, *JAN, bruto=2), wage(A, *FEB)]), "2026-11")
    assert counts(after) == ({"ANDERS": 1} if known else {"NIEUW": 1}) and after.closed


def test_rows_that_are_wholly_equal_are_not_unique_either(place):
    compared = place.compare(just([]), just([wage(A, *JAN), wage(A, *JAN)]))
    assert labels(compared) == set()
    assert [row["code"] for row in rows_of(compared.findings)] == ["VGL-DUBBEL"]


def test_findings_hold_no_number_of_a_person(place):
    compared = place.compare(just([]), just([wage(A, *JAN), wage(A, *JAN)]))
    assert A not in str(rows_of(compared.findings))


# 5 and 6 classes and corrections ------------------------------------------------------------------------------------


def test_the_periods_of_a_new_relation_are_new_with_it(place):
    now = month(A, baan=[job(A)], eis=[terms(A)], loon=[wage(A, *JAN)])
    compared = place.compare(month(A), now)
    assert labels(compared) == {("NIEUWE_BAAN", "baan", A, "W1", 1), ("NIEUW", "loon", A, "W1", 1, *JAN)}
    assert [row["met_ouder"] for row in rows_of(compared.items["loon"])] == [True]


def test_the_periods_of_a_withdrawn_relation_are_withdrawn_with_it(place):
    then = month(A, baan=[job(A), job(A, "W2")], eis=[terms(A)], loon=[wage(A, *JAN), wage(A, *JAN, werk="W2")])
    compared = place.compare(then, month(A, baan=[job(A, "W2")], loon=[]))
    assert labels(compared) == {
        ("BAAN_WEG", "baan", A, "W1", 1), ("VERVALLEN", "loon", A, "W1", 1, *JAN),
        ("VERVALLEN", "loon", A, "W2", 1, *JAN),
    }
    assert {row["werk"]: row["met_ouder"] for row in rows_of(compared.items["loon"])} == {"W1": True, "W2": False}


def test_a_correction_says_what_was_and_is(place):
    compared = place.compare(just([wage(A, *JAN, bruto=500_00)]), just([wage(A, *JAN, bruto=-20_00, uren=41)]))
    (row,) = rows_of(compared.items["loon"])
    assert (row["bruto_oud"], row["bruto"], row["bruto_verschil"]) == (500_00, -20_00, -520_00)
    assert (row["uren_oud"], row["uren"], row["uren_verschil"]) == (40, 41, 1)
    assert (row["correctie"], row["gewijzigd"]) == ("BEDRAG", "bruto,uren")
    (count,) = compared.classes
    assert (count.name, count.sums) == ("ANDERS", {"bruto": -520_00})


def test_other_terms_are_a_correction_of_characteristics(place):
    then = month(A, baan=[job(A)], eis=[terms(A)])
    now = month(A, baan=[job(A)], eis=[terms(A, eind=20260531), terms(A, begin=20260601, soort="43")])
    rows = rows_of(place.compare(then, now).items["eis"])
    assert [(row["klasse"], row["correctie"]) for row in rows] == [("ANDERS", "KENMERK")] * 2
    assert sorted((row["soort"], row["soort_oud"]) for row in rows if row["verandering"] == "nieuw") == [("43", None)]
    assert {(row["begin"], row["verandering"], row["gewijzigd"]) for row in rows} == {
        (20200101, "anders", "eind"), (20260601, "nieuw", None)
    }


def test_what_did_not_change_is_counted(place):
    compared = place.compare(just([wage(A, *JAN), wage(A, *FEB)]), just([wage(A, *JAN), wage(A, *FEB, bruto=1)]))
    assert [(one.level, one.compared, one.same) for one in compared.levels] == [
        ("baan", 1, 1), ("eis", 0, 0), ("loon", 2, 1)
    ]


# balances -----------------------------------------------------------------------------------------------------------


def test_balances_are_per_employer_too(place):
    then = month(A, baan=[job(A), job(A, "W2")], loon=[wage(A, *JAN, bruto=10), wage(A, *JAN, bruto=7, werk="W2")])
    now = month(A, baan=[job(A), job(A, "W2")], loon=[wage(A, *JAN, bruto=15), wage(A, *FEB, bruto=3, werk="W2")])
    compared = place.compare(then, now)
    rows = {row["per"]: row for row in rows_of(compared.balances) if row["maat"] == "bruto"}
    assert [rows["W1"][name] for name in ("vorige", "gecorrigeerd", "huidige", "verschil")] == [10, 5, 15, 0]
    assert [rows["W2"][name] for name in ("vorige", "nieuw", "vervallen", "huidige")] == [7, 3, 7, 3]
    assert Line("loon", "bruto", 17, 0, 3, 5, 7, 18, 0) in compared.lines


@pytest.mark.parametrize("lost", ["nieuw", "weg", "anders"])
def test_a_balance_shows_what_the_comparison_lost(place, monkeypatch, lost):
    whole = engine.found
    monkeypatch.setattr(engine, "found", lambda *given: f"(FROM {whole(*given)} WHERE verandering <> '{lost}')")
    then = just([wage(A, *JAN), wage(A, *FEB)])
    assert not place.compare(then, just([wage(A, *JAN, bruto=1), wage(A, *MRT)])).closed


def test_losses_at_two_employers_do_not_cancel_out():
    assert Line("loon", "rijen", 1, 0, 0, 0, 0, 1, 0).closed
    assert not Line("loon", "rijen", 1, 0, 0, 0, 0, 1, 2).closed
