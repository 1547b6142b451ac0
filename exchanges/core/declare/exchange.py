"""An agreement with a partner: by which ways, when, why, and what may be corrected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from exchanges.core.declare.answer import NO_ANSWER, Receipt
from exchanges.core.declare.content import Certainty, Message, Rule, Rung, Selection, Total

if TYPE_CHECKING:
    from exchanges.core.intake import Intake

CorrectionKind = Literal["vervanging", "aanvulling", "intrekking"]


@dataclass(frozen=True)
class Correction:
    """A kind of further delivery that the partner knows, of a period it has accepted already.

    ``vervanging``: all of it again, in place of the former; ``aanvulling``: only records that did not get there or were
    refused; ``intrekking``: a delivery is taken back. ``by``: a file (``bestand``), or ``afspraak`` where the partner
    has no message for it: people agree, and the books say so. ``text`` is a whole sentence: what the partner does.
    ``whole``: what a replacement does not hold is gone at the partner; else it stays as it was there.
    ``key``: of an ``aanvulling`` the column of a population row with the record key; it is told apart in the envelope
    where the mapping has a column ``soort_levering``. ``without``: codes of rules that are not asked of an addition,
    since they ask whether everybody is there. ``until_due``: only until the date in the calendar.
    """

    kind: CorrectionKind
    by: Literal["bestand", "afspraak"]
    text: str
    source: str
    certainty: Certainty = "assumed"
    whole: bool = True
    key: str = ""
    without: tuple[str, ...] = ()
    until_due: bool = False

    def __post_init__(self) -> None:
        if (self.kind == "intrekking") != (self.by == "afspraak"):
            raise ValueError("a delivery is taken back by agreement, and only that is")
        if self.kind == "aanvulling" and not self.key:
            raise ValueError("an addition is chosen by a key of the population")


@dataclass(frozen=True)
class Call:
    """How the records of a file go over SOAP instead, each a message of its own, where the settings say so.

    ``message`` is what the schema catalogue calls the service (``schemas/<message>/<version>/dienst.wsdl``) and
    ``operation`` what the WSDL does; the record of the file is its question, ``answer`` the root of what comes back.
    ``judge`` is ``module:name`` of a function that gets that element, valid by its schema, and gives a
    :class:`exchanges.core.soap.told.Judged`.
    """

    message: str
    operation: str
    answer: str
    judge: str


@dataclass(frozen=True)
class Service:
    """What the partner asks us over SOAP about what was delivered this way, one question at a time.

    ``message`` and ``operation`` as with :class:`Call`; ``question`` and ``answer`` are the roots of the two elements.
    ``desk`` is ``module:name`` of a function of settings and municipality that gives a
    :class:`exchanges.core.soap.desk.Desk`. ``answers`` is the flow whose records it answers with, by the source of the
    delivery.
    """

    message: str
    operation: str
    question: str
    answer: str
    desk: str
    answers: str


@dataclass(frozen=True)
class Aside:
    """A message that goes with an exchange and is no delivery, such as a question or a confirmation.

    ``message`` is its name in the schema catalogue and ``root`` its element. ``judge`` is ``module:name`` of a function
    that gets that element, valid by its schema, and the key of the pseudonyms, and gives what the schema lets pass as
    findings (:func:`exchanges.core.findings.finding`): ``sluis check`` tells them.
    """

    message: str
    root: str
    judge: str


@dataclass(frozen=True)
class Flow:
    """One way of delivering: what is selected, into which message, under which rules and totals.

    ``whole``: the message has totals over its records, so a record cannot stay behind: one error stops all.
    ``may_be_empty``: a delivery without records says something too (nothing to declare).
    ``nothing``: one without records need not be made, which is no fault; this whole sentence says so.
    ``ladder``: how the amounts of the payments become those of the message. ``facts`` names a function
    (``module:name``) that tells what else a reader of the report must know: it gets the envelope's row as read back and
    the period, and gives labels and texts. ``corrections``: which further deliveries of a period the partner knows.
    ``call``: its records may also go over SOAP. ``service``: what the partner asks us in return.
    """

    message: Message
    selection: Selection
    rules: tuple[Rule, ...]
    totals: tuple[Total, ...]
    whole: bool = False
    may_be_empty: bool = False
    nothing: str = ""
    ladder: tuple[Rung, ...] = ()
    facts: str = ""
    call: Call | None = None
    service: Service | None = None
    corrections: tuple[Correction, ...] = ()

    def correction(self, kind: CorrectionKind) -> Correction | None:
        """What the partner knows of that kind; None when it does not know it."""
        return next((one for one in self.corrections if one.kind == kind), None)


@dataclass(frozen=True)
class Calendar:
    """When the exchange runs: cron in ``timezone``, for the month ``offset`` months from the tick.

    ``due`` names the date in ``mappings/kalender/<exchange>.csv`` (column ``uiterlijk_<due>``) on which the partner
    must have the delivery; None when nobody has set such dates (see :mod:`exchanges.core.calendar`). Deliveries by a
    method in ``beside`` come on top of the periodical one, such as a separate correction: they meet no date.
    """

    cron: str
    offset: int = -1
    timezone: str = "Europe/Amsterdam"
    start: str = "2026-01-01"
    due: str | None = None
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Purpose:
    """Why these data may be processed (AVG art. 5 and 30; spec ib-signalen SEC-01)."""

    legal_basis: str
    goal: str
    retention: str


@dataclass(frozen=True)
class Exchange:
    """An agreement with a partner.

    ``flows`` by method name; ``method`` is the default, a municipality's settings may choose another. Those of an
    exchange that receives are :class:`exchanges.core.intake.Intake`; nothing answers them, so they have no ``receipt``.
    """

    id: str
    title: str
    partner: str
    direction: Literal["out", "in", "ask"]
    calendar: Calendar
    purpose: Purpose
    flows: dict[str, Flow] | dict[str, Intake] = field(hash=False)
    method: str
    receipt: Receipt = NO_ANSWER
    remarks: tuple[str, ...] = ()
    asides: tuple[Aside, ...] = ()
