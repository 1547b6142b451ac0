"""Centric GWS beside the year: its jaaropgaven against ours, its monthly specifications against our payments.

Per client and regeling in whole euros, per client and month in cents. What is in the amounts of GWS is [SECONDARY] or
[ASSUMED] (spec loonaangifte 10): an absent amount counts as nothing; a specification has what was paid out, so our net
amount less what was withheld for a debt; the month is the one the payment belongs to (*betrekkingsperiode*).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from exchanges.core.sql import parquet
from exchanges.core.steps.context import Context
from exchanges.loonaangifte.gws import read_answers

if TYPE_CHECKING:
    import duckdb

# Ours -> column of theirs.
AMOUNTS = {
    "fiscaal_loon": "fiscaalloon", "loonheffing": "loonheffing", "ingehouden_zvw": "ingehouden_zvw",
    "werkgeversheffing_zvw": "werkgeversheffing_zvw", "ontvangsten_loon": "ontvangsten_fiscaalloon",
    "ontvangsten_ingehouden_zvw": "ontvangsten_ingehouden_zvw",
    "ontvangsten_werkgeversheffing_zvw": "ontvangsten_werkgeversheffing_zvw",
    "belaste_alimentatie": "belaste_alimentatie",
}  # fmt: skip
MISSING_THERE = "Vraag het antwoord over deze klant opnieuw op; zoek anders uit waarom GWS de klant niet heeft."
MISSING_HERE = "Zoek uit waarom deze klant niet in de uitkeringsadministratie staat; er is dan niets over aangegeven."
ONE_EURO = "Een verschil van 1 euro kan afronding zijn; leg de wijze van afronden vast (jaaropgave_afronding)."
OTHER_AMOUNT = "Zoek uit welk bedrag goed is. Is het onze, verbeter GWS; is het dat van GWS, corrigeer de aangifte."
OTHER_PAYMENT = "Vergelijk de uitkeringsspecificatie van deze maand met de betalingen van de klant."
ONLY_THEIR_PAYMENT = "GWS heeft over deze maand betaald, de administratie niet: lees de betaling alsnog in."
ONLY_OUR_PAYMENT = "Vraag de specificatie over deze maand opnieuw op; zoek anders uit waar de betaling vandaan komt."


@dataclass(frozen=True)
class GwsDifference:
    """``key`` is personal. ``month`` is empty for the year; ``unit`` euro for the year, cent for a month. Null: not on
    that side."""

    key: str
    month: str
    regeling: str
    amount: str
    ours: int | None
    theirs: int | None
    action: str


@dataclass(frozen=True)
class Comparison:
    """Clients and regelingen (of a month: clients) that were compared, on each side, and how many of them differ."""

    ours: int
    theirs: int
    equal: int
    different: int


@dataclass(frozen=True)
class GwsSide:
    """``years`` and ``months`` are null when no answer of that kind was given; months also without components."""

    read: int
    empty: int
    refused: int
    years: Comparison | None
    months: Comparison | None
    without_components: bool
    differences: list[GwsDifference]
    findings: list[dict[str, object]]

    @property
    def closes(self) -> bool:
        """Where nothing was compared, because every answer was empty, nothing is the same either."""
        parts = [part for part in (self.years, self.months) if part is not None]
        return bool(parts) and not self.refused and not any(part.different for part in parts)


def gws_side(
    con: duckdb.DuckDBPyConnection, context: Context, tables: Mapping[str, Path], jaaropgaven: Path,
    paths: Sequence[Path], most: int,
) -> GwsSide:  # fmt: skip
    """``most`` differences are listed, all are counted. What is refused goes into quarantine."""
    folder = context.work / "gws_rijen"
    folder.mkdir(exist_ok=True)

    def keep(data: bytes, reason: str) -> None:
        path = folder / "antwoord"
        path.write_bytes(data)
        context.store.quarantine(context.delivery.gemeente, path, f"antwoord van GWS dat niet te lezen is ({reason})")

    found = read_answers(paths, keep, folder)
    rows = {name: pq.read_metadata(path).num_rows for name, path in found.files.items()}
    for name, path in found.files.items():
        con.execute(f"CREATE OR REPLACE TEMP VIEW gws_{name} AS SELECT * FROM {parquet(path)}")
    given = {"jaar": context.delivery.period.year, "gemeente": context.delivery.gemeente}
    years = months = None
    told: list[GwsDifference] = []
    if rows["jaaropgave"]:
        con.execute(f"CREATE OR REPLACE TEMP TABLE gws_jaar AS {_YEARS.format(ours=parquet(jaaropgaven))}", given)
        years = _count(con, "gws_jaar", _UNLIKE_YEAR)
        told += _years(con, most)
    parts = "betaling_component" in tables
    if rows["specificatie"] and parts:
        months = _compare_months(con, given, _MONTHS.format(component=parquet(tables["betaling_component"])))
        told += _months(con, most - len(told))
    without = bool(rows["specificatie"]) and not parts
    return GwsSide(found.read, found.empty, found.refused, years, months, without, told, found.findings)


def _compare_months(con: duckdb.DuckDBPyConnection, given: Mapping[str, Any], sql: str) -> Comparison:
    """Month by month, so that it does not matter how many clients there are; ``gws_maand`` keeps what differs."""
    con.execute("CREATE OR REPLACE TEMP TABLE gws_maand (bsn VARCHAR, maand VARCHAR, hier BOOLEAN, daar BOOLEAN,"
                " ons BIGINT, hun BIGINT)")  # fmt: skip
    total = [0, 0, 0, 0]
    for month in range(1, 13):
        here = {"maand": f"{given['jaar']}-{month:02}", "gemeente": given["gemeente"]}
        con.execute(f"CREATE OR REPLACE TEMP TABLE gws_nu AS {sql}", here)
        found = _count(con, "gws_nu", _UNLIKE_MONTH)
        total = [a + b for a, b in zip(total, astuple(found), strict=True)]
        con.execute(f"INSERT INTO gws_maand SELECT * FROM gws_nu WHERE {_UNLIKE_MONTH}")
    return Comparison(*total)


def _count(con: duckdb.DuckDBPyConnection, table: str, unlike: str) -> Comparison:
    (row,) = con.execute(
        f"SELECT count(*) FILTER (hier), count(*) FILTER (daar), count(*) FILTER (NOT ({unlike})),"
        f" count(*) FILTER ({unlike}) FROM {table}"
    ).fetchall()
    return Comparison(*row)


def _years(con: duckdb.DuckDBPyConnection, most: int) -> list[GwsDifference]:
    out: list[GwsDifference] = []
    for row in _rows(con, f"SELECT * FROM gws_jaar WHERE {_UNLIKE_YEAR} ORDER BY bsn, regeling LIMIT {most}"):
        key, regeling = row["bsn"], row["regeling"]
        if not (row["hier"] and row["daar"]):
            ours, theirs = (row["o_fiscaal_loon"], None) if row["hier"] else (None, row["t_fiscaal_loon"])
            action = MISSING_THERE if row["hier"] else MISSING_HERE
            out.append(GwsDifference(key, "", regeling, "fiscaal_loon", ours, theirs, action))
            continue
        for name in AMOUNTS:
            ours, theirs = row[f"o_{name}"], row[f"t_{name}"]
            if ours != theirs:
                action = ONE_EURO if abs(ours - theirs) == 1 else OTHER_AMOUNT
                out.append(GwsDifference(key, "", regeling, name, ours, theirs, action))
    return out[:most]


def _months(con: duckdb.DuckDBPyConnection, most: int) -> list[GwsDifference]:
    rows = _rows(con, f"SELECT * FROM gws_maand WHERE {_UNLIKE_MONTH} ORDER BY bsn, maand LIMIT {max(most, 0)}")
    return [
        GwsDifference(
            row["bsn"] or "", row["maand"], "", "uitbetaald", row["ons"] if row["hier"] else None,
            row["hun"] if row["daar"] else None,
            OTHER_PAYMENT if row["hier"] and row["daar"] else ONLY_OUR_PAYMENT if row["hier"] else ONLY_THEIR_PAYMENT,
        )
        for row in rows
    ]  # fmt: skip


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = con.sql(sql).to_arrow_table().to_pylist()
    return rows


# The names a scheme goes by; what is none of these stands alone and is told.
_SCHEME = """CASE WHEN upper(regeling) LIKE '%PARTICIPATIE%' OR upper(regeling) IN ('PW', 'WWB') THEN 'Participatiewet'
     WHEN upper(regeling) LIKE '%IOAW%' THEN 'IOAW' WHEN upper(regeling) LIKE '%IOAZ%' THEN 'IOAZ'
     WHEN upper(regeling) LIKE '%BBZ%' OR upper(regeling) LIKE '%ZELFSTANDIG%' THEN 'Bbz' ELSE regeling END"""
_YEARS = f"""
SELECT bsn, regeling, o.bsn IS NOT NULL AS hier, t.bsn IS NOT NULL AS daar,
       {", ".join(f"o.{name} AS o_{name}, t.{name} AS t_{name}" for name in AMOUNTS)}
