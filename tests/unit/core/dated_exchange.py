"""A toy exchange with statutory dates, and deliveries of it at any state."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from exchanges.core.declare import Calendar, Exchange, Purpose, Receipt
from exchanges.core.ledger import Delivery, DeliveryState
from exchanges.core.period import Period

ID = "proef_levering"
HEAD = "periode;code;begin;eind;uiterlijk_levering;uiterlijk_betaling;zekerheid;bron"


def toy(id: str = ID, due: str | None = "levering", answer: int = 3600, beside: tuple[str, ...] = ()) -> Exchange:
    return Exchange(
        id=id, title="Proeflevering", partner="proefpartner", direction="out",
        calendar=Calendar("0 6 5 * *", due=due, beside=beside),
        purpose=Purpose("geen", "De kalender beproeven", "geen"), flows={}, method="proef",
        receipt=Receipt("Proefverslag", answer),
    )  # fmt: skip


def write_calendar(folder: Path, *lines: str, id: str = ID, head: str = HEAD) -> Path:
    """Gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{id}.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return folder


def year_lines(*years: int) -> list[str]:
    """Every month of those years, due on the last day of the next."""
    periods = [Period(year, month) for year in years for month in range(1, 13)]
    return [
        f"{p};{p.year % 10}{p.month:02d}0;{p.start};{p.end};{p.shift(1).end};{p.shift(1).end};assumed;test"
        for p in periods
    ]


def made(period: str, state: DeliveryState, sequence: int = 1, method: str = "proef") -> Delivery:
    """A delivery of 0153."""
    moment = datetime(2026, 11, 5, 6, tzinfo=UTC)
    name = f"{ID}/0153/{period}/{sequence:04d}"
    return Delivery(name, ID, "0153", Period.parse(period), sequence, method, state, "", moment, moment)
