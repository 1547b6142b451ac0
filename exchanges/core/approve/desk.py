"""Where people decide: what waits, what it is, and giving or refusing approval, one at a time per delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchanges.core.access.roles import why_not
from exchanges.core.access.who import accountable, plain, same_person
from exchanges.core.approve.decisions import (
    ASKED,
    DECLINED,
    GIVEN,
    REFUSED,
    Decision,
    Shown,
    decision,
    shown_in,
    starters,
)
from exchanges.core.approve.judge import judge, refused_text
from exchanges.core.approve.summary import LEAST
from exchanges.core.errors import AnswerDeclined, UsageError
from exchanges.core.ledger import GONE, Delivery, DeliveryState, EventRow, Ledger
from exchanges.core.purpose.registry import HOME_TIME
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.reports.dutch import day
from exchanges.core.run import open_ledger, step_context
from exchanges.core.settings import Settings
from exchanges.core.steps.measured import underway

LONGEST_REASON = 500


@dataclass(frozen=True)
class Asked:
    """A delivery that was weighed: what was booked then, since when it waits (UTC; None when it does not), who started
    it and what was decided."""

    delivery: Delivery
    shown: Shown
    summary: Mapping[str, Any]
    standing: str
    since: datetime | None
    starters: tuple[str, ...]
    decision: Decision | None


def look(id: str, settings: Settings | None = None) -> Asked:
    """Raises UsageError when the delivery has not come to its approval."""
    ledger = open_ledger(settings)
    delivery, steps = ledger.progress(id)
    found = steps["approve"].details if "approve" in steps else {}
    if "shown" not in found:
        raise UsageError(f"Levering {id} is nog niet zo ver dat akkoord gevraagd kan worden; gebruik sluis run.")
    return _asked(delivery, found, ledger.events(id))


def waiting(exchange: str | None = None, gemeente: str | None = None, settings: Settings | None = None) -> list[Asked]:
    """What waits for approval, by exchange, gemeente and period."""
    found = open_ledger(settings).deliveries(exchange, gemeente)
    return [look(one.id, settings) for one in found if one.state is DeliveryState.awaiting]


def settled(id: str, shown: Shown, settings: Settings | None = None) -> bool:
    """Whether nobody needs to decide about this file and summary any more: somebody did, it has left, or the delivery
    is about another file by now."""
    ledger = open_ledger(settings)
    delivery, steps = ledger.progress(id)
    if delivery.state in GONE:
        return True
    asked = steps["approve"].details if "approve" in steps else {}
    if "sha256" in asked and Shown(asked["sha256"], asked["summary"]) != shown:
        return True
    last = decision(ledger.events(id))
    return last is not None and last.shown == shown


def give(
    id: str, *, actor: str, reason: str, sha256: str, summary: str = "", after_all: bool = False,
    settings: Settings | None = None,
) -> None:  # fmt: skip
    """Approve the file of which ``sha256`` and the ``summary`` (digest; left out: as it was booked) were seen; of each
    the first twelve characters at least.

    Who decides first decides: a second answer hears who that was. ``after_all``: after a refusal.

    Raises AnswerDeclined when it is decided or another file or summary by now, nobody's name or no reason is given, or
    ``actor`` started the run or has no role or right for this municipality; UsageError when there is nothing to decide.
    """
    _decide(id, True, actor, reason, sha256, summary, after_all, settings or Settings())


def refuse(
    id: str, *, actor: str, reason: str, sha256: str, summary: str = "", after_all: bool = False,
    settings: Settings | None = None,
) -> None:  # fmt: skip
    """Refuse it, which ends the delivery; as :func:`give`, but who started the run may. ``after_all``: takes back an
    approval."""
    _decide(id, False, actor, reason, sha256, summary, after_all, settings or Settings())


def _decide(
    id: str, given: bool, actor: str, reason: str, sha256: str, summary: str, after_all: bool, settings: Settings
) -> None:
    ledger, actor, reason = open_ledger(settings), " ".join(actor.split()), " ".join(reason.split())
    with ledger.alone(id):
        delivery, steps = ledger.progress(id)
        if exchange_by_id(delivery.exchange).direction != "out":
            raise UsageError(f"Levering {id} wordt ontvangen; daarvoor is geen akkoord nodig.")
        if delivery.state in GONE or underway(ledger, id, steps.get("deliver")):
            raise UsageError(f"Levering {id} is al verzonden of onderweg; er valt niets meer te besluiten.")
        booked = look(id, settings)
        events = ledger.events(id)
        with step_context(settings, delivery, steps) as context:
            now = judge(context, events)
            allowed = context.gemeente.akkoord
        if not settings.approval_required or not now.required:
            raise UsageError(f"Voor levering {id} is geen akkoord nodig; gebruik sluis run.")
        _same(id, booked, now.shown, sha256, summary)
        try:
            _may(id, given, actor, reason, allowed, starters(events), settings)
            _first(id, given, events, now.shown, after_all)
        except AnswerDeclined as error:
            _record_declined(ledger, id, actor, now.shown, str(error))
            raise
        ledger.event(
            id, actor, GIVEN if given else REFUSED, now.shown.sha256, "akkoord" if given else "geweigerd",
            {**now.shown.as_dict(), "reason": reason, "shown": [one.text for one in now.found.required]},
        )  # fmt: skip
        # After the decision: what it has become follows from the events also when this is not reached.
        if given:
            ledger.set_state(id, DeliveryState.built, actor=actor)
        else:
            ledger.set_state(id, DeliveryState.blocked, refused_text(id, actor, reason), actor=actor)


def _same(id: str, booked: Asked, now: Shown, sha256: str, summary: str) -> None:
    """What was seen, what was booked and what is there now must be one."""
    for what, seen, is_now in (("sha256", sha256, now.sha256), ("samenvatting", summary, now.summary)):
        short = seen.strip().lower()
        if what == "samenvatting" and not short:
            continue
        if len(short) < LEAST:
            raise AnswerDeclined(f"Geef van de {what} minstens {LEAST} tekens, zoals sluis approve show {id} ze toont.")
        if not is_now.startswith(short):
            raise AnswerDeclined(
                f"Levering {id} is niet meer wat u zag: een andere {what}. Bekijk opnieuw: sluis approve show {id}."
            )
    if booked.shown != now:
        raise AnswerDeclined(
            f"Levering {id} is veranderd nadat akkoord werd gevraagd; doe eerst sluis run en bekijk haar opnieuw."
        )


def _first(id: str, given: bool, events: list[EventRow], shown: Shown, after_all: bool) -> None:
    """One decision about a file and a summary, whoever answers at once and where; another one only on purpose."""
    last = decision(events)
    if last is None or last.shown != shown or (after_all and last.given != given):
        return
    when = last.moment.astimezone(HOME_TIME)
    was = f"{last.actor} {'gaf al akkoord' if last.given else 'heeft al geweigerd'}"
    told = f"Over {id} is besloten: {was} op {day(when.date())} om {when:%H:%M}."
    if last.given != given:
        told += f" Toch anders: sluis approve {'give' if given else 'refuse'} met --alsnog."
    raise AnswerDeclined(told)


def _may(
    id: str, given: bool, actor: str, reason: str, allowed: list[str], started: frozenset[str], settings: Settings
) -> None:
    """Raises AnswerDeclined. An empty list of names: anybody who has one."""
    gemeente = id.split("/")[1]
    if not actor:
        raise AnswerDeclined("Een besluit heeft een naam nodig: er is niet bekend wie dit is.")
    if not reason:
        raise AnswerDeclined(f"Geef een reden bij het besluit over {id}; die blijft bij de levering bewaard.")
    if len(reason) > LONGEST_REASON:
        raise AnswerDeclined(f"De reden bij {id} is langer dan {LONGEST_REASON} tekens; maak haar korter.")
    if why := why_not(f"approve {'give' if given else 'refuse'}", accountable(actor), settings):
        raise AnswerDeclined(why)
    if allowed and plain(accountable(actor)) not in {plain(name) for name in allowed}:
        raise AnswerDeclined(f"{actor} mag voor gemeente {gemeente} geen akkoord geven (instelling akkoord).")
    if given and any(same_person(actor, starter) for starter in started):
        raise AnswerDeclined(f"{actor} heeft {id} zelf gestart; een ander moet akkoord geven.")


def _record_declined(ledger: Ledger, id: str, actor: str, shown: Shown, why: str) -> None:
    ledger.event(id, actor or "onbekend", DECLINED, shown.sha256, "niet geteld", {**shown.as_dict(), "why": why})


def _asked(delivery: Delivery, found: Mapping[str, Any], events: list[EventRow]) -> Asked:
    shown = Shown(found["sha256"], found["summary"])
    asked = [event.moment for event in events if event.action == ASKED and shown_in(event) == shown]
    since = asked[-1] if asked and delivery.state is DeliveryState.awaiting else None
    return Asked(
        delivery, shown, found["shown"], found["standing"], since, tuple(sorted(starters(events))), decision(events)
    )
