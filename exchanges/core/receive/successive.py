"""compare, for a file with all that the partner knows: what differs from the file before it (spec ib-signalen 6.3).

Of the file before it counts what holds since, which is kept with the delivery (``stand``); so a delivery that failed
leaves the one before it as what the next is compared with.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.compare.declare import Comparison
from exchanges.core.compare.engine import compare
from exchanges.core.compare.snapshot import Compared, Snapshot
from exchanges.core.dated import code_lists
from exchanges.core.intake import Intake, Successive
from exchanges.core.ledger import StepRow
from exchanges.core.receive.earlier import Earlier
from exchanges.core.receive.proofs import Proof
from exchanges.core.receive.surroundings import (
    add_earlier,
    add_surroundings,
    add_work,
    freeze_sources,
    kept_work,
)
from exchanges.core.rules.engine import Outcome, evaluate
from exchanges.core.sql import add_codes, execute, parquet, session
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.select import PARQUET

if TYPE_CHECKING:
    import duckdb

STANDING, TOLD = "stand", "grootboek"


def compare_successive(context: Context) -> Result:
    """Artefacts ``nieuw/<record>`` (what people are told), ``nieuw/<work>``, ``apart/<record>`` (what only is counted),
    ``stand/…`` (what holds now), ``grootboek`` (what was told of each item last) and ``balans``.

    Raises InputRefused for a file that has a person twice.
    """
    intake = context.intake
    declared = _declared(intake)
    comparison: Comparison = pkgutil.resolve_name(declared.comparison)
    read, earlier = context.files("read", "gelezen"), Earlier(context)
    now = Snapshot((read[declared.asked],), {level.name: (read[level.name],) for level in comparison.levels})
    done = compare(
        previous_of(context, earlier, comparison), now, comparison, context.work / "vergelijking",
        period=str(context.delivery.period), key=context.settings.pseudonymise_with(),
        ledger=earlier.tables("compare", TOLD, "gemeld"), memory_mb=context.settings.memory_mb,
    )  # fmt: skip
    frozen = freeze_sources(context)
    rows = sum(one.listed for one in done.classes)
    with session(context.work, context.settings.memory_mb, rows=rows) as con:
        for level in comparison.levels:
            con.execute(
                f"CREATE VIEW gevonden.{level.name} AS FROM {parquet(done.items[level.name])};"
                f" CREATE VIEW gevonden.{level.name}_eerste AS FROM {parquet(done.first[level.name])};"
                f" CREATE VIEW stand.{level.name} AS FROM {_all(done.following.levels[level.name])}"
            )
        con.execute(f"CREATE VIEW stand.{declared.asked} AS FROM {_all(done.following.asked)}")
        there = add_surroundings(con, context, frozen)
        listing = pkgutil.resolve_name(declared.listing)(context)
        execute(con, f"CREATE TABLE lijst AS SELECT row_number() OVER () AS rij, 0 AS regel, l.* FROM ({listing}) l")
        add_earlier(con, context, earlier, "lijst")
        con.execute("; ".join(f"CREATE VIEW {name} AS FROM {parquet(path)}" for name, path in read.items()))
        add_work(con, context, there)
        outcome = _judged(con, context, there)
        files, counts = _write(con, context)
    files |= {f"bron/{name}": Made(path, PARQUET) for name, path in frozen.items()}
    files |= _kept(done, declared.asked)
    told = sum(one.told for one in done.classes)
    return Result(
        balances=_balances(intake, done, now, comparison, counts),
        files=files,
        details={
            "new": counts[""], "known": told, "clash": 0, "rejected": 0,
            "apart": {reason: count for reason, count in counts.items() if reason},
            "persons": asdict(done.people),
            "proofs": [one.as_dict() for one in engine_proofs(done, comparison, declared.bridges)],
            "not_assessed": [[rule.code, rule.text, ", ".join(rule.needs)] for rule in outcome.not_assessed],
        },
        findings=pa.concat_tables(
            [pq.read_table(done.findings), outcome.findings(context.settings.pseudonymise_with())]
        ),
    )  # fmt: skip


def previous_of(context: Context, earlier: Earlier, comparison: Comparison) -> Snapshot | None:
    """What holds after the delivery before this one: of the months before it, or earlier in this month."""
    own = (context.delivery.period, context.delivery.sequence)
    had = [
        (one.period, one.sequence, row)
        for one, row in earlier.steps("compare")
        if (one.period, one.sequence) < own and any(role.startswith(f"{STANDING}/") for role in row.artefacts)
    ]
    if not had:
        return None
    row = max(had, key=lambda one: one[:2])[2]
    asked = _declared(context.intake).asked
    return Snapshot(
        _held(context, row, asked), {level.name: _held(context, row, level.name) for level in comparison.levels}
    )


def engine_proofs(done: Compared, comparison: Comparison, codes: tuple[str, str]) -> list[Proof]:
    """Whether the comparison bridges both files (R-OIB 2 and 3), and lists what the books say that was told."""
    titles = {level.name: level.title for level in comparison.levels}
    out = []
    for line in done.lines:
        cents = line.measure != "rijen"
        code = codes[1 if cents else 0]
        what = f"{titles[line.level]}, {line.measure if cents else 'aantal'}"
        bridge = line.previous - line.cut + line.new + line.corrected - line.gone
        out += [
            Proof(
                code, f"{what}: wat er nu is, volgt uit de vorige levering en wat is gevonden",
                line.current, bridge, "cent" if cents else "aantal", blocks=True,
            ),
            Proof(code, f"{what}: delen waarvoor dat niet zo is", line.open_per, 0, blocks=True),
        ]  # fmt: skip
    return out


def _declared(intake: Intake) -> Successive:
    assert intake.successive is not None, "asked of an intake that declares it"
    return intake.successive


def _held(context: Context, row: StepRow, name: str) -> tuple[Path, ...]:
    roles = sorted(role for role in row.artefacts if role.startswith(f"{STANDING}/{name}."))
    return tuple(context.store.local(context.delivery.gemeente, row.artefacts[role].sha256) for role in roles)


def _all(paths: Sequence[Path]) -> str:
    return "(" + " UNION ALL BY NAME ".join(f"SELECT * FROM {parquet(path)}" for path in paths) + ")"


def _judged(con: duckdb.DuckDBPyConnection, context: Context, there: Sequence[str]) -> Outcome:
    """The rules over what is listed. An error is told with it; nothing is left out, for the partner said it."""
    intake = context.intake
    add_codes(con, code_lists(context.delivery.period))
    con.execute(
        f"CREATE VIEW {intake.record} AS SELECT *, rij AS _row, rij AS _root, NULL::BIGINT AS _line, 0 AS _file"
        " FROM lijst WHERE reden IS NULL"
    )
    return evaluate(con, intake.rules, context.parameters, record=intake.record, key=intake.person, sources=there)


def _write(con: duckdb.DuckDBPyConnection, context: Context) -> tuple[dict[str, Made], dict[str, int]]:
    """The record table, shown and not, what follows from it, and rows per reason (empty: shown)."""
    name, made = context.intake.record, {}
    work = kept_work(con, context.intake, "SELECT rij FROM lijst WHERE reden IS NULL")
    wanted = {
        f"nieuw/{name}": "SELECT * EXCLUDE (reden) FROM lijst WHERE reden IS NULL ORDER BY rij",
        f"apart/{name}": "SELECT * FROM lijst WHERE reden IS NOT NULL ORDER BY rij",
        **{f"nieuw/{one}": sql for one, sql in work.items()},
    }
    for role, sql in wanted.items():
        path = context.work / f"{role.replace('/', '.')}.parquet"
        execute(con, f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION lz4_raw)")
        made[role] = Made(path, PARQUET, pq.read_metadata(path).num_rows)
    rows = con.execute("SELECT coalesce(reden, ''), count(*) FROM lijst GROUP BY 1").fetchall()
    return made, {"": 0, **{str(reason): int(count) for reason, count in rows}}


def _kept(done: Compared, asked: str) -> dict[str, Made]:
    standing: Mapping[str, Sequence[Path]] = {asked: done.following.asked, **done.following.levels}
    files = {
        f"{STANDING}/{name}.{number:02d}": Made(path, PARQUET, pq.read_metadata(path).num_rows)
        for name, paths in standing.items()
        for number, path in enumerate(paths)
    }
    return files | {f"{TOLD}/gemeld": Made(done.ledger, PARQUET), "balans": Made(done.balances, PARQUET)}


def _balances(
    intake: Intake, done: Compared, now: Snapshot, comparison: Comparison, counts: Mapping[str, int]
) -> list[Balance]:
    """Persons, rows per level, and items on the list. What comes in is counted from the files by another library."""
    people = done.people
    asked = sum(pq.read_metadata(path).num_rows for path in now.asked)
    lines = [Balance(_declared(intake).asked, "aantal", asked, people.compared + people.first, held=people.not_asked)]
    for level in comparison.levels:
        count = next(one for one in done.levels if one.level == level.name)
        came = sum(pq.read_metadata(path).num_rows for path in now.levels[level.name])
        lines.append(
            Balance(
                level.name, "aantal", came, count.compared + count.first,
                rejected=count.doubled_now + count.contradicted, excluded=count.outside + count.empty,
            )
        )  # fmt: skip
    found = sum(one.found for one in done.classes)
    told = sum(one.told for one in done.classes)
    apart = sum(count for reason, count in counts.items() if reason)
    lines.append(Balance(intake.record, "aantal", found, counts[""], excluded=apart, duplicate=told))
    return lines
