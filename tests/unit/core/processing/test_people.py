"""Everybody once, with the furthest they came; against a dictionary."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.processing.people import parted, people, written

BSN = st.one_of(
    st.integers(0, 40).map("{:09d}".format),
    st.integers(999_999_990, 999_999_999).map(str),
    st.sampled_from(["", "12345678", "1234567890", "12345678x", "x23456789", "é2345678", " 12345678", "12345678/"]),
    st.none(),
)
COLUMN = st.lists(st.lists(BSN, max_size=12), max_size=3).map(
    lambda chunks: pa.chunked_array([pa.array(one, pa.string()) for one in chunks], pa.string())
)


@given(st.lists(st.tuples(COLUMN, st.integers(0, 3)), max_size=4))
def test_everybody_once_with_the_furthest_they_came(columns):
    furthest: dict[str, int] = {}
    for column, stage in columns:
        for value in column.to_pylist():
            if value is not None:
                furthest[value] = max(stage, furthest.get(value, 0))
    found = people(columns)
    names = [f"{number:09d}" for number in found.numbers.tolist()] + found.texts
    assert len(set(names)) == len(names)
    assert dict(zip(names, found.reached.tolist(), strict=True)) == furthest
    assert found.numbers.tolist() == sorted(found.numbers.tolist())


@given(st.lists(BSN, max_size=20), st.integers(0, 5), st.integers(0, 20))
def test_also_of_a_slice_in_the_order_it_has(values, start, length):
    part = pa.array(values, pa.string()).slice(start, length)
    numbers, others = parted(part)
    there = [value for value in part.to_pylist() if value is not None]
    digits = [value for value in there if len(value) == 9 and value.isascii() and value.isdigit()]
    assert [f"{number:09d}" for number in numbers.tolist()] == digits
    assert others == [value for value in there if value not in digits]


@given(st.lists(st.integers(0, 999_999_999), max_size=8))
def test_what_is_written_is_the_number(numbers):
    rows = written(np.array(numbers, np.uint32), 16)
    assert [bytes(row) for row in rows] == [f"{number:09d}".encode() + b"\0" * 7 for number in numbers]
