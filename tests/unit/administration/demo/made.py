"""Municipalities for the tests, and questions about them in SQL."""

from __future__ import annotations

from pathlib import Path

import duckdb

from exchanges.administration.demo import Summary, generate
from exchanges.administration.model import TABLES


class Town:
    """A generated municipality, open for questions. ``ask`` gives rows; ``count`` one number."""

    def __init__(self, folder: Path, summary: Summary) -> None:
        self.folder, self.summary = folder, summary
        self._con = duckdb.connect(config={"threads": "1"})
        for name in TABLES:
            self._con.execute(f"CREATE VIEW {name} AS SELECT * FROM '{folder / name}.parquet'")
        begin = int(summary.period.replace("-", "") + "01")
        self._con.execute("CREATE TABLE maand AS SELECT ? AS begin8, ? AS eind8", [begin, begin + 30])
        self._con.execute("""
            CREATE VIEW lopend AS SELECT v.* FROM voorziening v, maand
            WHERE v.datum_begin <= eind8 AND coalesce(v.datum_einde, 99999999) >= begin8;
            CREATE VIEW geldig AS SELECT l.* FROM loonkostensubsidie l, maand
            WHERE strftime(l.datum_begin, '%Y%m%d')::INT <= eind8
            QUALIFY row_number() OVER (PARTITION BY voorziening_id ORDER BY datum_begin DESC) = 1;
        """)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        return self._con.execute(sql).fetchall()

    def count(self, sql: str) -> int:
        (value,) = self.ask(sql)[0]
        return int(str(value or 0))


def town(folder: Path, clients: int = 3000, seed: int = 1, **kwargs: object) -> Town:
    return Town(folder, generate(folder, "0153", clients, seed, **kwargs))  # type: ignore[arg-type]
