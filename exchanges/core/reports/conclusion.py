"""The answer an auditor comes for, in one line: does the delivery close, and how far has it come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchanges.core.reports.model import Report

Tone = Literal["goed", "let-op", "fout"]


@dataclass(frozen=True)
class Conclusion:
    """``tone`` picks the sign and the colour; the words say the same without them."""

    tone: Tone
    headline: str
    balance: str


def conclude(report: Report) -> Conclusion:
    """The headline by state and verdict. A delivery that does not close never looks like one that does."""
    state = report.delivery.state
    stopped = {"failed": "is mislukt", "blocked": "is tegengehouden", "rejected": "is afgewezen"}.get(state, "")
    # Without a proof nothing has been compared yet: that is no difference, and no proof either.
    unproven = not report.verdict.closed and report.proof is None and not report.open_ends
    if state == "nothing" and unproven:
        said = "Er is niets te verzenden" if report.delivery.direction == "out" else "Er is niets nieuws ontvangen"
        return Conclusion("goed", said, "Niets te bewijzen")
    if not report.steps and not report.open_ends:
        return Conclusion("fout" if stopped else "let-op", f"Deze levering {stopped or 'is nog niet begonnen'}",
                          "Nog niets geteld")
    if not report.verdict.closed and not unproven:
        return Conclusion("fout", "Deze levering sluit niet" + (f" en {stopped}" if stopped else ""),
                          "De balans sluit niet")
    balance = "Nog niet bewezen" if unproven else "De balans sluit"
    if stopped:
        return Conclusion("fout", f"Deze levering {stopped}", balance)
    if unproven:
        return Conclusion("let-op", "Deze levering is nog niet bewezen", balance)
    match state:
        case "accepted" | "partly_accepted" | "published":
            return Conclusion("goed", "Deze levering sluit", balance)
        case "awaiting":
            return Conclusion("let-op", "Deze levering wacht op akkoord", balance)
        case "delivered":
            return Conclusion("let-op", "Deze levering sluit tot en met het versturen", balance)
        case _:
            return Conclusion("let-op", "Deze levering sluit tot nu toe", balance)


def no_answer(report: Report) -> str:
    """Why there is no answer of the partner to show, in a sentence."""
    partner = report.delivery.partner[:1].upper() + report.delivery.partner[1:]
    if report.receipt is not None and not report.receipt.answered:
        return f"Nog geen antwoord: de partner ({partner}) heeft nog niet geantwoord op deze levering."
    match report.delivery.state:
        case "delivered":
            return f"Nog geen antwoord: de levering is verstuurd, de partner ({partner}) heeft nog niet geantwoord."
        case "blocked":
            return "Geen antwoord te verwachten: deze levering is tegengehouden."
        case "failed":
            return "Geen antwoord: deze levering is mislukt."
        case "nothing":
            return "Geen antwoord te verwachten: er is niets te verzenden."
        case _:
            return "Nog geen antwoord: deze levering is nog niet verstuurd."
