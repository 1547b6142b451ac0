"""The calendar beside a real delivery: DKD, which has no statutory dates, and the same with a date of the toy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from exchanges.core import calendar, registry, watch
from exchanges.core.calendar import State, parse_moment
from tests.chain import EXCHANGE, Chain, chain
from tests.rows import write_csv
from tests.unit.core.dated_exchange import write_calendar, year_lines

ROWS = {
    "persoon": [{"persoon_id": "P1", "bsn": "999990007", "achternaam": "Berg"}],
    "traject": [{"traject_id": "T1", "persoon_id": "P1", "doel": "1", "datum_begin": "2025-01-01"}],
}
EARLY = parse_moment("2026-11-05")


@pytest.fixture
def town(tmp_path) -> Chain:
    return chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv")


def states(town: Chain, moment=EARLY) -> dict[str, State]:
    return {line.id: line.state for line in watch.look(EXCHANGE, moment, town.settings)}


def test_a_delivery_without_dates_is_followed_until_its_answer(town):
    assert states(town) == {}
    delivery = town.open()
    assert states(town) == {f"{EXCHANGE}/0153/2026-10": State.undated}
    assert town.deliver(delivery) is None
    (sent,) = town.ledger.finished("deliver", EXCHANGE).values()
    wait = timedelta(seconds=registry.exchange(EXCHANGE).receipt.answer_within_seconds)
    assert states(town, sent + wait) == {delivery: State.waiting}
    assert states(town, sent + wait + timedelta(seconds=1)) == {delivery: State.silent}
    town.answer()
    assert town.deliver(delivery, None) is None
    assert states(town) == {f"{EXCHANGE}/0153/2026-10": State.done}


def test_what_is_offered_again_has_its_time_again(town):
    """Of what still lay there nothing was sent, so the partner gets no more time for it."""
    delivery = town.open()
    assert town.deliver(delivery) is None
    (sent,) = town.ledger.finished("deliver", EXCHANGE).values()
    wait = timedelta(seconds=registry.exchange(EXCHANGE).receipt.answer_within_seconds)
    late = sent + wait + timedelta(seconds=1)
    assert town.resend(delivery) is False and states(town, late) == {delivery: State.silent}
    assert watch.watch(EXCHANGE, late, town.settings).told == (delivery,)
    for path in (town.partner / "in").iterdir():
        path.unlink()  # it got lost there
    assert town.resend(delivery) is True
    again = town.ledger.last_events("deliver.done", "opnieuw verzonden", EXCHANGE)[delivery]
    assert states(town, again + wait) == {delivery: State.waiting}
    (line,) = watch.look(EXCHANGE, again + wait, town.settings)
    assert "opnieuw aangeboden op" in watch.sentence(line) and line.sent == sent
    # Silent once more: that is told too, once.
    later = again + wait + timedelta(seconds=1)
    assert [watch.watch(EXCHANGE, later, town.settings).told for _ in range(2)] == [(delivery,), ()]
    told = [event.object for event in town.ledger.events(delivery) if event.action == "kalender.stilte"]
    assert len(told) == 2 and told[0] == delivery and told[1].startswith(f"{delivery} ")


def test_a_delivery_with_a_date_is_done_when_it_is_accepted_and_not_when_it_is_refused(town, tmp_path, monkeypatch):
    real = registry.exchange(EXCHANGE)
    dated = replace(real, calendar=replace(real.calendar, due="levering"))
    monkeypatch.setattr(registry, "exchanges", lambda: {EXCHANGE: dated})
    folder = write_calendar(tmp_path / "mappings" / "kalender", *year_lines(2026), id=EXCHANGE).parent
    monkeypatch.setattr(calendar, "data_dir", lambda kind: folder)
    october = f"{EXCHANGE}/0153/2026-10"
    assert (states(town)[october], states(town, parse_moment("2026-12-01"))[october]) == (State.far, State.late)
    town.finish(town.open(), ["reject-file"])
    assert states(town, parse_moment("2026-12-01"))[october] is State.late
    assert town.finish(town.open(new=True)) is None
    assert states(town, parse_moment("2026-12-01"))[october] is State.done
