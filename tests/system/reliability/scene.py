"""A small municipality on the way to its partner, as far as a test wants it, and what is seen of it afterwards."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from exchanges.core.chain import STEPS
from exchanges.core.evidence.verify import verify_ledger
from exchanges.core.ledger import Ledger, StepState
from exchanges.core.ledger.labels import state_label
from exchanges.core.steps.deliver import DONE
from exchanges.core.transport import SftpSettings
from exchanges.simulators.faults import Faults
from exchanges.simulators.ib import IbSimulator
from tests.chain import Chain, chain
from tests.rows import write_csv
from tests.sluis import nobody_in
from tests.system.reliability.forge import Ended, Forge, Order
from tests.system.reliability.strike import Strike

DELIVERY = "dkd_reintegratie/0153/2026-10/0001"
OUT = STEPS["out"]
BEFORE_DELIVER = OUT[OUT.index("deliver") - 1]
PEOPLE = [{"persoon_id": "P1", "bsn": "999990007", "achternaam": "Berg"}, {"persoon_id": "P2", "bsn": "999990019"}]
TRACKS = [
    {"traject_id": f"T{number}", "persoon_id": f"P{number}", "doel": "1", "datum_begin": "2025-01-01"}
    for number in (1, 2)
]
ROWS = {"persoon": PEOPLE, "traject": TRACKS}
# What somebody does when something went wrong: all of it again.
RERUN = (("whole", ""),)
FINE = Ended(said=[None])


@dataclass(frozen=True)
class Scene:
    """``right`` are the bytes that the partner must get, ``rerun`` what is done after the fault."""

    forge: Forge
    town: Chain
    right: bytes

    def process(self, *acts: tuple[str, str], strike: Strike | None = None, strikes: Sequence[Strike] = (),
                without: Sequence[str] = (), limit: int = 0) -> Order:  # fmt: skip
        """What a process has to do with this delivery."""
        struck = (strike,) if strike else tuple(strikes)
        return Order(self.town.home, DELIVERY, acts or RERUN, struck, tuple(without), limit)

    def run(self, *acts: tuple[str, str], **more: object) -> Ended:
        return self.forge.run(self.process(*acts, **more))[0]  # type: ignore[arg-type]

    def inbox(self) -> dict[str, bytes]:
        """What the partner has got, half files included, also what it took away."""
        there = [*(self.town.partner / "in").iterdir(), *self.town.partner.glob(".ib/ontvangen/*")]
        return {path.name: path.read_bytes() for path in sorted(there)}

    def taken(self) -> set[int]:
        """Which files the partner has taken away: sent again they would be others."""
        return {path.stat().st_ino for path in self.town.partner.glob(".ib/ontvangen/*.xml")}

    def artefact(self, step: str, name: str) -> Path:
        """Where the bytes of that artefact lie."""
        sha256 = self.town.ledger.steps(DELIVERY)[OUT.index(step)].artefacts[name].sha256
        (path,) = self.town.home.glob(f"artefacten/0153/??/{sha256}")
        return path

    def said(self, ended: Ended) -> str:
        """The one line with which the process refused, without what differs from run to run."""
        assert ended.error and "\n" not in ended.error and nobody_in(ended.error), ended
        places = r" \(exchanges/[^)]*\)|127\.0\.0\.1:\d+[,:]? ?|" + re.escape(f"{self.town.home}/")
        return re.sub(r"[0-9a-f]{12,}", "…", re.sub(places, "", ended.error))

    def seen(self) -> Seen:
        return Seen(self, Ledger(self.town.settings.ledger_url))


@dataclass(frozen=True)
class Seen:
    """How a delivery ended."""

    scene: Scene
    ledger: Ledger

    @cached_property
    def state(self) -> str:
        return str(self.ledger.delivery(DELIVERY).state)

    @cached_property
    def sends(self) -> list[str]:
        """How each sending ended that the ledger knows of."""
        return [event.result for event in self.ledger.events(DELIVERY) if event.action == DONE]

    @cached_property
    def wrong(self) -> list[str]:
        """What is not as it must be after a rerun; empty when all is well."""
        inbox, found = self.scene.inbox(), []
        files = [name for name in inbox if name.endswith(".xml")]
        if len(files) != 1:
            found.append(f"{len(files)} bestanden bij de partner")
        elif inbox[files[0]] != self.scene.right:
            found.append("andere bytes bij de partner")
        if sorted(inbox) != sorted([*files, *(f"{name}.sha256" for name in files)]):
            found.append("bij de partner ligt meer of minder dan bestand en controlebestand")
        if self.state != "accepted":
            found.append(f"levering is {self.state}")
        if len(self.sends) != 1:
            found.append(f"{len(self.sends)} verzendingen geboekt")
        steps = {row.step: row for row in self.ledger.steps(DELIVERY)}
        if any(steps[step].state is not StepState.done for step in OUT):
            found.append("niet alle stappen zijn klaar")
        if not all(line.closed for row in steps.values() for line in row.balances):
            found.append("een balans sluit niet")
        found += [breach.sentence for breach in verify_ledger(self.ledger, [], {}).breaches]
        if not self.scene.town.report(DELIVERY)["verdict"]["closed"]:
            found.append("het verslag sluit niet")
        return found + self.left

    @property
    def left(self) -> list[str]:
        """What lies about that nobody needs any more, by folder."""
        home = self.scene.town.home
        lying = [*(home / "werk").glob("*"), *home.glob("artefacten/*/tijdelijk/*"), *home.glob("verslagen/*/.*")]
        return [f"in {path.parent.name} ligt {path.name}" for path in lying]

    def __str__(self) -> str:
        """For people, when nothing is wrong."""
        return f"{self.outcome}; geboekt: {', '.join(self.sends)}"

    @property
    def outcome(self) -> str:
        """What ``wrong`` has looked at."""
        return (
            f"{state_label(self.state)}; één bestand met controlebestand, dezelfde bytes; balans en keten sluiten;"
            " niets blijft liggen"
        )


class Stage:
    """Makes scenes. What is the same for all of them is made once, and copied."""

    def __init__(self, forge: Forge, folder: Path) -> None:
        self.forge, self._folder = forge, folder
        self._made: dict[str, Path] = {}

    @cached_property
    def right(self) -> bytes:
        """The file as the partner gets it when nothing goes wrong."""
        made = self._copy(self._folder / "goed", "")
        scene = Scene(self.forge, made, b"")
        ended = scene.run()
        assert ended == FINE, ended
        (data,) = [data for name, data in scene.inbox().items() if name.endswith(".xml")]
        scene = replace(scene, right=data)
        assert scene.seen().wrong == [], scene.seen().wrong
        return data

    @contextmanager
    def scene(self, home: Path, *, until: str = "", partner: str = "map", faults: str = "") -> Iterator[Scene]:
        """In ``home``, which is not there yet, with the steps up to and including ``until`` done. The partner is a
        folder, or that folder behind the simulator's ``sftp``, with ``faults`` of its line."""
        town = self._copy(home, until)
        if partner == "map":
            yield Scene(self.forge, town, self.right)
            return
        wire = replace(Faults.parse(faults.split()), never_answer=True)
        with IbSimulator(town.partner, faults=wire) as simulator:
            reach(town, simulator.settings)
            yield Scene(self.forge, town, self.right)

    @contextmanager
    def again(self, scene: Scene) -> Iterator[Scene]:
        """The same, at a partner that is in order now."""
        with IbSimulator(scene.town.partner, faults=Faults(never_answer=True)) as simulator:
            reach(scene.town, simulator.settings)
            yield scene

    def _copy(self, home: Path, until: str) -> Chain:
        if until not in self._made:
            made = self._folder / (until or "begin")
            town = chain(made, write_csv(self._folder / "bron", ROWS), kind="csv")
            acts = [("open", ""), *(("step", step) for step in OUT[: OUT.index(until) + 1 if until else 0])]
            ended = Scene(self.forge, town, b"").run(*acts)
            assert ended.said == [None] * len(acts), ended
            self._made[until] = made
        made = self._made[until]
        shutil.copytree(made, home)
        settings = home / "ketensluis.toml"
        settings.write_text(settings.read_text("utf-8").replace(str(made), str(home)), "utf-8")
        return Chain(home, self._folder / "bron", home / "partner")


def reach(town: Chain, known: SftpSettings, inbox: str = "in", outbox: str = "uit") -> None:
    """Settings of the municipality: its partner is reached by SFTP."""
    path = town.home / "ketensluis.toml"
    there = (
        f'[partner.inlichtingenbureau]\nsoort = "sftp"\nhost = "{known.host}"\npoort = {known.port}\n'
        f'gebruiker = "{known.username}"\nsleutel = "{known.key_file}"\nknown_hosts = "{known.known_hosts}"\n'
        f'in = "{inbox}"\nuit = "{outbox}"\n'
    )
    text = re.sub(r"\[partner\.inlichtingenbureau\]\n(?:[^\[].*\n?)*", lambda _: there, path.read_text("utf-8"))
    path.write_text(text, "utf-8")

