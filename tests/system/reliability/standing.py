"""How a delivery stands on disk: its books, its files, and what its partner has. Two that stand alike go on alike.

Without what no later step reads, or what differs between two runs of the same: moments, attempts, the hashes of the
chain, the names of temporary files, and what a process had in its work folder.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_OF_THE_MOMENT = {
    "id", "attempt", "started", "finished", "opened", "changed", "created", "moment", "received", "previous", "hash",
    "origin", "booked", "place", "ordinal",
}  # fmt: skip
_BOOKS = "ledger.sqlite"


@dataclass(frozen=True)
class Standing:
    """``books`` are rows by table, ``files`` sizes by name, ``partner`` digests by name. ``lying`` is what a process
    leaves when it is cut off."""

    books: dict[str, list[str]]
    files: dict[str, int]
    partner: dict[str, str]
    lying: list[str]

    @property
    def fingerprint(self) -> str:
        told = json.dumps([self.books, self.files, self.partner, self.lying], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    def state(self) -> str:
        """Of the delivery; empty when there is none."""
        return "".join(json.loads(row)["state"] for row in self.books.get("delivery", []))

    def unlike(self, other: Standing) -> list[str]:
        """What is not as in ``other``, after all of it was done: the account of how it went may be longer."""
        found = []
        for table in sorted({*self.books, *other.books}):
            own, theirs = (_settled(table, one.books.get(table, [])) for one in (self, other))
            if own != theirs:
                found.append(f"tabel {table}: {sorted({*own} ^ {*theirs})[:2]}")
        found += [f"bestand {name}" for name in sorted({*self.files.items()} ^ {*other.files.items()})]
        found += [f"bij de partner {name}" for name in sorted({*self.partner.items()} ^ {*other.partner.items()})]
        return found


def standing(home: Path) -> Standing:
    """Nothing below ``home`` changes by it, also when somebody is writing there and waits."""
    files, partner, lying = {}, {}, []
    for path in sorted(one for one in home.rglob("*") if one.is_file()):
        name = path.relative_to(home).as_posix()
        if name.startswith(_BOOKS):
            continue
        if name.startswith("partner/"):
            partner[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif name.startswith("werk/"):
            lying.append("werk")
        elif "/tijdelijk/" in name or path.name.startswith("."):
            lying.append(re.sub(r"[0-9a-f]{12,}", "#", name))
        else:
            # A key has a name by chance; what is stored is named after its content.
            files[re.sub(r"(sleutels/\d+-)[0-9a-f]+", r"\1#", name)] = path.stat().st_size
    return Standing(_books(home), files, partner, sorted(set(lying)))


def _books(home: Path) -> dict[str, list[str]]:
    """As they are for who opens them next."""
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        for path in home.glob(f"{_BOOKS}*"):
            if path.is_file() and not path.name.endswith("-shm"):
                shutil.copy(path, folder)
        if not (Path(folder) / _BOOKS).exists():
            return {}
        with closing(sqlite3.connect(Path(folder) / _BOOKS)) as connection:
            connection.row_factory = sqlite3.Row
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {name: sorted(_rows(connection, name)) for (name,) in tables if not name.startswith("sqlite_")}


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    for row in connection.execute(f'SELECT * FROM "{table}"'):
        kept: dict[str, Any] = {name: row[name] for name in row.keys() if name not in _OF_THE_MOMENT}  # noqa: SIM118
        if "details" in kept:
            kept["details"] = {name: one for name, one in json.loads(kept["details"]).items() if name != "poging"}
        yield json.dumps(kept, sort_keys=True)


def _settled(table: str, rows: list[str]) -> list[str]:
    """Of the events only how often it was sent; that it was there, or booked, already is no other end."""
    kept = [row for row in rows if table != "event" or '"action": "deliver.done"' in row]
    kept = [row.replace('"already": true', '"already": false').replace("al aanwezig", "verzonden") for row in kept]
    return [re.sub(r'"fresh": (\d+), "known": (\d+)', _together, row) for row in kept]


def _together(found: re.Match[str]) -> str:
    return f'"booked": {int(found[1]) + int(found[2])}'
