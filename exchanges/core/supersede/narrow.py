"""An addition takes only the records it is for: one selection rule more, over the population."""

from __future__ import annotations

from dataclasses import replace

from exchanges.core.declare import Flow, SelectionRule
from exchanges.core.errors import UsageError
from exchanges.core.ledger.corrections import CorrectionRow

CODE = "SEL-AANVULLING"
RECORDS, HELD = "correctie.record", "correctie.geldt"
_SOURCE = "aanvulling: alleen wat niet is aangekomen"


def narrowed(flow: Flow, correction: CorrectionRow | None) -> Flow:
    """``flow`` with that rule when the delivery is an addition. It reads ``correctie.record`` (what was refused of the
    delivery that is corrected and is not in force) or, for all that is not there, ``correctie.geldt`` (column
    ``sleutel`` both). Raises UsageError when the exchange does not know additions."""
    if correction is None or correction.kind != "aanvulling":
        return flow
    known = flow.correction("aanvulling")
    if known is None:
        raise UsageError(f"Levering {correction.delivery} is een aanvulling; die kent deze uitwisseling niet meer.")
    if correction.scope == "afgewezen":
        keep = f"r.{known.key} IN (SELECT sleutel FROM {RECORDS})"
    else:
        keep = f"r.{known.key} NOT IN (SELECT sleutel FROM {HELD})"
    rule = SelectionRule(CODE, flow.selection.population, keep, left_out(correction), _SOURCE)
    return replace(
        flow,
        selection=replace(flow.selection, rules=(*flow.selection.rules, rule)),
        rules=tuple(one for one in flow.rules if one.code not in known.without),
    )


def left_out(correction: CorrectionRow) -> str:
    """Why somebody is not in an addition, in words."""
    if correction.scope == "afgewezen":
        return f"Is niet afgewezen in levering {correction.corrects}, of geldt intussen."
    return "Geldt al door een eerdere levering van deze periode."
