"""A whole installation in a folder: municipalities, settings, and a partner that answers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchanges.administration.demo import generate
from exchanges.core.ledger import Delivery, Ledger
from exchanges.core.settings import Settings
from exchanges.simulators.ib import IbSimulator


@dataclass(frozen=True)
class Installation:
    """``environment`` is what a process needs to be part of it."""

    home: Path
    ib: IbSimulator

    @property
    def environment(self) -> dict[str, str]:
        return {
            "KETENSLUIS_HOME": str(self.home), "KETENSLUIS_PRODUCTION": "false",
            "KETENSLUIS_APPROVAL": os.environ["KETENSLUIS_APPROVAL"],
            "KETENSLUIS_ACTORS": os.environ["KETENSLUIS_ACTORS"],
            "KETENSLUIS_PRINT_REPORTS": os.environ["KETENSLUIS_PRINT_REPORTS"],
        }  # fmt: skip

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home)

    def deliveries(self, gemeente: str) -> list[Delivery]:
        """Of one municipality, in the order in which they were opened."""
        return [delivery for delivery in Ledger(self.settings.ledger_url).deliveries() if delivery.gemeente == gemeente]


@contextmanager
def installation(folder: Path, clients: Mapping[str, int | None], period: str = "2026-10") -> Iterator[Installation]:
    """Municipalities of that many clients each; None is one whose source is not there.

    The administration is as known at the end of ``period``. The partner is the simulator, over SFTP.
    """
    home = folder / "home"
    home.mkdir(parents=True)
    with IbSimulator(folder / "ib") as ib:
        lines = []
        for gemeente, count in clients.items():
            source = folder / "administratie" / gemeente
            if count is not None:
                generate(source, gemeente, count, seed=int(gemeente), period=period)
            lines += [f"[gemeente.{gemeente}]", f'naam = "Gemeente {gemeente}"',
                      f"bron = {{ soort = 'parquet', locatie = {_text(source)} }}"]
        lines += ["[partner.inlichtingenbureau]", 'soort = "sftp"', f"host = {_text(ib.host)}", f"poort = {ib.port}",
                  f"gebruiker = {_text(ib.username)}", f"sleutel = {_text(ib.client_key)}",
                  f"known_hosts = {_text(ib.known_hosts)}", 'in = "in"', 'uit = "uit"']
        (home / "ketensluis.toml").write_text("\n".join(lines) + "\n")
        yield Installation(home, ib)


def _text(value: object) -> str:
    return json.dumps(str(value))  # a JSON string is a TOML string
