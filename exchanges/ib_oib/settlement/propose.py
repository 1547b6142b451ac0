"""From the income and the administration to a proposal: the one function others call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from exchanges.core.dated import parameters as dated_parameters
from exchanges.core.period import Period
from exchanges.core.sql import execute, period_parameters, session
from exchanges.ib_oib.settlement.attribution import attribute
from exchanges.ib_oib.settlement.checks import check_year
from exchanges.ib_oib.settlement.exemptions import exempt
from exchanges.ib_oib.settlement.household import add_household
from exchanges.ib_oib.settlement.inputs import add_inputs
from exchanges.ib_oib.settlement.lines import write_lines
from exchanges.ib_oib.settlement.parameters import FILE, Choices, add_parameters, window
from exchanges.ib_oib.settlement.reconcile import Ladder, ladder
from exchanges.ib_oib.settlement.reserve import keep_account
from exchanges.ib_oib.settlement.result import conclude
from exchanges.ib_oib.settlement.words import add_words

if TYPE_CHECKING:
    import duckdb

_OUT = {
    "voorstel": """
SELECT v.bsn, v.dossiernummer, v.maand, v.voorstel, v.te_verrekenen, v.verrekend, v.verschil, v.uitkering, v.netto,
  v.vrij, v.norm, v.reservering, v.reserve_bij, v.reserve_af, v.regime, v.methode, v.codes, v.uitleg, v.dossier_id
FROM werk.voorstel v ORDER BY v.bsn, v.mnr, v.dossier_id""",
    "berekening": """
SELECT v.bsn, v.dossiernummer, v.maand,
  row_number() OVER (PARTITION BY r.dossier_id, r.mnr ORDER BY volgorde, sub, p.bsn, r.regel, r.bedrag) AS nummer,
  r.deel, r.regel, r.tekst, r.bedrag, coalesce(p.bsn, v.bsn) AS bsn_inkomen, r.bron, r.zekerheid, v.voorstel,
  v.dossier_id
FROM werk.regel r JOIN werk.voorstel v USING (dossier_id, mnr) LEFT JOIN bron.persoon p ON p.persoon_id = r.persoon_id
ORDER BY v.bsn, v.mnr, v.dossier_id, nummer""",
    "onverklaard": """
SELECT bsn, dossiernummer, maand, netto, vrij, te_verrekenen, verrekend, -verschil AS onverklaard, voorstel, codes,
  uitleg, dossier_id
FROM werk.voorstel WHERE voorstel <> 'niets' ORDER BY bsn, mnr, dossier_id""",
    "reservering": "SELECT * FROM werk.rekening ORDER BY bsn, dossier_id",
    "toets": "SELECT * EXCLUDE (persoon_id) FROM werk.toets ORDER BY bsn, toets",
}


@dataclass(frozen=True)
class Proposal:
    """``tables`` are Parquet files, one row per

    voorstel      client (dossier) and month: what to settle, what was settled, the difference, what to do and why
    berekening    line of a calculation (see ``lines``)
    onverklaard   client and month of which settled and calculated differ, or that a person must judge
    reservering   client: what is reserved for holiday allowance (see ``reserve``)
    toets         person, year and kind of what is free per year

    Amounts are eurocents. ``ladder`` proves that nothing was lost, ``counts`` are the proposals by kind."""

    tables: Mapping[str, Path]
    ladder: Ladder
    counts: Mapping[str, int]


def propose(income: Path, administration: Mapping[str, Path], gemeente: str, period: Period, choices: Choices,
            out: Path, memory_mb: int = 224) -> Proposal:
    """The proposal over the months up to ``period`` (see ``parameters.window``), written to the folder ``out``.

    ``income`` is a Parquet file with ``inputs.INCOME``, ``administration`` a Parquet file per table of the source
    model. Nothing is changed in either. Raises SourceError for a table or column that is not there, BalanceError when
    an amount went missing.
    """
    out.mkdir(parents=True, exist_ok=True)
    dated = dated_parameters(FILE, period)
    parameters = period_parameters(gemeente, period) | {name: row.value for name, row in dated.items()}
    parameters["eerste"] = window(period)[0].start
    with session(out, memory_mb, rows=pq.read_metadata(income).num_rows) as con:
        add_words(con)
        add_parameters(con, period, choices)
        add_inputs(con, income, administration)
        attribute(con, parameters, choices.own_numbers)
        add_household(con, parameters)
        exempt(con, parameters)
        conclude(con, parameters)
        write_lines(con)
        keep_account(con, parameters)
        check_year(con, parameters, dated, period, choices)
        proven = ladder(con, income, administration)
        tables = {name: _write(con, sql, out / f"{name}.parquet") for name, sql in _OUT.items()}
        counts = dict.fromkeys(("niets", "nabetaling", "vordering", "handmatig"), 0)
        counts |= dict(execute(con, "SELECT voorstel, count(*) FROM werk.voorstel GROUP BY voorstel").fetchall())
    return Proposal(tables, proven, counts)


def _write(con: duckdb.DuckDBPyConnection, sql: str, path: Path) -> Path:
    place = str(path).replace("'", "''")
    execute(con, f"COPY ({sql}) TO '{place}' (FORMAT parquet, COMPRESSION zstd)")
    return path
