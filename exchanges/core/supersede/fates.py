"""Which delivery of a period stands for which record: in force, refused, taken back, or gone with a replacement.

By columns: the record keys as they were read back from every file that left, and what the partner said of them. Every
record that was ever delivered and answered is decided by exactly one delivery, in every other it was superseded; so the
parts add up, for the period and for every delivery.

1. The last whole delivery that the partner took (wholly or in part) supersedes all before it.
2. From there on, a record is in force by the last delivery in which it was accepted; a refusal later on leaves that as
   it is, for the partner keeps what it had.
3. Taken back: what a withdrawn delivery decided is withdrawn. What it had superseded does not come back by itself.
4. A file that was refused as a whole supersedes nothing: all its records are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from exchanges.core.sql import parquet

if TYPE_CHECKING:
    import duckdb

IN_FORCE, REFUSED, WITHDRAWN, GONE, SUPERSEDED = "geldt", "afgewezen", "ingetrokken", "vervallen", "vervangen"
WAITING = "wacht"
FATES = (IN_FORCE, REFUSED, WITHDRAWN, GONE, SUPERSEDED, WAITING)


@dataclass(frozen=True)
class Part:
    """A delivery that left. ``records`` is the read-back of its record table (Parquet) with the columns ``key`` that
    name a record and ``_line``; ``refused`` the lines of the file (int64) that the partner refused.

    ``whole``: what is not in it is gone at the partner. ``took``: the partner took it, wholly or in part; ``answered``:
    it said so, or refused it as a whole. ``withdrawn``: taken back since.
    """

    delivery: str
    whole: bool
    answered: bool
    took: bool
    withdrawn: bool
    records: Path
    key: tuple[str, ...]
    refused: pa.Array


def settle(con: duckdb.DuckDBPyConnection, parts: Sequence[Part], *, person: str | None = None) -> None:
    """Make ``lot`` (``nr``, ``sleutel``, ``persoon``, ``geweigerd``, ``lot``, ``door``): what became of every record of
    every delivery, and which one decides it. ``parts`` in the order in which they left; ``nr`` is their place from 0,
    ``persoon`` the first key column, ``door`` null for what is not answered. ``person``: of that one alone."""
    con.register("deel_nu", pa.table({
        "nr": pa.array(range(len(parts)), pa.int32()),
        "geheel": pa.array([one.whole and one.took for one in parts], pa.bool_()),
        "ingetrokken": pa.array([one.withdrawn for one in parts], pa.bool_()),
        "beantwoord": pa.array([one.answered for one in parts], pa.bool_()),
    }))  # fmt: skip
    con.execute("CREATE TABLE deel AS FROM deel_nu")
    con.unregister("deel_nu")
    con.execute("CREATE TABLE rij (nr INTEGER, sleutel VARCHAR, persoon VARCHAR, geweigerd BOOLEAN)")
    for number, part in enumerate(parts):
        con.register("geweigerd_nu", pa.table({"regel": part.refused.cast(pa.int64()).unique()}))
        name = ", chr(31), ".join(f"coalesce({column}::VARCHAR, '')" for column in part.key)
        back = "_line IN (SELECT regel FROM geweigerd_nu)" if part.took else str(part.answered).lower()
        con.execute(
            f"INSERT INTO rij SELECT {number}, concat({name}) AS sleutel, any_value({part.key[0]}::VARCHAR),"
            f" bool_or({back}) FROM {parquet(part.records)} WHERE $wie IS NULL OR {part.key[0]}::VARCHAR = $wie"
            " GROUP BY sleutel", {"wie": person},
        )
        con.unregister("geweigerd_nu")
    con.execute(_LOT)


_LOT = f"""
CREATE TABLE lot AS
WITH basis AS (SELECT coalesce(max(nr), 0) AS nr FROM deel WHERE geheel),
gewogen AS (
    SELECT r.sleutel,
           max(r.nr) FILTER (d.beantwoord AND r.nr >= b.nr AND NOT r.geweigerd) AS aanvaard,
           max(r.nr) FILTER (d.beantwoord AND r.nr >= b.nr AND r.geweigerd AND NOT d.ingetrokken) AS geweigerd,
           max(r.nr) FILTER (d.beantwoord AND r.nr >= b.nr) AS sinds,
           max(r.nr) FILTER (d.beantwoord) AS laatste
    FROM rij r JOIN deel d USING (nr), basis b GROUP BY r.sleutel),
besluit AS (
    SELECT g.sleutel, CASE
        WHEN g.aanvaard IS NOT NULL AND NOT d.ingetrokken THEN {{'lot': '{IN_FORCE}', 'door': g.aanvaard}}
        WHEN g.geweigerd > coalesce(g.aanvaard, -1) THEN {{'lot': '{REFUSED}', 'door': g.geweigerd}}
        WHEN g.aanvaard IS NOT NULL THEN {{'lot': '{WITHDRAWN}', 'door': g.aanvaard}}
        WHEN g.sinds IS NOT NULL THEN {{'lot': '{WITHDRAWN}', 'door': g.sinds}}
        WHEN g.laatste IS NULL THEN {{'lot': '{WAITING}', 'door': NULL}}
        ELSE {{'lot': '{GONE}', 'door': g.laatste}} END AS uit
    FROM gewogen g LEFT JOIN deel d ON d.nr = g.aanvaard)
SELECT r.*, CASE WHEN NOT d.beantwoord THEN '{WAITING}' WHEN r.nr = b.uit.door THEN b.uit.lot
                 ELSE '{SUPERSEDED}' END AS lot,
       b.uit.door AS door, b.uit.lot AS stand
FROM rij r JOIN deel d USING (nr) JOIN besluit b USING (sleutel)
"""


@dataclass(frozen=True)
class Counts:
    """Records of one delivery, or of all of a period (then each record once). ``repaired``: of the refused and
    superseded ones, those that are in force by a later delivery."""

    records: int
    in_force: int
    refused: int
    withdrawn: int
    gone: int
    superseded: int
    waiting: int
    repaired: int

    @property
    def closed(self) -> bool:
        return self.records == (
            self.in_force + self.refused + self.withdrawn + self.gone + self.superseded + self.waiting
        )


_FATES = ", ".join(f"count(*) FILTER (lot = '{fate}')" for fate in FATES)


def counts(con: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> list[Counts]:
    """Per delivery, in the order of ``parts``."""
    rows = con.execute(
        f"SELECT nr, count(*), {_FATES}, count(*) FILTER (geweigerd AND stand = '{IN_FORCE}' AND door > nr)"
        " FROM lot GROUP BY nr"
    ).fetchall()
    found = {row[0]: Counts(*row[1:]) for row in rows}
    return [found.get(number, Counts(0, 0, 0, 0, 0, 0, 0, 0)) for number in range(len(parts))]


def total(con: duckdb.DuckDBPyConnection) -> Counts:
    """Over the period, counted by record: what is in force and waits as well (a replacement underway) is in force."""
    row = con.execute(
        f"SELECT count(*), {_FATES}, count(*) FILTER (hersteld) FROM ("
        f"SELECT sleutel, coalesce(any_value(lot) FILTER (lot NOT IN ('{SUPERSEDED}', '{WAITING}')), any_value(lot))"
        f" AS lot, bool_or(geweigerd AND stand = '{IN_FORCE}' AND door > nr) AS hersteld FROM lot GROUP BY sleutel)"
    ).fetchone()
    assert row is not None
    return Counts(*row)
