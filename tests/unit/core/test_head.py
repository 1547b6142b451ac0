"""The control total of a head is of all keys, whatever their order and however many are joined at a time."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pytest

from exchanges.core import head

KEYS = [f"{number:09d}" for number in (7, 1, 5, 3, 9, 2, 8)]


@pytest.mark.parametrize("at_once", [1, 2, 7, 100])
def test_the_control_total_is_over_the_sorted_keys_joined_by_newlines(monkeypatch, at_once):
    monkeypatch.setattr(head, "AT_ONCE", at_once)
    wanted = hashlib.sha256("\n".join(sorted(KEYS)).encode()).hexdigest()
    assert head.control_total(pa.chunked_array([KEYS[:3], KEYS[3:]])) == wanted
    assert head.control_total(pa.chunked_array([sorted(KEYS)])) == wanted


def test_of_nothing_it_is_that_of_nothing():
    assert head.control_total(pa.chunked_array([], pa.string())) == hashlib.sha256(b"").hexdigest()
