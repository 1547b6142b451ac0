"""The cover of a list: whose it is, what it is, how many of each kind, and what of it is assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from exchanges.core.lists.declare import Sheet, SignalList
from exchanges.core.period import Period
from exchanges.core.reports.dutch import period as month
from exchanges.core.reports.privacy import clean

_EXCHANGE = re.compile(r"[a-z][a-z0-9_]{0,40}", re.ASCII)
_GEMEENTE = re.compile(r"[0-9]{4}", re.ASCII)

NO_CONCLUSION = (
    "Een signaal is een reden om iets uit te zoeken. Het is geen bewijs en geen beslissing: "
    "er is door deze lijst niets veranderd aan een uitkering."
)
ELSEWHERE = "Strafrechtelijke gegevens staan in een eigen bestand, voor wie die mag inzien."
WITH_PSEUDONYMS = (
    "In plaats van het BSN staat een pseudoniem, want er is voor deze gemeente geen sleutel ingesteld om het bestand "
    "te verzegelen."
)
ASSUMED = "De indeling van deze kolommen is niet openbaar. Wij hebben haar zelf gekozen."


@dataclass(frozen=True)
class Cover:
    """``exchange`` is the id, ``gemeente`` four digits, ``number`` that of the delivery. ``counts`` are the numbers of
    signals per sheet that the caller knows from its own balance, ``notes`` lines it wants on the cover.

    Raises ValueError for an id, gemeente or number that cannot be in a file name.
    """

    exchange: str
    gemeente: str
    gemeente_name: str
    period: Period
    number: int
    counts: Mapping[str, int]
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        named = _EXCHANGE.fullmatch(self.exchange) and _GEMEENTE.fullmatch(self.gemeente)
        if not named or not 0 < self.number < 10_000:
            raise ValueError("a cover needs the id of the exchange, four digits of the gemeente, and a number from 1")

    @property
    def base(self) -> str:
        """How its files begin: ``<exchange>_0153_2026-10_001``."""
        return f"{self.exchange}_{self.gemeente}_{self.period}_{self.number:03d}"


@dataclass(frozen=True)
class CoverPage:
    """What stands on the cover of one file: ``lines`` are label and text, ``kinds`` the id, title and number of rows
    per sheet; those on the sheets ``extra`` are no signals."""

    title: str
    lines: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str, int], ...]
    extra: frozenset[str] = frozenset()

    @property
    def total(self) -> int:
        """Signals."""
        return sum(count for id, _, count in self.kinds if id not in self.extra)


def cover_page(
    signals: SignalList, cover: Cover, rows: Mapping[str, int], *, apart: bool, pseudonyms: bool
) -> CoverPage:
    """The cover of the common file, or of the one ``apart``. ``rows`` are those of the sheets in that file."""
    sheets = signals.apart if apart else signals.common
    lines = [
        ("Gemeente", f"{cover.gemeente_name} ({cover.gemeente})"),
        ("Maand", month(cover.period)),
        ("Uitwisseling", cover.exchange),
        ("Volgnummer", str(cover.number)),
        ("Wat dit is", NO_CONCLUSION),
    ]
    if apart:
        lines += [("Alleen voor", signals.restricted_role), ("Bewaren", signals.restricted_retention)]
    else:
        lines += [("Bewaren", signals.retention)] if signals.retention else []
        lines += [("Niet in dit bestand", ELSEWHERE)] if signals.apart else []
    if pseudonyms:
        lines.append(("BSN", WITH_PSEUDONYMS))
    lines += [("Let op", text) for text in cover.notes]
    lines += _assumed(sheets)
    return CoverPage(
        clean(signals.title), tuple((label, clean(text)) for label, text in lines),
        tuple((sheet.id, sheet.title, rows[sheet.id]) for sheet in sheets),
        frozenset(sheet.id for sheet in sheets if sheet.extra),
    )


def _assumed(sheets: tuple[Sheet, ...]) -> list[tuple[str, str]]:
    """Lines on the columns whose layout is assumed: what holds for every sheet is said once, the rest per sheet."""
    found = [[column.heading for column in sheet.columns if column.certainty == "assumed"] for sheet in sheets]
    if not any(found):
        return []
    everywhere = [heading for heading in found[0] if all(heading in headings for headings in found)]
    lines = [("Aanname", ASSUMED)]
    if len(sheets) > 1 and everywhere:
        lines.append(("Aanname op elk blad", ", ".join(everywhere)))
    else:
        everywhere = []
    for sheet, headings in zip(sheets, found, strict=True):
        rest = [heading for heading in headings if heading not in everywhere]
        if rest:
            lines.append((f"Aanname bij {sheet.title}", ", ".join(rest)))
    return lines
