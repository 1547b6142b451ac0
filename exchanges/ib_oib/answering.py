"""Whom each answer is about, and whether something may be concluded from it (spec ib-signalen 6.3 step 3).

SQL over ``werk.client``, ``werk.ikv``, ``werk.ikp``, ``werk.iko``, ``werk.fwi_fout`` (as read) and the questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from exchanges.core.bsn import pseudonyms
from exchanges.core.compare.snapshot import ANSWERED, EMPTY, NOT_ASKED
from exchanges.core.findings import findings_table
from exchanges.core.receive.arrival import Arrival
from exchanges.core.receive.listed import LISTED, Listed
from exchanges.core.sql import execute
from exchanges.core.xml.archive import ArchiveRead
from exchanges.ib_oib.answer_trouble import told
from exchanges.ib_oib.answer_words import FAULT, NAMELESS, OTHER, SILENT, STRAY, TWICE, UNREADABLE
from exchanges.ib_oib.questions import BARE

if TYPE_CHECKING:
    import duckdb

# A window of which a day is partly known bounds nothing.
_DAY = "CASE WHEN datum_volledig({0}) AND {0} < 60000000 THEN strptime({0}::VARCHAR, '%Y%m%d')::DATE END"
_NAME = f"nullif(regexp_replace(_naam, '{BARE}', '', 'g'), '')"

# Every answer that was read. Data beside a fault may be half of what there is.
_ANSWER = f"""
CREATE TABLE antwoord AS SELECT c._rij, {_NAME} AS naam, c._bericht, c.bsn,
    CASE WHEN f._parent IS NOT NULL THEN '{NOT_ASKED}' WHEN c.bsn IS NOT NULL THEN '{ANSWERED}'
         WHEN c.niets_gevonden THEN '{EMPTY}' ELSE '{NOT_ASKED}' END AS antwoord,
    {_DAY.format("c.levering_begin")} AS venster_begin, {_DAY.format("c.levering_eind")} AS venster_eind
FROM werk.client c LEFT JOIN (SELECT DISTINCT _parent FROM werk.fwi_fout) f ON f._parent = c._rij
"""

# One row per question (or, without questions, per answer that names its person): ``code`` is what is wrong.
_WITH_QUESTIONS = f"""
CREATE TABLE persoon AS SELECT v.bsn, a._rij, a._bericht, a.venster_begin, a.venster_eind,
    CASE WHEN a._rij IS NULL AND v.uitkomst = 'geen_antwoord' THEN '{SILENT}' WHEN a._rij IS NULL THEN '{UNREADABLE}'
         WHEN a.bsn <> v.bsn THEN '{OTHER}' WHEN a.antwoord = '{NOT_ASKED}' THEN '{FAULT}' ELSE '' END AS code,
    CASE WHEN a._rij IS NULL OR a.bsn <> v.bsn THEN '{NOT_ASKED}' ELSE a.antwoord END AS antwoord
FROM vraag v LEFT JOIN antwoord a USING (naam);
CREATE TABLE los AS SELECT _bericht, bsn, '{STRAY}' AS code FROM antwoord ANTI JOIN vraag USING (naam)
"""
_WITHOUT = f"""
CREATE TABLE persoon AS SELECT bsn, _rij, _bericht, venster_begin, venster_eind,
    CASE WHEN antwoord = '{NOT_ASKED}' THEN '{FAULT}' ELSE '' END AS code, antwoord FROM antwoord WHERE bsn IS NOT NULL;
CREATE TABLE los AS SELECT _bericht, bsn, '{NAMELESS}' AS code FROM antwoord WHERE bsn IS NULL
"""
# Of who stands there more than once nothing is concluded; one row stays.
_TWICE = f"""
CREATE TABLE dubbel AS SELECT bsn, count(*) - 1 AS over FROM persoon GROUP BY bsn HAVING count(*) > 1;
CREATE TABLE gevraagd AS SELECT p.bsn, CASE WHEN d.bsn IS NOT NULL THEN '{NOT_ASKED}' ELSE p.antwoord END AS antwoord,
    p.venster_begin, p.venster_eind, p._rij, p._bericht,
    CASE WHEN d.bsn IS NOT NULL THEN '{TWICE}' ELSE p.code END AS code
