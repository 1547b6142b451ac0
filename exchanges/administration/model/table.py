"""A table of the source model: a documented Arrow schema with its key and its references.

Field metadata: ``doc`` (Dutch, one short sentence) and, where a column is not what its type says,
``ketensluis`` with one of the marks below. The marks are data, so that a mapping or a rule can ask for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Mark = Literal["partial_date", "cent", "perc_honderdsten", "bsn"]

DATE = pa.date32()
TEXT = pa.string()
WHOLE = pa.int32()
LONG = pa.int64()
YES_NO = pa.bool_()
# Parquet has no seconds; milliseconds survive a write and a read unchanged.
MOMENT = pa.timestamp("ms", tz="UTC")


@dataclass(frozen=True)
class Table:
    """One table of the model.

    ``key`` are the columns that identify a row. ``required`` says whether an administration must have the
    table; the ``koppelvlak`` tables describe its surroundings and may be absent. ``references`` are
    (column, table, column of that table).
    """

    name: str
    title: str
    doc: str
    schema: pa.Schema
    key: tuple[str, ...]
    required: bool = True
    references: tuple[tuple[str, str, str], ...] = ()

    def marked(self, mark: Mark) -> tuple[str, ...]:
        """Names of the columns that carry ``mark``."""
        return tuple(f.name for f in self.schema if (f.metadata or {}).get(b"ketensluis") == mark.encode())


def column(name: str, kind: pa.DataType, doc: str, *, null: bool = False, mark: Mark | None = None) -> pa.Field:
    """A documented column; ``null`` says whether it may be empty."""
    metadata = {"doc": doc}
    if mark:
        metadata["ketensluis"] = mark
    return pa.field(name, kind, nullable=null, metadata=metadata)


def text(name: str, doc: str, *, null: bool = False) -> pa.Field:
    return column(name, TEXT, doc, null=null)


def bsn(name: str, doc: str, *, null: bool = False) -> pa.Field:
    """A burgerservicenummer as text, exactly as administered: right or wrong, leading zeros kept."""
    return column(name, TEXT, doc, null=null, mark="bsn")


def day(name: str, doc: str, *, null: bool = False) -> pa.Field:
    return column(name, DATE, doc, null=null)


def partial(name: str, doc: str, *, null: bool = False) -> pa.Field:
    """A date of which month or day may be unknown: ``jjjjmmdd`` with zeros (basis schema type Datum)."""
    return column(name, WHOLE, doc, null=null, mark="partial_date")


def cent(name: str, doc: str, *, null: bool = False) -> pa.Field:
    return column(name, LONG, doc, null=null, mark="cent")


def whole(name: str, doc: str, *, null: bool = False) -> pa.Field:
    return column(name, WHOLE, doc, null=null)


def yes_no(name: str, doc: str, *, null: bool = False) -> pa.Field:
    return column(name, YES_NO, doc, null=null)


def changed() -> pa.Field:
    return column("gewijzigd_op", MOMENT, "Moment (UTC) waarop deze regel voor het laatst is gewijzigd.")
