"""Of whom something is concluded (spec ib-signalen 6.3 steps 2 and 3).

``mens``: one row per person of either delivery: ``staat`` (null: not asked for any more), the window that both
deliveries cover, ``van`` to ``tot`` (jjjjmmdd; a month to its end is to day 31, as a partial day is), whether there may
be rows (``nu``, ``toen``), whether the window of now ends or begins earlier (``korter``, ``eerder``), and ``gezien``:
what was delivered then and may have begun by this day is in the window of now. ``persoon``: those of this delivery.
The window moves on from month to month: what begins before the previous one was not delivered then, so it is not new;
what lies after it could not be known then, so it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.compare.canonical import files, literal
from exchanges.core.compare.declare import Comparison
from exchanges.core.compare.snapshot import ANSWERED, ANSWERS, EMPTY, NOT_ASKED, People, Snapshot
from exchanges.core.errors import InputRefused
from exchanges.core.reports.dutch import count
from exchanges.core.sql import execute

if TYPE_CHECKING:
    import duckdb

_DAY8 = "CAST(strftime({day}, '%Y%m%d') AS INTEGER)"


def add_people(
    con: duckdb.DuckDBPyConnection, comparison: Comparison, previous: Snapshot | None, current: Snapshot
) -> None:
    """``gevraagd`` and ``bekend`` (whom the previous snapshot knows) with the answer, ``mens`` and ``persoon``; and,
    empty, ``tegenspraak`` and ``onbekend``. Raises InputRefused when a person stands in a snapshot twice or has an
    answer that does not exist."""
    person = comparison.person
    # Views: as tables they would take the memory that the joins need.
    for table, snapshot in (("gevraagd", current), ("bekend", previous)):
        known = f"WHERE antwoord <> {literal(NOT_ASKED)}" if table == "bekend" else ""
        con.execute(
            f"CREATE VIEW {table} AS SELECT CAST({person} AS VARCHAR) AS {person}, antwoord, venster_begin,"
            f" venster_eind FROM {files(snapshot.asked) if snapshot else _nobody(person)} {known}"
        )
        _require_sound(con, table, person)
    con.execute(f"CREATE TABLE tegenspraak ({person} VARCHAR); CREATE TABLE onbekend ({person} VARCHAR)")
    _add_known(con, person)


def set_apart(
    con: duckdb.DuckDBPyConnection, comparison: Comparison, previous: Snapshot | None, current: Snapshot
) -> None:
    """Fill ``tegenspraak``: persons with rows now, though the answer was that there are none, that it failed, or nobody
    asked. Of them nothing is concluded. Likewise ``onbekend``: rows of the previous snapshot that nobody asked for are
    not known either. ``mens`` is made anew."""
    person = comparison.person
    for table, people, snapshot in (("tegenspraak", "gevraagd", current), ("onbekend", "bekend", previous)):
        for paths in snapshot.levels.values() if snapshot else ():
            execute(
                con,
                f"INSERT INTO {table} SELECT DISTINCT CAST({person} AS VARCHAR) FROM {files(paths)} r WHERE NOT EXISTS"
                f" (SELECT 1 FROM {people} g WHERE g.{person} = CAST(r.{person} AS VARCHAR)"
                f" AND g.antwoord = {literal(ANSWERED)})",
            )
    con.execute(
        "ALTER VIEW gevraagd RENAME TO gevraagd_bron; CREATE VIEW gevraagd AS SELECT * REPLACE (CASE WHEN"
        f" {person} IN (FROM tegenspraak) THEN {literal(NOT_ASKED)} ELSE antwoord END AS antwoord) FROM gevraagd_bron"
    )
    _add_known(con, person)


def _add_known(con: duckdb.DuckDBPyConnection, person: str) -> None:
    begin, end = (_DAY8.format(day=day) for day in ("greatest(n.venster_begin, o.venster_begin)", "n.venster_eind"))
    end = f"CASE WHEN n.venster_eind = last_day(n.venster_eind) THEN {end} // 100 * 100 + 31 ELSE {end} END"
    state = (
        f"CASE WHEN n.{person} IS NULL THEN NULL WHEN n.antwoord = {literal(NOT_ASKED)} THEN 'niet_bevraagd'"
        f" WHEN o.{person} IS NULL THEN 'eerste' ELSE 'vergeleken' END"
    )
    execute(
        con,
        f"CREATE OR REPLACE TABLE mens AS SELECT coalesce(n.{person}, o.{person}) AS {person},"
        f" CAST({state} AS ENUM('vergeleken', 'eerste', 'niet_bevraagd')) AS staat, coalesce({begin}, 0) AS van,"
        f" coalesce({end}, 99999999) AS tot, CASE WHEN n.venster_eind IS NULL THEN 99999999"
        f" WHEN o.venster_eind <= n.venster_eind THEN {end} ELSE -1 END AS gezien,"
        f" coalesce(n.antwoord = {literal(ANSWERED)}, false) AS nu,"
        f" coalesce(o.antwoord = {literal(ANSWERED)}, false) AS toen,"
        " coalesce(n.venster_eind < o.venster_eind, false) AS korter,"
        " coalesce(n.venster_begin < o.venster_begin, false) AS eerder"
        f" FROM gevraagd n FULL JOIN bekend o USING ({person})",
    )
    con.execute(
        f"CREATE OR REPLACE VIEW persoon AS SELECT {person}, staat, van, tot, gezien FROM mens WHERE staat IS NOT NULL"
    )


def _nobody(person: str) -> str:
    return (
        f"(SELECT '' AS {person}, '' AS antwoord, NULL::DATE AS venster_begin, NULL::DATE AS venster_eind WHERE false)"
    )


def _require_sound(con: duckdb.DuckDBPyConnection, table: str, person: str) -> None:
    answers = ", ".join(literal(answer) for answer in ANSWERS)
    row = con.execute(
        f"SELECT count(*) - count(DISTINCT {person}), count(*) FILTER (antwoord IS NULL OR antwoord NOT IN ({answers}))"
        f" FROM {table}"
    ).fetchone()
    assert row is not None
    which = "deze levering" if table == "gevraagd" else "de vorige levering"
    if row[0]:
        raise InputRefused(
            f"Vergelijken: in {which} {'staat' if row[0] == 1 else 'staan'} {count(row[0], 'regel', 'regels')} te veel"
            " bij de gevraagde personen (een persoon meer dan eens, of zonder nummer); lees de levering opnieuw in."
        )
    if row[1]:
        raise InputRefused(
            f"Vergelijken: in {which} bestaat het antwoord van {count(row[1], 'persoon', 'personen')} niet; kies uit"
            f" {', '.join(ANSWERS)}."
        )


def counted(con: duckdb.DuckDBPyConnection) -> People:
    answers = dict(con.execute("SELECT antwoord, count(*) FROM gevraagd GROUP BY 1").fetchall())
    states = dict(con.execute("SELECT staat, count(*) FROM mens GROUP BY 1").fetchall())
    return People(
        asked=sum(answers.values()), answered=answers.get(ANSWERED, 0), empty=answers.get(EMPTY, 0),
        not_asked=answers.get(NOT_ASKED, 0), compared=states.get("vergeleken", 0), first=states.get("eerste", 0),
        left=states.get(None, 0),
    )
