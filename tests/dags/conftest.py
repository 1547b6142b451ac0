"""A metadata database, the toy bundle, and a chain that does what the test tells it to."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from exchanges.core.errors import PartnerSilent
from exchanges.demo_brisk import brisk

BUNDLE = Path(__file__).parent / "bundle"
_LOCAL = "airflow.dag_processing.bundles.local.LocalDagBundle"


@dataclass
class FakeChain:
    """Stands in for ``exchanges.core.run``: remembers the calls, and fails where the test says so.

    ``broken[(gemeente, step)]`` is called with the number of the attempt, from 1, and may raise.
    """

    municipalities: list[str] = field(default_factory=lambda: ["0153", "0344", "0363"])
    broken: dict[tuple[str, str], Callable[[int], None]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    periods: list[str] = field(default_factory=list)
    methods: list[str | None] = field(default_factory=list)
    actors: list[str | None] = field(default_factory=list)

    def gemeenten(self, exchange_id: str) -> list[str]:
        return list(self.municipalities)

    def open_run(
        self, exchange_id: str, gemeente: str, period: str, *, method: str | None = None, actor: str | None = None
    ) -> str:
        self.periods.append(period)
        self.actors.append(actor)
        self.methods.append(method)
        self._reached(gemeente, "open")
        return f"{exchange_id}/{gemeente}/{period}/0001"

    def run_step(self, delivery_id: str, step: str) -> dict[str, Any]:
        self._reached(delivery_id.split("/")[1], step)
        return {"step": step, "records": 3}

    def _reached(self, gemeente: str, step: str) -> None:
        self.calls.append((gemeente, step))
        if breaks := self.broken.get((gemeente, step)):
            breaks(self.calls.count((gemeente, step)))

    def steps_of(self, gemeente: str) -> list[str]:
        return [step for of, step in self.calls if of == gemeente]


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch, repo: Path) -> Iterator[None]:
    """And every DAG in a bundle of its own: with every run Airflow reads and writes down the bundle it is in, whole."""
    _bundles(monkeypatch, {path.stem: path for path in (repo / "dags").glob("*.py")})
    with brisk():
        yield


def _bundles(monkeypatch: pytest.MonkeyPatch, places: Mapping[str, Path]) -> None:
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps([
        {"name": name, "classpath": _LOCAL, "kwargs": {"path": str(path)}} for name, path in places.items()
    ]))  # fmt: skip


@pytest.fixture(scope="session")
def metadata() -> None:
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch) -> FakeChain:
    import exchanges.core

    fake = FakeChain()
    module = ModuleType("exchanges.core.run")
    for name in ("gemeenten", "open_run", "run_step"):
        setattr(module, name, getattr(fake, name))
    # `from exchanges.core import run` looks at the package first, at sys.modules when that has no such attribute.
    monkeypatch.setitem(sys.modules, "exchanges.core.run", module)
    monkeypatch.setattr(exchanges.core, "run", module, raising=False)
    return fake


@pytest.fixture
def toy(metadata: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The DAG of the toy exchange, in a bundle of its own."""
    from airflow.dag_processing.dagbag import DagBag

    _bundles(monkeypatch, {"proef": BUNDLE})
    bag = DagBag(dag_folder=str(BUNDLE))
    assert bag.import_errors == {}
    yield bag.dags["proef_levering"]


def silent_until(attempt: int) -> Callable[[int], None]:
    def step(number: int) -> None:
        if number < attempt:
            raise PartnerSilent("Nog geen verwerkingsverslag.")

    return step
