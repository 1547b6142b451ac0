"""From what a database driver gives to the types of the model.

Databases differ in how they type the same fact (a flag as 0/1, a partial date as number or text): what says the same
is taken, what could mean two things is refused and must be made clear in the query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa

from exchanges.administration.adapters.text_values import Notation, read_text

_IN_HUNDREDTHS = {"cent": "hele centen", "perc_honderdsten": "hele honderdsten van een procent"}


class Misfit(Exception):
    """The column does not give what the model asks; the text says what to do in the query."""


def to_column(values: Sequence[object], field: pa.Field, notation: Notation) -> pa.Array:
    """The typed column. ``notation`` is how text of this table was written so far: what one batch of rows said of a
    column holds for the next. Raises Misfit."""
    kinds = {type(value) for value in values} - {type(None)}
    if pa.types.is_string(field.type):
        return _text(values, kinds)
    if kinds == {str}:
        # SQLite has no dates; text in one of the known notations says the same.
        column, bad = read_text(pa.array(values, pa.string()), field, notation)
        if bad.any():
            raise Misfit(f"heeft tekst die geen {field.type} is; zet haar om met CAST in de query.")
        return column
    for target, take in _TAKES:
        if target(field.type):
            return take(values, kinds, field)
    raise AssertionError(f"no such type in the model: {field.type}")


def _text(values: Sequence[object], kinds: set[type]) -> pa.Array:
    if kinds - {str}:
        raise Misfit("geeft geen tekst; gebruik CAST(... AS text) en behoud voorloopnullen.")
    return pa.array([None if value == "" else value for value in values], pa.string())


def _whole(values: Sequence[object], kinds: set[type], field: pa.Field) -> pa.Array:
    mark = (field.metadata or {}).get(b"ketensluis", b"").decode()
    if mark == "partial_date" and kinds <= {date, datetime}:
        return pa.array([None if v is None else v.year * 10000 + v.month * 100 + v.day for v in values],  # type: ignore[attr-defined]
                        field.type)
    if mark in _IN_HUNDREDTHS and Decimal in kinds and any(map(_with_decimals, values)):
        # numeric(9,2) is of euros as a rule, also where all happen to be whole: read as cents that is a factor 100.
        raise Misfit(f"geeft getallen met decimalen, en verwacht {_IN_HUNDREDTHS[mark]}; gebruik "
                     "CAST(... * 100 AS bigint), of CAST(... AS bigint) als zij dat al zijn.")
    if kinds <= {Decimal} and all(map(_is_whole, values)):
        values, kinds = [None if v is None else int(v) for v in values], {int}  # type: ignore[call-overload]
    if kinds - {int}:
        hint = f" (verwacht {_IN_HUNDREDTHS[mark]}: vermenigvuldig met 100)" if mark in _IN_HUNDREDTHS else ""
        raise Misfit(f"geeft geen hele getallen{hint}; pas de query aan.")
    return _build(values, field)


def _with_decimals(value: object) -> bool:
    """Also 12.00: the scale of the column, not of the value."""
    return isinstance(value, Decimal) and value.is_finite() and int(value.as_tuple().exponent) < 0


def _is_whole(value: object) -> bool:
    """Nothing, or a number without decimals that count; PostgreSQL has numerics that are no number."""
    return not isinstance(value, Decimal) or (value.is_finite() and value == value.to_integral_value())


def _day(values: Sequence[object], kinds: set[type], field: pa.Field) -> pa.Array:
    if kinds <= {datetime}:
        if any(v is not None and (v.hour or v.minute or v.second) for v in values):  # type: ignore[attr-defined]
            raise Misfit("geeft momenten in plaats van datums; gebruik CAST(... AS date).")
        values, kinds = [None if v is None else v.date() for v in values], {date}  # type: ignore[attr-defined]
    if kinds - {date}:
        raise Misfit("geeft geen datums; gebruik CAST(... AS date).")
    return _build(values, field)


def _moment(values: Sequence[object], kinds: set[type], field: pa.Field) -> pa.Array:
    if kinds - {datetime}:
        raise Misfit("geeft geen momenten; gebruik CAST(... AS timestamp).")
    # Without a zone a moment is UTC, as the model says; the model counts in milliseconds.
    return pa.array([_in_milliseconds(v) if isinstance(v, datetime) else None for v in values], field.type)


def _in_milliseconds(value: datetime) -> datetime:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.replace(microsecond=aware.microsecond // 1000 * 1000)


def _flag(values: Sequence[object], kinds: set[type], field: pa.Field) -> pa.Array:
    if kinds <= {int, bool, Decimal} and all(v is None or v in (0, 1) for v in values):
        return pa.array([None if v is None else bool(v) for v in values], field.type)
    raise Misfit("geeft geen ja/nee; gebruik een boolean of 0 en 1.")


def _build(values: Sequence[object], field: pa.Field) -> pa.Array:
    try:
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, OverflowError):
        raise Misfit(f"heeft getallen die niet in {field.type} passen.") from None


_Take = Callable[[Sequence[object], set[type], pa.Field], pa.Array]
_TAKES: tuple[tuple[Callable[[pa.DataType], bool], _Take], ...] = (
    (pa.types.is_integer, _whole), (pa.types.is_date, _day), (pa.types.is_timestamp, _moment),
    (pa.types.is_boolean, _flag),
)
