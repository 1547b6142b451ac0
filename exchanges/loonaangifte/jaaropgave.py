"""The jaaropgave per client: person and regeling, in whole euros (spec loonaangifte 7.4, 7.6 and 10).

Made from ``werk.stand`` of the whole year, as the administration is now. What was paid back stands apart, with its
sign (*ontvangsten*): wage and Zvw of a month less those of the same month without what was paid back. The loonheffing
has no such part: the municipal form has none. In cents, the amount and its ontvangsten together are what was declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.sql import Parameter, connect, fill, parquet
from exchanges.loonaangifte.jaar_administratie import administer

if TYPE_CHECKING:
    import duckdb

REGELINGEN = {"43": "Participatiewet", "34": "IOAW", "45": "IOAZ", "42": "Bbz"}
# Amount of the jaaropgave -> its cents in ``bedrag``.
AMOUNTS = (
    "fiscaal_loon", "loonheffing", "ingehouden_zvw", "werkgeversheffing_zvw", "ontvangsten_loon",
    "ontvangsten_ingehouden_zvw", "ontvangsten_werkgeversheffing_zvw", "belaste_alimentatie",
)  # fmt: skip
# Line of the annual statement -> the amounts that are it together.
OF_LINES = {
    "loon": ("fiscaal_loon", "ontvangsten_loon"),
    "loonheffing": ("loonheffing",),
    "bijdrage_zvw": ("ingehouden_zvw", "ontvangsten_ingehouden_zvw"),
    "werkgeversheffing_zvw": ("werkgeversheffing_zvw", "ontvangsten_werkgeversheffing_zvw"),
}
_MEMORY_MB = 96


def make(
    con: duckdb.DuckDBPyConnection, given: Mapping[str, Parameter], tables: Mapping[str, Path], work: Path, out: Path
) -> int:
    """Write the jaaropgaven to ``out`` (Parquet), by BSN and regeling. Gives how many relations have none, because
    nothing was paid on them and nothing is due.

    ``con`` has ``bron.*`` and the year in ``werk.stand`` (:func:`administer`).
    """
    repaid = _repaid(given, tables, work)
    con.register("terugbetaald_arrow", repaid)
    con.execute("CREATE OR REPLACE TABLE werk.terugbetaald AS SELECT * FROM terugbetaald_arrow")
    con.unregister("terugbetaald_arrow")
    names = " ".join(f"WHEN '{code}' THEN '{name}'" for code, name in REGELINGEN.items())
    con.execute(f"CREATE OR REPLACE TABLE werk.jaarbedrag AS {fill(_AMOUNTS_SQL, given)}")
    con.execute(f"CREATE OR REPLACE TABLE werk.korting AS {fill(_CREDIT, given)}")
    sql = fill(_PAGE.format(names=names, euros=_euros(str(given["jaaropgave_afronding"]))), given)
    con.execute(f"COPY ({sql}) TO '{out}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440)")
    ((none,),) = con.execute("SELECT count(*) FROM werk.jaarbedrag WHERE NOT iets").fetchall()
    return int(none)


def sums(path: Path) -> dict[str, int]:
    """Cents per line of the statement, from the file itself."""
    found = dict.fromkeys(OF_LINES, 0)
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=[f"{name}_cent" for name in AMOUNTS]):
            for line, names in OF_LINES.items():
                found[line] += sum(pc.sum(batch.column(f"{name}_cent")).as_py() or 0 for name in names)
    return found


def _repaid(given: Mapping[str, Parameter], tables: Mapping[str, Path], work: Path) -> pa.Table:
    """Per relation what the payments back make of wage and Zvw: each month with them, less each month without.

    Without the recalculation of December: that is over the year, not of a payment.
    """
    folder = work / "terugbetaald"
    folder.mkdir(parents=True, exist_ok=True)
    con = connect(folder, _MEMORY_MB)
    try:
        kind = fill("$jaaropgave_ontvangsten", given)
        of_year = fill("periode BETWEEN strftime($begin, '%Y-01') AND $periode", given)
        con.execute(
            f"CREATE TABLE wie AS SELECT DISTINCT ikv_id FROM {parquet(tables['betaling'])}"
            f" WHERE soort = {kind} AND {of_year} AND ikv_id IS NOT NULL"
        )
        for name in ("inkomstenperiode", "persoon"):
            con.execute(f"CREATE VIEW bron.{name} AS SELECT * FROM {parquet(tables[name])}")
        con.execute(
            "CREATE VIEW bron.inkomstenverhouding AS"
            f" SELECT * FROM {parquet(tables['inkomstenverhouding'])} SEMI JOIN wie USING (ikv_id)"
        )
        plain = {**given, "herrekening": "nee"}
        for name, condition in (("met", "true"), ("zonder", f"soort <> {kind}")):
            con.execute(
                "CREATE OR REPLACE VIEW bron.betaling AS"
                f" SELECT * FROM {parquet(tables['betaling'])} SEMI JOIN wie USING (ikv_id) WHERE {condition}"
            )
            administer(con, plain)
            con.execute(f"CREATE TABLE {name} AS SELECT tijdvak, ikv_id, ln, bijdr, wgh FROM werk.stand")
        found: pa.Table = con.sql(_DIFFERENCE).to_arrow_table()
        return found
    finally:
        con.close()


_DIFFERENCE = """
SELECT ikv_id, CAST(sum(m.ln - coalesce(z.ln, 0)) AS BIGINT) AS loon,
       CAST(sum(m.bijdr - coalesce(z.bijdr, 0)) AS BIGINT) AS bijdrage,
       CAST(sum(m.wgh - coalesce(z.wgh, 0)) AS BIGINT) AS werkgever
