"""Re-integration records as nested Python values, and as the tables of the message: for tests that compare the two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

Record = dict[str, Any]

CLIENT = {"bsn": pa.string(), "voornamen": pa.string(), "voorletters": pa.string(), "voorvoegsel": pa.string(),
          "achternaam": pa.string(), "geslacht": pa.string(), "geboortedatum": pa.int32()}  # fmt: skip
RELATION = {"arbeidsvermogen": pa.string(), "doel": pa.string(), "bron_kolom": pa.string(), "bron_partij": pa.string(),
            "bron_vestiging": pa.string()}  # fmt: skip
PROVISION = {"registratienummer": pa.string(), "datum_begin": pa.int32(), "datum_einde": pa.int32(),
    "type": pa.string(),
             "omschrijving": pa.string(), "lks": pa.bool_(), "loonwaarde": pa.int32()}  # fmt: skip
COLUMNS = {"client": CLIENT, "atl_relatie": RELATION, "voorziening": PROVISION}
UP = {"_parent": pa.int64(), "_root": pa.int64()}

_words = st.sampled_from(["Anna", "d'Ávila", "", "x" * 205, "a\x01b"])
_codes = st.sampled_from(["1", "2", "10"])
_days = st.sampled_from([20250601, 20260000, 0])


def _row(columns: dict[str, pa.DataType]) -> st.SearchStrategy[Record]:
    kinds = {pa.int32(): _days, pa.bool_(): st.booleans()}
    names = {"voornamen", "voorvoegsel", "achternaam", "omschrijving"}
    return st.fixed_dictionaries({
        name: st.none() | (_words if name in names else kinds.get(kind, _codes)) for name, kind in columns.items()
    })  # fmt: skip


def _with(columns: dict[str, pa.DataType], name: str, children: st.SearchStrategy[Any]) -> st.SearchStrategy[Record]:
    return st.builds(lambda row, own: {**row, name: own}, _row(columns), children)


_relations = st.lists(_with(RELATION, "voorziening", st.lists(_row(PROVISION), max_size=3)), max_size=3)
RECORDS = st.lists(_with(CLIENT, "atl_relatie", _relations), min_size=1, max_size=6).map(
    lambda records: [{**record, "bsn": f"{999990000 + number:09d}"} for number, record in enumerate(records)]
)


def rows_of(records: list[Record]) -> dict[str, list[Record]]:
    """The rows per table, in order, with ``_parent`` and ``_root``."""
    out: dict[str, list[Record]] = {name: [] for name in COLUMNS}
    for root, record in enumerate(records):
        out["client"].append(record)
        for relation in record["atl_relatie"]:
            up = len(out["atl_relatie"])
            out["atl_relatie"].append({**relation, "_parent": root, "_root": root})
            out["voorziening"] += [{**row, "_parent": up, "_root": root} for row in relation["voorziening"]]
    return out


def write(records: list[Record], folder: Path) -> dict[str, Path]:
    """Parquet files as select and check write them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, rows in rows_of(records).items():
        kinds = {**COLUMNS[name], **({} if name == "client" else UP)}
        table = pa.table({key: pa.array([row[key] for row in rows], kind) for key, kind in kinds.items()})
        paths[name] = folder / f"{name}.parquet"
        pq.write_table(table, paths[name], row_group_size=2)
    return paths
