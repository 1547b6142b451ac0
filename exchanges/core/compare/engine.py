"""Comparing a delivery with the one before it: everything in SQL over Parquet, one part of the population at a time."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from exchanges.core.compare.canonical import earliest
from exchanges.core.compare.closing import (
    CREATE_LINES,
    add_lines,
    add_standings,
    against_the_answer,
    left_aside,
    level_count,
    per,
    write_lines,
)
from exchanges.core.compare.declare import Comparison, Level
from exchanges.core.compare.differ import Part, doubled, found, parts, pick, side_by_side, side_where
from exchanges.core.compare.following import following
from exchanges.core.compare.listing import Lists, count, counted, create_counts, judged, write_ledger
from exchanges.core.compare.people import add_people, set_apart
from exchanges.core.compare.people import counted as people_counted
from exchanges.core.compare.snapshot import Compared, LevelCount, Snapshot
from exchanges.core.compare.trouble import write_findings
from exchanges.core.errors import UsageError
from exchanges.core.sql import execute, session

if TYPE_CHECKING:
    import duckdb

# Rows of the largest level that are joined at one moment (of two snapshots): it fits in what the engine may use beside
# the population of a large city.
PART_ROWS = 400_000
Sides = dict[str, dict[str, Sequence[Path]]]


def compare(
    previous: Snapshot | None,
    current: Snapshot,
    comparison: Comparison,
    work: Path,
    *,
    period: str,
    key: bytes,
    ledger: Sequence[Path] = (),
    memory_mb: int = 224,
    part_rows: int = PART_ROWS,
) -> Compared:
    """Compare ``current`` with ``previous`` (none: everything is a first delivery), by spec ib-signalen 6.3.

    ``period`` names this comparison in the ledger and sorts as it follows (``2026-10``); ``ledger`` are the files of
    earlier ones, oldest first, of any period. ``key`` is that of the pseudonyms in findings. Everything is written into
    ``work``, which is made; nothing else is touched, so that a comparison that fails leaves the previous snapshot as
    it was. Same input, same bytes.

    Raises InputRefused when a snapshot has a person twice or with an answer that does not exist, and UsageError when
    one lacks a level. A balance that does not close is in ``Compared.lines``; it does not raise.
    """
    for snapshot in filter(None, (previous, current)):
        missing = [level.name for level in comparison.levels if not snapshot.levels.get(level.name)]
        if missing:
            raise UsageError(f"Vergelijken van {comparison.id}: bestand van {missing[0]} ontbreekt; lees opnieuw in.")
    out = work / "vergeleken"
    for folder in (work, out, work / "gevonden"):
        folder.mkdir(parents=True, exist_ok=True)
    sides: Sides = {
        level.name: {
            "toen": previous.levels[level.name] if previous else (),
            "nu": current.levels[level.name],
        }
        for level in comparison.levels
    }
    largest = max(_rows(paths) for both in sides.values() for paths in both.values())
    with session(work, memory_mb, rows=largest) as con, Lists(comparison, out, work / "gevonden") as lists:
        add_people(con, comparison, previous, current)
        where = {"nu": "true", "toen": "true"}
        for level in comparison.levels:
            add_standings(con, comparison, level, sides[level.name], where, False)
        aside = {level.name: left_aside(con, level) for level in comparison.levels}
        sound = not against_the_answer(con, comparison)
        if not sound:
            set_apart(con, comparison, previous, current)
            where = side_where(con, comparison.person)
        people = people_counted(con)
        ranges = parts(con, comparison.person, -(-largest // part_rows))
        doubles = _differ(con, comparison, sides, where, ranges, ledger, period, lists)
        con.execute(CREATE_LINES)
        counts, classes = [], []
        for level in comparison.levels:
            twice = level.name in doubles
            if twice or not sound:
                add_standings(con, comparison, level, sides[level.name], where, twice)
            counts.append(_level_count(con, level, aside[level.name]))
            classes += counted(con, level)
            if level.balanced:
                add_lines(con, level)
        lines = write_lines(con, out / "balans.parquet")
        after = following(con, comparison, previous, current, people, doubles, out)
        write_findings(con, comparison, doubles, key, out / "bevindingen.parquet")
    write_ledger(lists.fresh, period, out / "grootboek.parquet")
    shutil.rmtree(work / "gevonden")
    return Compared(
        lists.items, lists.first, out / "grootboek.parquet", after, out / "balans.parquet",
        out / "bevindingen.parquet", people, tuple(classes), tuple(counts), lines,
    )


def _rows(paths: Sequence[Path]) -> int:
    return sum(int(pq.read_metadata(path).num_rows) for path in paths)


def _differ(
    con: duckdb.DuckDBPyConnection,
    comparison: Comparison,
    sides: Sides,
    where: dict[str, str],
    ranges: Sequence[Part],
    ledger: Sequence[Path],
    period: str,
    lists: Lists,
) -> set[str]:
    """Levels with a key that is not unique. Fills ``lists`` and leaves ``dubbel_<level>``, ``telling_<level>``,
    ``gesneden_<level>`` and ``aantal_<level>``."""
    doubles: set[str] = set()
    for level in comparison.levels:
        names = ", ".join(f"{f.name} {'VARCHAR' if f.kind == 'code' else 'INTEGER'}" for f in level.key)
        sums = "".join(f", {name} BIGINT" for name in level.sums)
        con.execute(
            f"CREATE TABLE dubbel_{level.name} (zijde VARCHAR, {names}, aantal BIGINT);"
            f" CREATE TABLE gesneden_{level.name} (per VARCHAR, rijen BIGINT{sums});"
            f" CREATE TABLE aantal_{level.name} (anders BIGINT, buiten BIGINT); {create_counts(level)}"
        )
    writing: dict[str, Future[None]] = {}

    def tell(level: Level, what: str) -> None:
        with con.cursor() as own:
            judgement = judged(own, level, what, ledger, period)
            count(own, comparison, level, judgement)
            lists.add(own, level, judgement)

    # Telling keeps one core busy: meanwhile the next level is joined with the other. Of a level one part at a time.
    with ThreadPoolExecutor(1, "lijsten") as pool:
        for part in ranges:
            within = {side: f"({condition}) AND {part.where}" for side, condition in where.items()}
            pick(con, part)
            for level in comparison.levels:
                twice = doubled(con, level, sides[level.name], within)
                if twice:
                    doubles.add(level.name)
                if level.name in writing:
                    writing[level.name].result()
                side_by_side(con, comparison, level, sides[level.name], within, twice)
                _count(con, comparison, level)
                writing[level.name] = pool.submit(tell, level, found(comparison, level))
        for written in writing.values():
            written.result()
    return doubles


def _count(con: duckdb.DuckDBPyConnection, comparison: Comparison, level: Level) -> None:
    """Of this part: current rows that changed, those out of scope that a scan cannot see (``overlap``), and previous
    rows that the window of now leaves out (``inside``)."""
    mine = "staat = 'vergeleken'"
    now = "verandering <> 'weg'"
    execute(
        con,
        f"INSERT INTO aantal_{level.name} SELECT count(*) FILTER ({mine} AND {now} AND binnen),"
        f" count(*) FILTER ({mine} AND {now} AND NOT binnen) FROM stap_{level.name}",
    )
    if level.scope == "inside":
        sums = "".join(f", CAST(coalesce(sum(r.{name}_oud), 0) AS BIGINT)" for name in level.sums)
        # Out of scope and not before the window: it lies beyond it.
        execute(
            con,
            f"INSERT INTO gesneden_{level.name} SELECT {per(comparison, level)}, count(*){sums}"
            f" FROM stap_{level.name} r JOIN deel p USING ({comparison.person}) WHERE r.staat = 'vergeleken'"
            f" AND r.verandering = 'weg' AND NOT r.binnen AND {earliest('r.' + level.begin)} >= p.van GROUP BY 1",
        )


def _level_count(con: duckdb.DuckDBPyConnection, level: Level, aside: tuple[int, int]) -> LevelCount:
    row = con.execute(f"SELECT sum(anders)::BIGINT, sum(buiten)::BIGINT FROM aantal_{level.name}").fetchone()
    assert row is not None
    outside = row[1] if level.scope == "overlap" else 0  # of the others the scan has counted them
    return level_count(con, level, int(row[0] or 0), int(outside or 0), aside)
