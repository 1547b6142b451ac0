"""The reconciliation report (*aansluitverslag*) as data: everything the HTML shows, and nothing it does not.

Built by the steps as a plain dict, checked here. The claims in it (closed, equal) are computed again from the numbers
beside them; a document that claims more than its numbers show is refused, so that no report can say that a delivery
closes when it does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from exchanges.core.reports.approval import ApprovalPart
from exchanges.core.reports.codec import DocumentError, decode, encode
from exchanges.core.reports.money import MoneyLine
from exchanges.core.reports.parts import (
    Assumption,
    ControlLine,
    DeliveryPart,
    Difference,
    ExcludedRule,
    Fact,
    FindingKind,
    ListPart,
    NotAssessed,
    Proof,
    Provenance,
    ReceiptPart,
    StepPart,
    TotalLine,
    Verdict,
    WaterfallItem,
)

SCHEMA = 1


@dataclass(frozen=True)
class Summary:
    """Sums over the document, in it so that the HTML shows no number that the JSON lacks.

    ``findings`` are findings, ``kinds`` their rows in the report; ``unexplained`` is what the waterfall lacks.
    """

    blocker: int
    error: int
    warning: int
    info: int
    findings: int
    kinds: int
    excluded: int
    measures: int
    measures_closed: int
    totals: int
    totals_equal: int
    unexplained: int


@dataclass(frozen=True)
class Report:
    """The whole document. ``proof`` and ``provenance.output`` are null when no file was made, ``receipt`` when the
    partner has not been asked, ``approval`` before its step. ``waterfall`` is empty when nothing could be read.
    """

    schema: int
    delivery: DeliveryPart
    verdict: Verdict
    steps: tuple[StepPart, ...]
    waterfall: tuple[WaterfallItem, ...]
    excluded: tuple[ExcludedRule, ...]
    findings: tuple[FindingKind, ...]
    not_assessed: tuple[NotAssessed, ...]
    totals: tuple[TotalLine, ...]
    proof: Proof | None
    receipt: ReceiptPart | None
    assumptions: tuple[Assumption, ...]
    provenance: Provenance
    difference: Difference = field(default_factory=Difference)
    money: tuple[MoneyLine, ...] = ()
    facts: tuple[Fact, ...] = ()
    lists: tuple[ListPart, ...] = ()
    controls: tuple[ControlLine, ...] = ()
    approval: ApprovalPart | None = None

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Report:
        """Raises DocumentError, with the path, for anything that is not as the model says.

        ``summary`` may be absent; where it is there it must follow from the rest.
        """
        rest = dict(document)
        summary = rest.pop("summary", None)
        report = decode(cls, rest)
        if summary is not None and decode(Summary, summary, "report.summary") != report.summary:
            raise DocumentError("report.summary does not follow from the rest")
        return report

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, with the summary; ``from_dict`` of it gives an equal report."""
        return {**encode(self), "summary": encode(self.summary)}

    @property
    def open_ends(self) -> tuple[str, ...]:
        """The parts whose numbers show that something is not accounted for."""
        parts = (
            ("steps", all(line.closed for step in self.steps for line in step.measures)),
            ("totals", all(total.equal for total in self.totals)),
            ("proof", self.proof is None or self.proof.equal),
            ("waterfall", not any(self.unexplained)),
            ("money", not any(line.gap for line in self.money)),
            ("controls", all(line.holds for line in self.controls if line.blocks)),
        )
        return tuple(name for name, sound in parts if not sound)

    @property
    def summary(self) -> Summary:
        by_severity = dict.fromkeys(("blocker", "error", "warning", "info"), 0)
        for kind in self.findings:
            by_severity[kind.severity] += kind.count
        closed = [line.closed for step in self.steps for line in step.measures]
        return Summary(
            **by_severity,
            findings=sum(by_severity.values()),
            kinds=len(self.findings),
            excluded=sum(rule.count for rule in self.excluded),
            measures=len(closed),
            measures_closed=sum(closed),
            totals=len(self.totals),
            totals_equal=sum(total.equal for total in self.totals),
            unexplained=sum(map(abs, self.unexplained)),
        )

    @property
    def unexplained(self) -> tuple[int, ...]:
        """Per waterfall item what is missing at that level: 0 everywhere when the waterfall adds up."""
        gaps, left = [], None
        for item in self.waterfall:
            if item.kind == "total":
                gaps.append(0 if left is None else left - item.value)
                left = item.value
            else:
                gaps.append(0)
                left = (left or 0) - item.value
        return tuple(gaps)

    def _gaps(self) -> Iterator[int]:
        """Per line of the money ladder what does not fit; of a rest the document says."""
        level = 0
        for line in self.money:
            yield level - line.value if line.kind == "stand" else 0
            level = level + line.adds if line.step else line.value

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise DocumentError(f"schema is not {SCHEMA}")
        if any(gap != line.gap for gap, line in zip(self._gaps(), self.money, strict=True) if line.kind != "rest"):
            raise DocumentError("money does not follow from its lines")
        if self.waterfall and self.waterfall[0].kind != "total":
            raise DocumentError("waterfall does not start with a total")
        if self.verdict.closed and self.open_ends:
            raise DocumentError(f"verdict.closed does not follow from {', '.join(self.open_ends)}")
