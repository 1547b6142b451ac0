"""``sluis bench``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from exchanges.cli.figures import lines
from exchanges.cli.show import JSON, busy, emit


def bench(
    what: str = typer.Argument("outbound", help="Wat: outbound, compare, responses, ledger."),
    exchange: str = typer.Option("dkd_reintegratie", help="Uitwisseling (outbound)."),
    clients: int = typer.Option(200_000, min=1, help="Aantal personen (outbound)."),
    relations: int = typer.Option(1_000_000, min=1, help="Aantal inkomstenverhoudingen per maand (compare)."),
    messages: int = typer.Option(100_000, min=1, help="Aantal antwoorden van UWV (responses)."),
    events: int = typer.Option(1_000_000, min=1, help="Aantal gebeurtenissen in het register (ledger)."),
    as_json: bool = JSON,
) -> None:
    """``outbound``: select to reconciled file, and in the same run xmllint over that file. ``compare``: two months of
    income compared, and in the same run the query one would write by hand. ``responses``: an archive of answers of UWV
    read, and in the same run iterparse with the schema over each of them. ``ledger``: the chain of
    events verified, with the tables it speaks of, and an export of it."""
    from exchanges.core.errors import UsageError

    def outbound(tell: Callable[[str], None]) -> dict[str, Any]:
        from exchanges.bench import outbound

        return outbound(exchange, clients, tell)

    def compare(tell: Callable[[str], None]) -> dict[str, Any]:
        from exchanges.bench_compare import comparing
        from exchanges.ib_oib.comparison import INCOME

        return comparing(INCOME, relations, tell)

    def responses(tell: Callable[[str], None]) -> dict[str, Any]:
        from exchanges.bench_responses import responses

        return responses(messages, tell)

    def ledger(tell: Callable[[str], None]) -> dict[str, Any]:
        from exchanges.bench_ledger import verifying

        return verifying(events, tell)

    kinds = {"outbound": outbound, "compare": compare, "responses": responses, "ledger": ledger}
    if what not in kinds:
        raise UsageError(f"Meting {what!r} bestaat niet; kies: {' of '.join(kinds)}.")
    with busy(as_json) as tell:
        found = kinds[what](tell)
    if as_json:
        emit(found)
        return
    typer.echo("\n".join(lines(found)))
