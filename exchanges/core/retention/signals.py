"""Until when each record is kept: from what people did with the signal (SEC-16, and SEC-21 for criminal justice)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.handling.steps import Outcome, State
from exchanges.core.ledger.signals import SignalBook
from exchanges.core.retention.terms import DECISION, RESTRICTED, SIGNAL, Term

if TYPE_CHECKING:
    import duckdb

# What changed somebody's benefit follows the file of that decision.
_WITH_CONSEQUENCE = (Outcome.gewijzigd, Outcome.beeindigd, Outcome.teruggevorderd)
_KINDS = pa.schema([("kind", pa.string()), ("maanden", pa.int64())])


def add_until(con: duckdb.DuckDBPyConnection, book: SignalBook, exchange: str, gemeente: str,
              terms: Mapping[str, Term], kinds: Mapping[str, int]) -> None:
    """Table ``bewaard``: ``nummer`` and the last day ``tot`` that a signal in the books is kept; null as long as it is
    not handled. ``kinds`` are months of kinds that have a term of their own, where nothing followed."""
    states = book.states(exchange, gemeente)
    home = pc.local_timestamp(states["moment"].cast(pa.timestamp("us", "Europe/Amsterdam")))
    con.register("standen", states.drop_columns(["moment"]).append_column("dag", pc.cast(home, pa.date32(), safe=False))
                 .append_column("nr", pa.array(range(states.num_rows), pa.int64())))
    con.register("soorten", pa.table({"kind": list(kinds), "maanden": list(kinds.values())}, schema=_KINDS))
    followed = ", ".join(f"'{outcome}'" for outcome in _WITH_CONSEQUENCE)
    con.execute(
        "CREATE OR REPLACE TABLE bewaard AS SELECT number AS nummer, CASE WHEN stand = $handled THEN"
        f" CAST(dag + to_months(CASE WHEN uitkomst IN ({followed}) THEN $decision"
        " ELSE coalesce(maanden, CASE WHEN restricted THEN $restricted ELSE $signal END) END::INTEGER) AS DATE) END"
        " AS tot FROM ("
        " SELECT number, kind, restricted, arg_max(state, nr) AS stand, arg_max(outcome, nr) AS uitkomst,"
        " arg_max(dag, nr) AS dag FROM standen GROUP BY ALL) LEFT JOIN soorten USING (kind)",
        {"handled": str(State.afgehandeld), "decision": terms[DECISION].months, "signal": terms[SIGNAL].months,
         "restricted": terms[RESTRICTED].months},
    )  # fmt: skip
    con.unregister("standen")
    con.unregister("soorten")


def ripe(con: duckdb.DuckDBPyConnection, records: list[Path], key: str, otherwise: bool, on: date) -> pa.Table:
    """Per record ``rij`` whether it goes (``weg``) and whether nobody handled it (``wacht``). ``otherwise`` holds for
    records that are in no books."""
    rows = " UNION ALL ".join(f"SELECT rij, CAST({key} AS VARCHAR) AS nummer FROM read_parquet('{path}')"
                              for path in records)
    return con.execute(
        "SELECT r.rij, CASE WHEN b.nummer IS NULL THEN $otherwise ELSE coalesce(b.tot < $day, false) END AS weg,"
        " b.nummer IS NOT NULL AND b.tot IS NULL AS wacht"
        f" FROM ({rows}) r LEFT JOIN bewaard b USING (nummer) ORDER BY r.rij",
        {"otherwise": otherwise, "day": on},
    ).to_arrow_table()  # fmt: skip
