"""The administration side: every month of the year as it is administered now, by the arithmetic of the exchange.

The work tables of a declaration over December, for all twelve months, whatever was declared of them: net to gross, and
the recalculation at the end of the year (:mod:`exchanges.loonaangifte.work`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from exchanges.core.sql import Parameter, fill
from exchanges.loonaangifte.jaar_lijnen import ADMINISTERED, COMPUTED, LINES
from exchanges.loonaangifte.work import WORK

if TYPE_CHECKING:
    import duckdb

_MONTHS = """
SELECT strftime(m.begin, '%Y-%m') AS tijdvak, m.begin, last_day(m.begin) AS eind, false AS huidig, true AS ontvangen
FROM (SELECT CAST(unnest(generate_series(date_trunc('year', $begin), $begin, INTERVAL 1 MONTH)) AS DATE) AS begin) m
"""
_TABLES = ("regels", "staand", "tarief", "geheven", "jaareinde", "stand")


def administer(con: duckdb.DuckDBPyConnection, given: Mapping[str, Parameter]) -> None:
    """Make ``werk.stand`` of all months from ``bron.*``; ``given`` are the parameters of December."""
    sql = dict(WORK)
    con.execute(f"CREATE OR REPLACE TABLE werk.maanden AS {fill(_MONTHS, given)}")
    for name in _TABLES:
        con.execute(f"CREATE OR REPLACE TABLE werk.{name} AS {fill(sql[name], given)}")


def of_month(con: duckdb.DuckDBPyConnection, month: str) -> pa.Table:
    """ADMINISTERED: the relations of that month."""
    found: pa.Table = con.execute(
        f"SELECT coalesce(bsn, pers_nr) || '/' || num_iv AS sleutel, {_SELECTED} FROM werk.stand WHERE tijdvak = ?",
        [month],
    ).to_arrow_table()
    return found.cast(ADMINISTERED)


def computed(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How much of the year the exchange made itself: relations and cents."""
    (row,) = con.execute(_MADE).fetchall()
    names = ("gebruteerd", "gebruteerd_heffing", "herrekend", "herrekend_bij", "herrekend_af")
    return dict(zip(names, row, strict=True))


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
_MADE = """
SELECT count(DISTINCT ikv_id) FILTER (NOT bekend),
       CAST(coalesce(sum(ing) FILTER (NOT bekend), 0) AS BIGINT),
       count(*) FILTER (extra <> 0),
       CAST(coalesce(sum(extra) FILTER (extra > 0), 0) AS BIGINT),
       CAST(coalesce(sum(extra) FILTER (extra < 0), 0) AS BIGINT)
FROM werk.stand
"""
