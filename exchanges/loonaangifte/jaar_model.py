"""The annual statement as a document: everything the HTML shows, and nothing it does not.

Its claims (closes, equal) are computed again from the numbers beside them; one that claims more than its numbers show
is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchanges.core.reports.codec import DocumentError, decode, encode
from exchanges.loonaangifte.jaar_delen import (
    BankPart,
    CollectivePart,
    ComputedPart,
    CountPart,
    DeviationPart,
    GwsPart,
    JaaropgavePart,
    LinePart,
    StatementPart,
    YearAssumption,
    YearProvenance,
)

SCHEMA = 1


@dataclass(frozen=True)
class YearReport:
    """``bank`` and ``gws`` are null when nothing was given to compare with. ``deviations`` are the first of the
    ``deviating_amounts`` in which ``deviating`` relations differ."""

    schema: int
    closes: bool
    text: str
    reasons: tuple[str, ...]
    statement: StatementPart
    lines: tuple[LinePart, ...]
    counts: tuple[CountPart, ...]
    deviating: int
    deviating_amounts: int
    deviations: tuple[DeviationPart, ...]
    computed: ComputedPart
    jaaropgaven: JaaropgavePart
    collective: CollectivePart
    bank: BankPart | None
    gws: GwsPart | None
    assumptions: tuple[YearAssumption, ...]
    provenance: YearProvenance

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> YearReport:
        """Raises DocumentError, with the path, for anything that is not as the model says."""
        return decode(cls, dict(document))

    def to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = encode(self)
        return found

    @property
    def year_lines(self) -> tuple[LinePart, ...]:
        return tuple(line for line in self.lines if not line.month)

    @property
    def months(self) -> tuple[str, ...]:
        return tuple(count.month for count in self.counts)

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise DocumentError(f"schema is not {SCHEMA}")
        for line in self.year_lines:
            months = [one for one in self.lines if one.line == line.line and one.month]
            if sorted(one.month for one in months) != sorted(self.months):
                raise DocumentError(f"line {line.line} does not have every month once")
            if sum(one.received for one in months) != line.received:
                raise DocumentError(f"line {line.line}: the year is not the sum of its months")
        sound = (
            all(line.closes for line in self.lines)
            and not any(count.differ for count in self.counts)
            and self.collective.closes
            and (self.bank is None or self.bank.closes)
            and (self.gws is None or self.gws.closes)
            and not self.deviating
        )
        if self.closes != sound:
            raise DocumentError("closes does not follow from the numbers")
        if self.closes == bool(self.reasons):
            raise DocumentError("reasons do not follow from closes")
