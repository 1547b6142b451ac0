"""compare: what is new in the file, what was known, and what may not go on.

The partner gives a record a number and never gives it another. A number that came before with the same content is
known: nothing is done again, whichever file it comes in. With other content it is set apart: somebody must ask which of
the two holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.bsn import pseudonyms
from exchanges.core.dated import code_lists
from exchanges.core.findings import same_findings
from exchanges.core.intake import Intake
from exchanges.core.receive.earlier import Earlier
from exchanges.core.receive.successive import compare_successive
from exchanges.core.receive.surroundings import (
    add_earlier,
    add_surroundings,
    add_work,
    freeze_sources,
    kept_work,
)
from exchanges.core.rules.engine import Outcome, evaluate
from exchanges.core.sql import add_codes, execute, fill, parquet, session
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.select import PARQUET

if TYPE_CHECKING:
    import duckdb

PLACE = ("rij", "regel")
CLASH = "IN-ZELFDE-NUMMER"
_TEXT = "Dit nummer is eerder gekomen met een andere inhoud."
_ACTION = "Vraag de partner welke van de twee geldt."


def compare(context: Context) -> Result:
    """Artefacts ``nieuw/<table>``, the records that are new and in order, and ``klasse/merk``: of every record its
    number, content hash and class (nieuw, bekend, botst, afgewezen, buiten), by which later files are held against
    this one."""
    intake, tables = context.intake, context.files("read", "gelezen")
    if intake.successive:
        return compare_successive(context)
    earlier, frozen = Earlier(context), freeze_sources(context)
    records = sum(pq.read_metadata(tables[name]).num_rows for name in intake.records)
    with session(context.work, context.settings.memory_mb, rows=records) as con:
        con.execute(f"CREATE VIEW werk.record AS {together(tables, intake)}")
        con.execute(f"CREATE TABLE merk AS {_marks(tables, intake)}")
        _classify(con, intake, earlier.tables("compare", "klasse", "merk"))
        clashes = con.execute(
            f"SELECT r.{intake.person}::VARCHAR AS bsn, r.regel FROM merk m JOIN werk.record r USING (rij)"
            " WHERE m.klasse = 'botst' ORDER BY r.rij"
        ).to_arrow_table()
        outcome = _judge(con, context, tables, earlier, frozen)
        con.register("afgewezen", pa.Table.from_arrays([outcome.rejected()], names=["rij"]))
        execute(con, "UPDATE merk SET klasse = 'afgewezen' WHERE klasse = 'nieuw' AND rij IN (FROM afgewezen)")
        if intake.aside:
            aside = f"SELECT rij FROM werk.record r WHERE {fill(intake.aside, context.parameters)}"
            execute(con, f"UPDATE merk SET klasse = 'buiten' WHERE klasse = 'nieuw' AND rij IN ({aside})")
        files = _write(con, context, tables)
        files |= {f"bron/{name}": Made(path, PARQUET) for name, path in frozen.items()}
        counts = dict(con.execute("SELECT klasse, count(*) FROM merk GROUP BY klasse").fetchall())
    new, known, clash = (counts.get(name, 0) for name in ("nieuw", "bekend", "botst"))
    turned_down, aside_count = counts.get("afgewezen", 0), counts.get("buiten", 0)
    return Result(
        balances=[
            Balance(
                intake.record, "aantal", records, new, rejected=clash + turned_down, excluded=aside_count,
                duplicate=known,
            )
        ],
        files=files,
        details={
            "new": new, "known": known, "clash": clash, "rejected": turned_down, "aside": aside_count,
            "before": len(earlier.published),
            "not_assessed": [[rule.code, rule.text, ", ".join(rule.needs)] for rule in outcome.not_assessed],
        },
        findings=pa.concat_tables(
            [_clash_findings(context, clashes), outcome.findings(context.settings.pseudonymise_with())]
        ),
    )  # fmt: skip


def together(tables: Mapping[str, Path], intake: Intake) -> str:
    """SQL: all records, also those that are kept apart."""
    return " UNION ALL BY NAME ".join(f"SELECT * FROM {parquet(tables[name])}" for name in intake.records)


def _marks(tables: Mapping[str, Path], intake: Intake) -> str:
    """SQL: per record its number, and a hash over all that is said of it in all tables."""
    said = [_content(path, intake) for name, path in sorted(tables.items()) if name not in intake.records]
    parts = "".join(f" LEFT JOIN ({sql}) t{n} ON t{n}.rij = r.rij" for n, sql in enumerate(said))
    texts = ", ".join(["r.inhoud", *(f"t{n}.inhoud" for n in range(len(said)))])
    thing = f"{intake.thing} AS ding, " if intake.thing else ""
    up = "r.ding, " if thing else ""
    return (
        f"SELECT r.rij, r.nummer, {up}sha256(concat_ws(chr(30), {texts})) AS merk FROM"
        f" (SELECT rij, {intake.key} AS nummer, {thing}{_text(tables[intake.record], intake)} AS inhoud"
        f" FROM werk.record) r{parts}"
    )


def _content(path: Path, intake: Intake) -> str:
    text = _text(path, intake)
    return f"SELECT rij, string_agg({text}, chr(29) ORDER BY {text}) AS inhoud FROM {parquet(path)} GROUP BY rij"


def _text(path: Path, intake: Intake) -> str:
    """SQL: the columns of a row as one text. Where it stands in the file says nothing about a record."""
    columns = [name for name in pq.read_schema(path).names if name not in (*PLACE, *intake.of_file)]
    return "concat_ws(chr(31), " + ", ".join(f"coalesce({name}::VARCHAR, chr(28))" for name in columns) + ")"


def _classify(con: duckdb.DuckDBPyConnection, intake: Intake, before: list[Path]) -> None:
    """Adds ``klasse`` to ``merk``: nieuw, bekend or botst. The first of a number in the file is the one that counts."""
    thing = ", ding" if intake.thing else ""
    had = " UNION ALL ".join(
        f"SELECT nummer, merk{thing}, ({place}, rij) AS plaats FROM {parquet(path)} WHERE klasse = 'nieuw'"
        for place, path in enumerate(before)
    )
    if had and intake.thing:
        # Of two lines of one delivery about a thing the later one was told last.
        had = f"SELECT arg_max(nummer, plaats) AS nummer, arg_max(merk, plaats) AS merk FROM ({had}) GROUP BY ding"
    con.execute(f"CREATE TABLE gehad AS {had or 'SELECT nummer, merk FROM merk WHERE false'}")
    con.execute(
        "CREATE OR REPLACE TABLE merk AS SELECT m.* EXCLUDE (eerste, eerste_merk), CASE"
        " WHEN eerste <> m.rij THEN CASE WHEN m.merk = eerste_merk THEN 'bekend' ELSE 'botst' END"
        " WHEN g.nummer IS NULL THEN 'nieuw' WHEN g.merk = m.merk THEN 'bekend' ELSE 'botst' END AS klasse"
        " FROM (SELECT *, min(rij) OVER (PARTITION BY nummer) AS eerste,"
        " first(merk) OVER (PARTITION BY nummer ORDER BY rij) AS eerste_merk FROM merk) m"
        " LEFT JOIN gehad g USING (nummer)"
    )


def _judge(
    con: duckdb.DuckDBPyConnection, context: Context, tables: Mapping[str, Path], earlier: Earlier,
    frozen: Mapping[str, Path],
) -> Outcome:  # fmt: skip
    """The rules over the new records, and over what follows from them."""
    intake = context.intake
    add_codes(con, code_lists(context.delivery.period))
    sources = add_surroundings(con, context, frozen)
    add_earlier(con, context, earlier, "werk.record")
    new = "SEMI JOIN (FROM merk WHERE klasse = 'nieuw') m ON m.rij = t.rij"
    con.execute(
        f"CREATE VIEW {intake.record} AS SELECT t.*, t.rij AS _row, t.rij AS _root, t.regel AS _line, 0 AS _file"
        f" FROM werk.record t {new}"
    )
    for name, path in tables.items():
        if name not in intake.records:
            con.execute(
                f"CREATE VIEW {name} AS SELECT t.*, t.rij AS _root, t.regel AS _line, 0 AS _file"
                f" FROM {parquet(path, '_row')} t {new}"
            )
    add_work(con, context, sources)
    return evaluate(con, intake.rules, context.parameters, record=intake.record, key=intake.person, sources=sources)


def _write(con: duckdb.DuckDBPyConnection, context: Context, tables: Mapping[str, Path]) -> dict[str, Made]:
    out = context.work / "nieuw"
    out.mkdir()
    wanted = {
        f"nieuw/{name}": f"SELECT t.* EXCLUDE (_row) FROM {parquet(path, '_row')} t"
        " SEMI JOIN (FROM merk WHERE klasse = 'nieuw') m ON m.rij = t.rij ORDER BY t.rij, t._row"
        for name, path in tables.items()
    }
    onward = kept_work(con, context.intake, "FROM merk WHERE klasse = 'nieuw'")
    wanted |= {f"nieuw/{name}": sql for name, sql in onward.items()}
    wanted["klasse/merk"] = "SELECT * FROM merk ORDER BY rij"
    made = {}
    for role, sql in wanted.items():
        path = out / f"{role.replace('/', '.')}.parquet"
        execute(con, f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION lz4_raw)")
        made[role] = Made(path, PARQUET, pq.read_metadata(path).num_rows)
    return made


def _clash_findings(context: Context, clashes: pa.Table) -> pa.Table:
    return same_findings(
        CLASH, "error", _TEXT, pseudonyms(clashes["bsn"], context.settings.pseudonymise_with()),
        lines=clashes["regel"], action=_ACTION, source="ontvangst", path=context.intake.key,
        table=context.intake.record,
    )  # fmt: skip
