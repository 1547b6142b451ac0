"""One archive of answers of UWV, as the chambers of the core want it: persons with their answer, and what they earn.

An answer *niets gevonden*, and one with only a message, hold no BSN. So whoever asks keeps which question each answer
is to: in the archive, as ``vragen.csv`` (:mod:`exchanges.ib_oib.questions`). Without it only what names its person can
be used; the rest is set apart.

Tables: ``gevraagd`` (one row per person, :data:`exchanges.core.compare.snapshot.ASKED`), ``zonder`` (those of whom
nothing can be concluded: ``bsn``, ``code``, and ``fouten``, the codes of UWV), and ``ikv``, ``ikp``, ``iko`` as the
mapping of UWVDossierInkomstenGSD gives them, with the key of what is above them, sorted by person.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.compare.canonical import PARQUET
from exchanges.core.findings import findings_table
from exchanges.core.mapping.table import load_mapping
from exchanges.core.receive.arrival import Arrival, FileRefused, Read
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.sql import execute, parquet, session
from exchanges.core.xml.archive import ArchiveRead, archive_schemas, read_archive
from exchanges.core.xml.readback import ParquetSink
from exchanges.ib_oib.answer_trouble import told
from exchanges.ib_oib.answer_words import WORDS
from exchanges.ib_oib.answering import JUDGE, TABLES, classify
from exchanges.ib_oib.questions import MEMBER, questions

if TYPE_CHECKING:
    import duckdb

MESSAGE = "UWVDossierInkomstenGSD"
# Rows of one person are together, so that a comparison reads each part of a file once.
_ORDER = {
    "gevraagd": "bsn",
    "zonder": "bsn",
    "ikv": "bsn, loonheffingennummer, volgnummer, begin",
    "ikp": "bsn, loonheffingennummer, volgnummer, begin",
    "iko": "bsn, loonheffingennummer, volgnummer, begin, eind",
}
_MEMORY_MB = 192


def read(arrival: Arrival) -> Read:
    """Raises FileRefused when the archive cannot be read as one, or has nothing in it that answers a question."""
    entry = Catalogue.load().entry(MESSAGE, arrival.period)
    mapping = load_mapping(entry.message, entry.version)
    source = f"{entry.name} {entry.version}"
    sink = ParquetSink(arrival.work / "antwoorden", archive_schemas(mapping))
    # What is refused stays in the archive, which is kept; the findings say which it is.
    found = read_archive(arrival.path, entry, mapping, sink, skip=MEMBER)
    sink.close()
    if found.whole:
        raise FileRefused(found.whole.text, findings_table(found.findings(source)))
    asked = questions(arrival.path)
    if asked is not None and asked.fault:
        raise FileRefused(WORDS[asked.fault].text, findings_table([told(asked.fault)]))
    tables, counts, findings = _tables(arrival, sink, found, asked.table if asked else None)
    rows = asked.table.num_rows + counts["ongevraagd"] if asked else found.members
    persons = pq.read_metadata(tables["gevraagd"]).num_rows
    return Read(
        tables=tables, rows=rows, refused=counts["geweigerd"],
        findings=pa.concat_tables([findings_table(found.findings(source)), findings]),
        details={
            "version": entry.version, "mapping": f"mappings/{MESSAGE}/{entry.version}", "answers": found.members,
            "unreadable": len(found.refused), "index": asked is not None, "persons": persons, **counts,
        },
    )  # fmt: skip


def _tables(
    arrival: Arrival, sink: ParquetSink, found: ArchiveRead, asked: pa.Table | None
) -> tuple[dict[str, Path], dict[str, int], pa.Table]:
    out = arrival.work / "tabellen"
    out.mkdir()
    with session(arrival.work, _MEMORY_MB, rows=found.members) as con:
        for name in ("client", "ikv", "ikp", "iko", "fwi_fout"):
            con.execute(f"CREATE VIEW werk.{name} AS FROM {parquet(sink.paths[name], '_rij')}")
        counts, findings = classify(con, arrival, found, asked)
        tables = {name: _written(con, name, out / f"{name}.parquet") for name in TABLES}
    return tables, counts, findings


def _written(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> Path:
    execute(con, f"COPY (SELECT * FROM ({JUDGE[name]}) ORDER BY {_ORDER[name]}) TO '{path}' {PARQUET}")
    return path