FROM met m LEFT JOIN zonder z USING (tijdvak, ikv_id)
GROUP BY ikv_id
"""

_AMOUNTS_SQL = """
SELECT s.*, s.loon - s.ontvangsten_loon_cent AS fiscaal_loon_cent,
       s.bijdrage - s.ontvangsten_ingehouden_zvw_cent AS ingehouden_zvw_cent,
       s.werkgever - s.ontvangsten_werkgeversheffing_zvw_cent AS werkgeversheffing_zvw_cent
FROM (
    SELECT persoon_id, srt_iv, bool_or(iets) AS iets, CAST(sum(loon) AS BIGINT) AS loon,
           CAST(sum(heffing) AS BIGINT) AS loonheffing_cent, CAST(sum(bijdrage) AS BIGINT) AS bijdrage,
           CAST(sum(werkgever) AS BIGINT) AS werkgever, CAST(sum(alimentatie) AS BIGINT) AS belaste_alimentatie_cent,
           CAST(coalesce(sum(t_loon), 0) AS BIGINT) AS ontvangsten_loon_cent,
           CAST(coalesce(sum(t_bijdrage), 0) AS BIGINT) AS ontvangsten_ingehouden_zvw_cent,
           CAST(coalesce(sum(t_werkgever), 0) AS BIGINT) AS ontvangsten_werkgeversheffing_zvw_cent,
           min(van) AS van, max(tot) AS tot, arg_max(lb_tab, laatste) AS loonbelastingtabel,
           arg_max(cd_zvw, laatste) AS code_zvw, arg_max(pers_nr, laatste) AS klantnummer
    FROM (
        SELECT a.*, t.loon AS t_loon, t.bijdrage AS t_bijdrage, t.werkgever AS t_werkgever,
               greatest(i.datum_aanvang, CAST(date_trunc('year', $eind) AS DATE)) AS van,
               greatest(least(coalesce(i.datum_einde, $eind), $eind), i.datum_aanvang,
                        CAST(date_trunc('year', $eind) AS DATE)) AS tot
        FROM (
            SELECT ikv_id, any_value(persoon_id) AS persoon_id, any_value(srt_iv) AS srt_iv, sum(ln) AS loon,
                   sum(heffing_nu) AS heffing, sum(bijdr) AS bijdrage, sum(wgh) AS werkgever,
                   sum(coalesce(alimentatie_in, 0)
                       + CASE WHEN $jaaropgave_alimentatie = 'begrepen' THEN 0
                              ELSE coalesce(alimentatie_rechtstreeks, 0) END) AS alimentatie,
                   bool_or(netto IS NOT NULL OR ln <> 0 OR heffing_nu <> 0) AS iets, max(tijdvak) AS laatste,
                   arg_max(lb_tab, tijdvak) AS lb_tab, arg_max(cd_zvw, tijdvak) AS cd_zvw, any_value(pers_nr) AS pers_nr
            FROM werk.stand GROUP BY ikv_id
        ) a
        JOIN bron.inkomstenverhouding i USING (ikv_id)
        LEFT JOIN werk.terugbetaald t USING (ikv_id)
    )
    GROUP BY persoon_id, srt_iv
) s
"""

# From when the heffingskorting was applied, or not: only the days on which that changed, the first not before the year.
_CREDIT = """
SELECT persoon_id, srt_iv, list({'vanaf': vanaf, 'toegepast': korting} ORDER BY vanaf) AS heffingskorting
FROM (
    SELECT *, lag(korting) OVER (PARTITION BY persoon_id, srt_iv ORDER BY vanaf) AS eerst
    FROM (
        SELECT i.persoon_id, i.inkomenscode AS srt_iv, v.loonheffingskorting AS korting,
               greatest(v.datum_begin, CAST(date_trunc('year', $eind) AS DATE)) AS vanaf
        FROM bron.inkomstenperiode v JOIN bron.inkomstenverhouding i USING (ikv_id)
        WHERE v.datum_begin <= $eind AND i.ikv_id IN (SELECT ikv_id FROM werk.stand)
        -- of what began before the year the last counts
        QUALIFY row_number() OVER (PARTITION BY i.persoon_id, i.inkomenscode, vanaf ORDER BY v.datum_begin DESC) = 1
    )
)
WHERE eerst IS NULL OR eerst <> korting
GROUP BY persoon_id, srt_iv
"""

_PAGE = """
SELECT p.bsn, b.klantnummer, p.voorletters, p.voorvoegsel, p.achternaam,
       CASE b.srt_iv {names} ELSE b.srt_iv END AS regeling, b.srt_iv AS inkomenscode,
       CAST(year($eind) AS INTEGER) AS dienstjaar, b.van, b.tot, b.loonbelastingtabel,
       b.code_zvw <> 'A' AS indicatie_zvw, b.code_zvw, {euros},
       CAST(0 AS BIGINT) AS premies_werknemersverzekeringen, CAST(0 AS BIGINT) AS verrekende_arbeidskorting,
       k.heffingskorting
FROM werk.jaarbedrag b
LEFT JOIN bron.persoon p USING (persoon_id)
LEFT JOIN werk.korting k USING (persoon_id, srt_iv)
WHERE b.iets
ORDER BY p.bsn, b.srt_iv, b.klantnummer
"""


def _euros(rounding: str) -> str:
    cut = "sign({0}) * (abs({0}) // 100)" if rounding == "afkappen" else "sign({0}) * ((abs({0}) + 50) // 100)"
    whole = [f"CAST({cut.format(f'b.{name}_cent')} AS BIGINT) AS {name}" for name in AMOUNTS]
    return ", ".join([*whole, *(f"b.{name}_cent" for name in AMOUNTS)])
