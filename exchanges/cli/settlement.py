"""``sluis verrekening``: what should have been settled with income, as a proposal with its calculation."""

from __future__ import annotations

import typer

from exchanges.cli.show import JSON, emit, progress


def settlement(
    gemeente: str = typer.Option(..., help="Gemeentecode."),
    periode: str = typer.Option(..., help="Laatste maand waarover wordt gerekend, jjjj-mm."),
    as_json: bool = JSON,
) -> None:
    """Nothing is changed in the administration: a person decides."""
    from exchanges.core.access.log import LISTS
    from exchanges.core.access.look import look
    from exchanges.core.period import Period
    from exchanges.core.reports.dutch import amount, number
    from exchanges.core.reports.dutch import period as month
    from exchanges.core.settings import Settings
    from exchanges.ib_oib.settlement.publish import propose_and_publish
    from exchanges.ib_oib.standing import EXCHANGE

    look(LISTS, exchange=EXCHANGE, gemeente=gemeente, result="gemaakt")
    with progress("Inkomen en verrekening naast elkaar leggen", None, quiet=as_json):
        done = propose_and_publish(Settings(), gemeente, Period.parse(periode))
    if as_json:
        emit({"counts": dict(done.counts), "to_settle": done.ladder.to_settle, "settled": done.ladder.settled,
              "difference": done.ladder.difference, "income": done.ladder.income,
              "files": [str(path) for path in done.files]})  # fmt: skip
        return
    typer.echo(f"Voorstel verrekening, gemeente {gemeente}, tot en met {month(Period.parse(periode))}")
    for kind, count in done.counts.items():
        typer.echo(f"  {kind:<12} {number(count):>8}")
    typer.echo(f"  te verrekenen {amount(done.ladder.to_settle)}, verrekend {amount(done.ladder.settled)}")
    typer.echo("Er is niets veranderd aan een uitkering: een medewerker beslist.")
    for path in done.files:
        typer.echo(str(path))
