"""The calendar: dates as the law sets them, and for every delivery exactly one state that only moves forward."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.calendar import State, of_year, outlook, parse_moment, state_of, terms, warning_days
from exchanges.core.errors import CatalogueError, UsageError
from exchanges.core.ledger import DeliveryState
from exchanges.core.period import Period
from tests.unit.core.dated_exchange import ID, made, toy, write_calendar, year_lines

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OCTOBER = Period(2026, 10)
ORDER = {State.far: 0, State.near: 1, State.late: 2, State.waiting: 0, State.silent: 1, State.done: 0, State.undated: 0}


@pytest.fixture
def folder(tmp_path):
    return write_calendar(tmp_path / "kalender", *year_lines(2026, 2027))


def at(moment: datetime, folder, deliveries=(), sent=None, warn=7, period=OCTOBER, exchange=None):
    """The line of 0153 for one period."""
    exchange = exchange or toy()
    term = terms(exchange, folder).get(period)
    expected = [("0153", term)] if term else []
    (line,) = outlook(exchange, moment, expected, list(deliveries), sent or {}, {period: warn})
    return line


# --- the file of the wage-tax declaration


def test_the_statutory_dates_of_2026_and_2027():
    known = terms(toy("loonaangifte", "aangifte"))
    assert list(known) == [Period(year, month) for year in (2026, 2027) for month in range(1, 13)]
    for period, term in known.items():
        assert (term.begin, term.end) == (period.start, period.end)
        assert term.code == f"{period.year % 10}{period.month:02d}0"
        # The last day of the month after, also on a Saturday or Sunday: the Algemene termijnenwet does not apply.
        assert term.due == {"aangifte": period.shift(1).end, "betaling": period.shift(1).end}
    assert known[Period(2026, 4)].due["aangifte"] == date(2026, 5, 31)  # a Sunday
    assert known[Period(2026, 1)].due["aangifte"] == date(2026, 2, 28)  # a Saturday
    assert known[Period(2026, 12)].due["betaling"] == date(2027, 1, 31)


def test_what_was_not_looked_up_says_so():
    known = terms(toy("loonaangifte", "aangifte"))
    looked_up = {str(period) for period, term in known.items() if term.certainty == "secondary"}
    assert looked_up == {"2026-01", "2026-03", "2026-11", "2026-12", "2027-01", "2027-12"}
    assert {term.certainty for term in known.values()} == {"secondary", "assumed"}
    assert all(term.source for term in known.values())


# --- reading


def test_a_year_that_is_not_in_it_is_an_error_that_names_the_file(folder):
    told = r"mappings/kalender/proef_levering\.csv heeft geen data voor 2028 \(wel: 2026, 2027\)"
    with pytest.raises(CatalogueError, match=told):
        of_year(toy(), terms(toy(), folder), 2028)
    assert [term.period.month for term in of_year(toy(), terms(toy(), folder), 2027)] == list(range(1, 13))


def test_an_exchange_without_dates_needs_no_file(tmp_path):
    assert terms(toy(due=None), tmp_path) == {}
    assert of_year(toy(due=None), {}, 2028) == []
    with pytest.raises(CatalogueError, match=r"mappings/kalender/proef_levering\.csv ontbreekt"):
        terms(toy(), tmp_path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2026-13;x;2026-01-01;2026-01-31;2026-02-28;2026-02-28;v;b", "regel 3: een periode of datum"),
        ("2026-02;x;2026-02-01;2026-02-30;2026-03-31;2026-03-31;v;b", "regel 3: een periode of datum"),
        ("2026-02;x;2026-02-01;2026-02-28;;2026-03-31;v;b", "regel 3: een periode of datum"),
        ("2026-02;x", "regel 3: een periode of datum"),
        ("2026-02;x;2026-02-01;2026-02-28;2026-03-31;2026-02-28;v;b", "regel 3: de data liggen niet na elkaar"),
        ("2026-02;x;2026-03-01;2026-02-28;2026-03-31;2026-03-31;v;b", "regel 3: de data liggen niet na elkaar"),
        ("2026-01;x;2026-01-01;2026-01-31;2026-02-28;2026-02-28;v;b", "regel 3: periode 2026-01 staat er twee keer in"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_number(tmp_path, line, told):
    folder = write_calendar(tmp_path, "2026-01;x;2026-01-01;2026-01-31;2026-02-28;2026-02-28;v;b", line)
    with pytest.raises(CatalogueError, match=f"Kalender mappings/kalender/proef_levering.csv, {told}"):
        terms(toy(), folder)


def test_the_date_the_declaration_names_must_be_there(folder):
    with pytest.raises(CatalogueError, match="mist de kolom uiterlijk_aangifte"):
        terms(toy(due="aangifte"), folder)


def test_the_days_of_warning_are_dated_and_an_exchange_may_have_its_own(tmp_path):
    head = "parameter;waarde;geldig_van;geldig_tot;zekerheid;bron;omschrijving\n"
    rows = "waarschuwing_dagen;7;2019-01-01;2026-12-31;assumed;x;\nwaarschuwing_dagen;10;2027-01-01;;assumed;x;\n"
    (tmp_path / "kalender.csv").write_text(head + rows)
    assert [warning_days(ID, Period(year, 1), tmp_path) for year in (2026, 2027)] == [7, 10]
    (tmp_path / f"{ID}.csv").write_text(head + "waarschuwing_dagen;14;2027-01-01;;assumed;x;\n")
    assert [warning_days(ID, Period(year, 1), tmp_path) for year in (2026, 2027)] == [7, 14]
    assert warning_days(ID, OCTOBER) == 7
    for wrong in ("1", "zeven"):
        (tmp_path / f"{ID}.csv").write_text(head + f"waarschuwing_dagen;{wrong};2019-01-01;;assumed;x;\n")
        with pytest.raises(CatalogueError, match="minstens 2"):
            warning_days(ID, OCTOBER, tmp_path)


# --- states: October 2026 is due on 30 November 2026


@pytest.mark.parametrize(
    ("moment", "state", "days"),
    [
        ("2026-11-22T23:59:59", State.far, 8),
        ("2026-11-23T00:00", State.near, 7),
        ("2026-11-30T23:59:59", State.near, 0),
        ("2026-12-01T00:00", State.late, -1),
    ],
)
def test_days_are_days_in_the_time_zone_of_the_exchange(folder, moment, state, days):
    for zone in (AMSTERDAM, UTC, ZoneInfo("Pacific/Auckland")):
        line = at(parse_moment(moment).astimezone(zone), folder)
        assert (line.state, line.days, line.deadline) == (state, days, date(2026, 11, 30))
        assert line.state.alarm is (state is State.late)


@pytest.mark.parametrize("state", ["open", "built", "blocked", "failed"])
def test_what_has_not_left_is_held_to_the_date(folder, state):
    delivery = made("2026-10", DeliveryState(state))
    assert at(parse_moment("2026-11-25"), folder, [delivery]).state is State.near
    line = at(parse_moment("2026-12-01"), folder, [delivery])
    assert (line.state, line.delivery, line.id) == (State.late, delivery, f"{ID}/0153/2026-10")


def test_what_the_partner_refused_as_a_whole_is_not_done(folder):
    delivery = made("2026-10", DeliveryState.rejected)
    sent = {delivery.id: parse_moment("2026-11-05T06:00")}
    assert at(parse_moment("2026-11-25"), folder, [delivery], sent).state is State.near
    assert at(parse_moment("2026-12-01"), folder, [delivery], sent).state is State.late


def test_what_was_sent_waits_and_then_it_is_silent(folder):
    delivery = made("2026-10", DeliveryState.delivered)
    sent = {delivery.id: datetime(2026, 11, 5, 6, tzinfo=UTC)}
    waiting = at(datetime(2026, 11, 5, 7, tzinfo=UTC), folder, [delivery], sent)
    assert (waiting.state, waiting.sent_late, waiting.id) == (State.waiting, False, delivery.id)
    assert waiting.until == datetime(2026, 11, 5, 7, tzinfo=UTC) and waiting.until.tzinfo == AMSTERDAM
    silent = at(datetime(2026, 11, 5, 7, 0, 1, tzinfo=UTC), folder, [delivery], sent)
    assert (silent.state, silent.state.alarm, silent.id) == (State.silent, True, delivery.id)


def test_the_hour_of_the_clock_change_is_not_counted_twice(folder):
    """Sent at 02:30 summer time on 25 October 2026; an hour later it is 02:30 again."""
    delivery = made("2026-09", DeliveryState.delivered)
    sent = {delivery.id: datetime(2026, 10, 25, 0, 30, tzinfo=UTC)}
    for minutes, state in ((60, State.waiting), (61, State.silent)):
        moment = (datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(AMSTERDAM)
        assert at(moment, folder, [delivery], sent, period=Period(2026, 9)).state is state


def test_done_in_time_and_done_late(folder):
    for state in (DeliveryState.accepted, DeliveryState.partly_accepted):
        delivery = made("2026-10", state)
        for moment, late in (("2026-11-30T23:59", False), ("2026-12-01T00:00", True)):
            line = at(parse_moment("2027-03-01"), folder, [delivery], {delivery.id: parse_moment(moment)})
            assert (line.state, line.sent_late) == (State.done, late)


def test_a_later_delivery_without_answer_is_heard_over_an_accepted_one(folder):
    first, second = made("2026-10", DeliveryState.accepted), made("2026-10", DeliveryState.delivered, 2)
    sent = {first.id: parse_moment("2026-11-05"), second.id: parse_moment("2026-11-20")}
    line = at(parse_moment("2026-11-21"), folder, [first, second], sent)
    assert (line.state, line.delivery) == (State.silent, second)
    begun = made("2026-10", DeliveryState.open, 2)
    line = at(parse_moment("2026-12-21"), folder, [first, begun], {first.id: sent[first.id]})
    assert (line.state, line.delivery) == (State.done, first)


def test_what_comes_beside_the_periodical_delivery_meets_no_date(folder):
    """A separate correction that was accepted is no declaration; while it waits for its answer that is told."""
    exchange = toy(beside=("correctie",))
    blocked, extra = made("2026-10", DeliveryState.blocked), made("2026-10", DeliveryState.accepted, 2, "correctie")
    sent = {extra.id: parse_moment("2026-11-20")}
    line = at(parse_moment("2026-12-01"), folder, [blocked, extra], sent, exchange=exchange)
    assert (line.state, line.delivery) == (State.late, blocked)
    line = at(parse_moment("2026-12-01"), folder, [extra], sent, exchange=exchange)
    assert (line.state, line.delivery) == (State.late, None)
    gone = made("2026-10", DeliveryState.delivered, 2, "correctie")
    line = at(parse_moment("2026-12-01"), folder, [blocked, gone], sent, exchange=exchange)
    assert (line.state, line.delivery) == (State.silent, gone)
    earlier = made("2025-10", DeliveryState.accepted, 1, "correctie")
    lines = outlook(exchange, parse_moment("2026-12-01"), [], [earlier], {}, {})
    assert [line.state for line in lines] == [State.done]


def test_without_a_date_nothing_is_late_but_silence_is_heard(tmp_path):
    undated = toy(due=None)
    delivery = made("2026-10", DeliveryState.blocked)
    assert at(parse_moment("2030-01-01"), tmp_path, [delivery], exchange=undated).state is State.undated
    gone = made("2026-10", DeliveryState.delivered)
    sent = {gone.id: parse_moment("2026-11-05")}
    assert at(parse_moment("2026-11-06"), tmp_path, [gone], sent, exchange=undated).state is State.silent


def test_a_moment_without_time_zone_is_refused(folder):
    with pytest.raises(UsageError, match="tijdzone"):
        at(datetime(2026, 11, 22), folder)


@pytest.mark.parametrize("text", ["", "morgen", "2026-13-01", "2026-11-31", "0001-01-01", "9999-12-31"])
def test_a_moment_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="niet leesbaar"):
        parse_moment(text)


def test_a_moment_without_offset_is_local():
    assert parse_moment("2026-11-22") == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert parse_moment("2026-07-22T09:00") == datetime(2026, 7, 22, 7, tzinfo=UTC)
    assert parse_moment("2026-07-22T09:00+00:00") == datetime(2026, 7, 22, 9, tzinfo=UTC)


moments = st.datetimes(datetime(2025, 12, 1), datetime(2028, 3, 1), timezones=st.sampled_from([UTC, AMSTERDAM]))
periods = st.builds(Period, st.integers(2026, 2027), st.integers(1, 12))


@given(
    deadline=st.none() | st.dates(), today=st.dates(), moment=moments, until=st.none() | moments,
    accepted=st.booleans(), warn=st.integers(0, 400),
)  # fmt: skip
def test_the_states_mean_what_their_names_say(deadline, today, moment, until, accepted, warn):
    """Each state has its own condition; exactly one of them holds, whatever is put in."""
    open_ = until is None and not accepted
    conditions = {
        State.waiting: until is not None and moment.astimezone(UTC) <= until.astimezone(UTC),
        State.silent: until is not None and moment.astimezone(UTC) > until.astimezone(UTC),
        State.done: until is None and accepted,
        State.undated: open_ and deadline is None,
        State.late: open_ and deadline is not None and deadline < today,
        State.near: open_ and deadline is not None and timedelta(0) <= deadline - today <= timedelta(warn),
        State.far: open_ and deadline is not None and deadline - today > timedelta(warn),
    }
    assert [state for state, holds in conditions.items() if holds] == [
        state_of(deadline, today, moment, until, accepted, warn)
    ]


@given(
    period=periods, warn=st.integers(2, 40), times=st.lists(moments, min_size=2, max_size=8),
    states=st.lists(st.sampled_from(list(DeliveryState)), max_size=3), left=st.lists(moments, min_size=3, max_size=3),
    gone=st.lists(st.booleans(), min_size=3, max_size=3), due=st.sampled_from(["levering", None]),
)  # fmt: skip
def test_every_delivery_has_one_state_and_time_only_moves_it_forward(
    tmp_path_factory, period, warn, times, states, left, gone, due
):
    folder = tmp_path_factory.getbasetemp() / "kalender van de eigenschap"
    if not folder.exists():
        write_calendar(folder, *year_lines(2026, 2027))
    exchange = toy(due=due)
    deliveries = [made(str(period), state, number) for number, state in enumerate(states, 1)]
    sent = {
        delivery.id: moment for delivery, moment, really in zip(deliveries, left, gone, strict=False)
        if really or delivery.state in (DeliveryState.delivered, DeliveryState.accepted, DeliveryState.partly_accepted)
    }  # fmt: skip
    expected = [(town, term) for term in terms(exchange, folder).values() for town in ("0153", "0344")]
    days = {term.period: warn for _, term in expected}
    known = {(town, term.period) for town, term in expected} | {(one.gemeente, one.period) for one in deliveries}
    before = None
    for moment in sorted(times, key=lambda one: one.astimezone(UTC)):
        lines = outlook(exchange, moment, expected, deliveries, sent, days)
        assert [(line.gemeente, line.period) for line in lines] == sorted(known)
        now = [line.state for line in lines]
        if before is not None:
            for earlier, later in zip(before, now, strict=True):
                assert earlier is later or ORDER[earlier] < ORDER[later]
                assert (earlier in (State.waiting, State.silent)) is (later in (State.waiting, State.silent))
        before = now
