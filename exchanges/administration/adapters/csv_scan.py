"""One pass over a CSV file before it is parsed: hash, encoding, and everything that makes it no CSV.

A hostile or broken file is refused here, in one line, without being parsed: NUL bytes, a line without end, quotes
that do not close, bytes that are no text. Memory is one block.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

MOST_BLANK = 10_000
LONGEST_LINE = 1 << 20       # bytes; rows of the model stay under a thousandth of it
_HEAD = 1 << 16
_DELIMITERS = {";": "puntkomma", ",": "komma", "\t": "tab", "|": "verticale streep"}
_QUOTES = {'"': "dubbel", "'": "enkel", "": "geen"}
_UNDEFINED_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
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
