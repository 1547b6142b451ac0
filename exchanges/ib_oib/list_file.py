"""The monthly list of OIB, as the chambers of the core want it: tables, or a refusal (spec ib-signalen 6.4).

A CSV, written as the file itself shows; one block at a time, so memory does not grow with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.csvfile import Dialect, NoCsv, Ragged, batches, scan, swallowed
from exchanges.core.csvfile import Rows as ParsedRows
from exchanges.core.findings import findings_table
from exchanges.core.receive.arrival import Arrival, FileRefused, Read
from exchanges.core.receive.values import lost_zeros
from exchanges.core.sql import session
from exchanges.ib_oib.list_judge import REFUSED, Batch, Judge
from exchanges.ib_oib.list_layout import MESSAGE, TABLE, Layout, layout
from exchanges.ib_oib.list_trouble import (
    EMPTY,
    GEMEENTE,
    MISSING_COLUMN,
    MONTH,
    NO_CSV,
    SWALLOWED,
    TWICE,
    UNKNOWN_COLUMN,
    ZERO,
    said,
)
from exchanges.ib_oib.list_trouble import MESSAGE as OTHER_MESSAGE
from exchanges.ib_oib.net import other_income

# A column name is only repeated when it can be one: a file without a header has a person on its first line.
_NAME = re.compile(r"[A-Za-z_][A-Za-z_ ]{0,49}")
_SHOWN = 100  # places where lines were swallowed


class _Refused(Exception):
    def __init__(self, *findings: dict[str, object]) -> None:
        super().__init__("refused")
        self.findings = list(findings)


def read(arrival: Arrival) -> Read:
    """Table ``regel_oib``, see :func:`exchanges.ib_oib.list_judge.schemas`. ``details`` tell version, certainty and how
    the file was written. Raises FileRefused when the file as a whole is not what was agreed."""
    try:
        return _read(arrival, layout(arrival.period))
    except _Refused as refused:
        message = f"Het bestand {arrival.file_name} is geweigerd: {refused.findings[0]['text']}"
        raise FileRefused(message, findings_table(refused.findings)) from None


def _read(arrival: Arrival, agreed: Layout) -> Read:
    try:
        dialect = scan(arrival.path, sorted(agreed.columns))
    except NoCsv as error:
        raise _Refused(said(NO_CSV, f"Het {error}")) from None
    _hold(dialect, agreed)
    other = other_income(arrival.period)
    with session(arrival.work, rows=dialect.lines) as con:
        judge = Judge(agreed, con, other, arrival.pseudonymise_with, arrival.work)
        try:
            _lines(arrival, agreed, dialect, judge)
        except BaseException:
            judge.abandon()
            raise
        judge.close()
    findings = judge.findings.all() or ([] if judge.rows else [said(EMPTY)])
    apart = judge.paths[REFUSED]
    details = {
        "version": agreed.version, "mapping": f"mappings/{MESSAGE}/{agreed.version}", "certainty": agreed.certainty,
        "form": "csv", "dialect": f"{dialect}, {judge.notations}",
    }  # fmt: skip
    # Counted in what was written, not in what was offered: the balance is to compare two different things.
    refused = pq.read_metadata(apart).num_rows
    return Read({TABLE: judge.paths[TABLE]}, judge.rows, refused, apart, findings_table(findings), details)


def _hold(dialect: Dialect, agreed: Layout) -> None:
    """The columns of the file are those of the layout, each once, in any order. Raises _Refused."""
    fields = [agreed.columns.get(name) for name in dialect.header]
    known = [one.name for one in fields if one]
    if len(set(known)) < 3:
        raise _Refused(said(OTHER_MESSAGE))
    missing = [one.column for one in agreed.fields if one.name not in known]
    extra = sorted(name for name, one in zip(dialect.header, fields, strict=True) if one is None)
    shown = [name if _NAME.fullmatch(name) else "(naam niet leesbaar)" for name in extra]
    found = [
        *([said(MISSING_COLUMN, f"{_listed(missing)}.")] if missing else []),
        *([said(UNKNOWN_COLUMN, f"{_listed(shown)}.")] if extra else []),
        *([said(TWICE)] if len(known) > len(set(known)) else []),
    ]
    if found:
        raise _Refused(*found)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" en nog {len(names) - 5}" if len(names) > 5 else "")


def _lines(arrival: Arrival, agreed: Layout, dialect: Dialect, judge: Judge) -> None:
    """All lines to ``judge``. Raises _Refused."""
    names = {name: agreed.columns[name].name for name in dialect.header}
    ragged, eaten = Ragged(), []
    for rows in _parsed(arrival.path, dialect, ragged):
        for _, lines in swallowed(rows, dialect):
            eaten += lines.tolist()
        if len(rows.lines):
            batch = judge.add(rows.lines, {names[name]: rows.columns.column(name) for name in dialect.header})
            _of_this_delivery(batch, arrival)
            judge.keep(batch)
    eaten += [line for line, text in zip(ragged.lines, ragged.texts, strict=True) if "\n" in text.strip()]
    if eaten:
        # How many lines are hidden in a value, nobody can say, so no count of this file would be true.
        raise _Refused(*(said(SWALLOWED, line=line) for line in sorted(set(eaten))[:_SHOWN]))
    if ragged.lines:
        judge.refuse(ragged.lines, ragged.texts)


def _parsed(path: Path, dialect: Dialect, ragged: Ragged) -> Iterator[ParsedRows]:
    try:
        yield from batches(path, dialect, ragged)
    except NoCsv as error:
        raise _Refused(said(NO_CSV, f"Het {error}")) from None
    except (pa.ArrowInvalid, UnicodeError):
        # The text of the exception may quote a line.
        raise _Refused(said(NO_CSV, "Controleer scheidingstekens en aanhalingstekens.")) from None


def _of_this_delivery(batch: Batch, arrival: Arrival) -> None:
    """One line of another gemeente, and all of it may be somebody else's (SEC-24). Raises _Refused."""
    codes = pc.unique(batch.values["gemeentecode"]).to_pylist()
    lost = [code for code in codes if lost_zeros(code, arrival.gemeente)]
    if (line := _other(batch, "gemeentecode", arrival.gemeente, *lost)) is not None:
        raise _Refused(said(GEMEENTE, field="gemeentecode", line=line))
    if lost:
        raise _Refused(said(ZERO, field="gemeentecode", line=_other(batch, "gemeentecode", arrival.gemeente)))
    if (line := _other(batch, "rapportagemaand", str(arrival.period))) is not None:
        raise _Refused(said(MONTH, field="rapportagemaand", line=line))


def _other(batch: Batch, field: str, *ours: str) -> int | None:
    """The first line that has another value; an unreadable or missing one is the business of its line."""
    values = batch.values[field]
    known = pc.or_(pc.is_null(values), pc.is_in(values, value_set=pa.array(ours, pa.string())))
    place = pc.index(known, False).as_py()
    return None if place < 0 else int(batch.lines[place])
