"""Calendar and ledger together: who is expected, what is told and only once, and what stays an alarm."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from exchanges.core import calendar, registry, watch
from exchanges.core.calendar import State, parse_moment
from exchanges.core.errors import CatalogueError, UsageError
from exchanges.core.ledger import DeliveryState, Ledger, StepState
from exchanges.core.ledger.corrections import CorrectionBook
from exchanges.core.period import Period
from exchanges.core.reports.dutch import day
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from exchanges.core.steps.deliver import DONE, RESENT
from tests.unit.core.dated_exchange import ID, toy, write_calendar, year_lines

OCTOBER = Period(2026, 10)
# The ledger writes by the real clock; silence is looked for when that is long past.
LONG_AFTER = parse_moment("2099-06-01")


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A dated and an undated toy exchange, with calendars in a folder of the test."""
    known = {ID: toy(), "proef_los": toy("proef_los", None)}
    monkeypatch.setattr(registry, "exchanges", lambda: known)
    folder = write_calendar(tmp_path / "mappings" / "kalender", *year_lines(2026, 2027)).parent
    monkeypatch.setattr(calendar, "data_dir", lambda kind: folder)
    return


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """0153 delivers since October, 0344 since November; 0363 does not take part."""
    (tmp_path / "ketensluis.toml").write_text(
        f"""
        [gemeente.0153]
        naam = "Een"
        bron = {{ soort = "csv", locatie = "x" }}
        vanaf = {{ {ID} = "2026-10" }}
        [gemeente.0344]
        naam = "Twee"
        bron = {{ soort = "csv", locatie = "x" }}
        vanaf = {{ {ID} = "2026-11" }}
        [gemeente.0363]
        naam = "Drie"
        bron = {{ soort = "csv", locatie = "x" }}
        uitwisselingen = []
        """,
        encoding="utf-8",
    )
    return Settings(home=tmp_path)


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    return open_ledger(settings)


def states(lines) -> dict[tuple[str, str], State]:
    return {(line.gemeente, str(line.period)): line.state for line in lines}


def send(ledger: Ledger, id: str = ID, gemeente: str = "0153", period: Period = OCTOBER) -> str:
    delivery = ledger.open_delivery(id, gemeente, period, "proef")
    ledger.finish_step(delivery.id, "deliver", StepState.done, [], {})
    ledger.set_state(delivery.id, DeliveryState.delivered)
    return delivery.id


def told(ledger: Ledger, id: str | None = None) -> list[tuple[str, str]]:
    return [(event.action, event.object) for event in ledger.events(id) if event.action.startswith("kalender.")]


def test_expected_is_who_takes_part_from_the_first_period_of_each(settings):
    assert states(watch.look(ID, parse_moment("2026-11-25"), settings)) == {
        ("0153", "2026-10"): State.near, ("0153", "2026-11"): State.far, ("0153", "2026-12"): State.far,
        ("0344", "2026-11"): State.far, ("0344", "2026-12"): State.far,
    }  # fmt: skip
    assert {line.gemeente for line in watch.look(ID, parse_moment("2026-11-25"), settings, only=["0344"])} == {"0344"}
    assert len(watch.look(ID, parse_moment("2026-11-25"), settings, only=["0344"], year=2027)) == 12


def test_of_who_is_asked_about_only_their_own_is_read(settings, ledger, monkeypatch):
    mine, other = send(ledger, gemeente="0344", period=Period(2026, 11)), send(ledger)
    for one in (mine, other):
        ledger.event(one, "anna", DONE, one, RESENT)
    read = set()

    def watched(honest):
        def seen(*asked):
            found = honest(*asked)
            read.update(found if isinstance(found, dict) else {one.id for one in found})
            return found
        return seen

    for name in ("deliveries", "finished", "last_events"):
        monkeypatch.setattr(Ledger, name, watched(getattr(Ledger, name)))
    (line,) = (one for one in watch.look(ID, LONG_AFTER, settings, only=["0344"]) if one.delivery)
    assert line.delivery.id == mine and line.sent and line.again and read == {mine}
    watch.look(ID, LONG_AFTER, settings)
    assert read == {mine, other}


