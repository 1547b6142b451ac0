"""The balance of a step: ``in = out + rejected + excluded + held + duplicate``, per measure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from exchanges.core.errors import BalanceError
from exchanges.core.reports.dutch import quantity


@dataclass(frozen=True)
class Balance:
    """One line: a measure (``personen``, a control total) of one step. Whole numbers only:
    counts, eurocents, hundredths of a percent."""

    measure: str
    unit: str
    into: int
    out: int
    rejected: int = 0
    excluded: int = 0
    held: int = 0
    duplicate: int = 0

    @property
    def closed(self) -> bool:
        return self.into == self.out + self.rejected + self.excluded + self.held + self.duplicate

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "closed": self.closed}


def require_closed(step: str, lines: Iterable[Balance]) -> None:
    """Raise BalanceError naming the first measure that does not close."""
    for line in lines:
        if not line.closed:
            gone = line.into - line.out - line.rejected - line.excluded - line.held - line.duplicate
            raise BalanceError(
                f"Stap {step}: {line.measure} sluit niet, verschil {quantity(gone, line.unit)} (in "
                f"{quantity(line.into, line.unit)}, uit {quantity(line.out, line.unit)}); de levering is gestopt, zie "
                "het aansluitverslag."
            )
