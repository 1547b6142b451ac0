"""The whole chain in one process, with a folder as the partner: for tests of what a delivery does.

``Chain`` is one municipality with its own home and its own partner. ``answer`` is what the simulated partner makes of
what lies in its folder: its own check, its own report.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from exchanges.core import run
from exchanges.core.data import data_dir
from exchanges.core.errors import KetensluisError
from exchanges.core.ledger import Delivery, Ledger
from exchanges.core.ledger.tables import metadata
from exchanges.core.settings import Settings
from exchanges.core.steps.context import Context
from exchanges.simulators.belastingdienst import Office
from exchanges.simulators.faults import Faults, PhaseFaults
from exchanges.simulators.ib_desk import Desk as IbDesk
from exchanges.simulators.ib_report import report_name, write_report
from tests.stored import content

C = TypeVar("C", bound="Chain")
T = TypeVar("T")
GEMEENTE = "0153"
EXCHANGE = "dkd_reintegratie"


@dataclass(frozen=True)
class Desk:
    """A partner as a folder: its name in the settings, where it takes files and where it puts its answers."""

    name: str
    inbox: str
    outbox: str
    answer: Callable[[Path, Iterable[str]], None]
    says: Mapping[str, str] = field(default_factory=dict)  # what a municipality must say of itself


def _ib_answers(root: Path, faults: Iterable[str]) -> None:
    desk = IbDesk(data_dir("schemas"), Faults.parse(faults))
    for sidecar in sorted((root / "in").glob("*.sha256")):
        path = sidecar.with_name(sidecar.name.removesuffix(".sha256"))
        if not (root / "uit" / report_name(path.name)).exists():
            write_report(desk.check(path, sidecar.read_bytes()), root / "uit")


def _belastingdienst_answers(root: Path, faults: Iterable[str]) -> None:
    office = Office(root, faults=PhaseFaults.parse(faults))
    try:
        office.answer_all()
    finally:
        office.close()


WITHHOLDER = {
    "loonheffingennummer": "001000275L01",
    "naam": "Gemeente Enschede",
    "contactpersoon": "A. de Vries",
    "telefoon": "0534818181",
    "relatienummer": "SWO00000",
}
DESKS = {
    "dkd_reintegratie": Desk("inlichtingenbureau", "in", "uit", _ib_answers),
    "ib_rechtmatigheid": Desk("inlichtingenbureau", "in", "uit", _ib_answers),
    "loonaangifte": Desk("belastingdienst", "aanlever", "status", _belastingdienst_answers, WITHHOLDER),
}


@dataclass(frozen=True)
class Chain:
    """``source`` may be written anew between deliveries."""

    home: Path
    source: Path
    partner: Path
    gemeente: str = GEMEENTE
    exchange: str = EXCHANGE

    @property
    def desk(self) -> Desk:
        return DESKS[self.exchange]

    @property
    def settings(self) -> Settings:
        # An own key: pseudonyms are the same in every run of the tests.
        return Settings(home=self.home, pseudonym_key="sleutel van de tests")

    @property
    def ledger(self) -> Ledger:
        return run.open_ledger(self.settings)

    @property
    def inbox(self) -> list[str]:
        """Names of what has arrived at the partner, files that are half there included."""
        return sorted(path.name for path in (self.partner / self.desk.inbox).iterdir())

    def open(self, period: str = "2026-10", *, method: str | None = None, new: bool = False) -> str:
        return run.open_run(self.exchange, self.gemeente, period, method=method, new=new, settings=self.settings)

    def step(self, delivery: str, *steps: str) -> None:
        for step in steps:
            run.run_step(delivery, step, self.settings)

    def deliver(self, delivery: str, until: str | None = "deliver") -> KetensluisError | None:
        """Run as far as ``until`` and account for it; gives what stopped it, if anything did."""
        try:
            run.run_delivery(delivery, self.settings, until=until)
        except KetensluisError as error:
            return error
        return None

    def resend(self, delivery: str) -> bool:
        return run.resend(delivery, self.settings)

    def finish(self, delivery: str, faults: Iterable[str] = ()) -> KetensluisError | None:
        """All of it, with an answer of the partner that has these ``faults``."""
        stopped = self.deliver(delivery)
        if stopped is None:
            self.answer(faults)
            stopped = self.deliver(delivery, None)
        return stopped

    def answer(self, faults: Iterable[str] = ()) -> None:
        """The partner looks at what it has not answered yet."""
        self.desk.answer(self.partner, faults)

    def booked(self) -> dict[str, int]:
        """How many rows every table of the books has."""
        with self.ledger.database.read() as connection:
            return {
                table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0
                for table in metadata.sorted_tables
            }

    def shown(self) -> dict[str, bytes]:
        """What lies where people look: lists and reports."""
        folders = [self.home / name / self.gemeente for name in ("lijsten", "verslagen")]
        return {path.name: path.read_bytes() for folder in folders if folder.exists() for path in folder.iterdir()}

    def delivery(self, id: str) -> Delivery:
        return self.ledger.delivery(id)

    @contextmanager
    def context(self, id: str) -> Iterator[Context]:
        """What a step of the delivery would get."""
        with run.step_context(self.settings, self.delivery(id)) as context:
            yield context

    def report(self, id: str) -> dict[str, Any]:
        path = self.home / "verslagen" / self.gemeente / f"{id.replace('/', '_')}.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def message(self, id: str) -> bytes:
        """The file as it was built."""
        artefact = self.ledger.artefact(id, "bericht")
        assert artefact is not None
        return content(self.home, self.gemeente, artefact.sha256)


def chain(
    home: Path,
    source: Path,
    *,
    kind: str = "parquet",
    method: str | None = None,
    gemeente: str = GEMEENTE,
    exchange: str = EXCHANGE,
    says: Mapping[str, str | int] | None = None,
) -> Chain:
    """Lay out a home and a partner under ``home``; ``source`` is the folder of the administration, ``says`` what the
    municipality says of itself instead of the usual."""
    desk, partner = DESKS[exchange], home / "partner"
    for folder in (partner / desk.inbox, partner / desk.outbox):
        folder.mkdir(parents=True)
    chosen = f"\nmethode = {{ {exchange} = {json.dumps(method)} }}" if method else ""
    own = "".join(f"{name} = {json.dumps(value)}\n" for name, value in (desk.says if says is None else says).items())
    (home / "ketensluis.toml").write_text(
        f'[gemeente.{gemeente}]\nnaam = "Gemeente {gemeente}"\n'
        f"bron = {{ soort = {json.dumps(kind)}, locatie = {json.dumps(str(source))} }}{chosen}\n"
        f"[gemeente.{gemeente}.gegevens.{exchange}]\n{own}"
        f'[partner.{desk.name}]\nsoort = "map"\nmap = {json.dumps(str(partner))}\n'
        f"in = {json.dumps(desk.inbox)}\nuit = {json.dumps(desk.outbox)}\n",
        encoding="utf-8",
    )
    return Chain(home, source, partner, gemeente, exchange)


_ONCE: dict[Hashable, tuple[Chain, Any]] = {}
_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []  # they go when the process ends


def once(town: C, what: Hashable, make: Callable[[C], T]) -> T:
    """``make`` of a municipality where nothing has happened yet. It is done once a process for every ``what`` of the
    same settings and administration, and copied from then on."""
    root = town.home.parent
    there = sorted(path for path in root.rglob("*") if path.is_file())
    told = [(path.relative_to(root), path.read_bytes().replace(str(root).encode(), b"")) for path in there]
    key = (type(town), what, *told)
    if key not in _ONCE:
        _FOLDERS.append(tempfile.TemporaryDirectory(prefix="eens-", ignore_cleanup_errors=True))
        first = _beside(town, Path(_FOLDERS[-1].name))
        _ONCE[key] = first, make(first)
    first, made = _ONCE[key]
    copied(first, root)
    return made


def copied(made: C, folder: Path) -> C:
    """The same municipality, with all that happened there, in ``folder``: what is dear is made once. The
    administration lies in the home or beside it."""
    root = made.home.parent
    assert made.source.is_relative_to(root) and made.partner.is_relative_to(made.home)
    with made.ledger.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return _beside(made, folder)


def _beside(made: C, folder: Path) -> C:
    root = made.home.parent
    shutil.copytree(root, folder, dirs_exist_ok=True)
    config = folder / made.home.name / "ketensluis.toml"
    config.write_text(config.read_text(encoding="utf-8").replace(str(root), str(folder)), encoding="utf-8")
    places = {name: folder / getattr(made, name).relative_to(root) for name in ("home", "source", "partner")}
    return replace(made, **places)
