"""What is answered to a partner that asks about what was delivered (``Flow.service``): what a file would have held.

It is made of the frozen source of that delivery, by the selection, the rules and the mapping of ``Service.answers``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.declare import Exchange, Flow, Service
from exchanges.core.errors import UsageError
from exchanges.core.ledger import Delivery
from exchanges.core.select import select, texts
from exchanges.core.sql import add_sources, session
from exchanges.core.steps.context import Context


def service_of(exchange: Exchange, delivery: Delivery) -> Service | None:
    """What the partner may ask about that delivery; None for one that says everything itself."""
    flow = exchange.flows.get(delivery.method)
    return flow.service if isinstance(flow, Flow) else None


def answering(context: Context, exchange: Exchange, delivery: Delivery, service: Service) -> Context:
    """The context in which that delivery of any exchange is answered about, in a folder of its own."""
    work = context.work / "antwoorden" / delivery.id.replace("/", "_")
    work.mkdir(parents=True, exist_ok=True)
    return Context(context.settings, context.ledger, context.store, exchange,
                   replace(delivery, method=service.answers), work, registered=context.registered)  # fmt: skip


def answers(context: Context) -> tuple[dict[str, Path], pa.Array]:
    """The selected tables of the records, and the rows of the record table that our own rules reject: of those no data
    are given. ``context`` has the method ``Service.answers``. Raises UsageError when that delivery did not freeze all
    that is needed, or it is there no longer."""
    from exchanges.core.steps.map import judge

    context.correction = None  # an addition tells of a few, and its source is of everybody
    sources = context.files("select", "bron")
    if missing := sorted(set(context.flow.selection.sources) - set(sources)):
        raise UsageError(f"Levering {context.delivery.id} heeft geen {', '.join(missing)}; lever opnieuw.")
    tables = _selected(context, sources)
    return tables, judge(context, tables, sources).rejected()


def _selected(context: Context, sources: dict[str, Path]) -> dict[str, Path]:
    selection, out = context.flow.selection, context.work / "selectie"
    out.mkdir()
    rows = {name: pq.read_metadata(path).num_rows for name, path in sources.items()}
    with session(context.work, context.settings.memory_mb, rows=rows[selection.population]) as con:
        add_sources(con, sources, *texts(selection))
        return select(con, selection, context.parameters, rows, out).paths
