"""From numpy columns to Arrow columns: keys, dates and moments, without a loop over rows.

Dates are days since 1970-01-01 (int64); ``NEVER`` stands for "no date" and becomes null.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.administration.demo.draws import Bools, Ints

NEVER = 10**9


def to_days(value: date) -> int:
    return (value - date(1970, 1, 1)).days


def months_of(days: Ints) -> Ints:
    """Month number (12 * year + month - 1) in which each day lies."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12


def first_days(months: Ints) -> Ints:
    """The first day of each month number."""
    return (np.asarray(months, np.int64) - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def month_texts(months: Ints) -> pa.Array:
    """Month numbers as ``jjjj-mm``."""
    texts = [f"{month // 12}-{month % 12 + 1:02d}" for month in range(2024 * 12, 2028 * 12)]
    return pick(texts, months - 2024 * 12)


def days_column(days: Ints) -> pa.Array:
    """date32, null where NEVER."""
    missing = days >= NEVER
    return pa.array(np.where(missing, 0, days).astype(np.int32), mask=missing).view(pa.date32())


def split_days(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Year, month, day."""
    stamps = days.astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    years = months.astype("datetime64[Y]").astype(np.int64) + 1970
    return years, months.astype(np.int64) % 12 + 1, (stamps - months).astype(np.int64) + 1


def partial_column(days: Ints, unknown_day: Bools | None = None, unknown_month: Bools | None = None) -> pa.Array:
    """int32 jjjjmmdd, null where NEVER; zeros where day, or month and day, are unknown."""
    missing = days >= NEVER
    year, month, day = split_days(np.where(missing, 0, days))
    if unknown_day is not None:
        day = np.where(unknown_day, 0, day)
    if unknown_month is not None:
        month, day = np.where(unknown_month, 0, month), np.where(unknown_month, 0, day)
    return pa.array((year * 10000 + month * 100 + day).astype(np.int32), mask=missing)


def moments_column(days: Ints, minutes: Ints) -> pa.Array:
    """timestamp[ms, UTC]: that day at that minute."""
    stamps = (days.astype(np.int64) * 1440 + minutes) * 60_000
    return pa.array(stamps, type=pa.int64()).cast(pa.timestamp("ms")).cast(pa.timestamp("ms", tz="UTC"))


def whole_column(values: Ints, kind: pa.DataType, missing: Bools | None = None) -> pa.Array:
    return pa.array(values, mask=missing).cast(kind)


def keys(prefix: str, numbers: Ints, width: int = 8) -> pa.Array:
    """``P00000012``: prefix and number, padded so that text order is number order."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, pa.scalar(""))


def pick(values: Sequence[str | None] | pa.Array, index: Ints, missing: Bools | None = None) -> pa.Array:
    """``values[index]`` as a string column, null where ``missing``."""
    chosen = pa.array(values, pa.string()) if not isinstance(values, pa.Array) else values
    return chosen.take(pa.array(index, mask=missing))


def where(condition: Bools, then: pa.Array | pa.Scalar, other: pa.Array | pa.Scalar) -> pa.Array:
    return pc.if_else(pa.array(condition), then, other)


def constant(value: str, length: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), length)


def empty(kind: pa.DataType, length: int) -> pa.Array:
    return pa.nulls(length, kind)
