"""``sluis demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from exchanges.cli.show import JSON, busy, emit


def demo(
    home: Path = typer.Option(Path("var/demo"), help="Map van de demo; wordt telkens opnieuw gemaakt."),
    clients: int = typer.Option(1000, min=200, help="Personen per gemeente."),
    as_json: bool = JSON,
) -> None:
    """Two municipalities, two months, one partner."""
    from exchanges.cli.delivery import summary
    from exchanges.demo import demo as run_demo

    with busy(as_json) as tell:
        deliveries = run_demo(home, clients, tell)
    found = [summary(delivery) for delivery in deliveries]
    if as_json:
        for one in found:
            emit(one)
        return
    _table(found)


def _table(found: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from exchanges.core.reports.dutch import number

    table = Table(title="Leveringen")
    for name in ("levering", "stand"):
        table.add_column(name, no_wrap=True)
    for name in ("in het bestand", "zelf afgewezen", "geaccepteerd", "door partner afgewezen"):
        table.add_column(name, justify="right")
    for one in found:
        counts = (one["records"], one["rejected"], one["accepted"], one["rejected_by_partner"])
        table.add_row(one["delivery"], one["state_text"], *("" if n is None else number(n) for n in counts))
    console = Console()
    console.print(table)
    console.print("Aansluitverslagen:")
    for one in found:
        console.print(f"  {one['report']}", soft_wrap=True, highlight=False)