def test_a_new_year_shows_what_the_old_one_still_asks(settings, ledger):
    done = send(ledger)
    ledger.set_state(done, DeliveryState.accepted)
    lines = states(watch.look(ID, parse_moment("2027-01-26"), settings, only=["0153"]))
    assert lines.pop(("0153", "2026-11")) is State.late
    assert lines.pop(("0153", "2026-12")) is State.near
    assert {period[:4] for _, period in lines} == {"2027"}
    assert states(watch.look(ID, parse_moment("2027-01-26"), settings, year=2026))["0153", "2026-10"] is State.done


def test_the_days_of_warning_are_those_of_the_period(settings, monkeypatch):
    monkeypatch.setattr(calendar, "warning_days", lambda exchange, period: 20 if period == OCTOBER else 2)
    assert states(watch.look(ID, parse_moment("2026-11-11"), settings))["0153", "2026-10"] is State.near


def test_a_first_period_that_is_none_is_told_with_its_place(settings):
    path = settings.home / "ketensluis.toml"
    path.write_text(path.read_text().replace('"2026-11"', '"november"'))
    with pytest.raises(UsageError, match=f"gemeente.0344.vanaf.{ID} is niet leesbaar"):
        watch.look(ID, parse_moment("2026-11-25"), settings)


def test_a_reminder_is_given_once_and_an_alarm_stays(settings, ledger):
    assert watch.watch(ID, parse_moment("2026-11-20"), settings).told == ()
    for moment, new in (("2026-11-23", 1), ("2026-11-24", 0), ("2026-11-30T23:59", 0)):
        seen = watch.watch(ID, parse_moment(moment), settings)
        assert (len(seen.told), seen.alarms) == (new, ())
    for moment, new in (("2026-12-01", 1), ("2026-12-02", 0)):
        seen = watch.watch(ID, parse_moment(moment), settings)
        assert len(seen.told) == new
        assert [alarm.partition(":")[0] for alarm in seen.alarms] == [f"{ID}/0153/2026-10"]
    assert told(ledger) == [("kalender.nadert", f"{ID}/0153/2026-10"), ("kalender.te_laat", f"{ID}/0153/2026-10")]
    (near, late) = ledger.events(None)
    assert near.result == "nadert: uiterlijk 30 november 2026; nog 7 dagen; er is geen levering"
    assert late.result == "te laat: uiterlijk 30 november 2026; 1 dag geleden; er is geen levering"
    assert near.details["uiterlijk"] == "2026-11-30"


def test_a_delivery_that_waits_for_a_person_near_its_date_is_told_by_itself(settings, ledger):
    """Also when the date was told before it came to wait; once, and again when the date has passed."""
    assert watch.watch(ID, parse_moment("2026-11-23"), settings).told == (f"{ID}/0153/2026-10",)
    delivery = ledger.open_delivery(ID, "0153", OCTOBER, "proef").id
    ledger.set_state(delivery, DeliveryState.awaiting, "wacht")
    assert told(ledger, delivery) == []
    for moment, new in (("2026-11-24", 1), ("2026-11-25", 0), ("2026-12-01", 2), ("2026-12-02", 0)):
        seen = watch.watch(ID, parse_moment(moment), settings)
        assert len(seen.told) == new, moment
    (near, late) = (event for event in ledger.events(delivery) if event.action == watch.WAITS)
    assert near.result == (
        "nadert: uiterlijk 30 november 2026; nog 6 dagen; levering wacht op akkoord: een ander dan wie startte moet "
        f"beslissen, sluis approve show {delivery}"
    )
    assert late.result.startswith("te laat") and any(delivery in alarm for alarm in seen.alarms)
    ledger.set_state(delivery, DeliveryState.built)
    assert watch.watch(ID, parse_moment("2026-12-03"), settings).told == ()


def test_a_delivery_that_waits_far_from_its_date_is_no_news(settings, ledger):
    ledger.set_state(ledger.open_delivery(ID, "0153", OCTOBER, "proef").id, DeliveryState.awaiting)
    assert watch.watch(ID, parse_moment("2026-11-06"), settings).told == ()


def test_silence_belongs_to_the_delivery_and_ends_with_the_answer(settings, ledger):
    id = send(ledger)
    (delivered,) = ledger.finished("deliver", ID).values()
    waiting = watch.watch(ID, delivered, settings)
    assert (waiting.told, waiting.alarms) == ((), ())
    for new in (1, 0):
        seen = watch.watch(ID, LONG_AFTER, settings)
        assert sum(name == id for name in seen.told) == new
        assert any(alarm.startswith(f"{id}: stilte") for alarm in seen.alarms)
    assert told(ledger, id) == [("kalender.stilte", id)]
    ledger.set_state(id, DeliveryState.accepted)
    assert not any(id in alarm for alarm in watch.watch(ID, LONG_AFTER, settings).alarms)


