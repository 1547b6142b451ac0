"""kill -9 with the register on PostgreSQL: in the middle of every transaction of sending and of hearing the answer."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from exchanges.core.evidence.verify import verify_ledger
from exchanges.core.ledger import Ledger
from tests.servers.postgres import postgres_server
from tests.system.reliability import cases
from tests.system.reliability.conftest import Account
from tests.system.reliability.scene import DELIVERY, OUT, Scene, Stage
from tests.system.reliability.strike import Strike

pytestmark = pytest.mark.system
# Where a transaction has written and not ended, and where it has just ended; and the names that the partner sees.
PLACES = {
    "deliver": [("commit", "before"), ("commit", "after"), ("folder.rename", "before"), ("folder.rename", "after")],
    "receipt": [("commit", "before"), ("commit", "after")],
}


class Server:
    """One database, that is put back to how it was."""

    def __init__(self, template: str) -> None:
        self.address = template.format(database="proef")
        self._admin = sa.create_engine(
            template.format(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        self._do("CREATE DATABASE proef")

    def keep(self) -> None:
        self._do("DROP DATABASE IF EXISTS bewaard")
        self._do("CREATE DATABASE bewaard TEMPLATE proef")

    def back(self) -> None:
        self._do("DROP DATABASE proef WITH (FORCE)")
        self._do("CREATE DATABASE proef TEMPLATE bewaard")

    def _do(self, command: str) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(command)


@pytest.fixture
def server() -> Iterator[Server]:
    with postgres_server() as template:
        yield Server(template)


def wrong(scene: Scene, server: Server, step: str) -> list[str]:
    """What is not as it must be after the step was done again."""
    ledger = Ledger(server.address)
    try:
        seen, rows = scene.seen(), {row.step: row for row in ledger.steps(DELIVERY)}
        data = [data for name, data in scene.inbox().items() if name.endswith(".xml")]
        found = [breach.sentence for breach in verify_ledger(ledger, [], {}).breaches]
        found += ["niet één bestand met dezelfde bytes"] * (data != [scene.right] or len(scene.inbox()) != 2)
        found += [f"{len(seen.sends)} verzendingen geboekt"] * (len(seen.sends) != 1)
        found += ["de stap is niet klaar, of haar balans sluit niet"] * (
            not rows[step].done or not all(line.closed for line in rows[step].balances)
        )
        return found + [f"levering is {seen.state}"] * (seen.state != {"deliver": "delivered"}.get(step, "accepted"))
    finally:
        ledger.database.engine.dispose()
        seen.ledger.database.engine.dispose()


def test_killed_in_every_transaction(stage: Stage, account: Account, memory: Path, server: Server,
                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    there, kept, kills = ("register", server.address), memory / "bewaard", 0
    with stage.scene(memory / "huis") as scene:
        monkeypatch.setenv("KETENSLUIS_LEDGER", server.address)
        home = scene.town.home
        assert scene.run(there, ("open", ""), *(("step", step) for step in OUT[: OUT.index("deliver")])).error == ""
        for step, places in PLACES.items():
            server.keep()
            shutil.copytree(home, kept)
            for place, when in places:
                for nth in count(1):
                    server.back()
                    shutil.rmtree(home)
                    shutil.copytree(kept, home)
                    killed = scene.run(there, ("step", step), strike=Strike(place, nth, when)).killed
                    if not killed:
                        break
                    assert killed == signal.SIGKILL
                    kills += 1
                    assert scene.run(there, ("step", step)).error == ""
                    assert wrong(scene, server, step) == [], (step, place, when, nth)
            shutil.rmtree(kept)
            scene.run(("answer", ""))
        assert scene.run(there, ("whole", "")).error == ""
        seen = scene.seen()
        assert seen.wrong == [] and kills >= 20
        account(cases.POSTGRES, str(seen))
        seen.ledger.database.engine.dispose()
        scene.town.ledger.database.engine.dispose()
