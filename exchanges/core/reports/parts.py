"""The parts of a report document, one frozen dataclass each; the whole is in ``model``.

Whole numbers only: counts, eurocents, hundredths of a percent, as the ``unit`` beside them says. Persons appear as
pseudonyms. What follows from other numbers is checked where it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchanges.core.declare import Certainty, Severity, Unit
from exchanges.core.reports.codec import DocumentError

EXAMPLES_PER_FINDING = 5
WORK_LINES = 1000

# Exactly the states of the ledger; the texts a reader sees come with the document.
State = Literal[
    "open", "built", "awaiting", "delivered", "accepted", "partly_accepted", "rejected", "published", "blocked",
    "failed", "nothing",
]
# What an assumption is about: the report puts a badge there.
Place = Literal["", "bericht", "bestand", "selectie", "antwoord", "methode"]


@dataclass(frozen=True)
class DeliveryPart:
    """Which delivery this is. ``period`` is ``2026-10``; ``file_name`` is empty until there is a file; ``one`` and
    ``many`` are what a record is called; ``direction`` as the municipality sees it."""

    id: str
    exchange: str
    title: str
    gemeente: str
    gemeente_naam: str
    period: str
    sequence: int
    partner: str
    method: str
    message: str
    message_version: str
    file_name: str
    state: State
    state_text: str
    one: str = "persoon"
    many: str = "personen"
    direction: Literal["out", "in"] = "out"


@dataclass(frozen=True)
class ControlLine:
    """Two sides that the exchange counts apart; see :class:`exchanges.core.receive.proofs.Proof`."""

    code: str
    text: str
    left: int
    right: int
    unit: Literal["aantal", "cent", "dagen"]
    remark: str
    tolerated: int
    blocks: bool
    holds: bool

    def __post_init__(self) -> None:
        if self.holds != (abs(self.left - self.right) <= self.tolerated):
            raise DocumentError("holds does not follow from the numbers")


@dataclass(frozen=True)
class Fact:
    label: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """``closed``: everything that was selected is accounted for, as far as the delivery has come."""

    closed: bool
    text: str


@dataclass(frozen=True)
class MeasureLine:
    """A measure of a step: ``into = out + rejected + excluded + held + duplicate``."""

    measure: str
    title: str
    unit: Unit
    into: int
    out: int
    rejected: int
    excluded: int
    held: int
    duplicate: int
    closed: bool

    @property
    def gap(self) -> int:
        return self.into - self.out - self.rejected - self.excluded - self.held - self.duplicate

    def __post_init__(self) -> None:
        if self.closed != (self.gap == 0):
            raise DocumentError("closed does not follow from the numbers")


@dataclass(frozen=True)
class StepPart:
    step: str
    title: str
    measures: tuple[MeasureLine, ...]


@dataclass(frozen=True)
class WaterfallItem:
    """A level (``total``) or what goes off (``minus``, a positive number), in persons, from source to accepted."""

    label: str
    value: int
    kind: Literal["total", "minus"]
    note: str = ""

    def __post_init__(self) -> None:
        if self.value < 0:
            raise DocumentError("value is negative")


@dataclass(frozen=True)
class ExcludedRule:
    """A selection rule and how many rows it left out; ``source`` is the article or specification."""

    code: str
    table: str
    text: str
    count: int
    source: str
    certainty: Certainty


@dataclass(frozen=True)
class Example:
    """A pseudonym (``p:`` + 20 hex) and the line in the checked file, where there is one."""

    record: str | None
    line: int | None


@dataclass(frozen=True)
class FindingKind:
    """All findings of one kind. ``count`` findings, ``rejected`` records that stayed behind because of them."""

    code: str
    severity: Severity
    scope: Literal["record", "delivery"]
    text: str
    action: str
    source: str
    element: str
    count: int
    rejected: int
    examples: tuple[Example, ...] = ()
    variants: int = 1  # how many different texts there were; ``text`` is the most frequent

    def __post_init__(self) -> None:
        # A report stays small however much is wrong.
        object.__setattr__(self, "examples", self.examples[:EXAMPLES_PER_FINDING])


@dataclass(frozen=True)
class NotAssessed:
    code: str
    text: str
    reason: str


@dataclass(frozen=True)
class TotalLine:
    """A control total on both sides; a side that was never computed is null."""

    id: str
    title: str
    unit: Unit
    source: int | None
    file: int | None
    equal: bool

    def __post_init__(self) -> None:
        if self.equal != (self.source is not None and self.source == self.file):
            raise DocumentError("equal does not follow from the numbers")


@dataclass(frozen=True)
class FieldProof:
    """A field that was compared, record by record, between selection and read-back."""

    table: str
    field: str
    changed: int


@dataclass(frozen=True)
class SourceProof:
    """Rows of a selected table that are not as the source has them."""

    table: str
    rows: int


@dataclass(frozen=True)
class Proof:
    """Read-back of the finished file against the selection, and the selection against the source.

    ``fields_compared`` is the number of fields compared for every record, ``fields`` those worth naming.
    Hashes are empty where there is no such side (yet).
    """

    records: int
    missing: int
    extra: int
    changed: int
    fields_compared: int
    equal: bool
    fields: tuple[FieldProof, ...] = ()
    sha256_sent: str = ""
    sha256_checked: str = ""
    sha256_remote: str = ""
    unlike_source: tuple[SourceProof, ...] = ()

    @property
    def same_bytes(self) -> bool:
        return len({self.sha256_sent, self.sha256_checked, self.sha256_remote} - {""}) <= 1

    def __post_init__(self) -> None:
        same = self.missing == self.extra == self.changed == 0
        same = same and not any(f.changed for f in self.fields) and not any(t.rows for t in self.unlike_source)
        if self.equal != (same and self.same_bytes):
            raise DocumentError("equal does not follow from the numbers and hashes")


@dataclass(frozen=True)
class TableDifference:
    table: str
    title: str
    new: int
    gone: int
    changed: int
    same: int


@dataclass(frozen=True)
class FieldDifference:
    table: str
    field: str
    count: int


@dataclass(frozen=True)
class Difference:
    """Against ``previous``, the id of the previous accepted delivery; null when there is none."""

    previous: str | None = None
    tables: tuple[TableDifference, ...] = ()
    fields: tuple[FieldDifference, ...] = ()


@dataclass(frozen=True)
class RejectionReason:
    code: str
    text: str
    count: int


@dataclass(frozen=True)
class WorkLine:
    """What the partner said of one record: its pseudonym, and its line in the file that was sent. ``source`` is the
    answer it stood in."""

    record: str
    line: int | None
    code: str
    text: str
    source: str


@dataclass(frozen=True)
class ReceiptPart:
    """The partner's answer. ``answered`` false: asked for, not there. ``assumed``: its layout is not published.
    ``work`` are the first lines about records of the ``work_total`` there are, in the order of the file."""

    status: str
    accepted: int
    rejected: int
    reasons: tuple[RejectionReason, ...]
    assumed: bool
    answered: bool
    work: tuple[WorkLine, ...] = ()
    work_total: int = 0

    def __post_init__(self) -> None:
        if len(self.work) != min(self.work_total, WORK_LINES):
            raise DocumentError("work does not follow from work_total")


@dataclass(frozen=True)
class Assumption:
    """What is assumed (``what``), where it is recorded (``where``), why (``remark``), what it is about (``place``)."""

    what: str
    where: str
    remark: str
    place: Place = ""


@dataclass(frozen=True)
class InputPart:
    """A table as read. ``origin`` without personal data; ``dialect`` only for text files."""

    table: str
    rows: int
    sha256: str
    origin: str
    dialect: str | None = None


@dataclass(frozen=True)
class CodePart:
    version: str
    commit: str


@dataclass(frozen=True)
class VersionPart:
    """A schema or mapping that was used; valid_from and valid_to are ISO dates, empty when unbounded."""

    message: str
    version: str
    sha256: str
    certainty: Certainty
    valid_from: str = ""
    valid_to: str = ""


@dataclass(frozen=True)
class OutputPart:
    name: str
    sha256: str
    bytes: int
    records: int


@dataclass(frozen=True)
class ListPart:
    """A list that was published, with the records in it."""

    name: str
    sha256: str
    records: int


@dataclass(frozen=True)
class PurposePart:
    """Why it was done, as it was registered on the day that the delivery was opened; ``activity`` is the id in the
    register of processing activities, ``terms`` say how long each data class is kept."""

    activity: str
    legal_basis: str
    goal: str
    kinds: tuple[str, ...]
    terms: tuple[str, ...]
    certainty: Certainty


@dataclass(frozen=True)
class Provenance:
    """``run`` tells who ran it and is left out of the report hash: the same inputs give the same hash. ``purpose`` is
    null when none was registered."""

    inputs: tuple[InputPart, ...]
    code: CodePart
    schema: tuple[VersionPart, ...]
    mapping: tuple[VersionPart, ...]
    output: OutputPart | None
    run: str
    purpose: PurposePart | None = None
