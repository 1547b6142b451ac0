"""What is in force at the partner before a delivery: what the next one is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.mapping.table import MessageMapping
from exchanges.core.period import Period
from exchanges.core.sql import parquet, session
from exchanges.core.supersede.family import Member, members, parts, readback
from exchanges.core.supersede.fates import IN_FORCE, REFUSED, Part, settle

if TYPE_CHECKING:
    import duckdb

    from exchanges.core.steps.context import Context


@dataclass(frozen=True)
class Before:
    """``deliveries`` hold what is in force, in the order in which they left; ``tables`` are its read-back, per table of
    the message: the records that are in force, and no others."""

    deliveries: tuple[str, ...]
    tables: Mapping[str, Path]


def before(context: Context, now: Path) -> Before | None:
    """Of the newest period up to that of this delivery in which something is in force by the same method; None when
    there is none. For an addition only the records that are in it (``now``, its record table): it supersedes no other.

    Raises BusinessError when a read-back has been destroyed.
    """
    adding = context.correction is not None and context.correction.kind == "aanvulling"
    for period in _periods(context):
        family = _family(context, period)
        if not any(_may_hold(context, one) for one in family):
            continue
        if not adding and len(family) == 1 and _all_accepted(context, family[0]):
            return Before((family[0].delivery.id,), readback(context.ledger, context.store, family[0].delivery))
        found = _held(context, family, now if adding else None)
        if found is not None:
            return found
    return None


def refused_before(context: Context, keys: pa.Array) -> pa.Array:
    """Which of ``keys`` (text) the partner has refused and not accepted since, in the newest period up to that of this
    delivery of which it accepted something by the same method."""
    for period in _periods(context):
        family = _family(context, period)
        if not any(_may_hold(context, one) for one in family):
            continue
        return keys.filter(pc.is_in(keys, value_set=still_refused(context, family)))
    return keys.slice(0, 0)


def still_refused(context: Context, family: Sequence[Member]) -> pa.Array:
    """The record keys (text) that the partner refused in these deliveries of a period and did not accept since."""
    made = parts(context.ledger, context.store, family)
    rows = sum(pq.read_metadata(one.records).num_rows for one in made)
    with session(context.work, context.settings.memory_mb, rows=rows) as con:
        settle(con, made)
        found = con.execute(f"SELECT DISTINCT persoon FROM lot WHERE lot = '{REFUSED}' ORDER BY 1").to_arrow_table()
    keys: pa.Array = found["persoon"].cast(pa.string()).combine_chunks()
    return keys


def _periods(context: Context) -> list[Period]:
    """With deliveries of this exchange and municipality, newest first."""
    made = context.ledger.deliveries(context.exchange.id, context.delivery.gemeente)
    return sorted({one.period for one in made if one.period <= context.delivery.period}, reverse=True)


def _family(context: Context, period: Period) -> list[Member]:
    """What left of ``period`` before this delivery. A method that says something of its own is a family by itself."""
    last = context.delivery.sequence if period == context.delivery.period else None
    family = members(context.ledger, context.exchange, context.delivery.gemeente, period, before=last,
                     method=context.delivery.method)  # fmt: skip
    wholes = [place for place, one in enumerate(family) if one.whole and one.took]
    return family[wholes[-1]:] if wholes else family


def _may_hold(context: Context, member: Member) -> bool:
    return member.took and not member.withdrawn and member.delivery.method == context.delivery.method


def _all_accepted(context: Context, member: Member) -> bool:
    receipt = context.ledger.receipt(member.delivery.id)
    return receipt is not None and not receipt.rejected


def _held(context: Context, family: list[Member], only: Path | None) -> Before | None:
    """The records in force, copied out of the files that hold them."""
    made = parts(context.ledger, context.store, family)
    rows = sum(pq.read_metadata(one.records).num_rows for one in made)
    with session(context.work, context.settings.memory_mb, rows=rows) as con:
        settle(con, made)
        own = [place for place, one in enumerate(family) if _may_hold(context, one)]
        if not _holds(con, own):
            return None
        tables = _copied(con, context, {place: (family[place], made[place]) for place in own}, only)
        used = {row[0] for row in con.execute(f"SELECT DISTINCT nr FROM lot WHERE lot = '{IN_FORCE}'").fetchall()}
    return Before(tuple(family[place].delivery.id for place in own if place in used), tables)


def _holds(con: duckdb.DuckDBPyConnection, own: list[int]) -> bool:
    places = ", ".join(map(str, own))
    found = con.execute(f"SELECT count(*) FROM lot WHERE lot = '{IN_FORCE}' AND nr IN ({places})").fetchone()
    return found is not None and found[0] > 0


def _copied(
    con: duckdb.DuckDBPyConnection, context: Context, own: Mapping[int, tuple[Member, Part]], only: Path | None
) -> dict[str, Path]:
    """One file per table of the records, in which ``_root`` is the row of the record in the file of the records."""
    mapping = context.mapping
    paths = {
        place: readback(context.ledger, context.store, member.delivery) for place, (member, _) in own.items()
    }
    held = " UNION ALL ".join(_rows(place, part) for place, (_, part) in own.items())
    these = ""
    if only is not None:
        key = mapping.tables[mapping.record].key[0]
        these = f" WHERE persoon IN (SELECT {key}::VARCHAR FROM {parquet(only)})"
    con.execute(
        "CREATE TABLE houdt AS SELECT nr, _row, row_number() OVER (ORDER BY nr, _row) - 1 AS nieuw"
        f" FROM ({held}){these}"
    )
    out = context.work / "geldend"
    out.mkdir(exist_ok=True)
    tables = {}
    for name in mapping.record_tables:
        selects = [_table(place, paths[place][name], mapping, name) for place in own if name in paths[place]]
        if not selects:
            continue
        tables[name] = out / f"{name}.parquet"
        con.execute(
            f"COPY (SELECT * EXCLUDE (nieuw, _row) FROM ({' UNION ALL BY NAME '.join(selects)}) ORDER BY nieuw, _row)"
            f" TO '{tables[name]}' (FORMAT parquet, COMPRESSION lz4_raw)"
        )
    return tables


def _rows(place: int, part: Part) -> str:
    """Where in its file each record in force stands. A key that stands twice was one record: its first row."""
    name = ", chr(31), ".join(f"coalesce({column}::VARCHAR, '')" for column in part.key)
    return (
        f"SELECT {place} AS nr, _row, l.persoon FROM (SELECT min(_row) AS _row, concat({name}) AS sleutel"
        f" FROM {parquet(part.records, '_row')} GROUP BY sleutel) r"
        f" JOIN lot l ON l.nr = {place} AND l.sleutel = r.sleutel AND l.lot = '{IN_FORCE}'"
    )


def _table(place: int, path: Path, mapping: MessageMapping, name: str) -> str:
    row, replaced = ("_row", "") if name == mapping.record else ("_root", " REPLACE (h.nieuw AS _root)")
    return (
        f"SELECT c.*{replaced}, h.nieuw FROM {parquet(path, '_row')} c JOIN houdt h ON h.nr = {place}"
        f" AND h._row = c.{row}"
    )
