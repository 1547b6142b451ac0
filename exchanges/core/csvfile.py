"""CSV files from outside: how one is written is found out in one pass, and then its rows come as columns of text.

:func:`scan` gives hash, encoding and separator, and refuses a hostile or broken file in one line, without parsing it:
NUL bytes, a line without end, quotes that do not close, bytes that are no text. :func:`batches` gives the rows with
their line numbers; lines with another number of columns are set apart. Memory is one block.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

Ints = NDArray[np.int64]
MOST_RAGGED = 10_000
BLOCK = 1 << 21              # bytes parsed at once; more than the longest line the scan lets through
MOST_BLANK = 10_000
LONGEST_LINE = 1 << 20       # bytes; rows of the model stay under a thousandth of it
_HEAD = 1 << 16
_DELIMITERS = {";": "puntkomma", ",": "komma", "\t": "tab", "|": "verticale streep"}
_QUOTES = {'"': "dubbel", "'": "enkel", "": "geen"}
_UNDEFINED_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_LONE_CR = re.compile(rb"[^\r\n]*\r(?!\n)")             # how a first line ends that ends in CR alone
_UTF8_PAIR = re.compile(rb"[\xc3-\xc5][\x80-\xbf]")      # é, ü, ı, ş as UTF-8


class NoCsv(Exception):
    """The file cannot be read as CSV; the text says what, where and what to do, and quotes nothing."""


@dataclass(frozen=True)
class Dialect:
    """How the file is written. ``encoding`` is a Python codec name; ``quote`` is empty when nothing is quoted."""

    delimiter: str
    encoding: str
    quote: str
    sha256: str
    header: tuple[str, ...]
    lines: int                   # of the file, the header included

    def __str__(self) -> str:
        return (f"scheidingsteken {_DELIMITERS[self.delimiter]}, tekenset {self.encoding}, "
                f"aanhalingsteken {_QUOTES[self.quote]}")


def scan(path: Path, expected: list[str]) -> Dialect:
    """The dialect of the file. Raises NoCsv.

    ``expected`` are the column names of the table: the separator is the one that makes most of them."""
    sums = _Sums()
    with path.open("rb") as file:
        head = file.read(_HEAD)
        # Lines are counted by LF: such a file would pass for column names and nothing below them.
        if b"\0" not in head and _LONE_CR.match(head):
            raise NoCsv("heeft regeleinden van een oude Mac (alleen CR); bewaar het met regeleinden CRLF of LF.")
        file.seek(0)
        # Blocks as long as the longest line: only a line over a block border can be too long.
        while block := file.read(LONGEST_LINE):
            sums.add(block)
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise NoCsv("is in UTF-16 geschreven; bewaar het als UTF-8.")
    if not head.strip():
        raise NoCsv("is leeg, ook zonder kolomnamen; zet de kolomnamen op de eerste regel.")
    encoding = sums.encoding(head.startswith(codecs.BOM_UTF8))
    delimiter, quote, header = _first_line(head.removeprefix(codecs.BOM_UTF8), encoding, expected)
    quote = quote or ('"' if sums.doubles else "")
    if {'"': sums.doubles, "'": sums.singles, "": 0}[quote] % 2:
        raise NoCsv(f"heeft een oneven aantal aanhalingstekens ({quote}); ergens wordt een tekst niet gesloten.")
    return Dialect(delimiter, encoding, quote, sums.digest.hexdigest(), header, sums.lines)


class _Sums:
    """What is gathered over all blocks. ``add`` refuses what cannot be a text line by line."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.doubles = self.singles = 0
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._is_utf8 = self._is_1252 = True
        self._pairs = 0
        self._line, self._width, self._blank = 1, 0, 0

    def add(self, block: bytes) -> None:
        self.digest.update(block)
        # UTF-16 is full of NUL bytes but has a message of its own.
        if b"\0" in block and not (self._line == 1 and block[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            where = self._line + block.count(b"\n", 0, block.index(b"\0"))
            raise NoCsv(f"bevat NUL-tekens, voor het eerst op regel {where}; maak de uitvoer opnieuw.")
        first = block.find(b"\n")
        self._width += len(block) if first < 0 else first
        if self._width > LONGEST_LINE:
            raise NoCsv(f"heeft een regel van meer dan 1 MB (regel {self._line}); maak de uitvoer opnieuw.")
        if first >= 0:
            self._line += block.count(b"\n")
            self._width = len(block) - block.rfind(b"\n") - 1
        self._blank += block.count(b"\n\n") + block.count(b"\n\r\n")
        if self._blank > MOST_BLANK:
            raise NoCsv(f"heeft meer dan {MOST_BLANK} lege regels; maak de uitvoer opnieuw.")
        if self._is_utf8:
            try:
                self._utf8.decode(block)
            except UnicodeDecodeError:
                self._is_utf8 = False
        self._is_1252 = self._is_1252 and not _UNDEFINED_1252.search(block)
        if self._pairs < 3:
            self._pairs += len(_UTF8_PAIR.findall(block))
        self.doubles += block.count(b'"')
        self.singles += block.count(b"'")

    @property
    def lines(self) -> int:
        return self._line - (self._width == 0)

    def encoding(self, bom: bool) -> str:
        if self._is_utf8:
            try:
                self._utf8.decode(b"", final=True)
                return "utf-8"
            except UnicodeDecodeError:
                pass
        # UTF-8 letters in a file that is no UTF-8: two encodings in one, and reading it as either damages names.
        if bom or not self._is_1252 or self._pairs >= 3:
            raise NoCsv("is geen zuivere UTF-8 en ook geen Windows-1252; bewaar het als UTF-8.")
        return "cp1252"


def _first_line(head: bytes, encoding: str, expected: list[str]) -> tuple[str, str, tuple[str, ...]]:
    """(delimiter, quote when the names are quoted, column names in lower case without spaces around them)."""
    line = head.splitlines()[0].decode(encoding, errors="replace") if head.splitlines() else ""
    best: tuple[int, str, str, tuple[str, ...]] = (0, ";", "", (line,))
    for quote in ('"', "'"):
        for delimiter in _DELIMITERS:
            cells = next(csv.reader([line], delimiter=delimiter, quotechar=quote), [])
            names = tuple(cell.strip().lower() for cell in cells)
            score = len(set(names) & set(expected))
            if score > best[0]:
                best = (score, delimiter, quote if line.lstrip().startswith(quote) else "", names)
    return best[1], best[2], best[3]


@dataclass(frozen=True)
class Rows:
    """Some rows: their columns as text (empty: ``""``), the line each begins on, and whether a value holds a line
    break."""

    lines: Ints
    columns: pa.RecordBatch
    broken: bool


class Ragged:
    """Lines with another number of columns than the first, in file order; known when the last batch was read.
    ``texts`` are those lines as they stand: they are not for people's eyes."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.texts: list[str] = []


def batches(path: Path, dialect: Dialect, ragged: Ragged, block: int = BLOCK) -> Iterator[Rows]:
    """The rows of a scanned file without empty lines. ``ragged`` is filled on the way.

    Raises NoCsv, pa.ArrowInvalid and UnicodeError (whose text may quote a row), and OSError.
    """
    if dialect.lines < 2:        # column names and nothing below them: an empty table
        return
    rows = _Numbered()
    try:
        for batch in _parsed(path, dialect, rows.skip, block):
            inner = _inner_newlines(batch)
            lines = rows.lines(inner)
            filled = np.zeros(len(batch), bool)
            for column in batch.columns:
                filled |= pc.not_equal(column, "").to_numpy(zero_copy_only=False)
            whole = batch if filled.all() else batch.filter(pa.array(filled))
            yield Rows(lines[filled], whole, bool(inner.any()))
    except pa.ArrowInvalid:
        if rows.too_many:
            raise NoCsv(f"heeft meer dan {MOST_RAGGED} regels met een ander aantal kolommen dan de eerste regel; "
                        "controleer scheidingstekens en aanhalingstekens.") from None
        raise
    ragged.lines, ragged.texts = rows.skipped_lines(), rows.texts


def _parsed(path: Path, dialect: Dialect, skip: Callable[[Any], str], block: int) -> Iterator[pa.RecordBatch]:
    def handler(row: Any) -> str:
        return skip(row)

    held = weakref.ref(handler)
    options = pacsv.ParseOptions(
        delimiter=dialect.delimiter, quote_char=dialect.quote or False, newlines_in_values=bool(dialect.quote),
        ignore_empty_lines=False, invalid_row_handler=handler)
    try:
        yield from pacsv.open_csv(
            path,
            # The names are those of the scan: lower case, without spaces around them.
            read_options=pacsv.ReadOptions(use_threads=False, block_size=block, encoding=dialect.encoding,
                                           column_names=list(dialect.header), skip_rows=1),
            parse_options=options,
            convert_options=pacsv.ConvertOptions(column_types={name: pa.string() for name in dialect.header},
                                                 strings_can_be_null=False, check_utf8=True))
    finally:
        del options, handler
        _wait_until_gone(held)


def _wait_until_gone(held: weakref.ref[Any], most: float = 5.0) -> None:
    """Until the reader's own threads have let go of what is in Python, or ``most`` seconds: one that does so while
    the interpreter ends takes the process down with SIGABRT (apache/arrow issue 34314)."""
    end = time.monotonic() + most
    while held() is not None and time.monotonic() < end:
        time.sleep(0.001)


def swallowed(rows: Rows, dialect: Dialect) -> Iterator[tuple[str, Ints]]:
    """(column, lines) where a value with line breaks and separators has eaten whole lines: two quotes are missing,
    and rows with them."""
    if not rows.broken:
        return
    for name, column in zip(dialect.header, rows.columns.columns, strict=True):
        eaten = pc.and_(pc.match_substring(column, "\n"), pc.match_substring(column, dialect.delimiter))
        if pc.any(eaten).as_py():
            yield name, rows.lines[eaten.to_numpy(zero_copy_only=False)]


class _Numbered:
    """From the rows of the parser to the lines of the file: skipped rows lie in between, and a quoted value may hold
    line breaks."""

    def __init__(self) -> None:
        self.skipped: list[int] = []
        self.texts: list[str] = []
        self.too_many = False
        self._next = 2                                   # row 1 is the header
        self._broken: list[Ints] = []                    # rows that take more than one line,
        self._breaks: list[Ints] = []                    # and how many lines more

    def skip(self, row: Any) -> str:
        self.skipped.append(row.number)
        self.texts.append(row.text)
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
