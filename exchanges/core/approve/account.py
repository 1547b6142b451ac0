"""Approval in the report: what was weighed, what stands, and everything that was asked and decided, from the books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from exchanges.core.approve.decisions import (
    ASKED,
    DECLINED,
    GIVEN,
    PASSED,
    REFUSED,
    STARTED,
    VOID,
    Decision,
    Shown,
    decision,
    shown_in,
)
from exchanges.core.ledger import EventRow, StepRow
from exchanges.core.reports.dutch import day

_ACTS = {
    STARTED: ("started", "Gestart"),
    ASKED: ("asked", "Akkoord gevraagd"),
    GIVEN: ("given", "Akkoord gegeven"),
    REFUSED: ("refused", "Geweigerd"),
    DECLINED: ("declined", "Antwoord telde niet"),
    VOID: ("void", "Vervallen: het bestand of de samenvatting is een andere"),
    PASSED: ("passed", "Geen akkoord nodig"),
}


def part(row: StepRow | None, events: Sequence[EventRow], timezone: str) -> dict[str, Any] | None:
    """The part ``approval`` of the report; ``row`` is the step ``approve``. None when it has not come so far."""
    found = row.details if row is not None else {}
    if row is None or "shown" not in found:
        return None
    shown, zone = Shown(found["sha256"], found["summary"]), ZoneInfo(timezone)
    last = decision(events)
    standing = _standing(found["standing"], last, shown)
    return {
        "standing": standing,
        "text": _text(standing, last, zone),
        "compared_with": found["compared_with"],
        "limit": found["limit"],
        **shown.as_dict(),
        "required": found["shown"]["reasons"],
        "passed": found["shown"]["passed"],
        "history": [_act(event, zone) for event in events if event.action in _ACTS],
    }


def _standing(booked: str, last: Decision | None, shown: Shown) -> str:
    """As decided since the step was booked."""
    if booked in ("off", "not_required"):
        return booked
    if last is None or last.shown != shown:
        return "waiting"
    return "given" if last.given else "refused"


def _text(standing: str, last: Decision | None, zone: ZoneInfo) -> str:
    if standing == "off":
        return "Akkoord staat in de instellingen uit: niemand heeft deze levering goedgekeurd."
    if standing == "not_required":
        return "Voor deze levering was geen akkoord nodig: zij lijkt genoeg op de vorige."
    if standing == "waiting" or last is None:
        return "Deze levering wacht op akkoord van een ander dan wie haar startte."
    when = last.moment.astimezone(zone)
    said = "gaf akkoord" if last.given else "heeft geweigerd"
    return f"{last.actor} {said} op {day(when.date())} om {when:%H:%M}. Reden: {last.reason.rstrip('.')}."


def _act(event: EventRow, zone: ZoneInfo) -> dict[str, Any]:
    what, title = _ACTS[event.action]
    details: Mapping[str, Any] = event.details
    here = event.moment.astimezone(zone)
    return {
        "what": what,
        "title": title,
        "actor": event.actor,
        "moment": f"{event.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "day": here.date().isoformat(),
        "time": f"{here:%H:%M}",
        "reason": str(details.get("reason") or details.get("why") or ""),
        **shown_in(event).as_dict(),
        "shown": [str(text) for text in details.get("shown", [])],
    }
