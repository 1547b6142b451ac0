"""That no income and no settled cent is lost on the way (spec ib-signalen 6.5, R-OIB 5).

Every row of the income is of exactly one kind; what was settled is either explained by the calculation or listed. Both
sums are also taken from the files by Arrow, beside the SQL that made the proposal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.errors import BalanceError
from exchanges.core.sql import execute

if TYPE_CHECKING:
    import duckdb

# Where the net amount of a row went: parts of it by dossier and month, the rest did not meet a right to bijstand.
_WAY = """
WITH mee AS (
  SELECT a.id, sum(a.netto) AS netto, sum(a.netto) FILTER (m.mnr IS NOT NULL AND NOT u.mens) AS berekend,
    sum(a.netto) FILTER (m.mnr IS NOT NULL AND u.mens) AS mens, sum(a.netto) FILTER (m.mnr IS NULL) AS ander
  FROM werk.aandeel a LEFT JOIN werk.maand m USING (mnr) LEFT JOIN werk.uitkomst u USING (dossier_id, mnr)
  GROUP BY a.id
), rij AS (
  SELECT CASE WHEN i.klasse = 'leeg' THEN 'leeg' WHEN i.klasse = 'eigen' THEN 'eigen'
      WHEN m.id IS NULL THEN 'buiten' WHEN i.netto IS NULL THEN 'onbekend' ELSE 'inkomen' END AS kind,
    coalesce(i.netto, 0) AS netto, coalesce(m.berekend, 0) AS berekend, coalesce(m.mens, 0) AS mens,
    coalesce(m.ander, 0) AS ander, coalesce(i.netto, 0) - coalesce(m.netto, 0) AS rest
  FROM werk.inkomst i LEFT JOIN mee m USING (id))
SELECT kind, count(*), sum(netto)::BIGINT, sum(berekend)::BIGINT, sum(mens)::BIGINT, sum(ander)::BIGINT,
  sum(rest)::BIGINT
FROM rij GROUP BY kind
"""

_BY_RULE = """
SELECT CASE WHEN regel IN ('T-01', 'T-02', 'T-03', 'T-04') THEN 'T' WHEN left(regel, 2) = 'E-' THEN 'E' ELSE regel END,
  sum(r.bedrag)::BIGINT
FROM werk.regel r JOIN werk.uitkomst u USING (dossier_id, mnr) WHERE deel = 'verrekening' AND NOT u.mens GROUP BY 1
"""


@dataclass(frozen=True)
class Ladder:
    """From the income in the file to what was settled, in cents; ``rows`` are those of the file.

    ``income = own + outside + elsewhere + judged + calculated``; ``to_settle = calculated - holiday_paid -
    not_settled + claims - exempt - spouse - limit``; ``settled = settled_judged + to_settle - difference``.
    """

    rows: int
    income: int
    own: int
    outside: int
    elsewhere: int
    judged: int
    calculated: int
    holiday_paid: int
    not_settled: int
    claims: int
    exempt: int
    spouse: int
    limit: int
    to_settle: int
    difference: int
    settled_judged: int
    settled: int


def ladder(con: duckdb.DuckDBPyConnection, income: Path, administration: Mapping[str, Path]) -> Ladder:
    """Raises BalanceError, saying which, when a sum does not close."""
    ways = {row[0]: row[1:] for row in execute(con, _WAY).fetchall()}
    rows = sum(way[0] for way in ways.values())
    calculated, judged, elsewhere = (sum(way[place] for way in ways.values()) for place in (2, 3, 4))
    own = sum(ways[kind][1] for kind in ("eigen", "leeg") if kind in ways)
    outside = sum(way[5] for kind, way in ways.items() if kind not in ("eigen", "leeg"))
    sums = dict(execute(con, _BY_RULE).fetchall())
    totals = execute(con, "SELECT coalesce(sum(te_verrekenen), 0)::BIGINT, coalesce(sum(verschil), 0)::BIGINT,"
                          " coalesce(sum(verrekend) FILTER (mens), 0)::BIGINT, coalesce(sum(verrekend), 0)::BIGINT"
                          " FROM werk.uitkomst").fetchone()  # fmt: skip
    assert totals is not None
    found = Ladder(rows, sum(way[1] for way in ways.values()), own, outside, elsewhere, judged, calculated,
                   -sums.get("V-02", 0), -sums.get("2.4 e", 0), sums.get("V-01", 0), -sums.get("E", 0),
                   -sums.get("T-08", 0), -sums.get("N-05", 0), *totals)
    months = [row[0] for row in execute(con, "SELECT maand FROM werk.maand ORDER BY mnr").fetchall()]
    _close(found, income, administration, months, sums.get("T", 0))
    return found


def _close(found: Ladder, income: Path, administration: Mapping[str, Path], months: list[str], lines: int) -> None:
    file = pq.read_table(income, columns=["netto"])
    settled = _settled(administration, months)
    to_settle = (found.calculated - found.holiday_paid - found.not_settled + found.claims - found.exempt - found.spouse
                 - found.limit)  # fmt: skip
    for what, one, other in (
        ("het aantal loonperioden", found.rows, file.num_rows),
        ("het netto inkomen", found.income, pc.sum(file["netto"]).as_py() or 0),
        ("de bestemming van het inkomen", found.income, found.own + found.outside + found.elsewhere + found.judged
         + found.calculated),
        ("de regels van de berekening", found.calculated, lines),
        ("het te verrekenen inkomen", found.to_settle, to_settle),
        ("het verrekende inkomen", found.settled, settled),
        ("het verschil", found.settled, found.settled_judged + found.to_settle - found.difference),
    ):
        if one != other:
            raise BalanceError(
                f"Verrekening: {what} sluit niet ({one} en {other}). Er is geen voorstel gemaakt; meld dit."
            )


def _settled(administration: Mapping[str, Path], months: list[str]) -> int:
    """Cents settled in the payments over ``months``, special assistance left out."""
    benefits = pq.read_table(administration["uitkering"], columns=["uitkering_id", "regeling"])
    benefits = benefits.filter(pc.not_equal(benefits["regeling"], "BB"))
    payments = pq.read_table(administration["betaling"], columns=["betaling_id", "uitkering_id", "periode"])
    known = pc.and_(pc.is_in(payments["periode"], pa.array(months)),
                    pc.is_in(payments["uitkering_id"], benefits["uitkering_id"].combine_chunks()))
    parts = pq.read_table(administration["betaling_component"], columns=["betaling_id", "soort", "bedrag_cent"])
    parts = parts.filter(pc.equal(parts["soort"], "inkomsten"))
    mine = pc.is_in(parts["betaling_id"], payments.filter(known)["betaling_id"].combine_chunks())
    return -(pc.sum(parts.filter(mine)["bedrag_cent"]).as_py() or 0)
