"""Looking at the corrections of a period: what stands, of one person too; who was refused and what repaired it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.access.log import STANDING, seen
from exchanges.core.bsn import pseudonyms
from exchanges.core.errors import UsageError
from exchanges.core.ledger import state_label
from exchanges.core.period import Period
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.run import open_ledger, step_context
from exchanges.core.settings import Settings
from exchanges.core.sql import session
from exchanges.core.steps.context import Context
from exchanges.core.supersede.family import Member, members, parts
from exchanges.core.supersede.fates import IN_FORCE, Part, counts, settle, total

if TYPE_CHECKING:
    import duckdb

_REFUSING = {"receipt": "partner", "map": "eigen controle"}


def standing(exchange_id: str, gemeente: str, period: str, settings: Settings | None = None) -> dict[str, Any]:
    """``total`` and, per delivery, ``deliveries``: how many records are in force, refused, withdrawn, gone with a
    replacement, superseded or waiting for an answer, and how many of the refused ones were repaired later.

    Raises UsageError when nothing has left, BusinessError when a file as it was read back has been destroyed.
    """
    with _settled(exchange_id, gemeente, period, settings) as (con, _, family, made):
        whole = total(con)
        return {
            "exchange": exchange_id,
            "gemeente": gemeente,
            "period": str(Period.parse(period)),
            "total": {**asdict(whole), "closed": whole.closed},
            "deliveries": [
                {**_about(member), **asdict(line), "closed": line.closed}
                for member, line in zip(family, counts(con, made), strict=True)
            ],
        }


def records(
    exchange_id: str, gemeente: str, period: str, settings: Settings | None = None, *, method: str = ""
) -> pa.Table:
    """Every record that was delivered, by pseudonym: columns ``record``, ``stand`` and ``delivery``, the one that
    decides it (null while it waits for its first answer). ``method``: of the deliveries that go with that one
    (:func:`exchanges.core.supersede.family.members`). Errors as of :func:`standing`."""
    with _settled(exchange_id, gemeente, period, settings, method) as (con, context, family, _):
        rows = con.execute("SELECT DISTINCT sleutel, persoon, stand, door FROM lot ORDER BY sleutel").to_arrow_table()
        names = pa.array([one.delivery.id for one in family], pa.string())
        return pa.table({
            "record": pseudonyms(rows["persoon"], context.settings.pseudonymise_with(make=False)),
            "stand": rows["stand"].combine_chunks(),
            "delivery": names.take(rows["door"].combine_chunks()),
        })  # fmt: skip


def of_person(
    exchange_id: str, gemeente: str, period: str, key: str, *, actor: str, settings: Settings | None = None
) -> dict[str, Any]:
    """The chain of one person (``key``: the BSN; the answer has the pseudonym): every delivery of the period that has
    him, what the partner said and what became of it. That somebody looked goes into the books."""
    with _settled(exchange_id, gemeente, period, settings) as (con, context, family, _):
        rows = con.execute(
            "SELECT nr, geweigerd, lot FROM lot WHERE persoon = $key ORDER BY nr, sleutel", {"key": key}
        ).fetchall()
        name = pseudonyms(pa.array([key], pa.string()), context.settings.pseudonymise_with(make=False))[0].as_py()
        seen(
            context.ledger, actor, STANDING, delivery=family[-1].delivery.id, result=f"{len(rows)} keer geleverd",
            activity=context.purpose.activity, person=name,
        )  # fmt: skip
        return {
            "person": name,
            "in_force": next((family[nr].delivery.id for nr, _, lot in rows if lot == IN_FORCE), None),
            "chain": [
                {**_about(family[nr]), "refused": bool(refused) and family[nr].answered, "fate": lot}
                for nr, refused, lot in rows
            ],
        }  # fmt: skip


def refused(id: str, settings: Settings | None = None) -> pa.Table:
    """The records that were refused of a delivery, by pseudonym: columns ``record``, ``code``, ``text``, ``action``,
    ``by`` (``partner``, ``eigen controle``) and ``repaired_by``, the delivery that repaired it, null when none has."""
    settings = settings or Settings()
    ledger = open_ledger(settings)
    delivery = ledger.delivery(id)
    found = ledger.findings(id)
    mask = pc.and_(pc.is_in(found["step"], value_set=pa.array(list(_REFUSING))), pc.equal(found["severity"], "error"))
    told = found.filter(pc.and_(mask, pc.is_valid(found["record"])))
    step = pc.index_in(told["step"], value_set=pa.array(list(_REFUSING)))
    repaired = pa.nulls(told.num_rows, pa.string())
    if told.num_rows and members(
        ledger, exchange_by_id(delivery.exchange), delivery.gemeente, delivery.period, method=delivery.method
    ):
        stands = records(delivery.exchange, delivery.gemeente, str(delivery.period), settings, method=delivery.method)
        # Of several records of one person the last says by which delivery it is in order.
        mine = stands.filter(pc.equal(stands["stand"], IN_FORCE))[::-1].combine_chunks()
        at = pc.index_in(told["record"], value_set=mine["record"].combine_chunks())
        by = mine["delivery"].take(at)
        repaired = pc.if_else(pc.equal(by, id), pa.scalar(None, pa.string()), by)
    return told.select(["record", "code", "text", "action"]).append_column(
        "by", pa.array(list(_REFUSING.values())).take(step.combine_chunks())
    ).append_column("repaired_by", repaired)  # fmt: skip


@contextmanager
def _settled(
    exchange_id: str, gemeente: str, period: str, settings: Settings | None, method: str = ""
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Context, Sequence[Member], list[Part]]]:
    settings = settings or Settings()
    exchange = exchange_by_id(exchange_id)
    family = members(open_ledger(settings), exchange, gemeente, Period.parse(period), method=method)
    if not family:
        raise UsageError(f"Van {exchange_id}, gemeente {gemeente}, periode {period} is nog niets verzonden.")
    with step_context(settings, family[-1].delivery) as context:
        made = parts(context.ledger, context.store, family)
        rows = sum(pq.read_metadata(one.records).num_rows for one in made)
        with session(context.work, settings.memory_mb, rows=rows) as con:
            settle(con, made)
            yield con, context, family, made


def _about(member: Member) -> dict[str, Any]:
    correction = member.corrects
    return {
        "delivery": member.delivery.id,
        "kind": correction.kind if correction else "levering",
        "corrects": correction.corrects if correction else None,
        "reason": correction.reason if correction else None,
        "state": "ingetrokken" if member.withdrawn else state_label(member.delivery.state),
    }