def test_what_was_taken_back_meets_no_date(settings, ledger):
    """By agreement the partner has nothing any more: it is as if nothing had been delivered."""
    id = send(ledger)
    ledger.set_state(id, DeliveryState.accepted)
    book = CorrectionBook(ledger.database)
    book.withdraw(id, actor="kees", reason="verkeerde maand")
    moment = parse_moment("2026-12-15")
    (line, *_) = watch.look(ID, moment, settings)
    assert line.state is State.done, "proposed is not done"
    book.confirm(id, actor="ria")
    (line, *_) = watch.look(ID, moment, settings)
    assert line.state is State.late and watch.remark(line).endswith("; levering ingetrokken")


def test_silence_is_heard_without_dates_and_of_a_period_nobody_expects(settings, ledger):
    ids = [send(ledger, "proef_los"), send(ledger, "proef_los", "0363")]
    ids.append(send(ledger, "proef_los", "0153", Period(2022, 3)))
    (line,) = (line for line in watch.look("proef_los", LONG_AFTER, settings, only=["0363"]))
    assert (line.state, line.deadline) == (State.silent, None)
    assert sorted(watch.watch("proef_los", LONG_AFTER, settings).told) == sorted(ids)


def test_what_is_booked_as_sent_has_left_even_when_its_step_is_not(settings, ledger):
    delivery = ledger.open_delivery(ID, "0153", OCTOBER, "proef")
    ledger.set_state(delivery.id, DeliveryState.delivered)
    (line, *_) = watch.look(ID, LONG_AFTER, settings, only=["0153"])
    assert (line.state, line.id) == (State.silent, delivery.id)


def test_many_at_once_tell_once(settings, ledger):
    moment = parse_moment("2026-12-01")
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda _: watch.watch(ID, moment, settings).told, range(8)))
    assert sorted(len(one) for one in seen) == [0] * 7 + [1]
    assert len(told(ledger)) == 1


def test_a_missing_year_is_an_alarm_and_hides_nothing(settings):
    moment = parse_moment("2028-01-15")
    with pytest.raises(CatalogueError, match=r"mappings/kalender/proef_levering\.csv heeft geen data voor 2028"):
        watch.require_year(ID, moment)
    watch.require_year("proef_los", moment)
    seen = watch.watch(ID, moment, settings)
    assert "heeft geen data voor 2028" in seen.alarms[0]
    assert len(seen.alarms) > 1 and len(seen.told) > 1
    with pytest.raises(CatalogueError, match="2028"):
        watch.look(ID, moment, settings, year=2028)


def test_the_texts_are_dutch_and_complete(settings, ledger):
    id = send(ledger)
    (line, *_) = watch.look(ID, LONG_AFTER, settings, only=["0153"])
    sent, until = line.sent, line.until
    late = ", te laat" if line.sent_late else ""  # whether the tests are run after the date of the toy
    assert watch.sentence(line) == (
        f"stilte: uiterlijk 30 november 2026; verzonden op {day(sent)} {sent:%H:%M}{late}; het antwoord had er op "
        f"{day(until)} {until:%H:%M} moeten zijn, vraag de partner"
    )
    (line,) = (one for one in watch.look(ID, sent, settings, only=["0153"]) if one.delivery)
    assert watch.remark(line) == (
        f"verzonden op {day(sent)} {sent:%H:%M}{late}; antwoord verwacht voor {day(until)} {until:%H:%M}"
    )
    ledger.set_state(id, DeliveryState.rejected)
    (line, *_) = watch.look(ID, parse_moment("2026-11-30"), settings, only=["0153"])
    assert watch.sentence(line) == "nadert: uiterlijk 30 november 2026; vandaag; levering afgekeurd"
    assert watch.summary({State.far: 2, State.late: 1, State.near: 0}) == "1 te laat, 2 ver weg"
    assert watch.complaint(["a", "b"]) == "a | b"
    assert watch.complaint(list("abcdefg")) == "a | b | c | d | e | en nog 2; zie sluis calendar."
