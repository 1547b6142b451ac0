"""What a sheet of a report consists of: texts, dates, and numbers with their unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

CERTAINTIES = {"verified": "officieel", "secondary": "uit tweede hand", "assumed": "aanname"}
UNITS = {"aantal": "aantal", "cent": "euro", "euro": "hele euro's", "procent": "procent", "dagen": "dagen"}


@dataclass(frozen=True)
class Quantity:
    """A whole number in its unit: cents in ``cent``, hundredths of a percent in ``procent``."""

    value: int
    unit: str = "aantal"


Value = str | Quantity | date | bool | None


@dataclass(frozen=True)
class Sheet:
    """``widths`` are in characters; ``empty`` is what the sheet says without rows, "" where it is then left out."""

    title: str
    headings: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Value, ...], ...]
    empty: str = ""


def quantity_or_none(value: int | None, unit: str) -> Value:
    return None if value is None else Quantity(value, unit)
