"""A folder of CSV files, one per table; how each is written is found out and recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from exchanges.administration.adapters.csv_scan import Dialect, NoCsv, scan
from exchanges.administration.adapters.problems import MISSING, RAGGED, UNREADABLE, Problems
from exchanges.administration.adapters.reading import Adapter
from exchanges.administration.adapters.text_values import Notation, read_text
from exchanges.administration.adapters.typed_file import TypedFile
from exchanges.administration.door import Door
from exchanges.administration.model import Table
from exchanges.core.errors import SourceError
from exchanges.core.source import SnapshotTable

Ints = NDArray[np.int64]
MOST_RAGGED = 10_000
_BLOCK = 1 << 21     # bytes parsed at once; more than the longest line the scan lets through


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
                         f"kolom {field.name} heeft een waarde die niet te lezen is.", lines[bad].tolist())
        if not field.nullable and column.null_count:
            empty = column.is_null().to_numpy(zero_copy_only=False) & ~bad
            problems.add(MISSING, table.name, field.name, f"kolom {field.name} is leeg, maar verplicht.",
                         lines[empty].tolist())
        columns.append(column)
    return columns


def _batches(path: Path, dialect: Dialect, table: Table, problems: Problems) -> Iterator[tuple[Ints, pa.RecordBatch]]:
    """(line numbers in the file, batch of text columns) without empty lines; ragged lines are pointed out."""
    if dialect.lines < 2:        # column names and nothing below them: an empty table
        return
    rows = _Rows()
    try:
        reader = pacsv.open_csv(
            path,
            # The names are those of the scan: lower case, without spaces around them.
            read_options=pacsv.ReadOptions(use_threads=False, block_size=_BLOCK, encoding=dialect.encoding,
                                           column_names=list(dialect.header), skip_rows=1),
            parse_options=pacsv.ParseOptions(
                delimiter=dialect.delimiter, quote_char=dialect.quote or False,
                newlines_in_values=bool(dialect.quote), ignore_empty_lines=False, invalid_row_handler=rows.skip),
            convert_options=pacsv.ConvertOptions(column_types={name: pa.string() for name in dialect.header},
                                                 strings_can_be_null=False, check_utf8=True),
        )
        for batch in reader:
            inner = _inner_newlines(batch)
            lines = rows.lines(inner)
            if inner.any():
                _swallowed(table, batch, dialect, lines, problems)
            filled = np.zeros(len(batch), bool)
            for column in batch.columns:
                filled |= pc.not_equal(column, "").to_numpy(zero_copy_only=False)
            yield lines[filled], batch.filter(pa.array(filled))
    except pa.ArrowInvalid:
        if rows.too_many:
            raise NoCsv(f"heeft meer dan {MOST_RAGGED} regels met een ander aantal kolommen dan de eerste regel; "
                        "controleer scheidingstekens en aanhalingstekens.") from None
        raise
    if rows.skipped:
        problems.add(RAGGED, table.name, "", "de regel heeft een ander aantal kolommen dan de eerste regel.",
                     rows.skipped_lines())


class _Rows:
    """From the rows of the parser to the lines of the file: skipped rows lie in between, and a quoted value may hold
    line breaks."""

    def __init__(self) -> None:
        self.skipped: list[int] = []
        self.too_many = False
        self._next = 2                                   # row 1 is the header
        self._broken: list[Ints] = []                    # rows that take more than one line,
        self._breaks: list[Ints] = []                    # and how many lines more

    def skip(self, row: pacsv.InvalidRow) -> str:
        self.skipped.append(row.number)
        self.too_many = len(self.skipped) > MOST_RAGGED
        return "error" if self.too_many else "skip"

    def lines(self, inner: Ints) -> Ints:
        """Line numbers of the next rows, of which ``inner`` are the line breaks inside values."""
        gone = np.array([number for number in self.skipped if number >= self._next], dtype=np.int64)
        numbers = np.arange(self._next, self._next + len(inner) + len(gone), dtype=np.int64)
        numbers = numbers[~np.isin(numbers, gone)][:len(inner)]
        if len(numbers):
            self._next = int(numbers[-1]) + 1
        if inner.any():
            self._broken.append(numbers[inner > 0])
            self._breaks.append(inner[inner > 0])
        return self._to_lines(numbers)

    def skipped_lines(self) -> list[int]:
        return [int(line) for line in self._to_lines(np.array(self.skipped, dtype=np.int64))]

    def _to_lines(self, numbers: Ints) -> Ints:
        if not self._broken:
            return numbers
        before = np.concatenate([[0], np.cumsum(np.concatenate(self._breaks))])
        lines: Ints = numbers + before[np.searchsorted(np.concatenate(self._broken), numbers, side="left")]
        return lines


def _inner_newlines(batch: pa.RecordBatch) -> Ints:
    """Line breaks inside the values of each row."""
    total = np.zeros(len(batch), np.int64)
    for column in batch.columns:
        if pc.any(pc.match_substring(column, "\n")).as_py():
            total += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
    return total


def _swallowed(table: Table, batch: pa.RecordBatch, dialect: Dialect, lines: Ints, problems: Problems) -> None:
    """A value with line breaks and separators has eaten whole lines: two quotes are missing, and rows with them."""
    for name, column in zip(dialect.header, batch.columns, strict=True):
        eaten = pc.and_(pc.match_substring(column, "\n"), pc.match_substring(column, dialect.delimiter))
        if pc.any(eaten).as_py():
            problems.add(RAGGED, table.name, name,
                         f"kolom {name} loopt over meer regels en bevat scheidingstekens; waarschijnlijk ontbreekt een "
                         "aanhalingsteken.", lines[eaten.to_numpy(zero_copy_only=False)].tolist())
