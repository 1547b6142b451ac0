"""What the simulated Belastingdienst has received, per loonheffingennummer and tijdvak; survives a restart.

The state of a tijdvak is its last full declaration and what came after, in order. A new full declaration of the same
tijdvak takes the place of the former message as a whole, with the corrections that came in it (ASSUMED: the sources
say that it overwrites the earlier declaration "completely"). No BSN is stored: keys are hashed with a secret of this
register.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from exchanges.simulators.belastingdienst_message import AMOUNTS, Ikv, Part, Tijdvak, Withdrawal

_TABLES = """
CREATE TABLE IF NOT EXISTS geheim (waarde BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS bericht (
  nr INTEGER PRIMARY KEY, naam TEXT NOT NULL, sha256 TEXT NOT NULL, id_ber TEXT, lh_nr TEXT, uitslag TEXT NOT NULL,
  vervallen INTEGER NOT NULL DEFAULT 0, UNIQUE (naam, sha256));
CREATE TABLE IF NOT EXISTS deel (
  nr INTEGER PRIMARY KEY, bericht INTEGER NOT NULL, lh_nr TEXT NOT NULL, aanvang TEXT NOT NULL, eind TEXT NOT NULL,
  soort TEXT NOT NULL, tot_te_bet INTEGER NOT NULL, sommen TEXT NOT NULL DEFAULT '[]');
CREATE TABLE IF NOT EXISTS ikv (
  sleutel BLOB NOT NULL, deel INTEGER NOT NULL, bedragen TEXT, PRIMARY KEY (sleutel, deel)) WITHOUT ROWID;
"""


class Register:
    """For one thread. Everything of one message is one transaction, see ``judging`` and ``keep``."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.executescript(_TABLES)
        if self._db.execute("SELECT count(*) FROM geheim").fetchone()[0] == 0:
            self._db.execute("INSERT INTO geheim VALUES (?)", (secrets.token_bytes(32),))
        self._secret: bytes = self._db.execute("SELECT waarde FROM geheim").fetchone()[0]

    def close(self) -> None:
        self._db.close()

    def knows(self, name: str, sha256: str) -> bool:
        """Whether this file was answered before."""
        found = self._db.execute("SELECT 1 FROM bericht WHERE naam = ? AND sha256 = ?", (name, sha256))
        return found.fetchone() is not None

    def seen(self, id_ber: str) -> bool:
        return self._db.execute("SELECT 1 FROM bericht WHERE id_ber = ?", (id_ber,)).fetchone() is not None

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Parts put in here stay when ``keep`` is called before the end."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def keep(self, name: str, sha256: str, id_ber: str, lh_nr: str, verdict: str) -> None:
        """Book the message, with its parts when it is accepted, without them when it is not."""
        if verdict != "akkoord":
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(
            "INSERT INTO bericht (nr, naam, sha256, id_ber, lh_nr, uitslag) VALUES (?, ?, ?, ?, ?, ?)",
            (self._next("bericht"), name, sha256, id_ber or None, lh_nr, verdict),
        )
        self._db.execute("COMMIT")

    # --- the state of a tijdvak

    def received(self, lh_nr: str, tijdvak: Tijdvak) -> int | None:
        """TotTeBet as last received, in euros; None when there is no declaration of that tijdvak."""
        parts = self._parts(lh_nr, tijdvak)
        return int(parts[-1][1]) if parts else None

    def sums(self, lh_nr: str, tijdvak: Tijdvak) -> list[int]:
        """Cents per amount, over all its inkomstenverhoudingen."""
        parts = self._parts(lh_nr, tijdvak)
        return list(json.loads(parts[-1][2])) if parts else [0] * len(AMOUNTS)

    def replace(self, lh_nr: str, tijdvak: Tijdvak) -> None:
        """What was declared of this tijdvak gives way, with the corrections that came along."""
        self._db.execute(
            "UPDATE bericht SET vervallen = 1 WHERE nr IN (SELECT bericht FROM deel"
            " WHERE lh_nr = ? AND aanvang = ? AND eind = ? AND soort <> 'correctie')",
            (lh_nr, *map(str, tijdvak)),
        )

    def _parts(self, lh_nr: str, tijdvak: Tijdvak) -> list[tuple[int, int, str]]:
        rows = self._db.execute(
            "SELECT d.nr, d.tot_te_bet, d.sommen, d.soort FROM deel d LEFT JOIN bericht b ON b.nr = d.bericht"
            " WHERE d.lh_nr = ? AND d.aanvang = ? AND d.eind = ? AND coalesce(b.vervallen, 0) = 0 ORDER BY d.nr",
            (lh_nr, *map(str, tijdvak)),
        ).fetchall()
        full = [place for place, row in enumerate(rows) if row[3] == "volledig"]
        return [row[:3] for row in rows[full[-1] :]] if full else []

    # --- a part that is being read

    def begin(self, lh_nr: str, part: Part) -> PartBeingRead:
        before = [] if part.kind == "volledig" else [row[0] for row in self._parts(lh_nr, part.tijdvak)]
        sums = [0] * len(AMOUNTS) if part.kind == "volledig" else self.sums(lh_nr, part.tijdvak)
        number = self._next("deel")
        self._db.execute(
            "INSERT INTO deel (nr, bericht, lh_nr, aanvang, eind, soort, tot_te_bet) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, self._next("bericht"), lh_nr, *map(str, part.tijdvak), part.kind, part.totals["TotTeBet"]),
        )
        return PartBeingRead(self._db, self._secret, number, before, sums)

    def _next(self, table: str) -> int:
        """Numbers are never used again, so that what refers to one means one thing."""
        return int(self._db.execute(f"SELECT coalesce(max(nr), 0) + 1 FROM {table}").fetchone()[0])


class PartBeingRead:
    """Keeps the sums of the tijdvak as they become with each inkomstenverhouding."""

    def __init__(self, db: sqlite3.Connection, secret: bytes, number: int, before: list[int], sums: list[int]) -> None:
        self.sums = sums
        self._db, self._secret, self._number, self._before = db, secret, number, before
        self._keys: set[bytes] = set()

    def put(self, ikv: Ikv) -> bool:
        """False when its key was in this part before."""
        key = self._key(ikv)
        if key in self._keys:
            return False
        self._keys.add(key)
        self._take_off(self._known(key))
        for place, cents in ikv.amounts.items():
            self.sums[place] += cents
        self._write(key, json.dumps(ikv.amounts))
        return True

    def withdraw(self, ikv: Withdrawal) -> bool:
        """False when there is nothing of this key to withdraw."""
        key = self._key(ikv)
        known = self._known(key)
        if key in self._keys or known is None:
            return False
        self._keys.add(key)
        self._take_off(known)
        self._write(key, None)
        return True

    def end(self) -> None:
        self._db.execute("UPDATE deel SET sommen = ? WHERE nr = ?", (json.dumps(self.sums), self._number))

    def _key(self, ikv: Ikv | Withdrawal) -> bytes:
        who = ikv.bsn or f"-{ikv.pers_nr}"
        return blake2b(f"{who}/{ikv.number}".encode(), key=self._secret, digest_size=16).digest()

    def _known(self, key: bytes) -> dict[str, int] | None:
        if not self._before:
            return None
        marks = ", ".join("?" * len(self._before))
        row = self._db.execute(
            f"SELECT bedragen FROM ikv WHERE sleutel = ? AND deel IN ({marks}) ORDER BY deel DESC LIMIT 1",
            (key, *self._before),
        ).fetchone()
        return None if row is None or row[0] is None else dict(json.loads(row[0]))

    def _take_off(self, known: dict[str, int] | None) -> None:
        for place, cents in (known or {}).items():
            self.sums[int(place)] -= cents

    def _write(self, key: bytes, amounts: str | None) -> None:
        self._db.execute("INSERT INTO ikv (sleutel, deel, bedragen) VALUES (?, ?, ?)", (key, self._number, amounts))
