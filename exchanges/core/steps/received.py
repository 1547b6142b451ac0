"""What the partner has: the read-backs of the deliveries it accepted, for who says something on top of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.ledger import Delivery, Ledger
from exchanges.core.ledger.corrections import CorrectionBook
from exchanges.core.ledger.model import ACCEPTED
from exchanges.core.mapping.table import load_mapping
from exchanges.core.period import Period
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.sql import parquet
from exchanges.core.steps.context import Context
from exchanges.core.store import Store
from exchanges.core.supersede.in_force import refused_before

if TYPE_CHECKING:
    import duckdb

_PREFIX = "teruglezing/"
_OWN = ("_line", "_parent", "_root")


def add_received(con: duckdb.DuckDBPyConnection, context: Context) -> None:
    """``ontvangen.<table>`` for the selection of a delivery, see :class:`exchanges.core.declare.Selection`."""
    messages = context.flow.selection.received
    if messages:
        had = accepted(context.ledger, context.exchange.id, context.delivery.gemeente)
        others = [one for one in had if one.id != context.delivery.id]
        add_readbacks(con, messages, context.delivery.period, others, context.ledger, context.store, context.work)


def add_readbacks(
    con: duckdb.DuckDBPyConnection, messages: Sequence[str], period: Period, deliveries: Sequence[Delivery],
    ledger: Ledger, store: Store, work: Path, schema: str = "ontvangen", more: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """``<schema>.<table>`` of what was read back of ``deliveries``, numbered in their order from 1 (``_volgorde``).

    Also the tables of ``messages``, as they are in ``period``, that nothing was received of. ``more``: SQL by table
    that is added to what was read back.
    """
    from exchanges.core.steps.check import readback_schemas  # which needs select, which needs this

    parts: dict[str, list[str]] = {}
    for message in messages:
        entry = Catalogue.load().entry(message, period)
        for name, columns in readback_schemas(load_mapping(entry.message, entry.version)).items():
            parts.setdefault(name, []).append(_nothing(work, f"{message}-{name}", columns))
    for order, delivery in enumerate(deliveries, start=1):
        row = ledger.step_result(delivery.id, "check")
        for role, artefact in (row.artefacts if row else {}).items():
            name = role.removeprefix(_PREFIX)
            if role.startswith(_PREFIX) and name in parts:
                path = store.local(delivery.gemeente, artefact.sha256)
                parts[name].append(_rows(path, order, str(delivery.period)))
    for name, sql in (more or {}).items():
        parts[name].append(sql)
    for name, selects in parts.items():
        con.execute(f"CREATE VIEW {schema}.{name} AS {' UNION ALL BY NAME '.join(selects)}")


def add_refused(con: duckdb.DuckDBPyConnection, context: Context, record: Path) -> None:
    """``geweigerd.record``: of the records in the selection ``record`` the keys that the partner refused in the last
    period of which it accepted something, and did not accept since."""
    key = context.record_key
    keys = pc.cast(pq.read_table(record, columns=[key])[key], pa.string()).unique().drop_null()
    con.register("sleutels", pa.table({"sleutel": refused_before(context, keys)}))
    con.execute("CREATE TABLE geweigerd.record AS FROM sleutels")
    con.unregister("sleutels")


def accepted(ledger: Ledger, exchange: str, gemeente: str) -> list[Delivery]:
    """The accepted deliveries of this exchange and municipality that were not taken back, in the order the partner
    accepted them."""
    back = CorrectionBook(ledger.database).withdrawn(exchange, gemeente)
    had = [one for one in ledger.deliveries(exchange, gemeente) if one.state in ACCEPTED and one.id not in back]
    return sorted(had, key=lambda one: (one.changed is not None and one.changed.isoformat(), one.period, one.sequence))


def _nothing(work: Path, name: str, schema: pa.Schema) -> str:
    path = work / "ontvangen" / f"{name}.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(schema.empty_table(), path)
    return _rows(path, 0, "")


def _rows(path: Path, order: int, period: str) -> str:
    names = pq.read_schema(path).names
    up = "_parent AS _boven, " if "_parent" in names else ""
    left_out = ", ".join(name for name in (*_OWN, "_rij") if name in (*names, "_rij"))
    return (
        f"SELECT {order} AS _volgorde, '{period}' AS _tijdvak, _rij, {up}* EXCLUDE ({left_out})"
        f" FROM {parquet(path, '_rij')}"
    )
