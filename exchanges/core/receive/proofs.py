"""What must be equal besides the balances: counts and amounts that the exchange computes from two sides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Proof:
    """One line of control. ``left`` and ``right`` come from sources that do not share how they are counted: whole
    numbers, amounts in eurocents. ``tolerated`` is how much they may differ. One that does not hold is shown;
    where it ``blocks`` nothing is published."""

    code: str
    text: str
    left: int
    right: int
    unit: Literal["aantal", "cent", "dagen"] = "aantal"
    remark: str = ""
    tolerated: int = 0
    blocks: bool = False

    @property
    def holds(self) -> bool:
        return abs(self.left - self.right) <= self.tolerated

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}


def broken(proofs: Iterable[Proof]) -> str:
    """The sentence that stops the delivery; empty when it may go on."""
    names = [f"{proof.code} ({proof.text})" for proof in proofs if proof.blocks and not proof.holds]
    return f"Dit sluit niet: {'; '.join(names)}. Er is niets gepubliceerd." if names else ""
