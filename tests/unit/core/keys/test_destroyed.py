"""Destroying a key that was cut off: whatever was done of it, doing it again ends it, and that is in the books once."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.errors import UsageError
from exchanges.core.keys import manage
from exchanges.core.keys.sources import FolderKeys
from exchanges.core.ledger import Ledger
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from exchanges.core.store.opening import open_store


def told(ledger: Ledger) -> list[str]:
    return [one.action for one in ledger.events(None) if one.action.startswith("sleutel.vernietig")]


@pytest.mark.parametrize("at", ["before it goes", "written over", "gone"])
def test_a_destruction_that_was_cut_off_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    settings = Settings(home=tmp_path)
    ledger = open_ledger(settings)
    open_store(settings).put_bytes("0153", b"iets", name="x", media_type="x")
    path, unlink, destroy = settings.root / "sleutels" / "0153.sleutel", Path.unlink, FolderKeys.destroy
    key = path.read_bytes()

    def killed(*given: object, **more: object) -> bool:
        if at == "gone":
            destroy(*given, **more)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    def held(self: Path, missing_ok: bool = False) -> None:
        if self == path:
            raise KeyboardInterrupt
        unlink(self, missing_ok=missing_ok)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        if at == "written over":
            patch.setattr(Path, "unlink", held)
        else:
            patch.setattr(FolderKeys, "destroy", killed)
        manage.destroy(settings, ledger, "0153", actor="J. Jansen", reason="vertrokken")
    there = path.read_bytes() if path.exists() else None
    assert (there is None, there == key) == (at == "gone", at == "before it goes")
    assert told(ledger) == ["sleutel.vernietigen"]
    where = manage.destroy(settings, ledger, "0153", actor="P. Bakker", reason="nog eens")
    assert str(path) in where and not path.exists() and told(ledger)[-1] == "sleutel.vernietigd"
    with pytest.raises(UsageError, match="hier niet te vernietigen"):
        manage.destroy(settings, ledger, "0153", actor="P. Bakker", reason="en nog eens")
    assert told(ledger).count("sleutel.vernietigd") == 1
