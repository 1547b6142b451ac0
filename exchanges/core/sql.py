"""DuckDB sessions for declarations: memory-bound, on Parquet, with the words declarations use.

Schemas: ``bron.<table>`` the snapshot of the administration, ``gekozen.<table>`` the rows a selection keeps;
without a schema the tables of the message. Parameters ``$name`` are filled in as literals: ``$gemeente``,
``$periode``, ``$begin`` and ``$eind`` (dates), ``$begin8`` and ``$eind8`` (jjjjmmdd), and those of the dated
parameter file of the exchange.

=========================== ============================================================================
``elfproef(b)``             the BSN passes the eleven test (spec dkd-gsd section 5); null when not nine digits
``datum_bestaat(d)``        a calendar date or a legal partial one, as jjjjmmdd integer
``datum_volledig(d)``       a whole calendar date
``in_lijst(tag, code)``     the code is in that code list on the period
=========================== ============================================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from exchanges.core.errors import UsageError
from exchanges.core.period import Period

if TYPE_CHECKING:
    import duckdb

Parameter = str | int | date
_NAME = re.compile(r"\$([a-z][a-z0-9_]*)")

_MACROS = """
CREATE MACRO nummer(b) AS CASE WHEN regexp_full_match(b, '[0-9]{9}') THEN CAST(b AS INTEGER) END;
CREATE MACRO elfproef_nummer(n) AS n > 0 AND (9*(n//100000000) + 8*(n//10000000%10) + 7*(n//1000000%10)
    + 6*(n//100000%10) + 5*(n//10000%10) + 4*(n//1000%10) + 3*(n//100%10) + 2*(n//10%10) - n%10) % 11 = 0;
CREATE MACRO elfproef(b) AS CASE WHEN regexp_full_match(b, '[0-9]{9}') THEN elfproef_nummer(CAST(b AS INTEGER)) END;
CREATE MACRO dagen(j, m) AS CASE WHEN m IN (4, 6, 9, 11) THEN 30 WHEN m <> 2 THEN 31
    WHEN j % 4 = 0 AND (j % 100 <> 0 OR j % 400 = 0) THEN 29 ELSE 28 END;
CREATE MACRO datum_mogelijk(d) AS d BETWEEN 0 AND 99991231 AND d//100%100 <= 12
    AND (d = 0 OR d >= 10000 OR (d//100 > 0 AND d%100 > 0)) AND (d//100%100 > 0 OR d%100 = 0)
    AND (d%100 = 0 OR d%100 <= dagen(d//10000, d//100%100));
CREATE MACRO datum_gewoon(d) AS d BETWEEN 10000 AND 99991231 AND d//100%100 BETWEEN 1 AND 12 AND d%100 BETWEEN 1 AND 28;
CREATE MACRO datum_bestaat(d) AS CASE WHEN datum_gewoon(d) THEN true ELSE datum_mogelijk(d) END;
CREATE MACRO datum_volledig(d) AS CASE WHEN datum_gewoon(d) THEN true
    ELSE datum_mogelijk(d) AND d >= 10000 AND d//100%100 > 0 AND d%100 > 0 END;
CREATE MACRO in_lijst(t, c) AS EXISTS (SELECT 1 FROM codelijst WHERE codelijst.tag = t AND codelijst.code = c);
"""


def connect(work: Path, memory_mb: int = 224, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A session of its own, spilling to ``work`` beyond ``memory_mb``."""
    import duckdb

    con = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{memory_mb}MB",
            "threads": str(threads),
            "temp_directory": str(work / "duckdb"),
            "preserve_insertion_order": "true",
            "enable_external_file_cache": "false",
        },
    )
    # Moments are UTC; in the zone of the machine the same source would give another file name.
    con.execute("SET TimeZone = 'UTC'")
    con.execute("CREATE SCHEMA bron; CREATE SCHEMA gekozen; CREATE SCHEMA verzonden;")
    con.execute("CREATE TABLE codelijst (tag VARCHAR, code VARCHAR, volledig BOOLEAN)")
    con.execute(_MACROS)
    return con


def fill(sql: str, parameters: Mapping[str, Parameter]) -> str:
    """``$name`` in ``sql`` as literals. Raises UsageError naming a parameter that is not given."""

    def literal(match: re.Match[str]) -> str:
        name = match[1]
        if name not in parameters:
            raise UsageError(f"Parameter ${name} is niet gegeven; zet hem in het parameterbestand van de uitwisseling.")
        value = parameters[name]
        if isinstance(value, date):
            return f"DATE '{value.isoformat()}'"
        if isinstance(value, int):
            return str(value)
        return "'" + value.replace("'", "''") + "'"

    return _NAME.sub(literal, sql)


def period_parameters(gemeente: str, period: Period) -> dict[str, Parameter]:
    """The parameters every delivery has."""
    return {
        "gemeente": gemeente,
        "periode": str(period),
        "begin": period.start,
        "eind": period.end,
        "begin8": day8(period.start),
        "eind8": day8(period.end),
    }


def day8(day: date) -> int:
    """``jjjjmmdd`` as an integer."""
    return day.year * 10000 + day.month * 100 + day.day


def parquet(path: Path, row_number: str = "") -> str:
    """A FROM item for a Parquet file; ``row_number`` names a column with the row's number in the file."""
    literal = str(path).replace("'", "''")
    if not row_number:
        return f"read_parquet('{literal}')"
    return (
        f"(SELECT file_row_number AS {row_number}, * EXCLUDE (file_row_number)"
        f" FROM read_parquet('{literal}', file_row_number = true))"
    )


def add_sources(con: duckdb.DuckDBPyConnection, paths: Mapping[str, Path]) -> None:
    """``bron.<table>`` for every table of a snapshot, with ``_bronrij``, the row's number in it."""
    for name, path in paths.items():
        con.execute(f"CREATE VIEW bron.{name} AS SELECT * FROM {parquet(path, '_bronrij')}")
