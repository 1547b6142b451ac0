"""A folder of CSV files, one per table; how each is written is found out and recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from exchanges.administration.adapters.problems import RAGGED, UNREADABLE, Problems
from exchanges.administration.adapters.reading import Adapter
from exchanges.administration.adapters.text_values import Notation, read_text
from exchanges.administration.adapters.typed_file import TypedFile
from exchanges.administration.door import Door
from exchanges.administration.model import Table
from exchanges.core.csvfile import BLOCK, Dialect, Ints, NoCsv, Ragged, batches, scan, swallowed
from exchanges.core.errors import SourceError
from exchanges.core.source import SnapshotTable

_BLOCK = BLOCK


class CsvFolder(Adapter):
    def present(self, names: list[str]) -> set[str]:
        folder = self.config.folder
        if not folder.is_dir():
            raise SourceError(f"{self.whose}: map {folder} bestaat niet; controleer de locatie in de instellingen.")
        return {name for name in names if (folder / f"{name}.csv").is_file()}

    def how_to_add(self, name: str) -> str:
        return f"zet {name}.csv in {self.config.folder}"

    def read(self, table: Table, target: Path, door: Door, problems: Problems) -> SnapshotTable:
        origin = self.config.folder / f"{table.name}.csv"
        try:
            dialect = scan(origin, table.schema.names)
            self.check_columns(table, dialect.header)
            notation = Notation()
            with TypedFile(table, target) as typed:
                for lines, batch in _batches(origin, dialect, table, problems):
                    columns = _typed(table, batch, lines, notation, problems)
                    door.look(table, pa.Table.from_arrays(columns, names=table.schema.names))
                    typed.write(columns)
        except NoCsv as error:
            raise self.fail(table, f"({origin.name}) {error}") from None
        except (pa.ArrowInvalid, UnicodeError):
            # The text of the exception may quote a row.
            raise self.fail(table, f"({origin.name}) is niet als CSV te lezen; controleer scheidingstekens en "
                                   "aanhalingstekens, of maak de uitvoer opnieuw.") from None
        except OSError:
            raise self.fail(table, f"({origin.name}) is niet te lezen; controleer het bestand en de rechten.") from None
        described = ", ".join(part for part in (str(dialect), str(notation)) if part)
        return SnapshotTable(table.name, target, typed.rows, dialect.sha256, str(origin), described)


def _typed(table: Table, batch: pa.RecordBatch, lines: Ints, notation: Notation,
           problems: Problems) -> list[pa.Array]:
    """The columns of the table, with every unreadable and every missing value pointed out."""
    columns = []
    for field in table.schema:
        column, bad = read_text(batch.column(field.name), field, notation)
        if bad.any():
            problems.add(UNREADABLE, table.name, field.name,
                         f"kolom {field.name} heeft een waarde die niet te lezen is.", lines[bad])
        if not field.nullable and column.null_count:
            empty = column.is_null().to_numpy(zero_copy_only=False) & ~bad
            problems.add_missing(table.name, field.name, empty, lines)
        columns.append(column)
    return columns


def _batches(path: Path, dialect: Dialect, table: Table, problems: Problems) -> Iterator[tuple[Ints, pa.RecordBatch]]:
    """(line numbers in the file, batch of text columns) without empty lines; ragged lines are pointed out."""
    ragged = Ragged()
    for rows in batches(path, dialect, ragged, _BLOCK):
        for name, lines in swallowed(rows, dialect):
            problems.add(RAGGED, table.name, name,
                         f"kolom {name} loopt over meer regels en bevat scheidingstekens; waarschijnlijk ontbreekt een "
                         "aanhalingsteken.", lines)
        yield rows.lines, rows.columns
    if ragged.lines:
        problems.add(RAGGED, table.name, "", "de regel heeft een ander aantal kolommen dan de eerste regel.",
                     ragged.lines)
