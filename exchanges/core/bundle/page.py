"""The index of a bundle: what is in it, how each delivery stands, and how to check that it is what was handed over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exchanges.core.bundle.account import Account
from exchanges.core.bundle.contents import Entry
from exchanges.core.period import Period
from exchanges.core.reports import dutch
from exchanges.core.reports.page import environment, policy_hash, styles

_TEMPLATES = Path(__file__).resolve().parent / "templates"
INDEX = ("index.html", "index.pdf")
_TONES = ("fout", "let-op", "goed")
_SECTIONS = (
    ("conclusie", "Conclusie"),
    ("leveringen", "Leveringen"),
    ("antwoorden", "Antwoorden van partners"),
    ("bestanden", "Verzonden en ontvangen"),
    ("inhoud-bundel", "Inhoud"),
    ("controle", "Zelf controleren"),
)


def title_of(name: str, period: Period) -> str:
    return f"Maandbundel gemeente {name}, {dutch.period(period)}"


def _headline(closing: int, all_: int) -> str:
    if all_ == 1:
        return "De levering sluit" if closing else "De levering sluit niet"
    if closing == all_:
        return "Alle leveringen sluiten"
    closes = "sluit" if closing == 1 else "sluiten"
    return f"{dutch.number(closing)} van de {dutch.number(all_)} leveringen {closes}"


def index(
    gemeente: str, name: str, period: Period, accounts: Sequence[Account], entries: Sequence[Entry], code: str
) -> str:
    """HTML that asks for nothing from outside; its links lead to ``entries``, the other files of the bundle."""
    title = title_of(name, period)
    css = styles(title, gemeente, code)
    worst = min((one.conclusion.tone for one in accounts), key=_TONES.index)
    unfinished = sum(one.conclusion.tone != "goed" for one in accounts)
    closing = sum(one.closes for one in accounts)
    return environment(_TEMPLATES).get_template("bundel.html.j2").render(
        title=title, css=css, css_hash=policy_hash(css), report_hash="", gemeente=gemeente, name=name,
        period=str(period), code=code, tone=worst, headline=_headline(closing, len(accounts)), open=unfinished,
        accounts=accounts, entries=entries, files=len(INDEX) + len(entries),
        stale=[one for one in accounts if not one.current],
        sections=_SECTIONS,
    )  # fmt: skip
