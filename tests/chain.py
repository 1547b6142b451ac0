"""The whole chain in one process, with a folder as the partner: for tests of what a delivery does.

``Chain`` is one municipality with its own home and its own partner. ``partner_answers`` is what the simulated
Inlichtingenbureau makes of what lies in ``in/``: its own check, its own report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchanges.core import run
from exchanges.core.data import data_dir
from exchanges.core.errors import KetensluisError
from exchanges.core.ledger import Delivery, Ledger
from exchanges.core.settings import Settings
from exchanges.simulators.faults import Faults
from exchanges.simulators.ib_check import Checker
from exchanges.simulators.ib_report import report_name, write_report

GEMEENTE = "0153"
EXCHANGE = "dkd_reintegratie"


@dataclass(frozen=True)
class Chain:
    """``source`` may be written anew between deliveries."""

    home: Path
    source: Path
    partner: Path
    gemeente: str = GEMEENTE

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
        return sorted(path.name for path in (self.partner / "in").iterdir())

    def open(self, period: str = "2026-10", *, new: bool = False) -> str:
        return run.open_run(EXCHANGE, self.gemeente, period, new=new, settings=self.settings)

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

    def finish(self, delivery: str, faults: Iterable[str] = ()) -> KetensluisError | None:
        """All of it, with an answer of the partner that has these ``faults``."""
        stopped = self.deliver(delivery)
        if stopped is None:
            self.answer(faults)
            stopped = self.deliver(delivery, None)
        return stopped

    def answer(self, faults: Iterable[str] = ()) -> None:
        """The partner looks at what it has not answered yet."""
        checker = Checker(data_dir("schemas"), Faults.parse(faults))
        for sidecar in sorted((self.partner / "in").glob("*.sha256")):
            path = sidecar.with_name(sidecar.name.removesuffix(".sha256"))
            if not (self.partner / "uit" / report_name(path.name)).exists():
                write_report(checker.check(path, sidecar.read_bytes()), self.partner / "uit")

    def delivery(self, id: str) -> Delivery:
        return self.ledger.delivery(id)

    def report(self, id: str) -> dict[str, Any]:
        path = self.home / "verslagen" / self.gemeente / f"{id.replace('/', '_')}.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def message(self, id: str) -> bytes:
        """The file as it was built."""
        artefact = self.ledger.artefact(id, "bericht")
        assert artefact is not None
        return next((self.home / "artefacten" / self.gemeente).glob(f"??/{artefact.sha256}")).read_bytes()


def chain(
    home: Path, source: Path, *, kind: str = "parquet", method: str | None = None, gemeente: str = GEMEENTE
) -> Chain:
    """Lay out a home and a partner under ``home``; ``source`` is the folder of the administration."""
    partner = home / "partner"
    for folder in (partner / "in", partner / "uit"):
        folder.mkdir(parents=True)
    chosen = f"\nmethode = {{ {EXCHANGE} = {json.dumps(method)} }}" if method else ""
    (home / "ketensluis.toml").write_text(
        f'[gemeente.{gemeente}]\nnaam = "Gemeente {gemeente}"\n'
        f"bron = {{ soort = {json.dumps(kind)}, locatie = {json.dumps(str(source))} }}{chosen}\n"
        f'[partner.inlichtingenbureau]\nsoort = "map"\nmap = {json.dumps(str(partner))}\n',
        encoding="utf-8",
    )
    return Chain(home, source, partner, gemeente)