FROM (SELECT *, row_number() OVER (PARTITION BY bsn ORDER BY _bericht) AS _plaats FROM persoon) p
LEFT JOIN dubbel d USING (bsn) WHERE _plaats = 1;
CREATE TABLE bruikbaar AS SELECT _rij, bsn FROM gevraagd WHERE antwoord = '{ANSWERED}'
"""

TABLES = ("gevraagd", "zonder", "ikv", "ikp", "iko")
_UP = "k.loonheffingennummer, CAST(k.volgnummer AS INTEGER) AS volgnummer"
_OWN = "_rij, _parent, _root"
JUDGE = {
    "gevraagd": "SELECT bsn, antwoord, venster_begin, venster_eind FROM gevraagd",
    # Of whom nothing can be concluded, why not, and the codes of UWV where it said so.
    "zonder": "SELECT g.bsn, g.code, f.fouten FROM gevraagd g LEFT JOIN (SELECT _parent, string_agg(DISTINCT code, ', '"
    f" ORDER BY code) AS fouten FROM werk.fwi_fout GROUP BY 1) f ON f._parent = g._rij AND g.code = '{FAULT}'"
    f" WHERE g.antwoord = '{NOT_ASKED}'",
    "ikv": f"SELECT b.bsn, {_UP}, k.* EXCLUDE ({_OWN}, loonheffingennummer, volgnummer)"
    " FROM werk.ikv k JOIN bruikbaar b ON b._rij = k._parent",
    **{
        name: f"SELECT b.bsn, {_UP}, t.* EXCLUDE ({_OWN}) FROM werk.{name} t JOIN werk.ikv k ON k._rij = t._parent"
        " JOIN bruikbaar b ON b._rij = k._parent"
        for name in ("ikp", "iko")
    },
}


def classify(
    con: duckdb.DuckDBPyConnection, arrival: Arrival, found: ArchiveRead, asked: pa.Table | None
) -> tuple[dict[str, int], pa.Table]:
    """Makes what :data:`JUDGE` reads. Gives counts per kind of answer (with ``geweigerd``, rows of the file that are no
    row of ``gevraagd``, and of those ``ongevraagd``), and findings with pseudonyms."""
    execute(con, _ANSWER)
    if asked is None:
        execute(con, _WITHOUT)
    else:
        con.register("vraag", asked)
        execute(con, _WITH_QUESTIONS)
    execute(con, _TWICE)
    counts = {
        name: _one(con, f"SELECT count(*) FROM gevraagd WHERE antwoord = '{name}'")
        for name in (ANSWERED, EMPTY, NOT_ASKED)
    }
    over, stray = _one(con, "SELECT coalesce(sum(over), 0) FROM dubbel"), _one(con, "SELECT count(*) FROM los")
    unread = 0 if asked is not None else len(found.refused)
    counts |= {"geweigerd": over + stray + unread, "ongevraagd": stray if asked is not None else 0}
    troubles = (
        "(SELECT code, bsn, _bericht FROM gevraagd WHERE code <> '' UNION ALL SELECT code, bsn, _bericht FROM los)"
    )
    listed = Listed(told, "Antwoord")
    for code, count in con.execute(f"SELECT code, count(*) FROM {troubles} GROUP BY 1 ORDER BY 1").fetchall():
        rows = con.execute(
            f"SELECT bsn, coalesce(_bericht, 0) AS plaats FROM {troubles} WHERE code = $code ORDER BY 2, 1"
            f" LIMIT {LISTED}",
            {"code": code},
        ).to_arrow_table()
        names = pseudonyms(rows["bsn"], arrival.pseudonymise_with).to_pylist()
        listed.add(code, "", count, rows["plaats"].to_pylist(), names)
    return counts, findings_table(listed.all())


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0])
