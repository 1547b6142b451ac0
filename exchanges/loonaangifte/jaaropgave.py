"""The jaaropgave per client: person and regeling, in whole euros (spec loonaangifte 7.4, 7.6 and 10).

Made from the year of every relation, as the administration is now. What was paid back stands apart, with its
sign (*ontvangsten*): wage and Zvw of a month less those of the same month without what was paid back. The loonheffing
has no such part: the municipal form has none. In cents, the amount and its ontvangsten together are what was declared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.sql import Parameter, fill, parquet

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


def make(
    con: duckdb.DuckDBPyConnection, given: Mapping[str, Parameter], relations: Sequence[Path], out: Path
) -> int:
    """Write the jaaropgaven to ``out`` (Parquet), by BSN and regeling. Gives how many clients and regelingen have none,
    because nothing was paid and nothing is due.

    ``con`` has ``bron.*``; ``relations`` are the files of :class:`.jaar_administratie.Administration`.
    """
    names = " ".join(f"WHEN '{code}' THEN '{name}'" for code, name in REGELINGEN.items())
    files = ", ".join(parquet(path).removeprefix("read_parquet(").removesuffix(")") for path in relations)
    con.execute(f"CREATE OR REPLACE VIEW werk.jaar AS SELECT * FROM read_parquet([{files}])")
    con.execute(f"CREATE OR REPLACE TABLE werk.jaarbedrag AS {fill(_AMOUNTS, given)}")
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


_AMOUNTS = """
SELECT s.*, s.loon - s.ontvangsten_loon_cent AS fiscaal_loon_cent,
       s.bijdrage - s.ontvangsten_ingehouden_zvw_cent AS ingehouden_zvw_cent,
       s.werkgever - s.ontvangsten_werkgeversheffing_zvw_cent AS werkgeversheffing_zvw_cent
FROM (
    SELECT a.persoon_id, a.srt_iv, bool_or(a.iets) AS iets, CAST(sum(a.loon) AS BIGINT) AS loon,
           CAST(sum(a.heffing) AS BIGINT) AS loonheffing_cent, CAST(sum(a.bijdrage) AS BIGINT) AS bijdrage,
           CAST(sum(a.werkgever) AS BIGINT) AS werkgever,
           CAST(sum(a.alimentatie_in + CASE WHEN $jaaropgave_alimentatie = 'begrepen' THEN 0
                                            ELSE a.alimentatie_rechtstreeks END) AS BIGINT) AS belaste_alimentatie_cent,
           CAST(sum(a.t_loon) AS BIGINT) AS ontvangsten_loon_cent,
           CAST(sum(a.t_bijdrage) AS BIGINT) AS ontvangsten_ingehouden_zvw_cent,
           CAST(sum(a.t_werkgever) AS BIGINT) AS ontvangsten_werkgeversheffing_zvw_cent,
           min(greatest(i.datum_aanvang, CAST(date_trunc('year', $eind) AS DATE))) AS van,
           max(greatest(least(coalesce(i.datum_einde, $eind), $eind), i.datum_aanvang,
                        CAST(date_trunc('year', $eind) AS DATE))) AS tot,
           arg_max(a.lb_tab, a.laatste || a.ikv_id) AS loonbelastingtabel,
           arg_max(a.cd_zvw, a.laatste || a.ikv_id) AS code_zvw,
           arg_max(a.klantnummer, a.laatste || a.ikv_id) AS klantnummer
    FROM werk.jaar a JOIN bron.inkomstenverhouding i USING (ikv_id)
    GROUP BY a.persoon_id, a.srt_iv
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
        WHERE v.datum_begin <= $eind AND i.ikv_id IN (SELECT ikv_id FROM werk.jaar)
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
