"""Terms per data class, as data: ``mappings/parameters/bewaren.csv``, and per exchange where that says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from exchanges.core.dated import parameters
from exchanges.core.errors import CatalogueError
from exchanges.core.period import Period
from exchanges.core.reports.dutch import count

FILE, REFUSED, REPAIR, SNAPSHOT, SIGNAL, DECISION, RESTRICTED, LIST, DOCUMENT, SENT, PROCESSING, BUNDLE = (
    "bestand", "geweigerd", "herstel", "momentopname", "signaal", "besluit", "strafrecht", "lijst", "terugmelding",
    "verzonden", "verwerkingslog", "bundel",
)  # fmt: skip
CLASSES = (FILE, REFUSED, REPAIR, SNAPSHOT, SIGNAL, DECISION, RESTRICTED, LIST, DOCUMENT, SENT, PROCESSING, BUNDLE)
HOME_TIME = ZoneInfo("Europe/Amsterdam")
_PARAMETERS = "bewaren"


@dataclass(frozen=True)
class Term:
    """A data class is kept ``months`` calendar months after a moment, the last day included."""

    data_class: str
    months: int
    certainty: str
    source: str
    remark: str

    @property
    def rule(self) -> str:
        return f"{self.data_class}: {count(self.months, 'maand', 'maanden')}"

    def passed(self, since: datetime, on: date) -> bool:
        return on > months_after(since.astimezone(HOME_TIME).date(), self.months)


def terms(exchange: str, on: date) -> dict[str, Term]:
    """By data class, as they are in the month of ``on``. Raises CatalogueError for a class without a term."""
    period = Period(on.year, on.month)
    rows = parameters(_PARAMETERS, period) | parameters(exchange, period)
    found = {}
    for name in CLASSES:
        row = rows.get(f"{name}_maanden")
        if row is None or not isinstance(row.value, int) or row.value < 1:
            raise CatalogueError(f"Bewaartermijn {name}_maanden ontbreekt of is geen getal in {_PARAMETERS}.csv.")
        found[name] = Term(name, row.value, row.certainty, row.source, row.remark)
    return found


def months_after(day: date, months: int) -> date:
    """The same day that many months later, or the last of a shorter month."""
    there = Period(day.year, day.month).shift(months)
    return date(there.year, there.month, min(day.day, there.end.day))
