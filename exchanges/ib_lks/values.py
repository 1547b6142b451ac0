"""From text to values, by column; what is written otherwise than the layout allows is unreadable (null)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.receive.values import Mask, arrow_type, filled, plain
from exchanges.core.receive.values import read as read_core
from exchanges.ib_lks.layout import Column

__all__ = ["Mask", "arrow_of", "filled", "plain", "read"]

# How the core calls what is read; two decimals make hundredths of a percentage as they make cents of an amount.
_CORE = {"loonheffingennummer": "code", "procent": "bedrag"}
_WHOLE = 10_000  # hundredths of a percent


def arrow_of(column: Column) -> pa.DataType:
    return arrow_type(_CORE.get(column.type, column.type))


def read(text: pa.Array, column: Column) -> tuple[pa.Array, set[str]]:
    """(typed values, notations that were met). ``text`` as :func:`plain` gives it; null stays null."""
    met, found = set(), pa.nulls(len(text), arrow_of(column))
    # No text fits two notations, so which is tried first makes no difference.
    for notation in column.notations or ("",):
        values, _ = read_core(text, _CORE.get(column.type, column.type), notation, column.length)
        if notation and values.null_count < len(values):
            met.add(notation)
        found = pc.coalesce(found, values.cast(found.type))
    return _allowed(found, column), met


def _allowed(values: pa.Array, column: Column) -> pa.Array:
    if column.values:
        return _where(pc.is_in(values, value_set=pa.array(column.values)), values)
    if column.type == "procent":
        return _where(pc.and_(pc.greater_equal(values, 0), pc.less_equal(values, _WHOLE)), values)
    if column.type == "loonheffingennummer":
        return _where(pc.match_substring_regex(values, "^[0-9]{9}L[0-9]{2}$"), values)
    return values


def _where(mask: Any, column: pa.Array) -> pa.Array:
    return pc.if_else(mask, column, pa.scalar(None, column.type))
