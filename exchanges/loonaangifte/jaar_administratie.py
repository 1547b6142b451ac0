"""The administration side: every month of the year as it is administered now, by the arithmetic of the exchange.

The work tables of a declaration over December, for all twelve months, whatever was declared of them: net to gross, and
the recalculation at the end of the year (:mod:`exchanges.loonaangifte.work`). Nothing of a person depends on another
one, so they are done some thousands of relations at a time, into files, however many there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.arrow import give_back
from exchanges.core.sql import Parameter, connect, fill, parquet
from exchanges.loonaangifte.jaar_lijnen import ADMINISTERED, COMPUTED, LINES
from exchanges.loonaangifte.work import WORK

if TYPE_CHECKING:
    import duckdb

AT_A_TIME = 25_000  # relations
_MONTHS = """
SELECT strftime(m.begin, '%Y-%m') AS tijdvak, m.begin, last_day(m.begin) AS eind, false AS huidig, true AS ontvangen
FROM (SELECT CAST(unnest(generate_series(date_trunc('year', $begin), $begin, INTERVAL 1 MONTH)) AS DATE) AS begin) m
"""
_TABLES = ("regels", "staand", "tarief", "gedeeld", "geheven", "jaareinde", "stand")
_TOTALS = ("gebruteerd", "gebruteerd_heffing", "herrekend", "herrekend_bij", "herrekend_af")


@dataclass
class Administration:
    """``months``: files of ADMINISTERED. ``relations``: files with the year of each relation, its amounts and what the
    payments back make of them (``t_``). ``computed``: how much of the year the exchange made itself."""

    months: dict[str, list[Path]] = field(default_factory=dict)
    relations: list[Path] = field(default_factory=list)
    computed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_TOTALS, 0))

    def of_month(self, month: str) -> pa.Table:
        tables = [pq.read_table(path, schema=ADMINISTERED) for path in self.months.get(month, [])]
        return pa.concat_tables(tables) if tables else ADMINISTERED.empty_table()


def administer(con: duckdb.DuckDBPyConnection, given: Mapping[str, Parameter]) -> None:
    """Make ``werk.stand`` of all months from ``bron.*``; ``given`` are the parameters of December."""
    sql = dict(WORK)
    con.execute(f"CREATE OR REPLACE TABLE werk.maanden AS {fill(_MONTHS, given)}")
    for name in _TABLES:
        con.execute(f"CREATE OR REPLACE TABLE werk.{name} AS {fill(sql[name], given)}")
    for name in _TABLES[:-1]:
        con.execute(f"DROP TABLE werk.{name}")


def administered(
    given: Mapping[str, Parameter], tables: Mapping[str, Path], work: Path, memory_mb: int = 224
) -> Administration:
    """The whole year, from the frozen source in ``tables``, into files below ``work``."""
    work.mkdir(parents=True, exist_ok=True)
    relations = pq.read_metadata(tables["inkomstenverhouding"]).num_rows
    parts = max(1, -(-relations // AT_A_TIME))
    made = Administration()
    con = connect(work, memory_mb)
    try:
        for part in range(parts):
            _part(con, given, tables, part, parts)
            _write(con, made, work, part)
            give_back()
    finally:
        con.close()
    return made


def _part(
    con: duckdb.DuckDBPyConnection, given: Mapping[str, Parameter], tables: Mapping[str, Path], part: int, parts: int
) -> None:
    """``werk.stand`` and ``werk.terugbetaald`` of one part of the relations; read once, and asked several times."""
    con.execute(
        f"CREATE OR REPLACE TABLE werk.deel_inkomstenverhouding AS SELECT * FROM"
        f" {parquet(tables['inkomstenverhouding'])} WHERE hash(coalesce(persoon_id, ikv_id)) % {parts} = {part}"
    )
    for name in ("inkomstenperiode", "betaling"):
        con.execute(
            f"CREATE OR REPLACE TABLE werk.deel_{name} AS SELECT * FROM {parquet(tables[name])}"
            " SEMI JOIN werk.deel_inkomstenverhouding USING (ikv_id)"
        )
    con.execute(
        f"CREATE OR REPLACE TABLE werk.deel_persoon AS SELECT * FROM {parquet(tables['persoon'])}"
        " SEMI JOIN werk.deel_inkomstenverhouding USING (persoon_id)"
    )
    for name in ("inkomstenperiode", "persoon"):
        _view(con, name)
    _repaid(con, given)
    _view(con, "inkomstenverhouding")
    _view(con, "betaling")
    administer(con, given)


def _view(con: duckdb.DuckDBPyConnection, name: str, condition: str = "true") -> None:
    con.execute(f"CREATE OR REPLACE VIEW bron.{name} AS SELECT * FROM werk.deel_{name} WHERE {condition}")


def _repaid(con: duckdb.DuckDBPyConnection, given: Mapping[str, Parameter]) -> None:
    """``werk.terugbetaald``: what the payments back make of a relation, each month with them less each month without.

    Without the recalculation of December: that is over the year, not of a payment. With the other relations of the
    person, for they share one credit.
    """
    kind, theirs = fill("$jaaropgave_ontvangsten", given), "ikv_id IN (FROM werk.met_hen)"
    con.execute(
        "CREATE OR REPLACE TABLE werk.wie AS SELECT DISTINCT ikv_id FROM werk.deel_betaling"
        f" WHERE soort = {kind} AND {fill(_OF_YEAR, given)} AND ikv_id IS NOT NULL"
    )
    con.execute(
        "CREATE OR REPLACE TABLE werk.met_hen AS SELECT ikv_id FROM werk.deel_inkomstenverhouding"
        " WHERE coalesce(persoon_id, ikv_id) IN (SELECT coalesce(i.persoon_id, i.ikv_id)"
        " FROM werk.deel_inkomstenverhouding i JOIN werk.wie USING (ikv_id))"
    )
    _view(con, "inkomstenverhouding", theirs)
    for name, condition in (("met", theirs), ("zonder", f"{theirs} AND soort <> {kind}")):
        _view(con, "betaling", condition)
        administer(con, {**given, "herrekening": "nee"})
        con.execute(f"CREATE OR REPLACE TABLE werk.{name} AS SELECT tijdvak, ikv_id, ln, bijdr, wgh FROM werk.stand")
    con.execute(f"CREATE OR REPLACE TABLE werk.terugbetaald AS {_DIFFERENCE}")


def _write(con: duckdb.DuckDBPyConnection, made: Administration, work: Path, part: int) -> None:
    months = [row[0] for row in con.execute("SELECT tijdvak FROM werk.maanden ORDER BY tijdvak").fetchall()]
    for month in months:
        path = work / f"{month}-{part:04}.parquet"
        con.execute(
            f"COPY (SELECT coalesce(bsn, pers_nr) || '/' || num_iv AS sleutel, {_SELECTED} FROM werk.stand"
            f" WHERE tijdvak = '{month}') TO '{path}' (FORMAT parquet, COMPRESSION lz4_raw)"
        )
        made.months.setdefault(month, []).append(path)
    path = work / f"inkomstenverhouding-{part:04}.parquet"
    con.execute(f"COPY ({_RELATIONS}) TO '{path}' (FORMAT parquet, COMPRESSION lz4_raw)")
    made.relations.append(path)
    (row,) = con.execute(_MADE).fetchall()
    for name, value in zip(_TOTALS, row, strict=True):
        made.computed[name] += value


_OF_YEAR = "periode BETWEEN strftime($begin, '%Y-01') AND $periode"
_AMOUNTS = {
    "loon": "ln", "loonheffing": "heffing_nu", "bijdrage_zvw": "bijdr", "werkgeversheffing_zvw": "wgh",
    "netto": "ln - heffing_nu - bijdr", "alimentatie": "coalesce(alimentatie_in, 0)",
    "alimentatie_rechtstreeks": "coalesce(alimentatie_rechtstreeks, 0)",
}  # fmt: skip
# Where the administration gave the amounts, only what the recalculation made of them.
_OWN = {
    "loon": "extra", "loonheffing": "extra", "bijdrage_zvw": "0",
    "werkgeversheffing_zvw": "CASE WHEN extra = 0 THEN 0 ELSE wgh - coalesce(werkgever, 0) END",
}  # fmt: skip
_SELECTED = ", ".join(
    [f"CAST({_AMOUNTS[name]} AS BIGINT) AS {name}" for name in LINES]
    + [f"CAST(CASE WHEN bekend THEN {_OWN[name]} ELSE {_AMOUNTS[name]} END AS BIGINT) AS berekend_{name}"
       for name in COMPUTED]
)  # fmt: skip
_DIFFERENCE = """
SELECT ikv_id, CAST(sum(m.ln - coalesce(z.ln, 0)) AS BIGINT) AS t_loon,
       CAST(sum(m.bijdr - coalesce(z.bijdr, 0)) AS BIGINT) AS t_bijdrage,
       CAST(sum(m.wgh - coalesce(z.wgh, 0)) AS BIGINT) AS t_werkgever
