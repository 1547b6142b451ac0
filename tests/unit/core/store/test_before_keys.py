"""What was stored before there were keys: read, never trusted, and sealed where it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.store.converting import seal_plain
from tests.unit.core.store.place import DATA, KEY, SHA, Place, put


def test_what_was_stored_before_can_be_read(place: Place, file: Path) -> None:
    before = place.store(sealed=False)
    before.put_bytes("0153", DATA, name="x", media_type="x")
    before.quarantine("0153", file, "oud")
    later = place.store()
    assert later.local("0153", SHA).read_bytes() == DATA and later.size("0153", SHA) == len(DATA)
    with later.open("0153", SHA) as stream:
        assert stream.read() == DATA
    assert [one.reason for one in later.quarantined("0153")] == ["oud"]
    place.write(KEY, DATA[:-1] + b"?")
    with pytest.raises(BusinessError, match="is veranderd"):
        place.store().local("0153", SHA)


def test_what_changes_while_it_is_sealed_is_left_as_it_is(
    place: Place, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a reason no sha256 tells that it is whole; and nothing half stays of what was begun."""
    before = place.store(sealed=False)
    before.put_bytes("0153", DATA, name="x", media_type="x")
    before.quarantine("0153", file, "oud")
    place.write(KEY, DATA[:-1] + b"?")
    sealing = place.store().sealing
    assert sealing is not None
    honest = sealing.backend.size
    monkeypatch.setattr(sealing.backend, "size", lambda key: (honest(key) or 0) + key.endswith(".json"))
    there = place.all()
    done = seal_plain(sealing, "0153")
    note = f"0153/quarantaine/{SHA}.reason.json"
    assert (done.sealed, done.before, sorted(done.altered)) == (1, 0, sorted([KEY, note]))
    assert {name for name in place.all() if "sleutels" not in name} == set(there)
    assert [place.all()[name] == there[name] for name in (KEY, note)] == [True, True]


def test_without_keys_what_is_sealed_is_not_handed_out(place: Place) -> None:
    put(place)
    plain = place.store(sealed=False)
    calls: list[Callable[[], Any]] = [lambda: plain.local("0153", SHA), lambda: plain.open("0153", SHA)]
    for call in calls:
        with pytest.raises(UsageError, match="KETENSLUIS_KEYS"):
            call()
