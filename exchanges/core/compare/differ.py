"""One level of one part of the population: previous and current rows side by side.

Parts are ranges of the person, so that what is joined at one moment fits in memory; a level as a whole does not, and
spilling it costs more than all the rest. Snapshots sorted by person are read once, others once per part; the outcome is
the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exchanges.core.compare.canonical import earliest, latest, literal, rows, same_key, text
from exchanges.core.compare.declare import Comparison, Level
from exchanges.core.sql import execute

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Part:
    """``where``: the persons of this part, as a condition on raw rows."""

    number: int
    where: str


def parts(con: duckdb.DuckDBPyConnection, person: str, count: int) -> list[Part]:
    """``count`` ranges of about as many persons each; fewer when there are not that many persons."""
    cuts: list[str] = []
    if count > 1:
        shares = ", ".join(f"{number / count:.6f}" for number in range(1, count))
        row = con.execute(f"SELECT quantile_disc({person}, [{shares}]) FROM persoon").fetchone()
        cuts = sorted(set(row[0])) if row and row[0] else []
    bounds = [literal(cut) for cut in cuts]
    return [
        Part(number, " AND ".join([f"{person} >= {a}"] * bool(a) + [f"{person} < {b}"] * bool(b)) or "true")
        for number, (a, b) in enumerate(zip(["", *bounds], [*bounds, ""], strict=True))
    ]


def side_where(con: duckdb.DuckDBPyConnection, person: str) -> dict[str, str]:
    """Conditions on the raw rows of ``nu`` and ``toen``: not those of whom nothing is concluded or known."""
    out = {}
    for side, table in (("nu", "tegenspraak"), ("toen", "onbekend")):
        row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
        none = not row or not row[0]
        out[side] = "true" if none else f"CAST({person} AS VARCHAR) NOT IN (SELECT {person} FROM {table})"
    return out


def doubled(
    con: duckdb.DuckDBPyConnection, level: Level, sides: Mapping[str, Sequence[Path]], where: Mapping[str, str]
) -> bool:
    """Adds keys that stand in one snapshot more than once to ``dubbel_<level>`` (``zijde``, key). First it is asked
    whether there can be any: equal keys have equal hashes."""
    names = ", ".join(f.name for f in level.key)
    found = False
    for side, paths in sides.items():
        if not paths:
            continue
        source = rows(level, paths, where[side], only=("",))
        hashes = execute(con, f"SELECT hash({names}) AS h FROM {source}").fetchnumpy()["h"]
        # Half the time of counting them apart in the engine.
        hashes.sort()
        if (hashes[1:] == hashes[:-1]).any():
            execute(
                con,
                f"INSERT INTO dubbel_{level.name} SELECT '{side}', {names}, count(*) FROM {source}"
                " GROUP BY ALL HAVING count(*) > 1",
            )
            found = True
    return found


def pick(con: duckdb.DuckDBPyConnection, part: Part) -> None:
    """``deel``: the persons of this part of whom something can be concluded."""
    execute(
        con, f"CREATE OR REPLACE TABLE deel AS SELECT * FROM persoon WHERE staat <> 'niet_bevraagd' AND {part.where}"
    )


def side_by_side(
    con: duckdb.DuckDBPyConnection,
    comparison: Comparison,
    level: Level,
    sides: Mapping[str, Sequence[Path]],
    where: Mapping[str, str],
    has_doubles: bool,
) -> None:
    """``stap_<level>``, of the persons in ``deel``: every pair that differs and every row without a partner, with
    ``verandering`` (nieuw, weg, anders), ``staat`` of the person, ``binnen`` (in scope) and ``met_ouder``. Columns: the
    key, and of every other column its value now and ``<column>_oud``."""
    person, names = comparison.person, [f.name for f in level.key]
    now, then = (_side(level, sides[side], where[side], has_doubles) for side in ("nu", "toen"))
    keys = ", ".join(f"CASE WHEN n._er THEN n.{name} ELSE o.{name} END AS {name}" for name in names)
    values = "".join(f", n.{c}, o.{c} AS {c}_oud" for c in level.columns)
    differs = " OR ".join(f"n.{c} IS DISTINCT FROM o.{c}" for c in level.columns) or "false"
    change = "CASE WHEN o._er IS NULL THEN 'nieuw' WHEN n._er IS NULL THEN 'weg' ELSE 'anders' END"
    pairs = (
        f"SELECT {keys}{values}, {change} AS verandering FROM {now} n FULL JOIN {then} o ON {same_key(level, 'n', 'o')}"
        f" WHERE n._er IS NULL OR o._er IS NULL OR {differs}"
    )
    up = ", false AS met_ouder"
    join = ""
    if level.parent:
        above = next(one for one in comparison.levels if one.name == level.parent)
        up = ", u.verandering IS NOT NULL AS met_ouder"
        join = (
            f"LEFT JOIN (SELECT * FROM stap_{above.name} WHERE verandering <> 'anders') u"
            f" ON {same_key(above, 's', 'u')} AND u.verandering = s.verandering"
        )
    execute(
        con,
        f"CREATE OR REPLACE TABLE stap_{level.name} AS SELECT s.*, p.staat, {_in_scope(level)} AS binnen{up}"
        f" FROM ({pairs}) s JOIN deel p ON p.{person} = s.{person} {join}",
    )


def _side(level: Level, paths: Sequence[Path], where: str, has_doubles: bool) -> str:
    if not paths:
        nothing = [f"NULL::{_type(f.kind)} AS {f.name}" for f in (*level.key, *level.traits)]
        nothing += [f"NULL::BIGINT AS {name}" for name in level.measured]
        return f"(SELECT NULL::BOOLEAN AS _er, {', '.join(nothing)} WHERE false)"
    kept = f"SELECT true AS _er, r.* FROM {rows(level, paths, where)} r"
    if has_doubles:
        kept += f" WHERE NOT EXISTS (SELECT 1 FROM dubbel_{level.name} d WHERE {same_key(level, 'd', 'r')})"
    return f"({kept})"


def _type(kind: str) -> str:
    return "VARCHAR" if kind == "code" else "INTEGER"


def window(level: Level, begin: str, end: str, change: str) -> str:
    """Whether a row (``change``: nieuw, weg, anders) surely lies in the windows of both deliveries."""
    last = f"coalesce({end}, {begin})"
    if level.scope == "inside":
        return f"({earliest(begin)} >= p.van AND ({change} <> 'weg' OR {latest(last)} <= p.tot))"
    on = f"({end} IS NULL OR {earliest(end)} >= p.van)"
    # What runs on was delivered because it had begun; of a window that ends no earlier now, that still holds.
    begun = f"{latest(begin)} <= p.tot OR {earliest(begin)} <= p.gezien"
    return f"({change} = 'anders' OR ({on} AND ({change} <> 'weg' OR {begun})))"


def _in_scope(level: Level) -> str:
    keys = {f.name for f in level.key}

    def held(name: str) -> str:
        return f"s.{name}" if name in keys else f"CASE WHEN s.verandering = 'weg' THEN s.{name}_oud ELSE s.{name} END"

    return f"(p.staat = 'eerste' OR {window(level, held(level.begin), held(level.end), 's.verandering')})"


def found(comparison: Comparison, level: Level) -> str:
    """A subquery of what of ``stap_<level>`` is in scope: with its class (empty: counted, not listed), differences,
    and the hashes the ledger knows it by."""
    ended = f"WHEN s.{level.end}_oud IS NULL AND s.{level.end} IS NOT NULL THEN {literal(level.ended)}"
    name = (
        f"CASE WHEN s.staat = 'eerste' THEN {literal(comparison.first)} WHEN s.verandering = 'nieuw' THEN"
        f" {literal(level.new)} WHEN s.verandering = 'weg' THEN {literal(level.gone)} {ended if level.ended else ''}"
        f" ELSE {literal(level.changed)} END"
    )
    if level.alone:
        name = f"CASE WHEN s.met_ouder AND s.staat = 'vergeleken' THEN '' ELSE {name} END"
    kinds = {f.name: f.kind for f in (*level.key, *level.traits)}
    key = ", ".join([literal(level.name), *(text(f"s.{f.name}", f.kind) for f in level.key)])
    # What holds of the item from now on, whichever way it came to that: told once, it need not be told again.
    content = ", ".join(text(f"s.{c}", kinds.get(c, "number")) for c in level.columns) or "''"
    changed = ", ".join(f"CASE WHEN s.{c} IS DISTINCT FROM s.{c}_oud THEN '{c}' END" for c in level.columns) or "''"
    by = " OR ".join(f"s.{c} IS DISTINCT FROM s.{c}_oud" for c in level.measured) or "false"
    differences = "".join(
        f", CASE WHEN s.{c} IS NOT NULL OR s.{c}_oud IS NOT NULL"
        f" THEN coalesce(s.{c}, 0) - coalesce(s.{c}_oud, 0) END AS {c}_verschil"
        for c in level.measured
    )
    return (
        f"(SELECT {name} AS klasse, '{level.name}' AS niveau, s.verandering,"
        # Only a correction is of one kind or the other.
        f" CASE WHEN {name} <> {literal(level.changed)} THEN NULL WHEN {by} THEN 'BEDRAG' ELSE 'KENMERK' END"
        " AS correctie,"
        " s.met_ouder,"
        f" CASE WHEN s.verandering = 'anders' THEN concat_ws(',', {changed}) END AS gewijzigd,"
        f" s.* EXCLUDE (verandering, staat, binnen, met_ouder){differences},"
        f" {_hash(key)} AS sleutel, CASE WHEN s.verandering = 'weg' THEN 'vervallen'"
        f" ELSE {_hash(content)} END AS inhoud FROM stap_{level.name} s WHERE s.binnen)"
    )


def _hash(texts: str) -> str:
    """Half of a sha256 tells millions of rows apart as surely, in half the ledger."""
    return f"left(sha256(concat_ws('|', {texts})), 32)"
