"""What must be equal of a file of LKS signals besides the balances (R-LKS 1 to 5, spec ib-signalen 7).

Each side has a way of its own: the lists were made per day of illness; here the days of a payment are the length of
the union of the periods of illness in it, with those told before and without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.receive.proofs import Proof
from exchanges.core.reports.dutch import amount, count, percentage
from exchanges.core.steps.context import Context
from exchanges.ib_lks.derived import END, SUBSIDY_TYPES

if TYPE_CHECKING:
    import duckdb

_LAST = "(SELECT max(_volgorde) FROM gestuurd.levering_van)"
_TYPES = ", ".join(f"'{code}'" for code in SUBSIDY_TYPES)
_PROVISIONS = (
    "gestuurd.voorziening v JOIN gestuurd.atl_relatie a ON a._volgorde = v._volgorde AND a._rij = v._boven"
    " JOIN gestuurd.client c ON c._volgorde = a._volgorde AND c._rij = a._boven"
    f" WHERE v._volgorde = {_LAST} AND (v.lks OR v.type IN ({_TYPES}))"
    " AND NOT EXISTS (SELECT 1 FROM geweigerd.record g WHERE g.sleutel = c.bsn)"
)


def proofs(context: Context, con: duckdb.DuckDBPyConnection) -> list[Proof]:
    """See :class:`exchanges.core.intake.Intake`."""
    return [*_delivered(con), _without_percentage(con), _uncertain(con), *_overpaid(context, con), _late(context, con)]


def _delivered(con: duckdb.DuckDBPyConnection) -> list[Proof]:
    """R-LKS 1: every person in the report has a subsidy in our last delivery, or is told of. Where it is not known what
    we delivered there is nothing to prove; every signal then has a finding, or the rules were not assessed."""
    if not _count(con, f"gestuurd.levering_van WHERE bekend AND _volgorde = {_LAST}"):
        return []
    every = _count(con, "nieuw.signaal")
    found = _count(con, f"nieuw.signaal s WHERE s.bsn IN (SELECT c.bsn FROM {_PROVISIONS})")
    told = sum(_count(con, f"nieuw.{name} WHERE zekerheid_eigen IN ('0', '3')") for name in ("einde_zw", "overdracht"))
    return [
        Proof("R-LKS-1", "signalen over iemand met loonkostensubsidie in onze laatste levering, of gemeld", every,
              found + told, remark=f"{count(told, 'signaal', 'signalen')} zonder; zie de bevindingen.", blocks=True)
    ]  # fmt: skip


def _without_percentage(con: duckdb.DuckDBPyConnection) -> Proof:
    """R-LKS 2: every subsidy delivered has a percentage, or is listed."""
    missing = _count(con, f"{_PROVISIONS} AND (v.loonwaarde IS NULL OR v.loonwaarde = 0)")
    return Proof("R-LKS-2", "geleverde loonkostensubsidie zonder loonwaarde staat op het blad", missing,
                 _count(con, "nieuw.zonder_loonwaarde"), blocks=True)  # fmt: skip


def _uncertain(con: duckdb.DuckDBPyConnection) -> Proof:
    """R-LKS 3."""
    return Proof("R-LKS-3", "signalen met een andere zekerheid dan 1 staan op een eigen blad",
                 _count(con, "nieuw.signaal WHERE NOT zekerheid = '1'"), _count(con, "nieuw.zekerheid"),
                 blocks=True)  # fmt: skip


# Per payment the periods of illness in it, clipped; ``oud``: told by a signal that was published before.
_IN = """
SELECT b.betaling_id, b.bedrag_cent AS cent, b.datum_tijdvak_einde - b.datum_tijdvak_begin + 1 AS dagen, z.oud,
       greatest(b.datum_tijdvak_begin, z.datum_begin_zw) AS van, least(b.datum_tijdvak_einde, z.datum_einde_zw) AS tot
FROM bron.lks_betaling b, bron.voorziening v, bron.persoon p, (
    SELECT bsn, datum_begin_zw, datum_einde_zw, false AS oud FROM nieuw.signaal
    UNION ALL SELECT bsn, datum_begin_zw, datum_einde_zw, true FROM eerder.signaal) z