FROM (
    SELECT bsn, regeling, {", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in AMOUNTS)}
    FROM {{ours}} GROUP BY ALL
) o
FULL JOIN (
    SELECT bsn, {_SCHEME} AS regeling,
           {", ".join(f"CAST(sum(coalesce({theirs}, 0)) AS BIGINT) AS {name}" for name, theirs in AMOUNTS.items())}
    FROM gws_jaaropgave
    WHERE dienstjaar = $jaar AND coalesce(gemeentecode, $gemeente) = $gemeente GROUP BY ALL
) t USING (bsn, regeling)
"""
_UNLIKE_YEAR = "NOT hier OR NOT daar OR " + " OR ".join(f"o_{name} <> t_{name}" for name in AMOUNTS)
_MONTHS = """
SELECT bsn, maand, o.maand IS NOT NULL AS hier, t.maand IS NOT NULL AS daar, ons, hun
FROM (
    SELECT p.bsn, b.periode AS maand, CAST(sum(b.netto_cent + coalesce(c.af, 0)) AS BIGINT) AS ons
    FROM bron.betaling b LEFT JOIN bron.persoon p USING (persoon_id)
    LEFT JOIN (SELECT betaling_id, sum(bedrag_cent) AS af FROM {component} WHERE soort = 'aflossing' GROUP BY ALL) c
           USING (betaling_id)
    WHERE b.periode = $maand
    GROUP BY ALL
) o
FULL JOIN (
    SELECT bsn, maand, CAST(sum(cent) AS BIGINT) AS hun
    FROM (SELECT bsn, betrekkingsperiode AS maand, coalesce(uitbetaald_client_cent, 0) AS cent, gemeentecode
          FROM gws_specificatie
          UNION ALL
          SELECT b.bsn, s.betrekkingsperiode, coalesce(b.uitbetaald_cent, 0), s.gemeentecode
          FROM gws_bijstandspartij b JOIN gws_specificatie s USING (rij) WHERE b.bsn IS NOT NULL)
    WHERE maand = $maand AND coalesce(gemeentecode, $gemeente) = $gemeente
    GROUP BY ALL
) t USING (bsn, maand)
"""
_UNLIKE_MONTH = "coalesce(ons, 0) <> coalesce(hun, 0)"
