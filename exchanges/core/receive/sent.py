"""What was sent before, that the received records are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.errors import UsageError
from exchanges.core.intake import About
from exchanges.core.ledger import Delivery
from exchanges.core.mapping.table import load_mapping
from exchanges.core.purpose.guard import require_reading
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.sql import parquet
from exchanges.core.steps.answers import answering, answers, service_of
from exchanges.core.steps.check import readback_schemas
from exchanges.core.steps.context import Context
from exchanges.core.steps.received import accepted, add_readbacks
from exchanges.core.supersede.family import members
from exchanges.core.supersede.in_force import still_refused

if TYPE_CHECKING:
    import duckdb


def add_sent(con: duckdb.DuckDBPyConnection, context: Context) -> list[str]:
    """``<schema>.<table>``, see :class:`exchanges.core.intake.About`. Gives the schemas of which something was sent;
    rules that need another are not assessed. Where nothing was sent the tables are there, and empty. Raises UsageError
    for an exchange that the purpose does not allow to look in."""
    period = context.delivery.period
    there: list[str] = []
    con.execute("CREATE TABLE geweigerd.record (sleutel VARCHAR)")
    for about in context.intake.about:
        require_reading(context.purpose, context.ledger, context.delivery.id, about.exchange)
        sent = [
            one
            for one in accepted(context.ledger, about.exchange, context.delivery.gemeente)
            if period.shift(1 - about.months) <= one.period <= period
        ]
        answered = _answered(context, about, sent)
        add_readbacks(con, (about.message,), period, sent, context.ledger, context.store, context.work, about.schema,
                      answered)  # fmt: skip
        _add_deliveries(con, context, about, sent, answered)
        if sent:
            there.append(about.schema)
            _add_refused(con, context, about, sent)
    return there


def _answered(context: Context, about: About, sent: Sequence[Delivery]) -> dict[str, str]:
    """SQL by table of what the partner may ask since the last delivery (``Flow.service``), where it says it not itself;
    nothing when that is not known any more."""
    exchange = exchange_by_id(about.exchange)
    service = service_of(exchange, sent[-1]) if sent else None
    if service is None:
        return {}
    asked = answering(context, exchange, sent[-1], service)
    if asked.flow.message.name != about.message:
        return {}
    kept, out = asked.work / "afgewezen.parquet", asked.work / "selectie"
    if not kept.exists():  # a step may look more than once
        try:
            _, rejected = answers(asked)
        except UsageError:
            return {}
        pq.write_table(pa.table({"_rij": rejected}), kept)
    tables = {name: out / f"{name}.parquet" for name in asked.mapping.record_tables}
    known, head = readback_schemas(asked.mapping), f"{len(sent)} AS _volgorde, '{sent[-1].period}' AS _tijdvak, _rij"
    made = {}
    for name, path in tables.items():
        own = [field.name for field in pq.read_schema(path) if field.name in known[name].names]
        up, whose = ("_parent AS _boven, ", "_root") if "_root" in pq.read_schema(path).names else ("", "_rij")
        columns = ", ".join(one for one in own if one not in ("_parent", "_root", "_line"))
        made[name] = (
            f"SELECT {head}, {up}{columns} FROM {parquet(path, '_rij')}"
            f" WHERE {whose} NOT IN (SELECT _rij FROM {parquet(kept)})"
        )
    return made


def _add_deliveries(
    con: duckdb.DuckDBPyConnection, context: Context, about: About, sent: Sequence[Delivery], answered: dict[str, str]
) -> None:  # fmt: skip
    """``<schema>.levering_van``: a row per delivery, see :class:`exchanges.core.intake.About`."""
    entry = Catalogue.load().entry(about.message, context.delivery.period)
    role = f"teruglezing/{load_mapping(entry.message, entry.version).record}"
    steps = [context.ledger.step_result(one.id, "check") for one in sent]
    exchange = exchange_by_id(about.exchange)
    told = [step is not None and role in step.artefacts for step in steps]
    if answered:
        told[-1] = True
    con.register("leveringen_nu", pa.table({
        "_volgorde": pa.array(range(1, len(sent) + 1), pa.int32()),
        "_tijdvak": pa.array([str(one.period) for one in sent], pa.string()),
        "antwoordt": pa.array([service_of(exchange, one) is not None for one in sent], pa.bool_()),
        "bekend": pa.array(told, pa.bool_()),
    }))  # fmt: skip
    con.execute(f"CREATE TABLE {about.schema}.levering_van AS FROM leveringen_nu")
    con.unregister("leveringen_nu")


def _add_refused(
    con: duckdb.DuckDBPyConnection, context: Context, about: About, sent: Sequence[Delivery]
) -> None:
    """To ``geweigerd.record``, of the period of the last of these deliveries that has records of the message: what was
    refused and is not in force since."""
    entry = Catalogue.load().entry(about.message, context.delivery.period)
    mapping = load_mapping(entry.message, entry.version)
    # To the end: of a result that is half read the connection takes no table.
    ((last,),) = con.execute(f"SELECT max(_volgorde) FROM {about.schema}.{mapping.record}").fetchall()
    if last is None:
        return
    of = sent[last - 1]
    family = members(context.ledger, exchange_by_id(about.exchange), of.gemeente, of.period, method=of.method)
    con.register("geweigerd_nu", pa.table({"sleutel": still_refused(context, family)}))
    con.execute("INSERT INTO geweigerd.record FROM geweigerd_nu")
    con.unregister("geweigerd_nu")
