"""What must hold of a file of signals besides the balances (R-SIG 1 to 5, spec ib-signalen 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pyarrow.parquet as pq

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.handling.counts import waiting
from exchanges.core.ledger.signals import SignalBook
from exchanges.core.receive.proofs import Proof
from exchanges.core.receive.reconcile import per_kind, unusual
from exchanges.core.receive.refeed import fed
from exchanges.core.reports.dutch import count
from exchanges.core.steps.context import Context
from exchanges.ib_samenloop.judge import OPEN, RESTRICTED

if TYPE_CHECKING:
    import duckdb

ORPHAN = "IB-SL-WEES"


def proofs(context: Context, con: duckdb.DuckDBPyConnection) -> list[Proof]:
    """See :class:`exchanges.core.intake.Intake`."""
    usual = [] if fed(context) else [_usual(context)]  # a few repaired rows are no month
    return [_stored(context), *_delivered(context, con), _waiting(context), _once(con), *usual]


def _stored(context: Context) -> Proof:
    """R-SIG 1: what the reader was offered against what lies in the files that it wrote."""
    read = context.done("read")
    offered = sum(line.into for line in read.balances)
    lie = [context.files("read", "gelezen")[name] for name in (OPEN, RESTRICTED)]
    apart = [context.file("read", "apart")] if "apart" in read.artefacts else []
    stored, refused = (sum(pq.read_metadata(path).num_rows for path in paths) for paths in (lie, apart))
    return Proof("R-SIG 1", "signalen in het bestand = ingelezen + apart gezet", offered, stored + refused,
                 remark=f"{count(refused, 'regel', 'regels')} apart gezet.", blocks=True)  # fmt: skip


def _delivered(context: Context, con: duckdb.DuckDBPyConnection) -> list[Proof]:
    """R-SIG 2: everybody in a new signal was delivered, or is told of. Nothing where nothing was delivered."""
    if not _count(con, "gestuurd.regel"):
        return []
    new = f"(SELECT bsn FROM nieuw.{OPEN} UNION ALL SELECT bsn FROM nieuw.{RESTRICTED})"
    codes = context.ledger.findings(context.delivery.id)["code"]
    told = pc.sum(pc.equal(codes, ORPHAN)).as_py() or 0
    found = _count(con, f"{new} s SEMI JOIN gestuurd.regel g ON g.bsn = s.bsn")
    return [Proof("R-SIG 2", "nieuwe signalen over iemand die is aangeleverd, of gemeld", _count(con, f"{new} s"),
                  found + told, remark=f"{count(told, 'signaal', 'signalen')} zonder aanlevering; zie de bevindingen.",
                  blocks=True)]  # fmt: skip


def _waiting(context: Context) -> Proof:
    """R-SIG 3, as it was when the file came in."""
    days = int(context.parameters["wacht_dagen"])  # type: ignore[arg-type]
    came = context.done("collect").finished
    assert came is not None
    book = SignalBook(context.ledger.database)
    late = waiting(book, context.exchange.id, context.delivery.gemeente, came, days, restricted=True)
    return Proof("R-SIG 3", f"eerdere signalen die langer dan {days} dagen op iemand wachten", len(late), 0,
                 remark="Welke dat zijn, zegt sluis signals status.")  # fmt: skip


def _once(con: duckdb.DuckDBPyConnection) -> Proof:
    """R-SIG 4: no number is published twice, in this file and in all before it."""
    every = " UNION ALL ".join(
        f"SELECT signaalnummer FROM {name}" for name in (f"nieuw.{OPEN}", f"nieuw.{RESTRICTED}", f"eerder.{OPEN}")
    )
    return Proof("R-SIG 4", "signaalnummers die ooit zijn gepubliceerd, en verschillende", _count(con, f"({every})"),
                 _count(con, f"(SELECT DISTINCT signaalnummer FROM ({every}))"), blocks=True)  # fmt: skip


def _usual(context: Context) -> Proof:
    """R-SIG 5: a changed layout shows here first."""
    far = unusual(context, per_kind(context, context.files("read", "gelezen")))
    return Proof("R-SIG 5", "soorten die ver van hun gewone aantal liggen", len(far), 0,
                 remark="Welke dat zijn, staat bij de bevindingen.")  # fmt: skip


def _count(con: duckdb.DuckDBPyConnection, rows: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {rows}").fetchone()
    assert row is not None
    return int(row[0])