FROM werk.met m LEFT JOIN werk.zonder z USING (tijdvak, ikv_id)
WHERE ikv_id IN (FROM werk.wie)
GROUP BY ikv_id
"""
_RELATIONS = """
SELECT a.*, coalesce(t_loon, 0) AS t_loon, coalesce(t_bijdrage, 0) AS t_bijdrage,
       coalesce(t_werkgever, 0) AS t_werkgever
FROM (
    SELECT ikv_id, any_value(persoon_id) AS persoon_id, any_value(srt_iv) AS srt_iv, any_value(pers_nr) AS klantnummer,
           CAST(sum(ln) AS BIGINT) AS loon, CAST(sum(heffing_nu) AS BIGINT) AS heffing,
           CAST(sum(bijdr) AS BIGINT) AS bijdrage, CAST(sum(wgh) AS BIGINT) AS werkgever,
           CAST(sum(coalesce(alimentatie_in, 0)) AS BIGINT) AS alimentatie_in,
           CAST(sum(coalesce(alimentatie_rechtstreeks, 0)) AS BIGINT) AS alimentatie_rechtstreeks,
           bool_or(netto IS NOT NULL OR ln <> 0 OR heffing_nu <> 0) AS iets, max(tijdvak) AS laatste,
           arg_max(lb_tab, tijdvak) AS lb_tab, arg_max(cd_zvw, tijdvak) AS cd_zvw
    FROM werk.stand GROUP BY ikv_id
) a
LEFT JOIN werk.terugbetaald USING (ikv_id)
ORDER BY ikv_id
"""
_MADE = """
SELECT count(DISTINCT ikv_id) FILTER (NOT bekend),
       CAST(coalesce(sum(ing) FILTER (NOT bekend), 0) AS BIGINT),
       count(*) FILTER (extra <> 0),
       CAST(coalesce(sum(extra) FILTER (extra > 0), 0) AS BIGINT),
       CAST(coalesce(sum(extra) FILTER (extra < 0), 0) AS BIGINT)
FROM werk.stand
"""
