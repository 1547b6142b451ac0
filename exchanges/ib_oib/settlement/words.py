"""Words of SQL that several tables are made with: cents in whole numbers, months, and Dutch text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.reports.dutch import MINUS, MONTHS
from exchanges.core.sql import execute

if TYPE_CHECKING:
    import duckdb

_MONTHS = ", ".join(f"'{name}'" for name in MONTHS)
_MACROS = f"""
CREATE OR REPLACE MACRO maandnr(d) AS year(d) * 12 + month(d) - 1;
CREATE OR REPLACE MACRO heledag(n) AS CASE WHEN n < 88880000 AND datum_volledig(n)
    THEN make_date(CAST(n // 10000 AS INTEGER), CAST(n // 100 % 100 AS INTEGER), CAST(n % 100 AS INTEGER)) END;
-- The part d/n of an amount, half cents away from zero.
CREATE OR REPLACE MACRO deel(x, d, n) AS sign(x) * ((2 * abs(x) * d + n) // (2 * n));
-- Hundredths of a percent of an amount.
CREATE OR REPLACE MACRO procent(x, p) AS deel(x, p, 10000);
-- Full months lived on the first day of month m: at most and at least, by the days that a date of birth can be.
CREATE OR REPLACE MACRO hoogst(m, g) AS m
    - (g // 10000 * 12 + greatest(g // 100 % 100, 1) - 1) - (g % 100 > 1)::INTEGER;
CREATE OR REPLACE MACRO laagst(m, g) AS m
    - (g // 10000 * 12 + CASE WHEN g // 100 % 100 = 0 THEN 12 ELSE g // 100 % 100 END - 1) - (g % 100 <> 1)::INTEGER;
CREATE OR REPLACE MACRO euro(c) AS (CASE WHEN c < 0 THEN '{MINUS}' ELSE '' END)
    || replace(format('{{:,}}', CAST(abs(c) // 100 AS BIGINT)), ',', '.')
    || ',' || lpad(CAST(abs(c) % 100 AS VARCHAR), 2, '0');
CREATE OR REPLACE MACRO perc(p) AS CAST(p // 100 AS VARCHAR)
    || (CASE WHEN p % 100 > 0 THEN ',' || rtrim(lpad(CAST(p % 100 AS VARCHAR), 2, '0'), '0') ELSE '' END) || ' %';
CREATE OR REPLACE MACRO mndtekst(n) AS CAST(n // 12 AS VARCHAR) || '-' || lpad(CAST(n % 12 + 1 AS VARCHAR), 2, '0');
CREATE OR REPLACE MACRO maandtekst(n) AS ([{_MONTHS}])[CAST(n % 12 + 1 AS INTEGER)] || ' ' || n // 12;
CREATE OR REPLACE MACRO dagtekst(d) AS day(d) || ' ' || ([{_MONTHS}])[month(d)] || ' ' || year(d);
"""


def add_words(con: duckdb.DuckDBPyConnection) -> None:
    """Define ``maandnr``, ``heledag``, ``deel``, ``procent``, ``hoogst``, ``laagst``, ``euro``, ``perc``, ``mndtekst``,
    ``maandtekst`` and ``dagtekst``."""
    execute(con, _MACROS)
