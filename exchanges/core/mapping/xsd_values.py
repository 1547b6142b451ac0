"""Amounts and days as XML Schema's own types write them: ``xs:decimal`` with cents, ``xs:date``.

An amount is whole cents all the way: Arrow's 128-bit decimals hold the very number, and no float is in sight.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.mapping.columns import characters, one_array

# Two words for each amount; one that an int64 can hold has nothing but its sign in the upper.
_CENTS = pa.decimal128(38, 2)
_PLAIN = np.zeros(256, np.bool_)
_PLAIN[np.frombuffer(b"0123456789.-", np.uint8)] = True
# Sign, euros, and the decimals that say something: with more zeros it is the same amount.
_AMOUNT = r"^(?P<sign>[+-]?)0*(?P<euros>[0-9]{0,17})(?:\.(?P<cents>[0-9]{0,2})0*)?$"
_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_BLANK = " \t\r\n"
# Before it Arrow reads a year 0, which there is not.
_FIRST = int(np.datetime64("0001-01-01").astype(np.int64))
_MISSING = pa.scalar(None, pa.string())


def write_euro(column: pa.Array) -> pa.Array:
    """Cents as ``-?[0-9]+\\.[0-9]{2}``. Raises TypeError for floats: what they hold may have been rounded."""
    if pa.types.is_floating(column.type):
        raise TypeError("amounts are whole cents")
    valid = pc.is_valid(column).buffers()[1] if column.null_count else None
    cents = pc.fill_null(pc.cast(column, pa.int64()), 0).to_numpy()
    words = np.stack([cents, cents >> 63], axis=1)
    return pc.cast(pa.Array.from_buffers(_CENTS, len(cents), [valid, pa.py_buffer(words)]), pa.string())


def read_euro(text: Any) -> pa.Array:
    """Cents of an ``xs:decimal`` with no more than two decimals; of anything else null."""
    text = one_array(text)
    amounts = None
    if all(_PLAIN[part].all() for part in characters(text)):
        with suppress(pa.ArrowInvalid):  # no digits, or more decimals
            amounts = pc.cast(text, _CENTS)
    if amounts is None:
        text = pc.ascii_trim(text, _BLANK)
        text = pc.if_else(pc.match_substring_regex(text, "[0-9]"), text, _MISSING)
        sign, euros, cents = pc.extract_regex(text, _AMOUNT).flatten()
        euros = pc.binary_join_element_wise(pc.if_else(pc.equal(sign, "-"), "-0", "0"), euros, "")
        amounts = pc.cast(pc.binary_join_element_wise(euros, cents, "."), _CENTS)
    words: npt.NDArray[np.int64] = np.frombuffer(amounts.buffers()[1] or b"", np.int64)
    low, high = words.reshape(-1, 2)[amounts.offset : amounts.offset + len(amounts)].T
    missing = pc.is_null(amounts).to_numpy(zero_copy_only=False)
    return pa.array(low, pa.int64(), mask=missing | (high != low >> 63))


def read_date(whole: Callable[[Any], pa.Array], text: Any) -> pa.Array:
    """Days of ``JJJJ-MM-DD``, those that exist; ``whole`` reads them written as eight digits."""
    text = one_array(text)
    with suppress(pa.ArrowInvalid):
        days = pc.cast(text, pa.date32())
        if (pc.min(pc.cast(days, pa.int32())).as_py() or 0) >= _FIRST:
            return days
    text = pc.ascii_trim(text, _BLANK)
    text = pc.if_else(pc.match_substring_regex(text, _DAY), text, _MISSING)
    return whole(pc.replace_substring(text, "-", ""))
