"""``sluis bench``."""

from __future__ import annotations

import typer

from exchanges.cli.show import JSON, busy, emit


def bench(
    what: str = typer.Argument("outbound", help="Wat: outbound."),
    exchange: str = typer.Option("dkd_reintegratie", help="Uitwisseling."),
    clients: int = typer.Option(200_000, min=1, help="Aantal personen."),
    as_json: bool = JSON,
) -> None:
    """Select to reconciled file, and in the same run xmllint over that file."""
    from exchanges.bench import outbound
    from exchanges.core.errors import UsageError

    if what != "outbound":
        raise UsageError(f"Meting {what!r} bestaat niet; kies: outbound.")
    with busy(as_json) as tell:
        found = outbound(exchange, clients, tell)
    if as_json:
        emit(found)
        return
    for name, value in found.items():
        typer.echo(f"{name:>16}: {value}")
