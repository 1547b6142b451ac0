"""Burgerservicenummers: elfproef by column, pseudonyms, and text in which none may be read."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.bsn import Bsn, elfproef, mask, passes, pseudonyms

KEY = b"a key of this test"


def by_the_book(text: str) -> bool:
    """9·d1 + 8·d2 + … + 2·d8 − 1·d9 divisible by 11, not all zeros."""
    digits = [int(c) for c in text]
    return any(digits) and sum(w * d for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True)) % 11 == 0


@pytest.mark.parametrize(("value", "good"), [
    ("111222333", True), ("123456782", True), ("111111110", True), ("999990019", True),
    ("123456789", False), ("000000000", False), ("12345678", False), ("1234567820", False), ("", False),
    ("11122233A", False), (" 11222333", False), ("111222333\n", False), ("١١١٢٢٢٣٣٣", False), (None, False),
])
def test_known_numbers(value: str | None, good: bool) -> None:
    assert elfproef(pa.array([value], pa.string())).to_pylist() == [good]


@given(st.lists(st.integers(0, 999_999_999).map(lambda n: f"{n:09d}")))
def test_the_column_says_what_the_rule_says(values: list[str]) -> None:
    expected = [by_the_book(value) for value in values]
    assert elfproef(pa.array(values, pa.string())).to_pylist() == expected
    assert [passes(value) for value in values] == expected


def test_chunks_and_nothing() -> None:
    chunked = pa.chunked_array([["111222333"], [], [None, "123456789"]], pa.string())
    assert elfproef(chunked).to_pylist() == [True, False, False]
    assert len(elfproef(pa.array([], pa.string()))) == 0


def test_pseudonyms_depend_on_the_key_only() -> None:
    column = pa.chunked_array([["111222333", None], ["111222333", "123456782"]], pa.string())
    names = pseudonyms(column, KEY).to_pylist()
    assert names[0] == names[2] != names[3]
    assert names[1] is None
    assert all(name.startswith("p:") and len(name) == 22 for name in names if name)
    assert pseudonyms(column, b"another").to_pylist()[0] != names[0]
    assert Bsn("111222333").pseudonym(KEY) == names[0]


def test_pseudonym_is_hmac_sha256() -> None:
    # Computed apart: printf 111222333 | openssl dgst -sha256 -hmac 'a key of this test'
    import hashlib

    inner = hashlib.sha256(bytes(b ^ 0x36 for b in KEY.ljust(64, b"\0")) + b"111222333").digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in KEY.ljust(64, b"\0")) + inner).hexdigest()
    assert pseudonyms(pa.array(["111222333"]), KEY).to_pylist() == ["p:" + outer[:20]]


@pytest.mark.parametrize(("text", "safe"), [
    ("klant 111222333 niet gevonden", "klant [bsn] niet gevonden"),
    ("(123456782)", "([bsn])"),
    ("nummer 123456789 is geen BSN", "nummer 123456789 is geen BSN"),
    ("1112223330 is langer", "1112223330 is langer"),
    ("111222333,123456782", "[bsn],[bsn]"),
    ("klant 1234.56.782 en 1112 22 333", "klant [bsn] en [bsn]"),
    ("1234.56.789 is geen BSN, 1.234.567,82 een bedrag", "1234.56.789 is geen BSN, 1.234.567,82 een bedrag"),
    ("", ""),
])
def test_mask(text: str, safe: str) -> None:
    assert mask(text) == safe


def test_a_bsn_in_hand_does_not_show_itself() -> None:
    one = Bsn("111222333")
    assert "111222333" not in f"{one!r} {one} {[one]} {vars(type(one))}"
    assert one == Bsn("111222333") != Bsn("123456782")
    assert len({one, Bsn("111222333")}) == 1
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(ValueError, match="geldig") as refused:
        Bsn("123456789")
    assert "123456789" not in str(refused.value)
