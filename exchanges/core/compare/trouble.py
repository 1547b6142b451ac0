"""What a person must look at before the outcome is used: findings, with a pseudonym for the person."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.bsn import pseudonyms
from exchanges.core.compare.declare import Comparison
from exchanges.core.findings import FINDINGS, finding, findings_table

if TYPE_CHECKING:
    import duckdb

# DuckDB advises con.sql, which cannot be used beside results that are not read to their end.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)

_SOURCE = "spec ib-signalen 6.3"
_DOUBLE = (
    "VGL-DUBBEL", "De sleutel komt in {which} meer dan eens voor bij {title}; deze regels zijn niet vergeleken.",
    "Vraag de leverancier welke regel geldt. Tot dan blijft wat de vorige keer bekend was.",
)
_CONTRADICTED = (
    "VGL-TEGENSPRAAK", "Er zijn regels geleverd van een persoon voor wie dat niet kan: niet gevraagd, niets gevonden of"
    " een fout.", "Vraag de levering voor deze persoon opnieuw op. Tot dan blijft wat de vorige keer bekend was.",
)


def write_findings(
    con: duckdb.DuckDBPyConnection, comparison: Comparison, doubles: Collection[str], key: bytes, path: Path
) -> None:
    """Writes rows of ``core.findings``: a key that is not unique, a person with rows against the answer (errors), and
    windows that shrank or grew (warnings, without persons)."""
    tables = []
    for level in (level for level in comparison.levels if level.name in doubles):
        for side, which in (("nu", "deze levering"), ("toen", "de vorige levering")):
            order = ", ".join(f.name for f in level.key)
            people = con.execute(
                f"SELECT {comparison.person} FROM dubbel_{level.name} WHERE zijde = '{side}' ORDER BY {order}"
            ).to_arrow_table()
            code, text, action = _DOUBLE
            row = finding(code, "error", text.format(which=which, title=level.title), action=action, source=_SOURCE,
                          table=level.name)
            tables.append(_of_each(row, people[comparison.person], key))
    people = con.execute(f"SELECT DISTINCT {comparison.person} FROM tegenspraak ORDER BY 1").to_arrow_table()
    code, text, action = _CONTRADICTED
    tables.append(
        _of_each(finding(code, "error", text, action=action, source=_SOURCE), people[comparison.person], key)
    )
    tables.append(findings_table(_windows(con)))
    pq.write_table(pa.concat_tables(tables), path, compression="lz4")


def _of_each(row: dict[str, object], people: pa.ChunkedArray, key: bytes) -> pa.Table:
    columns = [
        pseudonyms(people, key) if name == "record"
        else pa.repeat(pa.scalar(row[name], FINDINGS.field(name).type), len(people))
        for name in FINDINGS.names
    ]
    return pa.Table.from_arrays(columns, schema=FINDINGS)


def _windows(con: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    row = con.execute(
        "SELECT count(*) FILTER (korter), count(*) FILTER (eerder) FROM mens WHERE staat = 'vergeleken'"
    ).fetchone()
    assert row is not None
    found = []
    if row[0]:
        found.append(finding(
            "VGL-VENSTER-KORTER", "warning",
            f"Voor {row[0]} personen eindigt de geleverde periode eerder dan de vorige keer; wat daarna ligt, is niet"
            " vergeleken.", action="Vraag de leverancier waarom de periode korter is.", source=_SOURCE,
        ))
    if row[1]:
        found.append(finding(
            "VGL-VENSTER-EERDER", "warning",
            f"Voor {row[1]} personen begint de geleverde periode eerder dan de vorige keer; wat daarvoor ligt, is niet"
            " vergeleken.", action="Controleer die maanden met de hand.", source=_SOURCE,
        ))
    return found
