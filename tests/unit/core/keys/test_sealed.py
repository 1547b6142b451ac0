"""Sealed bytes: whatever the size and however they are given they come back, and whatever is done to them is found."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.keys import sealed
from exchanges.core.keys.sealed import (
    END_BYTES,
    HEAD_BYTES,
    PIECE,
    TAG_BYTES,
    Broken,
    DataKey,
    Sealer,
    Unsealed,
    head_of,
    is_sealed,
    seal,
    sealed_size,
    size_of,
)

KEY = DataKey(b"12345678", os.urandom(32))
PLACE = "0153/ab/abcdef"


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many pieces of few bytes do what a few of many would, in a fraction of the time."""
    monkeypatch.setattr(sealed, "PIECE", 64)


def closed(data: bytes, key: DataKey = KEY, place: str = PLACE) -> bytes:
    return b"".join(seal([data], Sealer(key), lambda: place))


def opened(data: bytes, key: DataKey = KEY, place: str = PLACE) -> bytes:
    return b"".join(content(BytesIO(data), key, place).blocks())


def content(source: BytesIO, key: DataKey = KEY, place: str = PLACE) -> Unsealed:
    return Unsealed(source, head_of(sealed.read_fully(source, HEAD_BYTES)), key, place)


class Drop(BytesIO):
    """A file that gives a few bytes at a time, and says nothing when it is sought in: as one over SFTP."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 7))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        super().seek(offset, whence)
        return None  # type: ignore[return-value]


EDGES = st.sampled_from([0, 1, 63, 64, 65, 127, 128, 129, 640]) | st.integers(0, 1000)


@given(EDGES, st.binary(min_size=1, max_size=1))
def test_any_size_comes_back(size: int, byte: bytes) -> None:
    data = byte * size
    there = closed(data)
    assert is_sealed(there) and head_of(there).key_id == KEY.id
    assert (size_of(BytesIO(there)), content(BytesIO(there)).size, sealed_size(size)) == (size, size, len(there))
    assert opened(there) == data == b"".join(content(Drop(there)).blocks())
    assert size < 16 or data not in there


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_however_it_is_given(blocks: list[bytes]) -> None:
    """Blocks of any size, bit by bit: what lies there is as long, and the same content."""
    sealer = Sealer(KEY)
    there = sealer.head
    for block in blocks:
        there += b"".join(sealer.add(memoryview(block)))
    there += b"".join(sealer.end(PLACE))
    data = b"".join(blocks)
    assert (sealer.size, len(there), opened(there)) == (len(data), sealed_size(len(data)), data)


@given(st.integers(1, 500), st.data())
def test_any_piece_by_itself(size: int, data: st.DataObject) -> None:
    there = os.urandom(size)
    file = content(BytesIO(closed(there)))
    for number in data.draw(st.lists(st.integers(0, (size - 1) // 64), max_size=6)):
        assert file.piece(number) == there[number * 64 : number * 64 + 64]


def half(sealer: Sealer) -> None:
    """Somebody stops asking, after the first of two pieces."""
    given = sealer.add(bytes(128))
    next(given)
    given.close()  # type: ignore[attr-defined]


def broken(sealer: Sealer) -> None:
    """A piece that could not be sealed, as when memory is out."""
    honest, sealer._piece = sealer._piece, lambda content: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    with pytest.raises(ZeroDivisionError):
        list(sealer.add(bytes(128)))
    sealer._piece = honest  # type: ignore[method-assign]


def busy(sealer: Sealer) -> None:
    """Another thread is at it."""
    sealer.going = sealer.add(bytes(128))  # type: ignore[attr-defined]
    next(sealer.going)  # type: ignore[attr-defined]


@pytest.mark.parametrize("before", [lambda sealer: list(sealer.end(PLACE)), half, broken, busy],
                         ids=["ended", "left halfway", "after an error", "busy"])  # fmt: skip
def test_nothing_is_sealed_that_would_use_a_nonce_again_or_vouch_for_a_part(before: Callable[[Sealer], None]) -> None:
    """Two ends, of two places, would give away what forges a piece; and an end after a half gives a file that opens."""
    sealer = Sealer(KEY)
    list(sealer.add(b"begin"))
    before(sealer)
    for call in (lambda: sealer.add(b"iets"), lambda: sealer.end(PLACE), lambda: sealer.end("0344/ab/abcdef")):
        with pytest.raises(RuntimeError, match="busy, was left halfway or has ended"):
            list(call())


def test_in_pieces_of_the_real_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "PIECE", PIECE)
    for size in (PIECE - 1, PIECE, PIECE + 1, 2 * PIECE):
        data = os.urandom(size)
        there = closed(data)
        assert opened(there) == data
        assert len(there) == HEAD_BYTES + size + -(-size // PIECE) * TAG_BYTES + END_BYTES


def test_the_same_bytes_are_never_sealed_the_same() -> None:
    """So nobody can tell that two municipalities, or two months, have the same file."""
    first, second = closed(bytes(200)), closed(bytes(200))
    assert len(first) == len(second) and first[HEAD_BYTES:] != second[HEAD_BYTES:]
    assert opened(first) == opened(second)


@given(st.integers(0, 300), st.data())
def test_one_bit_anywhere_is_found(size: int, data: st.DataObject) -> None:
    there = bytearray(closed(os.urandom(size)))
    place = data.draw(st.integers(0, len(there) - 1))
    there[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Broken):
        opened(bytes(there))


@given(st.integers(0, 300), st.data())
def test_cut_off_anywhere_or_longer_is_found(size: int, data: st.DataObject) -> None:
    there = closed(os.urandom(size))
    for wrong in (there[: data.draw(st.integers(0, len(there) - 1))], there + b"x", there + there[HEAD_BYTES:]):
        with pytest.raises(Broken):
            opened(wrong)


def parts(there: bytes) -> list[bytes]:
    step = 64 + TAG_BYTES
    body = there[HEAD_BYTES:-END_BYTES]
    return [body[place : place + step] for place in range(0, len(body), step)]


ORDERS: dict[str, Callable[[list[bytes], list[bytes]], list[bytes]]] = {
    "swapped": lambda own, other: [own[1], own[0], *own[2:]],
    "the last first": lambda own, other: [own[-1], *own[1:-1], own[0]],
    "one twice": lambda own, other: [own[0], own[0], *own[2:]],
    "one left out": lambda own, other: [own[0], *own[2:]],
    "of another file": lambda own, other: [own[0], other[1], *own[2:]],
    "all of another file": lambda own, other: other,
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_pieces_in_another_order_or_of_another_file_are_found(order: Callable[..., list[bytes]]) -> None:
    data = os.urandom(256)
    own, other = closed(data), closed(data)
    begin, end = own[:HEAD_BYTES], own[-END_BYTES:]
    assert opened(begin + b"".join(parts(own)) + end) == data
    for last in (end, other[-END_BYTES:]):
        with pytest.raises(Broken):
            opened(begin + b"".join(order(parts(own), parts(other))) + last)


@pytest.mark.parametrize("kept", [0, 1])
def test_another_size_at_the_end_does_not_pass_for_a_shorter_file(kept: int) -> None:
    there = closed(bytes(128))
    shorter = there[:HEAD_BYTES] + b"".join(parts(there)[:kept])
    with pytest.raises(Broken):
        opened(shorter + (64 * kept).to_bytes(8, "big") + there[-TAG_BYTES:])


def test_the_end_is_no_piece_and_a_piece_no_end() -> None:
    """An end of an empty file in the place of a piece without content, and the other way round."""
    there, nothing = closed(bytes(64)), closed(b"")
    tag = there[HEAD_BYTES + 64 : HEAD_BYTES + 64 + TAG_BYTES]
    with pytest.raises(Broken):
        opened(there[:HEAD_BYTES] + bytes(8) + tag)
    with pytest.raises(Broken):
        opened(there[:HEAD_BYTES] + nothing[HEAD_BYTES:])


@pytest.mark.parametrize("place", ["0344/ab/abcdef", "0153/ab/abcdee", "0153/quarantaine/abcdef", ""])
def test_in_another_place_it_does_not_open(place: str) -> None:
    with pytest.raises(Broken):
        opened(closed(b"iets"), place=place)


def test_with_another_key_it_does_not_open() -> None:
    with pytest.raises(Broken):
        opened(closed(b"iets"), key=DataKey(KEY.id, os.urandom(32)))


def test_the_format_as_it_is_written_down() -> None:
    """Read by another hand, from the description alone: what is sealed today can be read without this program."""
    data = os.urandom(150)
    there = closed(data)
    head, body, end = there[:48], there[48:-24], there[-24:]
    assert head[:16] == b"\xd7SLUIS2\n" + KEY.id and int.from_bytes(end[:8], "big") == 150
    cipher = AESGCM(HKDF(SHA256(), 32, head[16:], b"ketensluis bestand v2").derive(KEY.secret))
    found = []
    for number, begin in enumerate(range(0, len(body), 80)):
        nonce = bytes(7) + number.to_bytes(4, "big") + b"\0"
        found.append(cipher.decrypt(nonce, body[begin : begin + 80], head))
    assert b"".join(found) == data
    last = bytes(7) + len(found).to_bytes(4, "big") + b"\1"
    assert cipher.decrypt(last, end[8:], head + end[:8] + PLACE.encode()) == b""


def test_what_is_read_before_the_end_is_certain() -> None:
    """Altered in the last piece: what came before it is the content, of which nothing was changed."""
    data = os.urandom(200)
    there = bytearray(closed(data))
    there[-END_BYTES - 1] ^= 1
    got = b""
    with pytest.raises(Broken):
        for block in content(BytesIO(bytes(there))).blocks():
            got += block
    assert got == data[:192]


def test_after_what_was_altered_nothing_more_is_given() -> None:
    there = bytearray(closed(bytes(200)))
    there[HEAD_BYTES] ^= 1
    blocks = content(BytesIO(bytes(there))).blocks()
    with pytest.raises(Broken):
        next(blocks)
    assert list(blocks) == []


@pytest.mark.parametrize("kept", [0, 5, HEAD_BYTES, HEAD_BYTES + 64 + TAG_BYTES])
def test_a_file_that_becomes_shorter_after_it_was_opened_is_broken(kept: int) -> None:
    file = BytesIO(closed(bytes(200)))
    there = content(file)
    file.truncate(kept)
    with pytest.raises(Broken):
        list(there.blocks())


@pytest.mark.parametrize("length", [0, 8, END_BYTES, HEAD_BYTES, HEAD_BYTES + END_BYTES - 1])
def test_what_is_too_short_has_no_size(length: int) -> None:
    with pytest.raises(Broken):
        size_of(BytesIO(closed(b"")[:length]))


def test_another_version_of_the_format_is_sealed_too() -> None:
    """It is not opened, and never taken for a file in clear."""
    assert is_sealed(b"\xd7SLUIS1\n" + bytes(60)) and is_sealed(b"\xd7SLUIS9\n")
    assert not is_sealed(b"SLUIS2\n") and not is_sealed(b"")


def test_a_file_that_becomes_shorter_while_it_is_opened_is_broken() -> None:
    class Shrinking(BytesIO):
        def tell(self) -> int:
            length = super().tell()
            self.truncate(length - 20)
            return length

    there = closed(bytes(200))
    with pytest.raises(Broken):
        content(Shrinking(there))


@pytest.mark.parametrize("place", [-1, -END_BYTES, 20], ids=["tag of the end", "size", "salt"])
def test_what_the_end_does_not_vouch_for_is_not_opened_at_all(place: int) -> None:
    there = bytearray(closed(bytes(200)))
    there[place] ^= 1
    with pytest.raises(Broken):
        content(BytesIO(bytes(there)))


@pytest.mark.parametrize("begin", [b"", b"PAR1", b"<?xml ", b"\xd7SLUIS2\n", b"\xd7SLUIS1\n" + bytes(60)])
def test_what_was_never_sealed_is_not_taken_for_it(begin: bytes) -> None:
    with pytest.raises(Broken):
        head_of(begin)


def test_a_key_is_not_shown() -> None:
    assert KEY.secret.hex() not in repr(KEY) and repr(KEY.secret) not in repr(KEY)
