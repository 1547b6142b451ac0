"""Measuring the comparison of two deliveries beside the query one would write by hand.

Two months of income are made: relations spread over persons, and of each relation some of the wage periods of a window
of twelve months that moves on by one; a hundredth of the relations comes, a hundredth goes, a hundredth of the periods
is corrected. The query by hand takes from the same files what is in one month only (relations and periods, both ways)
and the periods in both with another amount, and writes that to Parquet, with the same memory. It knows no population,
no windows, no characteristics, no double keys, no ledger and makes no balance.

Both run in fresh processes, turn by turn; the middle of each is given, of ours the highest memory too.
"""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from exchanges.core.compare.declare import Comparison

ROUNDS = 3
MEMORY_MB = 224
_MONTHS = 12


def comparing(
    comparison: Comparison, relations: int, tell: Callable[[str], None] = lambda text: None, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Figures of comparing two months of ``relations`` relations with three periods each. ``comparison`` has levels
    ikv, ikp and iko, as that of the income has."""
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        home = Path(folder)
        tell(f"Twee maanden van {relations} inkomstenverhoudingen maken")
        _apart(_make, comparison, relations, home)
        ours, hands, peaks = [], [], []
        made: dict[str, Any] = {}
        for number in range(rounds):
            tell(f"Ronde {number + 1} van {rounds}: vergelijken")
            made = _apart(_ours, comparison, home)
            ours.append(made.pop("seconds"))
            peaks.append(made.pop("peak_rss_mb"))
            tell(f"Ronde {number + 1} van {rounds}: query met de hand")
            hands.append(_apart(_by_hand, comparison, home))
    return {
        **made,
        "compare_seconds": round(median(ours), 3),
        "duckdb_seconds": round(median(hands), 3),
        "ratio": round(median(ours) / median(hands), 3),
        "peak_rss_mb": max(peaks),
        "rounds": rounds,
    }


def _apart(function: Callable[..., Any], *given: Any) -> Any:
    """The outcome of ``function`` in a process of its own, that starts with nothing."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, given)


def _ours(comparison: Comparison, home: Path) -> dict[str, Any]:
    import exchanges.core.arrow  # noqa: F401  as every step does, before anything else
    from exchanges.core.compare.engine import compare
    from exchanges.core.compare.snapshot import Snapshot

    then, now = (
        Snapshot(
            (home / f"gevraagd_{month}.parquet",),
            {level.name: (home / f"{level.name}_{month}.parquet",) for level in comparison.levels},
        )
        for month in (0, 1)
    )
    work = home / "werk"
    started = time.perf_counter()
    found = compare(then, now, comparison, work, period="2026-02", key=bytes(32), memory_mb=MEMORY_MB)
    seconds = time.perf_counter() - started
    assert found.closed, "de balans van de meting sluit niet"
    shutil.rmtree(work)
    rows = {level.level: level.current for level in found.levels}
    classes: dict[str, int] = {}
    for one in found.classes:
        classes[one.name] = classes.get(one.name, 0) + one.listed
    classes[comparison.same] = sum(level.same for level in found.levels)
    return {
        "relations": rows["ikv"], "periods": rows["iko"], "classes": classes, "seconds": seconds,
        "peak_rss_mb": _peak(),
    }


def _peak() -> int:
    """The highest this process was, in MB; what was before ``exec`` does not count, as it would with getrusage."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def _by_hand(comparison: Comparison, home: Path) -> float:
    con = _connected(home)
    out = home / "hand"
    out.mkdir(exist_ok=True)
    started = time.perf_counter()
    for name in ("ikv", "iko"):
        level = next(one for one in comparison.levels if one.name == name)
        on = " AND ".join(f"a.{f.name} = b.{f.name}" for f in level.key)
        for month, other in ((1, 0), (0, 1)):
            con.execute(
                f"COPY (SELECT a.* FROM '{home}/{name}_{month}.parquet' a"
                f" ANTI JOIN '{home}/{name}_{other}.parquet' b ON {on}) TO '{out}/{name}_alleen_{month}.parquet'"
            )
    differs = " OR ".join(f"a.{c} IS DISTINCT FROM b.{c}" for c in level.measured)
    old = ", ".join(f"b.{c} AS {c}_oud" for c in level.measured)
    con.execute(
        f"COPY (SELECT a.*, {old} FROM '{home}/iko_1.parquet' a JOIN '{home}/iko_0.parquet' b ON {on} WHERE {differs})"
        f" TO '{out}/iko_anders.parquet'"
    )
    seconds = time.perf_counter() - started
    shutil.rmtree(out)
    return seconds


def _connected(home: Path) -> Any:
    import duckdb

    return duckdb.connect(
        ":memory:", config={"temp_directory": str(home / "duckdb"), "memory_limit": f"{MEMORY_MB}MB", "threads": 2}
    )


def _make(comparison: Comparison, relations: int, home: Path) -> None:
    """Files ``<level>_<0 or 1>.parquet`` and ``gevraagd_<0 or 1>.parquet``, sorted by person as a reader leaves them.
    What a row holds follows from its number, so every run makes the same."""
    con = _connected(home)
    ikp, iko = (next(one for one in comparison.levels if one.name == name) for name in ("ikp", "iko"))
    for month in (0, 1):
        # Four persons of five have one relation, the fifth has a second one at another employer. Numbers that no
        # person has: they do not begin with those of the test ranges, and most do not pass the elfproef.
        relation = (
            "(SELECT i, printf('%09d', 100000000 + i // 5 * 4 + least(i % 5, 3)) AS bsn,"
            " printf('%09dL01', hash(i * 7 + 1) % 40000) AS loonheffingennummer,"
            " CAST(i % 5 // 4 + 1 AS INTEGER) AS volgnummer"
            f" FROM range({relations}) r(i) WHERE hash(i * 7 + 2) % 100 <> {month})"
        )
        order = "ORDER BY bsn, loonheffingennummer, volgnummer"
        con.execute(
            f"COPY (SELECT * EXCLUDE i, 20240101 AS begin, NULL::INTEGER AS eind FROM {relation} {order})"
            f" TO '{home}/ikv_{month}.parquet'"
        )
        traits = ", ".join(f"'1' AS {f.name}" for f in ikp.traits if f.name != "eind")
        con.execute(
            f"COPY (SELECT * EXCLUDE i, 20240101 AS begin, NULL::INTEGER AS eind, {traits} FROM {relation} {order})"
            f" TO '{home}/ikp_{month}.parquet'"
        )
        # A quarter of the months of the window: three periods for a relation on average.
        day = "CAST(20250101 + 100 * (j % 12) + 10000 * (j // 12) AS INTEGER)"
        corrected = f"CASE WHEN {month} = 1 AND hash(i * 17 + j) % 100 = 0 THEN 1 ELSE 0 END"
        amounts = ", ".join(
            f"CASE WHEN hash(i * 31 + j + {number}) % 4 < {4 if number < 3 else 2} THEN"
            f" CAST(hash(i * 13 + j * 5 + {number}) % 400000 + {corrected} AS BIGINT) END AS {name}"
            for number, name in enumerate(iko.amounts)
        )
        numbers = ", ".join(f"CAST(hash(i + j) % 160 AS INTEGER) AS {name}" for name in iko.numbers)
        con.execute(
            f"COPY (SELECT * EXCLUDE (i, j), {day} AS begin, {day} + 27 AS eind, {numbers}, {amounts} FROM {relation},"
            f" range({month}, {month + _MONTHS}) m(j) WHERE hash(i * 3 + j * 101) % 4 = 0 {order}, begin)"
            f" TO '{home}/iko_{month}.parquet'"
        )
        # Everybody was asked both times: who has no relation now, has an empty answer.
        begin, end = f"DATE '2025-{1 + month:02}-01'", f"DATE '{2025 + month}-{12 if not month else 1:02}-31'"
        con.execute(
            f"COPY (SELECT DISTINCT printf('%09d', 100000000 + i // 5 * 4 + least(i % 5, 3)) AS bsn,"
            f" CASE WHEN bsn IN (SELECT bsn FROM {relation}) THEN 'beantwoord' ELSE 'niets_gevonden' END AS antwoord,"
            f" {begin} AS venster_begin, {end} AS venster_eind FROM range({relations}) r(i) ORDER BY bsn)"
            f" TO '{home}/gevraagd_{month}.parquet'"
        )
