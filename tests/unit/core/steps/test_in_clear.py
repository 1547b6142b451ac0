"""Nothing of the message lies in clear on disk, in no step: it is made, checked and sent as it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchanges.administration.demo import generate
from exchanges.core import run
from exchanges.core.errors import BusinessError
from exchanges.core.transport import folder
from tests.chain import Chain, chain

STEPS = ("build", "check", "reconcile", "deliver")


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chain:
    monkeypatch.setenv("KETENSLUIS_KEYS", "")
    generate(tmp_path / "bron", "0153", 40, 1)
    return chain(tmp_path / "huis", tmp_path / "bron")


def in_clear(town: Chain) -> list[str]:
    """Files of ours with a record of the message in them."""
    own = [path for path in town.home.rglob("*") if path.is_file() and not path.is_relative_to(town.partner)]
    return [path.name for path in own if b"Burgerservicenr>" in path.read_bytes()]


def looking(town: Chain, seen: dict[str, list[str]], name: str, honest: Callable[..., Any]) -> Callable[..., Any]:
    def then(*given: Any, **named: Any) -> Any:
        result = honest(*given, **named)
        seen[name] = in_clear(town)
        return result

    return then


def test_in_no_step(town: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a step makes is there until it is over, so a look at its end sees it."""
    seen: dict[str, list[str]] = {}
    for step in STEPS:
        monkeypatch.setitem(run.FUNCTIONS["out"], step, looking(town, seen, step, run.FUNCTIONS["out"][step]))
    delivery = town.open()
    assert town.deliver(delivery) is None
    assert seen == {step: [] for step in STEPS}
    channel = folder.FolderChannel
    monkeypatch.setattr(channel, "deliver", looking(town, seen, "resend", channel.deliver))
    for path in (town.partner / "in").iterdir():
        path.unlink()
    assert town.resend(delivery) and seen["resend"] == []
    # What was looked for is what is sent.
    assert b"Burgerservicenr>" in (town.partner / "in" / town.inbox[0]).read_bytes()


def test_what_was_altered_meanwhile_is_not_sent_and_leaves_nothing_there(
    town: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read while it is sent: the last of it may turn out to be other bytes."""
    delivery = town.open()
    assert town.deliver(delivery, "approve") is None
    sha256 = str(town.ledger.step_result(delivery, "build").details["sha256"])
    [path] = town.home.glob(f"artefacten/0153/*/{sha256}")
    whole, honest = path.read_bytes(), folder._FolderFiles.write

    def altered(self: Any, name: str, chunks: Any) -> None:
        path.chmod(0o644)
        with path.open("r+b") as file:
            file.seek(len(whole) // 2)
            file.write(bytes(8))
        honest(self, name, chunks)

    with monkeypatch.context() as patch:
        patch.setattr(folder._FolderFiles, "write", altered)
        stopped = town.deliver(delivery)
    assert isinstance(stopped, BusinessError) and "is veranderd nadat het is opgeslagen" in str(stopped)
    assert list((town.partner / "in").iterdir()) == []
