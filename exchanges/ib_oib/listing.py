"""From what the comparison found to the rows that people work from (spec ib-signalen 6.3 and 6.5).

Every item is a row: an inkomstenverhouding, a loonperiode, or the characteristics of one. Rows that are only counted
have a ``reden``: the municipality's own benefit, which comes back because it declares it itself, and the
characteristics of a person of whom everything is told for the first time.

An amount counts in the month in which it was there to be spent: that of the last day of its wage period, also where it
crosses a month (spec ib-signalen 6.3, an assumption). Of an answer over Suwinet no net amount can be worked out.
"""

from __future__ import annotations

from collections.abc import Mapping

from exchanges.core.sql import fill
from exchanges.core.steps.context import Context
from exchanges.ib_oib.comparison import INCOME
from exchanges.ib_oib.lists import CORRECTIONS, LEVELS, TITLES
from exchanges.ib_oib.own import OWN_BENEFIT, OWN_KINDS, OWN_NUMBERS

FIRST_TRAITS = "kenmerken bij een eerste levering"
_KEY = ("bsn", "loonheffingennummer", "volgnummer")
_IKO = INCOME.levels[2]
_IKP = INCOME.levels[1]
_SAME = "IS NOT DISTINCT FROM"


def listing(context: Context) -> str:
    """SQL for a row per item, by person; see :class:`exchanges.core.intake.Successive`."""
    parts = " UNION ALL BY NAME ".join(
        f"SELECT *, {first} AS eerste FROM ({_level(name)} FROM gevonden.{name}{suffix} g)"
        for name in ("ikv", "ikp", "iko")
        for suffix, first in (("", "false"), ("_eerste", "true"))
    )
    kinds = ", ".join(f"'{code}'" for code in OWN_KINDS)
    return f"""
WITH eigen AS ({fill(OWN_NUMBERS, context.parameters)}),
eigen_ikv AS (SELECT DISTINCT {", ".join(_KEY)} FROM stand.ikp WHERE soort IN ({kinds})
    AND loonheffingennummer IN (FROM eigen)),
kenmerk AS (SELECT {", ".join(_KEY)}, arg_max(soort, begin) AS soort_inkomen, arg_max(aard, begin) AS aard
    FROM stand.ikp GROUP BY ALL),
verhouding AS (SELECT {", ".join(_KEY)}, any_value(naam_eenheid) AS werkgever, any_value(begin) AS begin_ikv,
    any_value(eind) AS eind_ikv FROM stand.ikv GROUP BY ALL),
dossier AS (SELECT bsn, arg_max(dossiernummer, (_volgorde, coalesce(datum_einde, DATE '9999-12-31'))) AS dossiernummer
    FROM gestuurd.regel GROUP BY bsn)
SELECT i.*, CASE WHEN i.niveau = 'iko' AND i.eind BETWEEN 10000 AND 59999999 AND i.eind % 100 > 0
        THEN printf('%04d-%02d', i.eind // 10000, i.eind // 100 % 100) END AS maand,
    CASE WHEN i.niveau = 'iko' AND i.verandering <> 'weg' THEN 'handmatig' END AS netto,
    v.werkgever, v.begin_ikv, v.eind_ikv, k.soort_inkomen, k.aard AS aard_arbeid, d.dossiernummer,
    CASE i.niveau {_words(LEVELS)} END AS wat, CASE i.correctie {_words(CORRECTIONS)} END AS wijziging,
    array_to_string(list_transform(string_split(i.gewijzigd, ','), lambda x: CASE x {_words(TITLES)} END), ', ')
        AS velden,
    CASE WHEN e.bsn IS NOT NULL THEN '{OWN_BENEFIT}' WHEN i.eerste AND i.niveau = 'ikp' THEN '{FIRST_TRAITS}' END
        AS reden
FROM ({parts}) i
LEFT JOIN eigen_ikv e ON {_on("e")}
LEFT JOIN kenmerk k ON {_on("k")}
LEFT JOIN verhouding v ON {_on("v")}
LEFT JOIN dossier d ON d.bsn = i.bsn
ORDER BY i.bsn, i.loonheffingennummer, i.volgnummer, i.niveau DESC, i.begin, i.eind, i.klasse"""


def _words(texts: Mapping[str, str]) -> str:
    return " ".join(f"WHEN '{code}' THEN '{text}'" for code, text in texts.items())


def _on(table: str) -> str:
    return f"{table}.bsn = i.bsn AND " + " AND ".join(f"{table}.{name} {_SAME} i.{name}" for name in _KEY[1:])


def _level(name: str) -> str:
    """The columns of one level under the names of the list."""
    shared = f"SELECT klasse, niveau, sleutel, verandering, correctie, gewijzigd, met_ouder, {_keys()}"
    if name == "ikv":
        # Of a relation that came or went there is one value; of one that ended there are two.
        return f"{shared}, coalesce(begin, begin_oud) AS begin, coalesce(eind, eind_oud) AS eind"
    if name == "ikp":
        traits = ", ".join(f"{trait.name}, {trait.name}_oud" for trait in _IKP.traits if trait.name != "eind")
        return f"{shared}, begin, coalesce(eind, eind_oud) AS eind, {traits}"
    amounts = ", ".join(f"{one}, {one}_oud, {one}_verschil" for one in _IKO.measured)
    return f"{shared}, begin, eind, {amounts}"


def _keys() -> str:
    return ", ".join(_KEY)
