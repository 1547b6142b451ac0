"""Findings of a file of which there may be millions: what they say is held once, each is a few numbers and a name."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.findings import FINDINGS

_ONCE = pa.dictionary(pa.int32(), pa.string())
# The columns of FINDINGS. Names of records are not taken together: most are of one finding or two.
SLIM = pa.schema([pa.field(one.name, one.type if one.name in ("record", "line") else _ONCE) for one in FINDINGS])
# After the line.
_ORDER = ("code", "path")


def slim(findings: pa.Table) -> pa.Table:
    """A table of FINDINGS, or one that is slim already."""
    columns = [
        column if field.type != _ONCE or column.type == _ONCE else column.dictionary_encode()
        for column, field in zip(findings.columns, SLIM, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=SLIM)


def plain(findings: pa.Table) -> pa.Table:
    """Every text written out: a row of a dictionary is ten times as slow to read."""
    return findings.cast(pa.schema([FINDINGS.field(name) for name in findings.column_names]))


def together(tables: Iterable[pa.Table]) -> pa.Table:
    """All of the tables, slim or not, one after the other."""
    return pa.concat_tables([SLIM.empty_table(), *map(slim, tables)]).unify_dictionaries().combine_chunks()


def in_order(findings: pa.Table) -> pa.Table:
    """Slim findings that were put together, by line, code and path; what is about no line comes first."""
    by = pa.table({"line": pc.fill_null(findings["line"], 0), **{name: _rank(findings[name]) for name in _ORDER}})
    return findings.take(pc.sort_indices(by, [(name, "ascending") for name in by.column_names]))


def _rank(column: pa.ChunkedArray) -> pa.Array:
    """Numbers that come in the same order as the texts."""
    whole = column.combine_chunks()
    return pc.rank(whole.dictionary, tiebreaker="dense").take(whole.indices)
