"""The colleague of the demo: what goes wrong with who must agree is told, and nobody waits for who is gone."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from exchanges import demo_agreed
from exchanges.core.approve import desk
from exchanges.core.errors import BusinessError, TechnicalError
from exchanges.demo_agreed import Colleague


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_agreed, "_PAUSE", 0.01)


def test_trouble_ends_what_would_wait_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def trouble() -> Any:
        raise BusinessError("Het kan niet.")

    monkeypatch.setattr(desk, "waiting", trouble)
    waited = []
    with pytest.raises(BusinessError, match=r"Het kan niet\."), Colleague():
        waited.append(time.sleep(20))
    assert waited == []


def test_books_that_somebody_else_writes_are_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    given, looks = [], []
    shown = SimpleNamespace(as_dict=lambda: {"sha256": "ab", "summary": "cd"})

    def waiting() -> list[Any]:
        looks.append(1)
        if len(looks) < 3:
            raise TechnicalError("Het register is bezet.")
        return [] if given else [SimpleNamespace(delivery=SimpleNamespace(id="een"), shown=shown)]

    monkeypatch.setattr(desk, "waiting", waiting)
    monkeypatch.setattr(desk, "give", lambda id, **said: given.append((id, said["actor"], said["sha256"])))
    with Colleague():
        end = time.monotonic() + 10
        while not given and time.monotonic() < end:
            time.sleep(0.01)
    assert given == [("een", demo_agreed.WHO, "ab")]


def test_what_went_wrong_in_the_run_itself_comes_first() -> None:
    with pytest.raises(BusinessError, match="Met de levering"), Colleague():
        raise BusinessError("Met de levering.")
