"""A municipality that receives samenloop signals: a folder as the partner, and a simulated IB that fills it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exchanges.core.period import Period
from exchanges.simulators.ib_signals import KINDS, Signal, Signals
from tests.chain import Chain, Desk, chain

EXCHANGE = "ib_samenloop"
DESK = Desk("inlichtingenbureau", "in", "uit", lambda root, faults: None)
OPEN_KINDS = tuple(kind for kind in KINDS if kind not in ("DET", "VVV"))


@dataclass(frozen=True)
class Town:
    """``sends`` are its signals, and those of IB."""

    chain: Chain
    sends: Signals

    @property
    def outbox(self) -> Path:
        return self.chain.partner / DESK.outbox

    def put(self, period: str, signals: Sequence[Signal], *, version: str = "09", form: str = "csv",
            delivery: str = "L2026000001", name: str = "") -> Path:
        """A file of signals, ready at the partner."""
        path = self.sends.write(self.outbox, Period.parse(period), signals, version, form, delivery=delivery)
        return path.rename(self.outbox / name) if name else path

    def month(self, period: str, count: int = 32, kinds: Sequence[str] = OPEN_KINDS) -> list[Signal]:
        return self.sends.month(Period.parse(period), count, kinds=kinds)

    def receive(self, period: str = "2026-10", *, new: bool = False) -> tuple[str, Exception | None]:
        """A delivery from the file to the lists; its id and what stopped it."""
        delivery = self.chain.open(period, new=new)
        return delivery, self.chain.deliver(delivery, None)

    def lists(self, suffix: str = "") -> list[str]:
        folder = self.chain.home / "lijsten" / self.chain.gemeente
        return sorted(path.name for path in folder.glob(f"*{suffix}")) if folder.exists() else []

    def findings(self, delivery: str) -> dict[str, int]:
        codes = self.chain.ledger.findings(delivery)["code"].to_pylist()
        return {code: codes.count(code) for code in codes}

    def counts(self, delivery: str) -> dict[str, int]:
        row = self.chain.ledger.step_result(delivery, "compare")
        assert row is not None
        return {name: row.details[name] for name in ("new", "known", "clash", "rejected")}


def town(home: Path, bsns: Sequence[str], keys: str = "") -> Town:
    """``keys`` are lines of the settings under ``[gemeente.0153.lijsten]``."""
    from tests import chain as chains

    chains.DESKS.setdefault(EXCHANGE, DESK)
    made = chain(home, home / "bron", exchange=EXCHANGE, says={})
    if keys:
        path = home / "ketensluis.toml"
        path.write_text(f"{path.read_text(encoding='utf-8')}\n[gemeente.0153.lijsten]\n{keys}\n", encoding="utf-8")
    return Town(made, Signals(1, "0153", bsns))


def again(path: Path, name: str) -> Path:
    """The same bytes under another name."""
    return Path(shutil.copy2(path, path.with_name(name)))
