"""The annual statement of one municipality: declarations with their corrections, jaaropgaven, the ledger of payments.

Three sides, each from its own source and by its own code, to the cent: what was read back of the accepted deliveries
(:mod:`.jaar_ontvangen`), the administration as it is now by the arithmetic of the exchange
(:mod:`.jaar_administratie`, :mod:`.jaaropgave`), and straight sums over the payments (:mod:`.jaar_betalingen`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.arrow import give_back
from exchanges.core.correct import today
from exchanges.core.errors import SourceError, UsageError
from exchanges.core.ledger import Delivery, DeliveryState
from exchanges.core.period import Period
from exchanges.core.reports.dutch import period
from exchanges.core.run import gemeenten, step_context
from exchanges.core.settings import Settings
from exchanges.core.source import Snapshot
from exchanges.core.sql import add_sources, connect
from exchanges.core.steps.context import Context
from exchanges.core.steps.received import accepted, add_readbacks
from exchanges.loonaangifte import jaar_administratie, jaar_ontvangen, jaaropgave
from exchanges.loonaangifte.exchange import EXCHANGE
from exchanges.loonaangifte.jaar_bank import TAX_ACCOUNTS, BankSide, Payment, accounts, bank_side, payments
from exchanges.loonaangifte.jaar_betalingen import Payments
from exchanges.loonaangifte.jaar_collectief import settle
from exchanges.loonaangifte.jaar_document import Facts, document, listed
from exchanges.loonaangifte.jaar_gws import gws_side
from exchanges.loonaangifte.jaar_lijnen import JAAROPGAVEN, PAYMENTS, RECEIVED, Ledger, Line
from exchanges.loonaangifte.jaar_model import YearReport
from exchanges.loonaangifte.jaar_termijn import to_come
from exchanges.loonaangifte.jaar_uitvoer import Written, write
from exchanges.loonaangifte.selection import DECLARATION

MESSAGES = ("Loonaangifte", "LoonaangifteCorrectie")
_METHOD = "losse_correctie"  # a year that is over
_SOURCES = DECLARATION.sources
_OPTIONAL = ("betaling_component",)
MOST = 100  # deviations and differences that are listed; all are counted

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Year:
    """The statement, and where it was written."""

    report: YearReport
    written: Written


@dataclass(frozen=True)
class BankYear:
    """The bank side of a year. ``absent``: months that should have been declared; ``to_come``: those whose last day to
    declare is not over."""

    side: BankSide
    absent: list[str]
    to_come: list[str]

    @property
    def closes(self) -> bool:
        return self.side.closes and not self.absent


def annual(
    gemeente: str, year: int, *, gws: Sequence[Path] = (), bank: Sequence[Path] = (), printed: bool = False,
    settings: Settings | None = None, tell: Tell = lambda text: None, on: date | None = None,
) -> Year:  # fmt: skip
    """Make the statement and the jaaropgaven, and write them.

    ``gws`` and ``bank`` are files or folders; ``printed`` also makes the jaaropgaven to print. ``on`` is
    the day it is made, today. Raises UsageError for settings that are not there, and while a month may still be
    declared: a jaaropgave is of a year that is past (spec loonaangifte 10), and the tax of the year is not settled
    before December (7.3). Raises SourceError for an administration that cannot be read.
    """
    settings, on = settings or Settings(), on or today(EXCHANGE)
    for path in (*gws, *bank):
        if not path.exists():
            raise UsageError("Een opgegeven bestand of map met antwoorden of afschriften bestaat niet.")
        if path.is_dir() and not any(one.is_file() for one in path.rglob("*")):
            raise UsageError("Een opgegeven map met antwoorden of afschriften is leeg; controleer het pad.")
    with _desk(settings, gemeente, year) as context:
        if bank:
            accounts(context, TAX_ACCOUNTS)  # not only after a year was worked out
        had = received_in(context, year)
        if missing := to_come(EXCHANGE, year, _declared(had), on):
            raise UsageError(
                f"Het jaar {year} is nog niet rond: over {listed(missing)} is geen aangifte geaccepteerd, en die"
                " termijn loopt nog. Maak het jaarverslag en de jaaropgaven daarna; sluis loonaangifte bank vergelijkt"
                " de betalingen tot nu toe."
            )
        tell("De administratie lezen")
        snapshot = _frozen(context)
        tables = {name: table.path for name, table in snapshot.tables.items()}
        con = connect(context.work, settings.memory_mb)
        try:
            add_sources(con, tables)
            add_readbacks(con, MESSAGES, context.delivery.period, had, context.ledger, context.store, context.work)
            tell("Het jaar berekenen zoals het nu geadministreerd is")
            now = jaar_administratie.administered(
                context.parameters, tables, context.work / "administratie", settings.memory_mb
            )
            tell("Betalingen optellen")
            paid = Payments(tables, year, context.work / "betalingen")
            said = jaar_ontvangen.messages(con)
            ledger = Ledger(con, MOST)
            for month in months_of(year):
                tell(f"{period(month).capitalize()} naast elkaar leggen")
                sides = {PAYMENTS: paid.of_month(month)}
                give_back()
                sides |= {RECEIVED: jaar_ontvangen.of_month(con, said, month), JAAROPGAVEN: now.of_month(month)}
                ledger.add(month, sides)
                sides.clear()
                give_back()
            tell("Jaaropgaven maken")
            opgaven = context.work / "jaaropgaven.parquet"
            none = jaaropgave.make(con, context.parameters, now.relations, opgaven)
            lines = _by_jaaropgaven(ledger.lines, jaaropgave.sums(opgaven))
            collective = settle(said, months_of(year), lines, str(context.parameters["afronding"]))
            due = payments(EXCHANGE, collective.months)
            banked = _bank(context, due, bank, on, tell)
            answered = None
            if gws:
                tell("Antwoorden van GWS vergelijken")
                answered = gws_side(con, context, tables, opgaven, gws, MOST)
            facts = Facts(
                context, year, lines, ledger.counts, ledger.deviating, ledger.deviations(),
                now.computed, opgaven, none, _clients(opgaven), collective, due, banked, answered,
                snapshot, had, _waiting(context, year),
            )  # fmt: skip
        finally:
            con.close()
        tell("Verslag schrijven")
        report = YearReport.from_dict(document(facts))
        written = write(context, report, opgaven, printed)
        context.ledger.event(
            None, "ketensluis", "loonaangifte.jaar", f"{EXCHANGE.id}/{gemeente}/{year}",
            "sluit" if report.closes else "sluit niet", {"hash": written.hash, "jaaropgaven": written.sha256},
        )  # fmt: skip
        return Year(report, written)


def bank_of(
    gemeente: str, year: int, paths: Sequence[Path], settings: Settings | None = None, on: date | None = None
) -> BankYear:
    """The bank side alone: what was asked by the accepted declarations of the year, against the statements, as it
    stands on the day ``on``, today."""
    on = on or today(EXCHANGE)
    with _desk(settings or Settings(), gemeente, year) as context:
        con = connect(context.work, 64)
        try:
            had = received_in(context, year)
            add_readbacks(con, MESSAGES, context.delivery.period, had, context.ledger, context.store, context.work)
            said = jaar_ontvangen.messages(con)
        finally:
            con.close()
        collective = settle(said, months_of(year), (), str(context.parameters["afronding"]))
        later = to_come(EXCHANGE, year, _declared(had), on)
        absent = [one.month for one in collective.months if one.declared is None and one.month not in later]
        return BankYear(bank_side(context, payments(EXCHANGE, collective.months), paths, on), absent, later)


def months_of(year: int) -> list[str]:
    return [f"{year}-{month:02}" for month in range(1, 13)]


def received_in(context: Context, year: int) -> list[Delivery]:
    """The accepted deliveries over months of that year, in the order they were accepted."""
    had = accepted(context.ledger, EXCHANGE.id, context.delivery.gemeente)
    return [one for one in had if one.period.year == year]


def _declared(had: Sequence[Delivery]) -> set[str]:
    return {str(one.period) for one in had if one.method != _METHOD}


@contextmanager
def _desk(settings: Settings, gemeente: str, year: int) -> Iterator[Context]:
    """A place to work, with the settings and the parameters of December; no delivery comes of it."""
    if gemeente not in gemeenten(EXCHANGE.id, settings):
        raise UsageError(f"Uitwisseling {EXCHANGE.id} is in de instellingen niet ingericht voor gemeente {gemeente}.")
    december = Period(year, 12)
    none = Delivery(f"{EXCHANGE.id}/{gemeente}/{year}", EXCHANGE.id, gemeente, december, 0, _METHOD, DeliveryState.open)
    with step_context(settings, none) as context:
        yield context


def _frozen(context: Context) -> Snapshot:
    snapshot = context.source().snapshot(_SOURCES, _OPTIONAL, context.work / "bron")
    wrong = snapshot.findings.filter(pc.equal(snapshot.findings["severity"], "blocker"))
    if wrong.num_rows:
        names = ", ".join(sorted({name for name in wrong["table"].to_pylist() if name}))
        raise SourceError(f"De bron heeft waarden die niet te lezen zijn, in {names}. Er is geen jaarverslag gemaakt.")
    return snapshot


def _by_jaaropgaven(lines: list[Line], sums: dict[str, int]) -> list[Line]:
    """Over the year the middle side is what the jaaropgaven say, not what its months make."""
    out = []
    for line in lines:
        if not line.month and line.line in sums:
            line = Line(line.line, "", line.received, sums[line.line], line.payments, line.computed, line.relations)
        out.append(line)
    return out


def _bank(
    context: Context, due: Sequence[Payment], paths: Sequence[Path], on: date, tell: Tell
) -> BankSide | None:
    if not paths:
        return None
    tell("Rekeningafschriften vergelijken")
    return bank_side(context, due, paths, on)


def _clients(path: Path) -> int:
    return int(pc.count_distinct(pq.read_table(path, columns=["bsn"])["bsn"], mode="all").as_py())


def _waiting(context: Context, year: int) -> list[str]:
    """Deliveries that left and were not answered."""
    known = context.ledger.deliveries(EXCHANGE.id, context.delivery.gemeente)
    return [one.id for one in known if one.period.year == year and one.state is DeliveryState.delivered]
