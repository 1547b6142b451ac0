"""Data keys while the key of the municipality is replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.keys import manage
from exchanges.core.keys.generations import Generations
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from exchanges.core.store.opening import open_store


def test_the_first_data_key_is_made_while_another_key_is_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written when who rotates has looked already, under a key that is gone then."""
    settings = Settings(home=tmp_path)
    ledger, honest, writes = open_ledger(settings), Generations._write, list[int]()
    manage.make(settings, ledger, "0153")

    def late(self: Generations, *given: object, **more: object) -> None:
        writes.append(len(writes))
        if len(writes) == 1:
            manage.rotate(settings, ledger, "0153")
        honest(self, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Generations, "_write", late)
    kept = open_store(settings).put_bytes("0153", b"iets", name="x", media_type="x")
    with open_store(settings).open("0153", kept.sha256) as stream:
        assert stream.read() == b"iets"
    assert manage.standing(settings, "0153").keys == 1
    manage.rotate(settings, ledger, "0153")
    with open_store(settings).open("0153", kept.sha256) as stream:
        assert stream.read() == b"iets"
