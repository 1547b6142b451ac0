"""What an exchange is, said in frozen declarations. Standard library only; no behaviour.

SQL in a declaration is DuckDB SQL. A selection reads the tables of the administration by name; a rule
reads the tables of the message by name (see :class:`Rule`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from exchanges.core.intake import Intake

Severity = Literal["blocker", "error", "warning", "info"]
Unit = Literal["aantal", "cent", "euro", "procent"]
Certainty = Literal["verified", "secondary", "assumed"]
CorrectionKind = Literal["vervanging", "aanvulling", "intrekking"]


@dataclass(frozen=True)
class SelectionRule:
    """A reason to leave a row of the administration out.

    ``keep`` is a boolean SQL expression over ``bron.<table>`` (alias ``r``). Rules of other tables than the
    population are tried first; what they keep is ``gekozen.<table>``. Rows for which ``keep`` is not true are
    excluded under ``code``. For parameters such as ``$gemeente`` see :mod:`exchanges.core.sql`.
    """

    code: str
    table: str
    keep: str
    text: str
    source: str
    certainty: Certainty = "verified"


@dataclass(frozen=True)
class SelectTable:
    """One table of the message, selected from the administration.

    ``sql`` reads ``gekozen.*`` and ``bron.*`` and gives the columns the mapping names, plus ``_id`` of the row
    and, for a child table, ``_up`` = ``_id`` of its parent's row. ``order`` makes it deterministic inside one
    parent (the record table is ordered by it as a whole). ``origin`` is the source table whose technical key
    ``_id`` is: one source row, one message row; ``_bronrij`` of that row, where given, spares a lookup by key.
    ``unchanged`` are the columns that must equal the source column of that name there; the reconciliation compares
    them by a path of its own.

    Tables that hang in the envelope are selected like the others, and so is its one row (the mapping's scalar table).
    They may be derived: without ``origin`` there is no source row to hold them against, and totals must.
    """

    name: str
    sql: str
    order: str
    origin: str = ""
    parent: str | None = None
    unchanged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """Which rows of the administration make up a delivery.

    ``population`` is the source table whose rows are the records (one row, one record), ``idents`` the
    technical key of each source table that is selected by row. ``tables[0]`` is the record table.
    ``changed`` is the column that says when a source row last changed.
    ``work`` are tables made on the way, name and SQL, in order: ``werk.<name>``, over ``gekozen.*`` and ``bron.*``.
    With ``received`` also over ``ontvangen.<table>``: what the partner received before, per table of the mapping of
    that message the read-back of every accepted delivery of this exchange and municipality, with ``_volgorde`` (their
    order, from 1), ``_tijdvak`` (period of the delivery), ``_rij`` (row number) and for child tables ``_boven`` (that
    of the parent's row). ``received`` names messages.
    Source tables in ``idents`` that are no ``origin`` are summed up in the message; their rows are balanced too.
    ``person`` is SQL over ``bron.*`` for the technical keys of the population rows of the person with key ``?``, where
    the population does not carry that key itself; ``key`` the column it has in the tables of the message, where that
    is not the record's own. ``persons`` is the same per other table, for rows that need not hang under the population.
    """

    sources: tuple[str, ...]
    population: str
    idents: tuple[tuple[str, str], ...]
    rules: tuple[SelectionRule, ...]
    tables: tuple[SelectTable, ...]
    optional_sources: tuple[str, ...] = ()
    changed: str = "gewijzigd_op"
    work: tuple[tuple[str, str], ...] = ()
    received: tuple[str, ...] = ()
    person: str = ""
    persons: tuple[tuple[str, str], ...] = ()
    key: str = ""


@dataclass(frozen=True)
class Rule:
    """A business rule over the columns of one table.

    ``broken`` is a boolean SQL expression over ``table`` (alias ``r``), true where the rule is broken.
    ``table`` is a table of the message, or of the source when written ``bron.<table>``; with ``Selection.received``
    it may look in ``ontvangen.<table>`` as well, and in ``geweigerd.record`` (``sleutel``): what of these records the
    partner refused in the delivery before. Windows over the whole file must partition by ``r._file``.
    ``scope="record"``: severity ``error`` rejects the record, ``warning`` and ``info`` only tell.
    ``scope="delivery"``: about the surroundings; it rejects no record and only ``blocker`` stops.
    ``needs`` are optional source tables without which the rule is reported as not assessed.
    ``key`` is an SQL expression for the record key when the table has no records of its own.
    ``element`` is the path in the message.
    """

    code: str
    severity: Severity
    table: str
    element: str
    broken: str
    text: str
    action: str
    source: str
    scope: Literal["record", "delivery"] = "record"
    needs: tuple[str, ...] = ()
    key: str = ""
    certainty: Certainty = "verified"


@dataclass(frozen=True)
class Total:
    """A control total, computed twice by independent paths.

    On the message side: Arrow over the read-back of the file (``column`` of ``table``, less the columns ``minus``; no
    column counts rows);
    ``where`` (a column and the values that count) narrows the rows.
    On the source side: ``source`` is an SQL aggregate over the rows of ``rows`` (a FROM clause, straight on
    ``bron.*``), for the keys read back from the file: ``verzonden.sleutel`` (keys) and ``verzonden.record`` (``id``,
    the technical keys of the rows of the population they were selected from). It shares nothing with the selection.
    """

    id: str
    title: str
    unit: Unit
    table: str
    rows: str
    source: str = "count(*)"
    column: str | None = None
    where: tuple[str, tuple[str, ...]] | None = None
    minus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rung:
    """A line of a money ladder: how one amount becomes the next, from the payments to what is owed, in cents.

    ``begin`` starts a ladder, ``plus`` and ``min`` go on or off, ``stand`` must be what the lines before it come to.
    ``rest`` has no ``sql``: it is what stays over before the next ``stand`` (a rounding), from ``least`` to ``most``.
    ``sql`` gives one amount; it reads ``bron.*`` (the administration) and ``bericht.*`` (the finished file, read back).
    A ladder of which a line does not fit stops the delivery.
    """

    kind: Literal["begin", "plus", "min", "rest", "stand"]
    title: str
    sql: str = ""
    least: int = 0
    most: int = 0


@dataclass(frozen=True)
class Message:
    """A message in the schema catalogue and its mapping.

    ``name`` is looked up in ``schemas/catalogue.toml`` and ``mappings/<name>/<version>/``; the version is chosen
    by the period of the delivery. ``file_name`` is a template over gemeente, periode, volgnr, moment. ``record`` is
    what people call one record, and several.
    """

    name: str
    file_name: str
    certainty: Certainty = "verified"
    record: tuple[str, str] = ("persoon", "personen")


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
class Phase:
    """One of several answers in a row. ``id`` is what the answer says in ``Receipt.phase``, and ``{fase}`` in its name.

    ``later``: it comes after the delivery was accepted, and changes nothing about that.
    """

    id: str
    title: str
    later: bool = False


@dataclass(frozen=True)
class Trouble:
    """A kind of trouble: the ``word`` the partner has for it in ``Receipt.kind``, the finding it becomes (``code``,
    ``text``, and ``action``, a whole sentence). ``resend``: nothing was taken in, so the same bytes go again, without
    anybody's decision."""

    word: str
    code: str
    text: str
    action: str
    resend: bool = False


@dataclass(frozen=True)
class AnswerLines:
    """The lines of an answer, the record table of its mapping.

    ``about``: ``all`` (one per record that was sent, with a status), ``refused`` (only records that were refused) or
    ``remarks`` (records that were accepted all the same: work to do). ``key`` are the columns that name a record, the
    record's own key when empty; they are looked up in the ``tables`` of what was sent, as far as that message has
    them, in the record table when empty. ``status``, with its words ``accepted`` and ``refused``, is for ``all``.
    ``per`` is a column of the record table by which the answer must balance too.
    """

    about: Literal["all", "refused", "remarks"] = "all"
    key: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    status: str = "status"
    accepted: str = "geaccepteerd"
    refused: str = "afgewezen"
    code: str = "code"
    text: str = "omschrijving"
    per: str = ""


@dataclass(frozen=True)
class Receipt:
    """The partner's answer: its message, its file, and the columns and words that close the delivery.

    ``file_name`` is made of the ``{stem}`` of the file that was sent, and ``{fase}``. Columns are those of the answer's
    head: ``status`` with its words (``busy``: no answer yet), ``reason``, ``counts`` (offered, accepted, refused;
    empty when it has none), ``kind`` (which of ``troubles``; the first has no word: any other). ``echoes`` are columns
    that must equal what was sent: ``file_name``, ``sha256``, or ``kop.<column>`` for a column of its envelope; one that
    is missing is forgiven until the answer that accepts. ``thread`` must be the same in all phases.
    With ``phases`` a positive answer means: wait for the next; each may refuse, the last that is not ``later`` accepts.
    """

    message: str
    answer_within_seconds: int = 3600
    file_name: str = "{stem}.verslag.xml"
    status: str = "bestandsstatus"
    reason: str = "reden"
    accepted: tuple[str, ...] = ("verwerkt",)
    partly_accepted: tuple[str, ...] = ("deels_verwerkt",)
    rejected: tuple[str, ...] = ("afgekeurd",)
    busy: tuple[str, ...] = ()
    echoes: tuple[tuple[str, str], ...] = (("bestandsnaam", "file_name"), ("sha256", "sha256"))
    counts: tuple[str, str, str] | None = ("aangeboden", "geaccepteerd", "afgewezen")
    lines: AnswerLines = AnswerLines()
    phases: tuple[Phase, ...] = ()
    phase: str = "fase"
    thread: str = ""
    kind: str = ""
    troubles: tuple[Trouble, ...] = (
        Trouble("", "BESTAND", "De partner keurt het hele bestand af", "Herstel de oorzaak en lever opnieuw."),
    )
    silence: Trouble | None = None
    resend_at_most: int = 3

    def __post_init__(self) -> None:
        words = (*self.accepted, *self.partly_accepted, *self.rejected, *self.busy)
        if len(set(words)) < len(words):
            raise ValueError("a word for the status has more than one meaning")


NO_ANSWER = Receipt("")


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
