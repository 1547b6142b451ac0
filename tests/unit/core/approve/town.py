"""A municipality where a second person must agree."""

from __future__ import annotations

from exchanges.core import run
from exchanges.core.approve import desk
from exchanges.core.errors import AwaitingApproval
from exchanges.core.settings import Settings
from tests.chain import EXCHANGE, Chain, once
from tests.rows import write_csv

PEOPLE = [
    {"persoon_id": "P1", "bsn": "999990007", "achternaam": "Berg"},
    {"persoon_id": "P2", "bsn": "999990019", "achternaam": "Dal"},
]
TRACKS = [
    {"traject_id": f"T{number}", "persoon_id": f"P{number}", "doel": "1", "datum_begin": "2025-01-01"}
    for number in (1, 2)
]
ROWS = {"persoon": PEOPLE, "traject": TRACKS}


class Town(Chain):
    """A municipality where a second person must agree."""

    @property
    def settings(self) -> Settings:
        return super().settings.model_copy(update={"approval": "vereist"})

    def start(self, period: str = "2026-10", actor: str | None = "anna", **more: bool) -> str:
        return run.open_run(EXCHANGE, self.gemeente, period, actor=actor, settings=self.settings, **more)

    def asked(self, id: str) -> desk.Asked:
        return desk.look(id, self.settings)

    def give(self, id: str, actor: str = "bert", reason: str = "Aantallen kloppen.", after_all: bool = False,
             **seen: str) -> None:  # fmt: skip
        desk.give(id, actor=actor, reason=reason, after_all=after_all, settings=self.settings, **self.seen(id, **seen))

    def refuse(self, id: str, actor: str = "bert", reason: str = "Te weinig personen.", after_all: bool = False,
               **seen: str) -> None:  # fmt: skip
        desk.refuse(id, actor=actor, reason=reason, after_all=after_all, settings=self.settings,
                    **self.seen(id, **seen))

    def seen(self, id: str, **seen: str) -> dict[str, str]:
        return self.asked(id).shown.as_dict() | seen

    def actions(self, id: str) -> list[str]:
        return [event.action for event in self.ledger.events(id) if event.action.startswith("approve.")]

    def rename(self, name: str) -> None:
        """Another file comes of it."""
        write_csv(self.source, {**ROWS, "persoon": [{**PEOPLE[0], "achternaam": name}, PEOPLE[1]]})


def say(town: Town, text: str) -> None:
    """More in the settings of the municipality."""
    path = town.home / "ketensluis.toml"
    head, _, tail = path.read_text().partition("\nbron")
    path.write_text(f"{head}\n{text}\nbron{tail}")


def waits(town: Town, id: str) -> str:
    error = town.deliver(id)
    assert isinstance(error, AwaitingApproval), error
    assert town.delivery(id).state == "awaiting" and town.inbox == []
    return str(error)


def waiting(town: Town) -> str:
    """The first delivery, which waits."""

    def started(town: Town) -> str:
        id = town.start()
        waits(town, id)
        return id

    return once(town, "waits", started)


def sent(town: Town) -> list[str]:
    return [name for name in town.inbox if name.endswith(".xml")]
