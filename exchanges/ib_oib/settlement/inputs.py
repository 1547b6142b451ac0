"""What a proposal is made from: the income by OIB, and the tables of the administration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.errors import SourceError
from exchanges.core.sql import add_sources, execute, parquet

if TYPE_CHECKING:
    import duckdb

INCOME = pa.schema([
    pa.field("bsn", pa.string()),                        # nine digits
    pa.field("loonheffingennummer", pa.string()),        # of who paid: nine digits, L, two digits
    pa.field("volgnummer", pa.int64()),                  # of the income relation with that number
    pa.field("begin", pa.int64()),                       # first day of the wage period, jjjjmmdd, parts may be 0
    pa.field("eind", pa.int64()),                        # last day; null or from 88880000 on: open
    pa.field("soort", pa.string()),                      # CdSrtIkv, two digits
    pa.field("loontijdvak", pa.string()),                # code of the partner; shown, never calculated with
    pa.field("netto", pa.int64()),                       # cents, all pay of the period; null: cannot be computed
    pa.field("vakantietoeslag_betaald", pa.int64()),     # cents, gross, part of loon_lb
    pa.field("recht_vakantietoeslag", pa.int64()),       # cents, gross, accrued in the period
    pa.field("loon_lb", pa.int64()),                     # cents, wage for income tax
])  # fmt: skip
"""The income of every client, one row per wage period (spec ib-signalen 6.2 and 6.4). It may have more columns, cents:
``netto_vakantietoeslag``, the net of the holiday allowance paid, part of ``netto`` (without it a period in which it was
paid is for a person to judge, for that amount must not count again, V-02); ``recht_extra`` and
``extra_betaald``, what was accrued and paid of an extra period of wages or a choice budget (V-04), gross; and
``niet_verrekend``, the part of ``netto`` that is no income to settle: jonggehandicaptenkorting and Anw-tegemoetkoming
(spec ib-signalen 6.4 row 25, bvv-and-settlement 2.4 e)."""
_MORE = [pa.field(name, pa.int64())
         for name in ("netto_vakantietoeslag", "recht_extra", "extra_betaald", "niet_verrekend")]  # fmt: skip

SOURCES = ("persoon", "dossier", "uitkering", "betaling", "betaling_component")
# Without these a proposal can be made, and says what it could not know.
OPTIONAL: dict[str, str] = {
    "inkomstenopgave": "persoon_id VARCHAR, periode VARCHAR, vrijgelaten_cent BIGINT, verrekend_cent BIGINT",
    "vordering": "uitkering_id VARCHAR, datum_tijdvak_begin DATE, datum_tijdvak_einde DATE",
    "voorziening": "voorziening_id VARCHAR, persoon_id VARCHAR",
    "loonkostensubsidie": "voorziening_id VARCHAR, datum_begin DATE, datum_einde DATE",
    "vrijlating": "persoon_id VARCHAR, grond VARCHAR, datum_begin DATE, datum_einde DATE, maanden_gebruikt INTEGER,"
                  " verlenging_maanden INTEGER",
    "omstandigheid": "persoon_id VARCHAR, soort VARCHAR, datum_begin DATE, datum_einde DATE",
    "vrije_ontvangst": "persoon_id VARCHAR, soort VARCHAR, datum DATE, bedrag_cent BIGINT",
}  # fmt: skip


def add_inputs(con: duckdb.DuckDBPyConnection, income: Path, administration: Mapping[str, Path]) -> None:
    """``bron.<table>`` for the administration, empty where an optional one is not there, and ``bron.inkomen``.

    Raises SourceError naming a table or a column that is missing.
    """
    gone = sorted(set(SOURCES) - set(administration))
    if gone:
        raise SourceError(f"Verrekening: de tabel {gone[0]} van de administratie ontbreekt; lever haar aan.")
    names = pq.read_schema(income).names
    lacking = [name for name in INCOME.names if name not in names]
    if lacking:
        raise SourceError(f"Verrekening: de kolom {lacking[0]} ontbreekt bij de inkomsten; maak de levering opnieuw.")
    known = {name: path for name, path in administration.items() if name in SOURCES or name in OPTIONAL}
    add_sources(con, known)
    for name, columns in OPTIONAL.items():
        if name not in known:
            execute(con, f"CREATE TABLE bron.{name} ({columns})")
    columns = ", ".join(_column(field, field.name in names) for field in [*INCOME, *_MORE])
    execute(con, f"CREATE VIEW bron.inkomen AS SELECT {columns} FROM {parquet(income)}")


def _column(field: pa.Field, there: bool) -> str:
    kind = "BIGINT" if pa.types.is_integer(field.type) else "VARCHAR"
    return f"CAST({field.name if there else 'NULL'} AS {kind}) AS {field.name}"
