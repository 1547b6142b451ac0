"""Each item once (rule 7), the same bytes at every run, and a failed run that leaves everything as it was (rule 8)."""

from __future__ import annotations

import hashlib
import itertools

import pyarrow.parquet as pq
import pytest

from exchanges.core.compare import engine
from exchanges.core.compare.snapshot import LEDGER
from tests.unit.core.compare.world import BSNS, counts, job, labels, month, rows_of, terms, wage, workplace

A, B, C = BSNS[:3]
JAN, FEB = (20260101, 20260131), (20260201, 20260228)


@pytest.fixture
def place():
    with workplace() as one:
        yield one


def just(*loon):
    return month(A, baan=[job(A)], loon=list(loon))


def digests(compared) -> list[str]:
    paths = [*compared.items.values(), *compared.first.values(), compared.balances, compared.findings,
             *compared.following.asked]
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


def ledger_rows(compared) -> int:
    return pq.read_metadata(compared.ledger).num_rows


def test_a_rerun_lists_the_same_bytes_and_adds_nothing_to_the_ledger(place):
    then = place.snapshot(month(A, B, baan=[job(A), job(B)], loon=[wage(A, *JAN), wage(B, *JAN)]))
    now = place.snapshot(month(A, B, C, baan=[job(A, eind=20260301), job(B), job(C)], eis=[terms(B)],
                               loon=[wage(A, *FEB), wage(B, *JAN, bruto=1)]))
    once = place.compare(then, now)
    again = place.compare(then, now, ledger=[once.ledger])
    assert ledger_rows(once) == 6 and ledger_rows(again) == 0
    assert digests(once) == digests(again)
    assert once.lines == again.lines and [one.listed for one in once.classes] == [one.found for one in again.classes]
    # Also when later months were done since.
    later = place.compare(once.following, month(A, B, C), "2026-11", [once.ledger])
    assert ledger_rows(later) > 0
    assert digests(place.compare(then, now, ledger=[once.ledger, later.ledger])) == digests(once)


def test_the_ledger_has_no_number_of_a_person(place):
    table = pq.read_table(place.compare(just(wage(A, *JAN)), just(wage(A, *FEB))).ledger)
    assert table.schema.names == LEDGER.names and table.num_rows == 2
    assert A not in str(table.to_pydict()) and set(table["periode"].to_pylist()) == {"2026-10"}


def test_what_was_told_is_not_told_again(place):
    first = place.compare(just(), just(wage(A, *JAN)), "2026-10")
    # The base of October is lost: November is compared with September once more.
    second = place.compare(just(), just(wage(A, *JAN)), "2026-11", [first.ledger])
    assert labels(second) == set() and ledger_rows(second) == 0 and second.closed
    (count,) = second.classes
    assert (count.found, count.listed, count.told) == (1, 0, 1)


def test_an_amount_that_goes_up_and_down_is_told_every_time(place):
    amounts, ledger, told = [100, 200, 100, 200], [], []
    for number, (before, after) in enumerate(itertools.pairwise(amounts)):
        compared = place.compare(just(wage(A, *JAN, bruto=before)), just(wage(A, *JAN, bruto=after)),
                                 f"2026-1{number}", list(ledger))
        ledger.append(compared.ledger)
        told.append(counts(compared))
    assert told == [{"ANDERS": 1}] * 3


def test_a_period_that_is_withdrawn_and_comes_back_is_told_every_time(place):
    ledger, told = [], []
    months = [just(), just(wage(A, *JAN)), just(), just(wage(A, *JAN))]
    for number, (before, after) in enumerate(itertools.pairwise(months)):
        compared = place.compare(before, after, f"2026-1{number}", list(ledger))
        ledger.append(compared.ledger)
        told.append(counts(compared))
    assert told == [{"NIEUW": 1}, {"VERVALLEN": 1}, {"NIEUW": 1}]


def test_of_two_runs_of_a_month_the_later_counts(place):
    wrong = place.compare(just(), just(wage(A, *JAN, bruto=1)), "2026-10")
    repaired = place.compare(just(), just(wage(A, *JAN, bruto=2)), "2026-10", [wrong.ledger])
    assert counts(repaired) == {"NIEUW": 1}
    ledger = [wrong.ledger, repaired.ledger]
    assert counts(place.compare(just(), just(wage(A, *JAN, bruto=2)), "2026-11", ledger)) == {"NIEUW": 0}
    assert counts(place.compare(just(), just(wage(A, *JAN, bruto=1)), "2026-11", ledger)) == {"NIEUW": 1}


def test_what_a_later_month_told_is_not_told_by_an_earlier_one_that_is_repaired(place):
    november = place.compare(just(), just(wage(A, *JAN)), "2026-11")
    october = place.compare(just(), just(wage(A, *JAN)), "2026-10", [november.ledger])
    assert counts(october) == {"NIEUW": 0}


def test_a_key_with_signs_of_its_own_is_another_key(place):
    """No two keys are one text: neither a bar nor a backslash in a code, nor nothing against the sign for nothing."""
    names = ["W|1", "W\\p1", "W", "", "\\n", "W'1"]
    compared = place.compare(month(A), month(A, baan=[job(A, werk=name) for name in names]))
    rows = rows_of(compared.items["baan"])
    assert len({row["sleutel"] for row in rows}) == len(rows) == len(names)


def test_a_run_that_fails_leaves_what_it_was_given(place, monkeypatch):
    then, now = place.snapshot(just(wage(A, *JAN))), place.snapshot(just(wage(A, *FEB)))
    files = [*then.asked, *now.asked, *(path for one in (then, now) for paths in one.levels.values() for path in paths)]
    before = [path.read_bytes() for path in files]

    def fails(*given):
        raise OSError("schijf vol")

    monkeypatch.setattr(engine, "write_ledger", fails)
    with pytest.raises(OSError, match="schijf vol"):
        place.compare(then, now)
    monkeypatch.undo()
    assert [path.read_bytes() for path in files] == before
    assert counts(place.compare(then, now)) == {"NIEUW": 1, "VERVALLEN": 1}


def test_what_came_with_its_job_is_told_when_it_changes_back(place):
    """Terms that were told once, went with their job and came back with it as others: the first again is news."""
    def with_terms(soort):
        return month(A, baan=[job(A)], eis=[terms(A, soort=soort)])

    series = [with_terms("15"), with_terms("22"), month(A), with_terms("15"), with_terms("22"), with_terms("22")]
    known, ledger, told = None, [], []
    for number, one in enumerate(series):
        compared = place.compare(known, one, f"2026-{number + 1:02}", list(ledger))
        known = compared.following
        ledger.append(compared.ledger)
        told.append(sorted((name, level) for name, level, *_ in labels(compared)))
    assert told == [[], [("ANDERS", "eis")], [("BAAN_WEG", "baan")], [("NIEUWE_BAAN", "baan")], [("ANDERS", "eis")], []]
