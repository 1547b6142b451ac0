"""The parts of the annual statement as a document, one frozen dataclass each; the whole is in ``jaar_model``.

Whole numbers only: cents, or whole euros where the name says so. Persons appear as pseudonyms. What follows from other
numbers is checked where it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchanges.core.reports.codec import DocumentError
from exchanges.core.reports.parts import CodePart, FindingKind, InputPart

LineName = Literal[
    "loon", "loonheffing", "bijdrage_zvw", "werkgeversheffing_zvw", "netto", "alimentatie", "alimentatie_rechtstreeks"
]


def _same(said: object, follows: object, name: str) -> None:
    if said != follows:
        raise DocumentError(f"{name} does not follow from the numbers")


@dataclass(frozen=True)
class StatementPart:
    """Which statement this is."""

    exchange: str
    title: str
    gemeente: str
    gemeente_naam: str
    year: int
    partner: str


@dataclass(frozen=True)
class LinePart:
    """One line in one month (``month`` empty: the year), in cents. ``payments`` has ``computed`` in it: what is grossed
    up or recalculated by the exchange and no payment says."""

    line: LineName
    title: str
    month: str
    received: int
    jaaropgaven: int
    payments: int
    computed: int
    difference: int
    relations: int
    closes: bool

    def __post_init__(self) -> None:
        three = self.received, self.jaaropgaven, self.payments
        _same(self.difference, max(three) - min(three), "difference")
        _same(self.closes, self.difference == 0 and self.relations == 0, "closes")


@dataclass(frozen=True)
class CountPart:
    """Relations on each side in a month; ``differ`` are not where they should be."""

    month: str
    received: int
    jaaropgaven: int
    payments: int
    differ: int

    def __post_init__(self) -> None:
        if not self.differ and (self.received != self.jaaropgaven or self.payments > self.jaaropgaven):
            raise DocumentError("differ does not follow from the numbers")


@dataclass(frozen=True)
class DeviationPart:
    """A relation that is not the same on all sides. Cents; null: not on that side."""

    month: str
    record: str
    line: LineName
    received: int | None
    jaaropgaven: int | None
    payments: int | None


@dataclass(frozen=True)
class RoundingPart:
    """A collective total as last received, in whole euros, against the cents of its relations."""

    month: str
    total: str
    euros: int
    cents: int
    rounding: int
    closes: bool

    def __post_init__(self) -> None:
        _same(self.rounding, self.cents - self.euros * 100, "rounding")
        if self.closes and not -100 < self.rounding < 100:
            raise DocumentError("closes does not follow from the numbers")


@dataclass(frozen=True)
class MonthPart:
    """What a month asked and what came of it, in whole euros; null: it was not declared."""

    month: str
    declared: int | None
    saldi: int
    general: int | None
    due: int | None
    corrections: int
    replaced: int
    kenmerk: str
    until: str
    closes: bool

    def __post_init__(self) -> None:
        if self.closes and (self.declared is None or self.general != self.declared + self.saldi):
            raise DocumentError("closes does not follow from the numbers")


@dataclass(frozen=True)
class CorrectionPart:
    """What a message corrected of a month. ``by``: the month it was declared in, or ``los``. Whole euros."""

    by: str
    month: str
    relations: int
    withdrawn: int
    saldo: int
    difference: int
    closes: bool

    def __post_init__(self) -> None:
        _same(self.closes, self.saldo == self.difference, "closes")


@dataclass(frozen=True)
class CorrectedInPart:
    """All corrections of one message month together. Whole euros."""

    by: str
    months: int
    relations: int
    withdrawn: int
    saldo: int


@dataclass(frozen=True)
class CollectivePart:
    """``asked``: all TotGen of the year; ``separate``: all separate corrections; ``due``: the last TotTeBet of every
    month. Whole euros."""

    asked: int
    separate: int
    due: int
    closes: bool
    months: tuple[MonthPart, ...]
    corrected_in: tuple[CorrectedInPart, ...]
    corrections: tuple[CorrectionPart, ...]
    rounding: tuple[RoundingPart, ...]

    def __post_init__(self) -> None:
        for one in self.corrected_in:
            mine = [part for part in self.corrections if part.by == one.by]
            sums = [sum(getattr(part, name) for part in mine) for name in ("relations", "withdrawn", "saldo")]
            said = [one.months, one.relations, one.withdrawn, one.saldo]
            _same(said, [len(mine), *sums], f"corrected_in {one.by}")
        parts = (*self.months, *self.corrections, *self.rounding)
        follows = all(part.closes for part in parts) and self.asked + self.separate == self.due
        _same(self.closes, follows, "closes")
        _same(self.asked, sum(month.general or 0 for month in self.months), "asked")
        _same(self.due, sum(month.due or 0 for month in self.months), "due")


@dataclass(frozen=True)
class ComputedPart:
    """What the exchange made itself: relations and cents."""

    gebruteerd: int
    gebruteerd_heffing: int
    herrekend: int
    herrekend_bij: int
    herrekend_af: int


@dataclass(frozen=True)
class JaaropgavePart:
    """How many there are, for how many clients, and relations without one because nothing was paid."""

    count: int
    clients: int
    none: int
    sha256: str


@dataclass(frozen=True)
class BankLine:
    """A month, or (``month`` empty) a booking nobody expected. Cents. ``until``: the last day to pay, where known."""

    month: str
    kenmerk: str
    expected: int | None
    paid: int
    difference: int | None
    debits: int
    last: str
    until: str
    outcome: str


@dataclass(frozen=True)
class BankPart:
    files: int
    statements: int
    refused: int
    lines: tuple[BankLine, ...]
    findings: tuple[FindingKind, ...]
    closes: bool

    def __post_init__(self) -> None:
        wrong = self.refused or any(kind.severity in ("error", "blocker") for kind in self.findings)
        _same(self.closes, not wrong, "closes")
        if self.closes and any(line.difference for line in self.lines):
            raise DocumentError("closes does not follow from the lines")


@dataclass(frozen=True)
class ComparisonPart:
    ours: int
    theirs: int
    equal: int
    different: int


@dataclass(frozen=True)
class GwsDifferencePart:
    """``month`` empty: over the year, in whole euros; else in cents."""

    record: str
    month: str
    regeling: str
    amount: str
    ours: int | None
    theirs: int | None
    action: str


@dataclass(frozen=True)
class GwsPart:
    """``without_components``: months could not be compared, the administration gives no components."""

    read: int
    empty: int
    refused: int
    years: ComparisonPart | None
    months: ComparisonPart | None
    without_components: bool
    differences: tuple[GwsDifferencePart, ...]
    findings: tuple[FindingKind, ...]
    closes: bool

    def __post_init__(self) -> None:
        different = sum(part.different for part in (self.years, self.months) if part is not None)
        _same(self.closes, self.compared and not self.refused and not different, "closes")

    @property
    def compared(self) -> bool:
        return self.years is not None or self.months is not None

    @property
    def label(self) -> str:
        return "gelijk" if self.closes else "verschilt" if self.compared else "niet vergeleken"


@dataclass(frozen=True)
class YearAssumption:
    what: str
    where: str
    remark: str


@dataclass(frozen=True)
class DeliveredPart:
    """An accepted delivery the statement rests on."""

    id: str
    method: str
    sha256: str
    state: str


@dataclass(frozen=True)
class YearProvenance:
    """``run`` tells which run it was and is left out of the hash. ``waiting``: deliveries without an answer."""

    inputs: tuple[InputPart, ...]
    deliveries: tuple[DeliveredPart, ...]
    waiting: tuple[str, ...]
    code: CodePart
    run: str
