"""From what was found to what is told: each item once (spec ib-signalen 6.3 step 7).

The ledger says what was told of an item last. An item is told when that is not what holds now; so an amount that goes
up, down and up again is told three times, and a row that drops out of sight and comes back unchanged is not told again.
What this period told before is told again, byte for byte, and adds nothing to the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.compare.canonical import files, literal
from exchanges.core.compare.closing import per
from exchanges.core.compare.declare import Comparison, Level
from exchanges.core.compare.snapshot import LEDGER, ClassCount
from exchanges.core.sql import execute

if TYPE_CHECKING:
    import duckdb

# That are taken from the engine at a time. They are wide, and what goes into a list is a copy: eight times as many cost
# 130 MB more.
_ROWS = 8_192
_KEPT = [name for name in LEDGER.names if name != "periode"]


def judged(
    con: duckdb.DuckDBPyConnection, level: Level, found: str, ledger: Sequence[Path], period: str
) -> str:
    """The subquery ``found`` with ``_gemeld`` (it is listed now) and ``_vers`` (for the first time). Of ledger rows of
    one period the later file counts."""
    if not ledger:
        return f"(SELECT f.*, true AS _vers, true AS _gemeld FROM {found} f)"
    now = literal(period)
    rows = " UNION ALL ".join(
        f"SELECT sleutel, inhoud, periode, {number} AS volgorde FROM {files([one])} WHERE niveau = '{level.name}'"
        for number, one in enumerate(ledger)
    )
    table = f"gevonden_{level.name}"
    execute(con, f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {found}")
    execute(
        con,
        f"CREATE OR REPLACE TABLE gemeld_{level.name} AS"
        f" SELECT sleutel, arg_max(inhoud, (periode, volgorde)) FILTER (periode < {now}) AS vorig,"
        f" list(inhoud) FILTER (periode = {now}) AS eigen, list(inhoud) FILTER (periode > {now}) AS later"
        f" FROM ({rows}) SEMI JOIN {table} USING (sleutel) GROUP BY sleutel",
    )
    own = "coalesce(list_contains(v.eigen, f.inhoud), false)"
    known = "coalesce(v.vorig = f.inhoud, false) OR coalesce(list_contains(v.later, f.inhoud), false)"
    return (
        f"(SELECT f.*, NOT {own} AND NOT ({known}) AS _vers, {own} OR NOT ({known}) AS _gemeld FROM {table} f"
        f" LEFT JOIN gemeld_{level.name} v USING (sleutel))"
    )


def create_counts(level: Level) -> str:
    sums = "".join(f", {name} BIGINT" for name in level.sums)
    return (
        f"CREATE TABLE telling_{level.name} (klasse VARCHAR, eerste BOOLEAN, verandering VARCHAR, per VARCHAR,"
        f" rijen BIGINT, gemeld BIGINT{sums})"
    )


def count(con: duckdb.DuckDBPyConnection, comparison: Comparison, level: Level, judgement: str) -> None:
    """Add to ``telling_<level>``: items found and listed, and what they add to the sums."""
    sums = "".join(f", CAST(coalesce(sum(r.{name}_verschil), 0) AS BIGINT)" for name in level.sums)
    execute(
        con,
        f"INSERT INTO telling_{level.name} SELECT r.klasse, r.klasse = {literal(comparison.first)} AS eerste,"
        f" r.verandering, {per(comparison, level)}, count(*), count(*) FILTER (r._gemeld){sums} FROM {judgement} r"
        " GROUP BY 1, 2, 3, 4",
    )


def counted(con: duckdb.DuckDBPyConnection, level: Level) -> list[ClassCount]:
    sums = "".join(f", CAST(sum({name}) AS BIGINT)" for name in level.sums)
    rows = con.execute(
        f"SELECT klasse, CAST(sum(rijen) AS BIGINT), CAST(sum(gemeld) AS BIGINT){sums} FROM telling_{level.name}"
        " WHERE klasse <> '' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [
        ClassCount(level.name, name, count, listed, count - listed, dict(zip(level.sums, amounts, strict=True)))
        for name, count, listed, *amounts in rows
    ]


class Lists:
    """Files in the making, per level: what changed, apart from it what was delivered for the first time, and what the
    ledger gets. The parts follow each other by person and are by key themselves, so together they are by key."""

    def __init__(self, comparison: Comparison, out: Path, work: Path) -> None:
        self._comparison = comparison
        self.items = {level.name: out / f"{level.name}.parquet" for level in comparison.levels}
        self.first = {level.name: out / f"{level.name}_eerste.parquet" for level in comparison.levels}
        self.fresh = {level.name: work / f"grootboek_{level.name}.parquet" for level in comparison.levels}
        self._writers: dict[Path, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def add(self, con: duckdb.DuckDBPyConnection, level: Level, judgement: str) -> None:
        """The rows of one part. The engine gives them as they are sorted; a part is never in Arrow as a whole.

        What comes or goes with its parent is told by that: it gets into the ledger without a class, or a later change
        back to what was told once would pass for known.
        """
        order = ", ".join(f"f.{one.name}" for one in level.key)
        reader = con.sql(
            f"SELECT f.* FROM {judgement} f WHERE f._gemeld AND (f.klasse <> '' OR f.met_ouder) ORDER BY {order}"
        ).to_arrow_reader(_ROWS)
        listed = [name for name in reader.schema.names if name not in ("_vers", "_gemeld")]
        self._write(self.items[level.name], reader.schema.empty_table().select(listed))
        self._write(self.first[level.name], reader.schema.empty_table().select(listed))
        self._write(self.fresh[level.name], reader.schema.empty_table().select(_KEPT))
        for batch in reader:
            rows = pa.Table.from_batches([batch])
            first, nameless = pc.equal(rows["klasse"], self._comparison.first), pc.equal(rows["klasse"], "")
            self._write(self.items[level.name], rows.select(listed).filter(pc.invert(pc.or_(first, nameless))))
            self._write(self.first[level.name], rows.select(listed).filter(first))
            self._write(self.fresh[level.name], rows.select(_KEPT).filter(rows["_vers"]))

    def _write(self, path: Path, rows: pa.Table) -> None:
        if path not in self._writers:
            # Nearly every row has a person and hashes of its own, and amounts are seldom equal.
            own = (self._comparison.person, "sleutel", "inhoud")
            repeated = [f.name for f in rows.schema if pa.types.is_string(f.type) and f.name not in own]
            self._writers[path] = pq.ParquetWriter(path, rows.schema, compression="lz4", use_dictionary=repeated)
        if rows.num_rows:
            self._writers[path].write_table(rows)


def write_ledger(fresh: Mapping[str, Path], period: str, path: Path) -> None:
    """In the order of the lists. Kept for good, and mostly hexadecimal digits: zstd."""
    with pq.ParquetWriter(path, LEDGER, compression="zstd", use_dictionary=["niveau", "klasse", "periode"]) as writer:
        for one in fresh.values():
            with pq.ParquetFile(one) as file:
                for batch in file.iter_batches(_ROWS):
                    rows = pa.Table.from_batches([batch])
                    month = pa.repeat(pa.scalar(period, pa.string()), rows.num_rows)
                    writer.write_table(rows.append_column("periode", month).select(LEDGER.names).cast(LEDGER))
