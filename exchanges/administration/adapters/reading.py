"""What all adapters share: which tables, which columns, and what is said when they do not fit."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path

from exchanges.administration.adapters.config import SourceConfig
from exchanges.administration.adapters.lengths import TooLong
from exchanges.administration.adapters.problems import Problems
from exchanges.administration.door import Door
from exchanges.administration.model import TABLES, Table
from exchanges.core.errors import SourceError, UsageError
from exchanges.core.reports.dutch import number
from exchanges.core.source import Snapshot, SnapshotTable

# A column name is only repeated when it can be one: a file without a header has a client on its first line.
_NAME = re.compile(r"[A-Za-z_][A-Za-z_ ]{0,39}")


class Adapter(ABC):
    """A Source. Subclasses say which tables are there and read one."""

    def __init__(self, config: SourceConfig) -> None:
        self.config = config

    def snapshot(self, required: Sequence[str], optional: Sequence[str], workdir: Path) -> Snapshot:
        """See exchanges.core.source.Source. Empty tables are fine here."""
        workdir.mkdir(parents=True, exist_ok=True)
        unknown = sorted({*required, *optional} - TABLES.keys())
        if unknown:
            raise UsageError(f"Tabel {unknown[0]} staat niet in het bronmodel; zie docs/administration.md.")
        names = list(dict.fromkeys([*required, *optional]))
        there = self.present(names)
        for name in names:
            if name not in there and name in required:
                raise SourceError(f"{self.whose}: tabel {name} ontbreekt; {self.how_to_add(name)}.")
        door, problems = Door(self.config.production, self.config.gemeente), Problems()
        tables = self.read_all([TABLES[name] for name in names if name in there], workdir, door, problems)
        door.close()
        for table in tables:
            if empty := problems.never_filled(table.name, table.rows):
                # As good as a missing column, and so said: a finding for every row would say no more, and take long.
                raise self.fail(TABLES[table.name], f"heeft in geen van de {number(table.rows)} rijen iets in kolom "
                                                    f"{_listed(empty)}, en dat is verplicht; vul de uitvoer aan.")
        return Snapshot({table.name: table for table in tables}, problems.table())

    def read_all(self, tables: list[Table], workdir: Path, door: Door, problems: Problems) -> list[SnapshotTable]:
        return [self.read_one(table, workdir, door, problems) for table in tables]

    def read_one(self, table: Table, workdir: Path, door: Door, problems: Problems) -> SnapshotTable:
        try:
            return self.read(table, workdir / f"{table.name}.parquet", door, problems)
        except TooLong as error:
            raise self.fail(table, f"{error}; maak de uitvoer opnieuw.") from None

    @property
    def whose(self) -> str:
        return f"Bron van gemeente {self.config.gemeente}"

    @abstractmethod
    def present(self, names: list[str]) -> set[str]:
        """Which of these tables the source has. Raises SourceError when the source itself is not there."""

    @abstractmethod
    def how_to_add(self, name: str) -> str:
        """What to do when table ``name`` is missing."""

    @abstractmethod
    def read(self, table: Table, target: Path, door: Door, problems: Problems) -> SnapshotTable:
        """Read one table into ``target``. Raises SourceError when it does not fit, TooLong."""

    def fail(self, table: Table, what: str) -> SourceError:
        original = self.config.folder / f"{table.name}.{self.config.kind}" if self.config.kind != "sql" else None
        return SourceError(f"{self.whose}: tabel {table.name} {what}", original)

    def check_columns(self, table: Table, found: Iterable[str]) -> None:
        """Raises SourceError naming the first column that is missing, extra or there twice."""
        names = list(found)
        expected = table.schema.names
        if not set(names) & set(expected):
            where = ", op de eerste regel" if self.config.kind == "csv" else ""
            raise self.fail(table, "heeft geen enkele kolom uit het bronmodel; gebruik de kolomnamen van "
                                   f"docs/administration.md{where}.")
        missing = [name for name in expected if name not in names]
        if missing:
            raise self.fail(table, f"mist kolom {_listed(missing)}; vul de uitvoer aan (zie docs/administration.md).")
        extra = [name for name in names if name not in expected]
        if extra:
            raise self.fail(table, f"heeft een onbekende kolom {_listed([_safe(name) for name in extra])}; "
                                   "haal die uit de uitvoer, onbekende gegevens worden niet verwerkt.")
        twice = [name for name in expected if names.count(name) > 1]
        if twice:
            raise self.fail(table, f"heeft kolom {_listed(twice)} meer dan één keer; laat er één staan.")


def _safe(name: str) -> str:
    return name if _NAME.fullmatch(name) else "(naam niet leesbaar)"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" en nog {len(names) - 3}" if len(names) > 3 else "")
