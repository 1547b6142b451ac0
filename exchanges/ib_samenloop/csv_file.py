"""A CSV of signals: which layout it has, and its rows to the judge."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.csvfile import Dialect, NoCsv, Ragged, Rows, batches, scan, swallowed
from exchanges.core.period import Period
from exchanges.core.receive.values import lost_zeros
from exchanges.ib_samenloop.head import Head, read_head
from exchanges.ib_samenloop.judge import Judge
from exchanges.ib_samenloop.kinds import PER_FILE
from exchanges.ib_samenloop.layout import Layout, layouts
from exchanges.ib_samenloop.trouble import (
    HEAD,
    MESSAGE,
    MISSING_COLUMN,
    NO_CSV,
    RAGGED,
    TWICE,
    UNKNOWN_COLUMN,
    VERSION,
    said,
)

# A column name is only repeated when it can be one: a file without a header has a person on its first line.
_NAME = re.compile(r"[A-Za-z_][A-Za-z_ ]{0,39}")


class Refused(Exception):
    """The file as a whole; ``findings`` say why."""

    def __init__(self, *findings: dict[str, object]) -> None:
        super().__init__("refused")
        self.findings = list(findings)


def look(path: Path) -> tuple[Dialect, Layout]:
    """How the file is written and which version it is. Raises Refused."""
    try:
        dialect = scan(path, sorted({name for one in layouts() for name in one.columns}))
    except NoCsv as error:
        raise Refused(said(NO_CSV, f"Het {error}")) from None
    names = dialect.header
    for one in layouts():
        if set(names) == set(one.columns):
            if len(names) > len(set(names)):
                raise Refused(said(TWICE))
            return dialect, one
    raise Refused(*_no_layout(path, dialect))


def _no_layout(path: Path, dialect: Dialect) -> list[dict[str, object]]:
    """Why the columns are those of no layout, in the light of the version the file names."""
    names = set(dialect.header)
    nearest = max(layouts(), key=lambda one: len(names & set(one.columns)))
    if len(names & set(nearest.columns)) < 3:
        return [said(MESSAGE)]
    if "formaatversie" in names:
        version = _first(path, dialect)
        known = {one.version: one for one in layouts()}
        if version is not None and version not in known:
            return [said(VERSION)]
        nearest = known.get(version or "", nearest)
    missing = [place.name for name, place in nearest.columns.items() if name not in names]
    extra = sorted(names - set(nearest.columns))
    shown = [name if _NAME.fullmatch(name) else "(naam niet leesbaar)" for name in extra]
    return [
        *([said(MISSING_COLUMN, f"Versie {nearest.version}: {_listed(missing)}.")] if missing else []),
        *([said(UNKNOWN_COLUMN, f"Versie {nearest.version}: {_listed(shown)}.")] if extra else []),
    ]


def _first(path: Path, dialect: Dialect) -> str | None:
    """The version on the first row."""
    with path.open(encoding=dialect.encoding, newline="", errors="replace") as file:
        rows = csv.reader(file, delimiter=dialect.delimiter, quotechar=dialect.quote or None,
                          quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE)
        try:
            next(rows, None)
            row = next(rows, [])
        except csv.Error:
            return None
    place = dialect.header.index("formaatversie")
    return row[place].strip() if place < len(row) else None


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" en nog {len(names) - 5}" if len(names) > 5 else "")


def read_csv(path: Path, dialect: Dialect, layout: Layout, judge: Judge, gemeente: str, period: Period) -> Head | None:
    """All rows to ``judge``; None when there are none. Raises Refused."""
    reader = _Reader(layout, judge, gemeente, period)
    ragged = Ragged()
    try:
        for rows in batches(path, dialect, ragged):
            for _, eaten in swallowed(rows, dialect):
                reader.eaten += eaten.tolist()
            reader.take(rows)
    except NoCsv as error:
        raise Refused(said(NO_CSV, f"Het {error}")) from None
    except (pa.ArrowInvalid, UnicodeError):
        # The text of the exception may quote a row.
        raise Refused(said(NO_CSV, "Controleer scheidingstekens en aanhalingstekens.")) from None
    reader.eaten += [line for line, text in zip(ragged.lines, ragged.texts, strict=True) if "\n" in text.strip()]
    if reader.eaten:
        # Rows are hidden in a value: how many, nobody can say, so no count of this file would be true.
        raise Refused(*(said(RAGGED, line=line) for line in sorted(set(reader.eaten))[:100]))
    if ragged.lines:
        judge.refuse(RAGGED, ragged.lines, ragged.texts)
    return reader.head


class _Reader:
    def __init__(self, layout: Layout, judge: Judge, gemeente: str, period: Period) -> None:
        self._layout, self._judge, self._gemeente, self._period = layout, judge, gemeente, period
        self._ids = {name: place.field.id for name, place in layout.columns.items()}
        self._whole = [(name, place.field.name) for name, place in layout.columns.items()
                       if place.field.kind == PER_FILE]
        self._texts: dict[str, str | None] = {}
        self.head: Head | None = None
        self.eaten: list[int] = []

    def take(self, rows: Rows) -> None:
        if not len(rows.lines):
            return
        columns: dict[str, Any] = {name: rows.columns.column(name) for name in self._ids}
        found = {field: pc.unique(pc.utf8_trim_whitespace(columns[name])).to_pylist() for name, field in self._whole}
        if self.head is None:
            self._texts = {field: texts[0] for field, texts in found.items()}
        for field, texts in found.items():
            self._same(field, texts)
        if self.head is None:
            self.head, wrong = read_head(self._layout, "csv", self._texts, self._gemeente, self._period)
            if self.head is None:
                raise Refused(*wrong)
        self._judge.add(rows.lines, {self._ids[name]: column for name, column in columns.items()}, self.head)

    def _same(self, field: str, found: list[str]) -> None:
        """A field of the file has one value in all of its rows. Raises Refused."""
        first = self._texts[field]
        if found == [first]:
            return
        if field == "gemeentecode" or field == "formaatversie":
            # Which of them is right the head says, once it sees one that is not ours: first what is of somebody else.
            for text in sorted(dict.fromkeys((*found, first)), key=lambda text: lost_zeros(text, self._gemeente)):
                _, wrong = read_head(self._layout, "csv", {**self._texts, field: text}, self._gemeente, self._period)
                if wrong:
                    raise Refused(*wrong)
        raise Refused(said(HEAD, f"Veld: {field}.", field=field))