WHERE v.voorziening_id = b.voorziening_id AND p.persoon_id = v.persoon_id AND p.gemeentecode = '{gemeente}'
  AND z.bsn = p.bsn AND z.datum_einde_zw IS NOT NULL AND b.soort IN ('betaling', 'nabetaling') AND b.bedrag_cent > 0
  AND van <= tot
"""
# The length of a union: what each period adds to those that begin before it.
_UNION = """
SELECT betaling_id, any_value(cent) AS cent, any_value(dagen) AS dagen,
       sum(greatest(0, tot - greatest(van, coalesce(erna, van)) + 1)) AS ziek
FROM (SELECT *, max(tot + 1) OVER (PARTITION BY betaling_id ORDER BY van, tot, oud
                                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS erna
      FROM ({rows})) GROUP BY betaling_id
"""


def _overpaid(context: Context, con: duckdb.DuckDBPyConnection) -> list[Proof]:
    """R-LKS 4: subsidy over days of illness, and what was taken back of it."""
    if not _there(con, "lks_betaling"):
        return []
    rows = _IN.format(gemeente=context.delivery.gemeente)
    every, before = _UNION.format(rows=rows), _UNION.format(rows=f"SELECT * FROM ({rows}) WHERE oud")
    half_up = "CAST(floor({0}.cent * {0}.ziek / {0}.dagen + 0.5) AS BIGINT)"
    days, cents = con.execute(
        "SELECT coalesce(sum(n.ziek - coalesce(o.ziek, 0)), 0)::BIGINT,"
        f" coalesce(sum({half_up.format('n')} - coalesce({half_up.format('o')}, 0)), 0)::BIGINT"
        f" FROM ({every}) n LEFT JOIN ({before}) o USING (betaling_id)"
    ).fetchall()[0]
    listed, overpaid, back = con.execute(
        "SELECT coalesce(sum(dagen), 0)::BIGINT, coalesce(sum(teveel_cent), 0)::BIGINT,"
        " coalesce(sum(terug_cent), 0)::BIGINT FROM nieuw.terugvordering"
    ).fetchall()[0]
    return [
        Proof("R-LKS-4-DAGEN", "dagen ziektewet waarover subsidie is betaald", days, listed, "dagen", blocks=True),
        Proof("R-LKS-4-BEDRAG", "te veel betaalde subsidie, per kalenderdag van het betaalde tijdvak", cents, overpaid,
              "cent", blocks=True),
        Proof("R-LKS-4-TERUG", "te veel betaalde subsidie is teruggehaald", overpaid, back, "cent",
              f"Nog terug te vorderen: {amount(overpaid - back)}."),
    ]  # fmt: skip


def _late(context: Context, con: duckdb.DuckDBPyConnection) -> Proof:
    """R-LKS 5: the lag of every end of illness, and the share that is late."""
    days = int(context.parameters["laat_dagen"])  # type: ignore[arg-type]
    ended = _count(con, f"nieuw.signaal WHERE signaalsoort = '{END}' AND datum_einde_zw IS NOT NULL")
    in_time = _count(con, f"nieuw.signaal WHERE signaalsoort = '{END}' AND publicatiedatum <= datum_einde_zw + {days}")
    late = _count(con, "nieuw.einde_zw WHERE laat")
    longest = _number(con, "SELECT max(vertraging_dagen) FROM nieuw.einde_zw")
    share = (2 * 10_000 * late + ended) // (2 * ended) if ended else 0
    remark = f"{percentage(share)} kwam later dan {days} dagen; het langst duurde {count(longest, 'dag', 'dagen')}."
    return Proof("R-LKS-5", "signalen einde ZW: op tijd en te laat", ended, in_time + late, remark=remark, blocks=True)


def _there(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = f"duckdb_views() WHERE schema_name = 'bron' AND view_name IN ('{table}', 'persoon', 'voorziening')"
    return _count(con, found) == 3


def _count(con: duckdb.DuckDBPyConnection, rows: str) -> int:
    return _number(con, f"SELECT count(*) FROM {rows}")


def _number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Nothing is nought."""
    row = con.execute(sql).fetchone()
    return int(row[0] or 0) if row else 0
