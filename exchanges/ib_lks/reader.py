"""One file of LKS signals to tables, or a refusal of the whole (spec ib-signalen 7 and 14)."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.csvfile import Dialect, NoCsv, Ragged, batches, scan, swallowed
from exchanges.core.csvfile import Rows as Part
from exchanges.core.findings import findings_table
from exchanges.core.period import Period
from exchanges.core.receive.arrival import Arrival, FileRefused, Read
from exchanges.core.receive.values import lost_zeros
from exchanges.core.reports.dutch import period as in_words
from exchanges.ib_lks import trouble
from exchanges.ib_lks.layout import MESSAGE, Layout, layout
from exchanges.ib_lks.rows import REFUSED, SIGNALS, Rows
from exchanges.ib_lks.trouble import said
from exchanges.ib_lks.values import plain
from exchanges.ib_lks.values import read as read_values

# A column name is only repeated when it can be one: a file without a header has a person on its first line.
_NAME = re.compile(r"[A-Za-z_][A-Za-z_ ]{0,39}")
_FEW = 3  # with fewer names in common it is another file
_MOST = 100


class _Refused(Exception):
    def __init__(self, *findings: dict[str, object]) -> None:
        super().__init__("refused")
        self.findings = list(findings)


def read(arrival: Arrival) -> Read:
    """Tables ``signaal`` and, apart, ``geweigerd`` (see :mod:`exchanges.ib_lks.rows`). Raises FileRefused when the
    file as a whole is not what was agreed."""
    try:
        return _read(arrival)
    except _Refused as refused:
        first = refused.findings[0]["text"]
        message = f"Het bestand {arrival.file_name} is geweigerd: {first}"
        raise FileRefused(message, findings_table(refused.findings)) from None


def _read(arrival: Arrival) -> Read:
    agreed = layout(arrival.period)
    dialect = _look(arrival.path, agreed)
    rows, whole = Rows(agreed, arrival.pseudonymise_with, arrival.work), _Whole(agreed, arrival)
    try:
        _take(arrival.path, dialect, rows, whole)
    finally:
        rows.close()
    told = rows.findings() + ([] if rows.count else [said(trouble.NO_SIGNALS)])
    details = {
        "version": agreed.version,
        "mapping": f"mappings/{MESSAGE}/{agreed.version}",
        "form": "csv",
        "dialect": f"{dialect}, datums en getallen {', '.join(sorted(rows.notations)) or 'geen'}",
        "published": whole.published.isoformat() if whole.published else "",
    }
    return Read({SIGNALS: rows.paths[SIGNALS]}, rows.count, rows.refused, rows.paths[REFUSED], findings_table(told),
                details)


def _look(path: Path, agreed: Layout) -> Dialect:
    """How the file is written, when its columns are those that were agreed."""
    try:
        dialect = scan(path, sorted(agreed.names))
    except NoCsv as error:
        raise _Refused(said(trouble.NO_CSV, f"Het {error}")) from None
    names = set(dialect.header)
    if len(names & set(agreed.names)) < _FEW:
        raise _Refused(said(trouble.MESSAGE))
    missing = [name for name in agreed.names if name not in names]
    extra = [name if _NAME.fullmatch(name) else "(naam niet leesbaar)" for name in sorted(names - set(agreed.names))]
    found = [said(trouble.MISSING_COLUMN, f"{_listed(missing)}.")] if missing else []
    found += [said(trouble.UNKNOWN_COLUMN, f"{_listed(extra)}.")] if extra else []
    if not found and len(dialect.header) > len(names):
        found = [said(trouble.TWICE)]
    if found:
        raise _Refused(*found)
    return dialect


def _take(path: Path, dialect: Dialect, rows: Rows, whole: _Whole) -> None:
    ragged, eaten = Ragged(), list[int]()
    try:
        for part in batches(path, dialect, ragged):
            for _, lines in swallowed(part, dialect):
                eaten += lines.tolist()
            if len(part.lines):
                whole.look(part)
                rows.add(part.lines, part.columns)
    except NoCsv as error:
        raise _Refused(said(trouble.NO_CSV, f"Het {error}")) from None
    except (pa.ArrowInvalid, UnicodeError):
        # The text of the exception may quote a row.
        raise _Refused(said(trouble.NO_CSV, "Controleer scheidingstekens en aanhalingstekens.")) from None
    eaten += [line for line, text in zip(ragged.lines, ragged.texts, strict=True) if "\n" in text.strip()]
    if eaten:
        # Rows are hidden in a value: how many, nobody can say, so no count of this file would be true.
        raise _Refused(*(said(trouble.RAGGED, line=line) for line in sorted(set(eaten))[:_MOST]))
    if ragged.lines:
        rows.refuse(trouble.RAGGED, ragged.lines, ragged.texts)


class _Whole:
    """What the rows say of the file as a whole: one municipality, ours, and one day, in the month asked for."""

    def __init__(self, agreed: Layout, arrival: Arrival) -> None:
        self._columns = {column.name: column for column in agreed.columns}
        self._gemeente, self._period = arrival.gemeente, arrival.period
        self.published: date | None = None

    def look(self, part: Part) -> None:
        texts = plain(part.columns.column("gemeentecode"))
        strange = [code for code in pc.unique(texts).to_pylist() if code not in (None, self._gemeente)]
        if any(not lost_zeros(code, self._gemeente) for code in strange):
            raise _Refused(said(trouble.GEMEENTE))
        if strange:
            raise _Refused(said(trouble.ZERO, field="gemeentecode"))
        days, _ = read_values(plain(part.columns.column("publicatiedatum")), self._columns["publicatiedatum"])
        found = pc.unique(days).to_pylist()
        if len(found) != 1 or found[0] is None or (self.published or found[0]) != found[0]:
            raise _Refused(said(trouble.PUBLISHED, field="publicatiedatum"))
        self.published = found[0]
        month = Period(found[0].year, found[0].month)
        if month != self._period:
            raise _Refused(said(trouble.PERIOD, f"In het bestand staat {in_words(month)}.", field="publicatiedatum"))


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" en nog {len(names) - 5}" if len(names) > 5 else "")
