"""A municipality that delivers its re-integration data and receives LKS signals: a folder as the partner, and a
simulated IB that reads the one and writes the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from exchanges.core.period import Period
from exchanges.simulators.ib_lks import Office, Signal
from tests import chain as chains
from tests.chain import Chain, Desk, chain
from tests.stored import table

EXCHANGE = "ib_lks"
DESK = Desk("inlichtingenbureau", "in", "uit", lambda root, faults: None)


@dataclass(frozen=True)
class Town:
    """``delivers`` is the chain of its own delivery, ``chain`` that of what it receives."""

    delivers: Chain
    chain: Chain

    @property
    def outbox(self) -> Path:
        return self.chain.partner / DESK.outbox

    def deliver(self, period: str, faults: Sequence[str] = ()) -> Path:
        """An accepted delivery of re-integration data; the file as the partner has it."""
        delivery = self.delivers.open(period)
        stopped = self.delivers.finish(delivery, faults)
        assert stopped is None, stopped
        return max((self.chain.partner / "in").glob("DKD_REINTEGRATIE_*.xml"))

    def put(self, office: Office, period: str, signals: Sequence[Signal], **how: str) -> Path:
        return office.write(self.outbox, Period.parse(period), signals, **how)

    def receive(self, period: str, *, new: bool = False) -> tuple[str, Exception | None]:
        """A delivery from the file to the lists; its id and what stopped it."""
        delivery = self.chain.open(period, new=new)
        return delivery, self.chain.deliver(delivery, None)

    def table(self, delivery: str, name: str) -> pa.Table:
        """What was kept of a table of that delivery."""
        row = self.chain.ledger.step_result(delivery, "compare")
        assert row is not None
        sha256 = row.artefacts[f"nieuw/{name}"].sha256
        return table(self.chain.home, self.chain.gemeente, sha256)

    def rows(self, delivery: str, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.table(delivery, name).to_pylist()
        return rows

    def listed(self, delivery: str) -> dict[str, list[dict[str, Any]]]:
        """The rows on the sheets of the list, by sheet."""
        _, gemeente, period, number = delivery.split("/")
        path = self.chain.home / "lijsten" / gemeente / f"{EXCHANGE}_{gemeente}_{period}_{int(number):03d}.json"
        found = json.loads(path.read_text(encoding="utf-8"))
        return {sheet["id"]: sheet["rijen"] for sheet in found["bladen"]}

    def findings(self, delivery: str) -> dict[str, int]:
        codes = self.chain.ledger.findings(delivery)["code"].to_pylist()
        return {code: codes.count(code) for code in codes}

    def controls(self, delivery: str) -> dict[str, dict[str, Any]]:
        return {line["code"]: line for line in self.chain.report(delivery)["controls"]}


def town(home: Path, source: Path, kind: str = "parquet") -> Town:
    """``source`` is the folder of the administration."""
    chains.DESKS.setdefault(EXCHANGE, DESK)
    home.mkdir(parents=True, exist_ok=True)
    delivers = chain(home, source, kind=kind, exchange="dkd_reintegratie", says={})
    return Town(delivers, replace(delivers, exchange=EXCHANGE))
