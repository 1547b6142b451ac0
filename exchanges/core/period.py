"""The period of a delivery: a calendar month, chosen in one place and never from a clock."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from exchanges.core.errors import UsageError

_PERIOD = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True)
class Period:
    """A calendar month. ``str()`` gives ``2026-10``.

    Raises UsageError when the month does not exist.
    """

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.month <= 12 and 1900 <= self.year <= 9999):
            raise UsageError(f"Periode {self.year}-{self.month} bestaat niet; geef jjjj-mm, bijvoorbeeld 2026-10.")

    @classmethod
    def parse(cls, text: str) -> Period:
        match = _PERIOD.fullmatch(text.strip())
        if not match:
            raise UsageError(f"Periode {text!r} is niet leesbaar; geef jjjj-mm, bijvoorbeeld 2026-10.")
        return cls(int(match[1]), int(match[2]))

    @property
    def start(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        """Last day of the month."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    def shift(self, months: int) -> Period:
        index = self.year * 12 + self.month - 1 + months
        return Period(index // 12, index % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def resolve_period(params: Mapping[str, Any] | None, partition_key: str | None = None) -> Period:
    """The period of a run: ``params["periode"]``, then the partition key, else an error.

    Never ``logical_date``: Airflow 3 leaves it empty for manual, asset and partitioned runs
    (spec airflow3, trap 1).
    """
    text = (params or {}).get("periode") or partition_key
    if not text:
        raise UsageError("Geen periode: geef params.periode (jjjj-mm) of start de run met een partitiesleutel.")
    return Period.parse(str(text))
