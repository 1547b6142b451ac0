"""``sluis demo``."""

from __future__ import annotations

from pathlib import Path

import typer

from exchanges.cli.show import JSON, busy


def demo(
    home: Path = typer.Option(Path("var/demo"), help="Map van de demo; wordt telkens opnieuw gemaakt."),
    clients: int = typer.Option(1000, min=200, help="Personen per gemeente."),
    as_json: bool = JSON,
) -> None:
    """Two municipalities, two months, two partners."""
    from exchanges.cli.delivery import summary, tell
    from exchanges.demo import demo as run_demo

    with busy(as_json) as say:
        deliveries = run_demo(home, clients, say)
    for delivery in deliveries:
        tell(summary(delivery), None, as_json)
