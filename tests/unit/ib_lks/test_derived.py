"""Our own certainty, the tasks of a re-integration, when a subsidy is resumed, and what a person must look at."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.ib_lks.layout import milestones
from tests.unit.ib_lks.tables import PUBLISHED, rows, signal, worked

BSN = "999990019"
HANDOVER = "LKS_OVERDRACHT_REINTEGRATIE"


def delivered(*provisions: dict[str, Any], order: int = 1, bsn: str = BSN) -> dict[str, list[dict[str, Any]]]:
    """A delivery with one person, one trajectory and these provisions."""
    usual = {"_volgorde": order, "_boven": 0, "registratienummer": "R1", "datum_begin": 20250101}
    return {
        "client": [{"_volgorde": order, "_rij": 0, "bsn": bsn}],
        "atl_relatie": [{"_volgorde": order, "_rij": 0, "_boven": 0}],
        "voorziening": [usual | one for one in provisions],
    }


MEASURED: dict[str, Any] = {"type": "10", "lks": True, "loonwaarde": 6_250}


@pytest.mark.parametrize(("provisions", "certainty"), [
    ([MEASURED], "1"),
    ([{"type": "12", "lks": True, "loonwaarde": 3_000}], "1"),
    ([{"type": "40", "lks": False}, MEASURED], "1"),
    ([{"type": "10", "lks": True, "loonwaarde": None}], "2"),   # the group is there, the percentage is empty
    ([{"type": "10", "lks": True, "loonwaarde": 0}], "2"),
    ([{"type": "11", "lks": False}], "2"),                      # a form without a measured loonwaarde
    ([{"type": "12", "lks": False}, {"type": "40", "lks": False}], "2"),
    ([{"type": "40", "lks": False}], "3"),
    ([{"type": None, "lks": None}], "3"),
    ([], "3"),                                                  # a trajectory and nothing in it
])
def test_certainty_follows_from_what_was_delivered(
    tmp_path: Path, provisions: list[dict[str, Any]], certainty: str
) -> None:
    with worked(tmp_path, [signal(1)], sent=delivered(*provisions)) as con:
        assert [row["zekerheid_eigen"] for row in rows(con, "eigen")] == [certainty]


def test_only_the_last_delivery_counts_and_who_was_refused_is_not_in_it(tmp_path: Path) -> None:
    before, last = delivered(MEASURED), delivered(MEASURED, order=2, bsn="999990020")
    sent = {name: before[name] + last[name] for name in before}
    signals = [signal(1), signal(2, bsn="999990020")]
    with worked(tmp_path, signals, sent=sent) as con:
        assert [row["zekerheid_eigen"] for row in rows(con, "eigen")] == ["0", "1"]
    with worked(tmp_path, signals, sent=sent, refused=["999990020"]) as con:
        assert [row["zekerheid_eigen"] for row in rows(con, "eigen")] == ["0", "0"]


def test_where_nothing_was_delivered_nothing_is_said(tmp_path: Path) -> None:
    with worked(tmp_path, [signal(1)]) as con:
        assert [row["zekerheid_eigen"] for row in rows(con, "eigen")] == [None]
        assert rows(con, "handmatig") == []


def test_subsidy_without_loonwaarde_is_listed_and_other_is_not(tmp_path: Path) -> None:
    sent = delivered(MEASURED, {"type": "11", "lks": False, "registratienummer": "R2", "datum_einde": 20261231},
                     {"type": "40", "lks": False, "registratienummer": "R3"})
    with worked(tmp_path, [], sent=sent) as con:
        assert rows(con, "zonder_loonwaarde") == [
            {"bsn": BSN, "registratienummer": "R2", "type": "11", "datum_begin": 20250101, "datum_einde": 20261231}]


@settings(max_examples=60, deadline=None)
@given(ill=st.dates(date(2024, 1, 1), date(2026, 9, 1)), handed=st.dates(date(2024, 1, 1), date(2026, 9, 30)))
def test_tasks_are_due_whole_weeks_after_the_first_day_of_illness(
    ill: date, handed: date, tmp_path_factory: pytest.TempPathFactory
) -> None:
    one = signal(1, signaalsoort=HANDOVER, datum_eerste_ziektedag=ill, datum_overdracht=handed)
    with worked(tmp_path_factory.getbasetemp(), [one]) as con:
        found = rows(con, "taken", "datum")
    due = [ill + timedelta(weeks=week) for week in (6, 8, 26, 52, 78, 91)]
    assert [row["datum"] for row in found] == due
    assert [row["verstreken"] for row in found] == [day < PUBLISHED for day in due]
    assert [row["voor_overdracht"] for row in found] == [day < handed for day in due]
    assert [row["taaknummer"] for row in found] == [f"S1-{one.code}" for one in milestones()]


@pytest.mark.parametrize(("job", "resumes"), [
    (None, date(2026, 9, 1)), (date(2026, 9, 1), date(2026, 9, 1)), (date(2026, 8, 31), None), (date(2026, 7, 1), None),
])
def test_subsidy_is_resumed_the_day_after_illness_where_there_is_a_job(
    tmp_path: Path, job: date | None, resumes: date | None
) -> None:
    with worked(tmp_path, [signal(1, datum_einde_dienstverband=job)]) as con:
        assert [row["hervatten_vanaf"] for row in rows(con, "einde_zw")] == [resumes]
        assert ["dienstverband" in row["reden"] for row in rows(con, "handmatig")] == [True] * (resumes is None)


@pytest.mark.parametrize(("days", "late"), [(70, False), (71, True), (-3, False)])
def test_late_is_more_than_ten_weeks(tmp_path: Path, days: int, late: bool) -> None:
    end = PUBLISHED - timedelta(days=days)
    with worked(tmp_path, [signal(1, datum_begin_zw=date(2026, 5, 1), datum_einde_zw=end)]) as con:
        assert [(row["vertraging_dagen"], row["laat"]) for row in rows(con, "einde_zw")] == [(days, late)]


@pytest.mark.parametrize(("change", "word"), [
    ({"signaalsoort": HANDOVER, "datum_overdracht": PUBLISHED, "datum_eerste_ziektedag": None}, "eerste ziektedag"),
    ({"signaalsoort": HANDOVER, "datum_overdracht": None}, "datum van overdracht ontbreekt"),
    ({"datum_eerste_ziektedag": date(2026, 6, 2)}, "na het begin"),
    ({"bsn": "999990020"}, "niet in onze laatste levering"),
    ({"zekerheid": "2"}, "een andere dan volgt"),
])
def test_what_a_person_must_look_at_says_why(tmp_path: Path, change: dict[str, Any], word: str) -> None:
    with worked(tmp_path, [signal(1), signal(2, **change)], sent=delivered(MEASURED)) as con:
        (row,) = rows(con, "handmatig")
        assert row["rij"] == 2 and word in row["reden"]
        uncertain = [one["rij"] for one in rows(con, "zekerheid")]
    assert uncertain == ([2] if change.get("zekerheid") == "2" else [])
