"""Every write, fsync, rename, new file and new folder of a whole delivery: killed there, and no room from there on.

``make reliability`` climbs all of them, which takes minutes. Otherwise all are climbed for a full disk while something
is sent, and else some of the calls in a step that do the same to the same kind of file stand for the others (Ladder);
of what is received only the steps that others see something of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from exchanges.core.chain import STEPS
from exchanges.simulators.uwv_responses import free_bsns
from tests.chain import chain
from tests.needs import need
from tests.rows import write_csv
from tests.signals import town as town_of_signals
from tests.system.reliability import cases
from tests.system.reliability.cases import Case
from tests.system.reliability.conftest import WRITES, Account
from tests.system.reliability.forge import Forge, Order
from tests.system.reliability.scene import DELIVERY, FINE, ROWS, Scene, Stage

pytestmark = pytest.mark.system
RECEIVED = "ib_samenloop/0153/2026-10/0001"
KILLED = "every" if WRITES in os.environ else "some"


def climb(forge: Forge, home: Path, delivery: str, acts: Iterable[tuple[str, str]],
          rungs: str, passed: Collection[str] = ()) -> dict[str, list[dict[str, Any]]]:  # fmt: skip
    """Each act in turn, climbed; those of the partner and the steps ``passed`` are done as they are."""
    need("cc")
    seen: dict[str, list[dict[str, Any]]] = {"killed": [], "full": []}
    for name, argument in acts:
        climbed = name != "answer" and argument not in passed
        act = ("climb", f"{rungs}:{name}:{argument}") if climbed else (name, argument)
        (ended,) = forge.run(Order(home, delivery, [act]))
        assert ended == FINE, (name, argument, ended)
        if climbed:
            for how, found in json.loads(home.with_name(f"{home.name}.json").read_text("utf-8")).items():
                assert found["wrong"] == [], (name, argument, how)
                seen[how].append(found)
    return seen


def told(account: Account, killed: Case, full: Case, seen: dict[str, list[dict[str, Any]]],
         at_least: dict[str, int]) -> None:  # fmt: skip
    """How many rungs there are depends on the versions of what is below us; that all steps have them does not."""
    for how, found in seen.items():
        assert all(one["rungs"] > 5 and one["states"] for one in found), found
        assert sum(one["rungs"] for one in found) > at_least[how]
    account(killed, "na elke trede hetzelfde eind: boeken, bestanden en wat de partner heeft; de keten sluit")
    # Each is held against what it must be where it was heard (Ladder); which of them are heard is for chance to say.
    assert all(one["said"] for one in seen["full"])
    account(full, "telkens één regel, met de schijf en waarvoor geen ruimte was; daarna na elke trede hetzelfde eind")


def _most(rungs: int) -> int:
    return rungs if KILLED == "every" else 100


def test_a_delivery_that_is_sent(stage: Stage, account: Account, memory: Path) -> None:
    town = chain(memory / "huis", write_csv(memory / "bron", ROWS), kind="csv")
    steps = [("step", step) for step in STEPS["out"]]
    steps.insert(STEPS["out"].index("receipt"), ("answer", ""))
    seen = climb(stage.forge, town.home, DELIVERY, [("open", ""), *steps], f"{KILLED}/every")
    assert Scene(stage.forge, town, stage.right).seen().wrong == []
    told(account, cases.LADDER_OUT, cases.FULL_OUT, seen, {"killed": _most(800), "full": 800})


def test_a_delivery_that_is_received(stage: Stage, account: Account, memory: Path) -> None:
    town = town_of_signals(memory / "huis", list(islice(free_bsns(), 40)))
    town.put("2026-10", town.month("2026-10", 4, kinds=("INK",)))
    acts = [("open", ""), *(("step", step) for step in STEPS["in"])]
    passed = () if KILLED == "every" else ("check", "read", "compare", "reconcile", "report")
    seen = climb(stage.forge, town.chain.home, RECEIVED, acts, f"{KILLED}/some", passed)
    assert town.chain.delivery(RECEIVED).state == "published" and town.lists()
    told(account, cases.LADDER_IN, cases.FULL_IN, seen, {"killed": _most(800), "full": 70})
