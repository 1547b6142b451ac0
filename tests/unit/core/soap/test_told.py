"""What a message is known by, and what is kept of it."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.soap.told import Judged, Told, message_id

DELIVERY, HASH = "dkd_reintegratie/0153/2026-10/0001", "a" * 64


def test_the_same_delivery_bytes_and_place_give_the_same_id_and_nothing_else_does():
    first = message_id(b"sleutel", DELIVERY, HASH, 7)
    assert first == message_id(b"sleutel", DELIVERY, HASH, 7) and str(UUID(first.removeprefix("urn:uuid:"))) in first
    others = {
        message_id(b"andere", DELIVERY, HASH, 7), message_id(b"sleutel", DELIVERY.replace("0001", "0002"), HASH, 7),
        message_id(b"sleutel", DELIVERY, "b" * 64, 7), message_id(b"sleutel", DELIVERY, HASH, 8),
    }  # fmt: skip
    assert len(others | {first}) == 5


@given(st.text(), st.text(), st.booleans(), st.binary())
def test_what_is_kept_comes_back_as_it_was(code, text, accepted, message):
    told = Told(Judged(accepted, code, text), "2026-11-29T08:00:00.000+00:00", "QUJD", message)
    assert Told.unpack(told.pack()) == told
