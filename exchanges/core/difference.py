"""What changed since the previous accepted delivery: new, gone, changed per field, by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from exchanges.core.mapping.table import MessageMapping
from exchanges.core.proof import columns_of
from exchanges.core.sql import parquet

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class TableDifference:
    """Rows by key; ``fields``: of the changed ones, how many per column."""

    table: str
    title: str
    new: int
    gone: int
    changed: int
    same: int
    fields: dict[str, int] = field(default_factory=dict)


def difference(
    con: duckdb.DuckDBPyConnection, mapping: MessageMapping, now: Mapping[str, Path], before: Mapping[str, Path]
) -> list[TableDifference]:
    """Compare the records of two read-backs. A table without a key of its own is compared by its place under the
    record; a column that the message of then or now does not have, is not compared."""
    record, key = mapping.record, mapping.tables[mapping.record].key[0]
    out = []
    for name, columns in columns_of(mapping).items():
        if name not in before or name not in mapping.record_tables:
            continue
        both_have = set(pq.read_schema(now[name]).names) & set(pq.read_schema(before[name]).names)
        own = [c for c in mapping.tables[name].key if (name, c) != (record, key) and c in both_have]
        compared = [c for c in columns if c in both_have and c not in own and not (name == record and c == key)]
        keys = ["_sleutel", *own] if own or name == record else ["_sleutel", "_plaats"]
        sides = [_side(side, name, record, key, [*own, *compared]) for side in (now, before)]
        on = " AND ".join(f"n.{k} IS NOT DISTINCT FROM o.{k}" for k in keys)
        differs = [f"n.{c} IS DISTINCT FROM o.{c}" for c in compared]
        both = "n._sleutel IS NOT NULL AND o._sleutel IS NOT NULL"
        counts = ", ".join(f"count(*) FILTER ({both} AND {test})" for test in differs)
        row = con.execute(
            f"SELECT count(*) FILTER (o._sleutel IS NULL), count(*) FILTER (n._sleutel IS NULL),"
            f" count(*) FILTER ({both} AND ({' OR '.join(differs) or 'false'})), count(*) FILTER ({both})"
            f"{', ' + counts if counts else ''} FROM {sides[0]} n FULL OUTER JOIN {sides[1]} o ON {on}"
        ).fetchone()
        assert row is not None
        new, gone, changed, paired, *per_field = row
        fields = {c: n for c, n in zip(compared, per_field, strict=True) if n}
        out.append(TableDifference(name, mapping.tables[name].title, new, gone, changed, paired - changed, fields))
    return out


def _side(paths: Mapping[str, Path], name: str, record: str, key: str, columns: list[str]) -> str:
    if name == record:
        return f"(SELECT {key} AS _sleutel, {', '.join(columns)} FROM {parquet(paths[name])})"
    picked = "".join(f", r.{c}" for c in columns)
    return (
        f"(SELECT k.{key} AS _sleutel, row_number() OVER (PARTITION BY r._root ORDER BY r._row) AS _plaats{picked}"
        f" FROM {parquet(paths[name], '_row')} r JOIN {parquet(paths[record], '_row')} k ON k._row = r._root)"
    )
