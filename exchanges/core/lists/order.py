"""The order of the rows of a sheet: by the declared columns, then by all others, so that equal rows are all that is
left to chance.

Sorting never goes to disk, for the rows hold BSNs and what the engine writes there it cannot encrypt without an
extension that has to be fetched. A large table is sorted in stretches instead: every 64th part of a stretch gives a
sample, the sample gives the limits, and one stretch after another is read, sorted and handed on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from exchanges.core.errors import TechnicalError
from exchanges.core.lists.declare import Sheet

BATCH = 32768
STRETCH_CELLS = 4_000_000  # some 100 MB while they are sorted
_SAMPLES = 64  # per stretch: one is then seldom more than half as long again


@contextmanager
def sorting(memory_mb: int = 224) -> Iterator[Any]:
    """The SQL engine that puts rows in order, in memory alone."""
    con = duckdb.connect(":memory:", config={"temp_directory": "", "memory_limit": f"{memory_mb}MB", "threads": 2,
                                             "preserve_insertion_order": "true"})
    try:
        yield con
    finally:
        con.close()


def in_order(sheet: Sheet, path: Path, count: int, engine: Any, secret: bytes | None,
             stretch_cells: int = STRETCH_CELLS) -> Iterator[pa.RecordBatch]:
    """The columns of ``sheet`` of the ``count`` rows in the Parquet file ``path``. With a ``secret`` BSNs are ordered
    by a keyed hash: pseudonyms in the order of the numbers would tell much of the numbers.

    Raises TechnicalError when memory is too small, which takes hundreds of thousands of equal rows."""
    names = [column.name for column in sheet.columns]
    hidden = {column.name for column in sheet.columns if column.kind == "bsn"} if secret is not None else set()
    keys = [f"sha256(concat(getvariable('geheim'), {_quoted(name)}))" if name in hidden else _quoted(name)
            for name in (*sheet.sort, *(n for n in names if n not in sheet.sort))]
    session = engine.cursor()
    try:
        if secret is not None:
            session.execute(f"SET VARIABLE geheim = '{secret.hex()}'")
        limits = _limits(session, keys, path, count, max(1, stretch_cells // len(names)))
        picked, order = ", ".join(map(_quoted, names)), ", ".join(f"{key} ASC NULLS LAST" for key in keys)
        for low, high in pairwise([None, *limits, None]):
            query = f"SELECT {picked} FROM read_parquet(?) {_between(keys, low, high)} ORDER BY {order}"
            yield from session.sql(query, params=[str(path)]).to_arrow_reader(BATCH)
    except duckdb.OutOfMemoryException:
        raise TechnicalError(
            f"Lijst, blad {sheet.id}: er is te weinig geheugen om de rijen op volgorde te zetten; geef meer geheugen."
        ) from None
    finally:
        session.close()


def _limits(session: Any, keys: list[str], path: Path, count: int, stretch: int) -> list[int]:
    """Numbers in the table ``grens`` of the limits between stretches of about ``stretch`` rows."""
    parts = -(-count // stretch)
    if parts < 2:
        return []
    step = max(1, stretch // _SAMPLES)
    # Rows compare like ORDER BY … NULLS LAST does, column by column, so where the limits are does not change the order.
    sample = (f"SELECT row({', '.join(keys)}) AS k FROM read_parquet(?, file_row_number = true)"
              f" WHERE file_row_number % {step} = 0")
    session.execute(
        f"CREATE TEMP TABLE grens AS SELECT row_number() OVER (ORDER BY k) AS n, k FROM ({sample})", [str(path)]
    )
    samples = session.execute("SELECT count(*) FROM grens").fetchall()[0][0]
    return sorted({max(1, samples * part // parts) for part in range(1, parts)})


def _between(keys: list[str], low: int | None, high: int | None) -> str:
    row = f"row({', '.join(keys)})"
    said = [f"{row} {sign} (SELECT k FROM grens WHERE n = {limit})"
            for sign, limit in ((">=", low), ("<", high)) if limit is not None]
    return f"WHERE {' AND '.join(said)}" if said else ""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
