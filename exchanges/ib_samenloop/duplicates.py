"""A signal number twice in one file: the first row counts, the later ones are set apart (R-SIG 4)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.bsn import pseudonyms
from exchanges.core.receive.listed import Listed
from exchanges.core.xml.readback import PARQUET
from exchanges.ib_samenloop.judge import OPEN, REFUSED, RESTRICTED
from exchanges.ib_samenloop.trouble import DUPLICATE

_FIELD = "signaalnummer"
_MOVED = pa.schema([("rij", pa.int64()), ("regel", pa.int64()), ("bsn", pa.string())])


def set_apart(tables: dict[str, Path], findings: Listed, key: bytes) -> None:
    """Move the later rows of a number from their tables to ``geweigerd``."""
    seen = pa.concat_tables(pq.read_table(tables[name], columns=["rij", _FIELD]) for name in (OPEN, RESTRICTED))
    rows = seen["rij"].to_numpy()
    number = pc.dictionary_encode(seen[_FIELD]).combine_chunks().indices.to_numpy()
    order = np.lexsort((rows, number))
    later = np.zeros(len(rows), bool)
    later[order[1:]] = number[order[1:]] == number[order[:-1]]
    if not later.any():
        return
    gone = pa.array(np.sort(rows[later]))
    apart = [_moved(path, gone, name in (OPEN, RESTRICTED)) for name, path in tables.items() if name != REFUSED]
    moved = pa.concat_tables([part for part in apart if part is not None]).sort_by("rij")
    records = pseudonyms(moved["bsn"], key)
    size = moved.num_rows
    findings.add(DUPLICATE, _FIELD, size, moved["regel"].to_pylist(), records.to_pylist())
    before = pq.read_table(tables[REFUSED])
    more = pa.table({"regel": moved["regel"], "code": pa.repeat(DUPLICATE, size), "veld": pa.repeat(_FIELD, size),
                     "record": records}, schema=before.schema)
    pq.write_table(pa.concat_tables([before, more]), tables[REFUSED], **PARQUET)


def _moved(path: Path, gone: pa.Array, wanted: bool) -> pa.Table | None:
    """Take the rows numbered ``gone`` out of the file; they are given when ``wanted``."""
    file = pq.ParquetFile(path)
    out = []
    fresh = path.with_suffix(".nieuw")
    with pq.ParquetWriter(fresh, file.schema_arrow, **PARQUET) as writer:
        for batch in file.iter_batches(batch_size=65536):
            mask = pc.is_in(batch["rij"], value_set=gone)
            writer.write_batch(batch.filter(pc.invert(mask)))
            if wanted:
                out.append(pa.Table.from_batches([batch]).filter(mask).select(_MOVED.names))
    file.close()
    fresh.replace(path)
    if not wanted:
        return None
    return pa.concat_tables(out) if out else _MOVED.empty_table()
