"""What people are told of a correction, in the report of the delivery and of the one it corrects."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from exchanges.core.balance import Balance
from exchanges.core.declare import Flow
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.corrections import CorrectionBook, CorrectionRow
from exchanges.core.ledger.model import ACCEPTED
from exchanges.core.reports.dutch import count, day, number
from exchanges.core.supersede.closing import MEASURE

if TYPE_CHECKING:
    from exchanges.core.steps.context import Context

_DOES = {"vervanging": "vervangt", "aanvulling": "vult aan", "intrekking": "trekt in"}
_DONE = {"vervanging": "Vervangen", "aanvulling": "Aangevuld"}


def demand_of(correction: CorrectionRow) -> tuple[str, str]:
    """Why somebody else must agree to it: (code, whole sentence)."""
    kind = correction.kind
    text = f"Dit is een {kind} van levering {correction.corrects}: {correction.reason.rstrip('.')}."
    return f"AKK-{kind.upper()}", text


def facts(context: Context) -> list[dict[str, str]]:
    """For the report: what this delivery corrects and how that adds up; what was done about it since."""
    own = context.correction
    out = _of_itself(context, own) if own is not None else []
    zone = ZoneInfo(context.exchange.calendar.timezone)
    for one in CorrectionBook(context.ledger.database).about(context.exchange.id, context.delivery.gemeente):
        if one.corrects != context.delivery.id:
            continue
        if one.delivery is None:
            out.append(("Intrekking", _withdrawal(one, zone)))
        elif context.ledger.delivery(one.delivery).state in ACCEPTED:
            out.append((_DONE[one.kind], f"In levering {one.delivery}{_did(context.ledger, one.delivery)}."))
    return [{"label": label, "text": text} for label, text in out]


def rule_of_partner(flow: Flow, correction: CorrectionRow) -> str:
    """What the partner does with it, and whether that is known."""
    known = flow.correction(correction.kind)
    if known is None:
        return ""
    return f"{known.text}{' Dit is aangenomen.' if known.certainty == 'assumed' else ''}"


def _of_itself(context: Context, own: CorrectionRow) -> list[tuple[str, str]]:
    when = _day(own.moment, ZoneInfo(context.exchange.calendar.timezone))
    out = [
        (own.kind.capitalize(), f"Deze levering {_says(own)}. Door {own.actor} op {when}: {own.reason}"),
        ("Bij de partner", rule_of_partner(context.declared, own)),
    ]
    line = _line(context.ledger, context.delivery.id, "reconcile")
    if line is not None:
        words = context.declared.message.record
        text = (
            f"Van {count(line.into, *words)} die waren afgewezen: {number(line.out)} hersteld en in het bestand,"
            f" {number(line.rejected)} nog steeds fout, {number(line.excluded)} niet meer in de selectie."
        )
        out.append(("Aansluiting", text + _answered(context.ledger, context.delivery.id)))
    return out


def _says(own: CorrectionRow) -> str:
    does = _DOES[own.kind].split(" ", 1)
    return " ".join([does[0], f"levering {own.corrects}", *does[1:]])


def _answered(ledger: Ledger, id: str) -> str:
    line = _line(ledger, id, "receipt")
    return f" De partner heeft daarvan {number(line.out)} geaccepteerd." if line is not None else ""


def _did(ledger: Ledger, id: str) -> str:
    line = _line(ledger, id, "receipt")
    return f": {number(line.out)} van wat was afgewezen is hersteld" if line is not None else ""


def _withdrawal(one: CorrectionRow, zone: ZoneInfo) -> str:
    told = f"Voorgesteld door {one.actor} op {_day(one.moment, zone)}: {one.reason.rstrip('.')}."
    if one.confirmed is None:
        return f"{told} Nog niet bevestigd door een ander; zij heeft geen gevolg."
    return f"{told} Bevestigd door {one.confirmed_by} op {_day(one.confirmed, zone)}; de levering geldt niet meer."


def _line(ledger: Ledger, id: str, step: str) -> Balance | None:
    row = ledger.step_result(id, step)
    return next((line for line in (row.balances if row else ()) if line.measure == MEASURE), None)


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return day(moment.astimezone(zone).date())
