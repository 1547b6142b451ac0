"""``sluis access``: who looked at personal data, and who may."""

from __future__ import annotations

import typer

from exchanges.cli.show import JSON, emit

app = typer.Typer(no_args_is_help=True, help="Toegang: wie keek naar persoonsgegevens, en wie mag wat.")


@app.callback()
def access() -> None:
    """A group of commands."""


@app.command(help="Per maand en gemeente: wie keek hoe vaak waarnaar. Namen van inzage alleen met --detail.")
def overview(
    period: str = typer.Option(..., help="Maand, jjjj-mm."),
    gemeente: str = typer.Option(None, help="Alleen deze gemeente; nodig bij --detail."),
    detail: bool = typer.Option(False, "--detail", help="Elke inzage apart; dat wordt zelf ook vastgelegd."),
    reason: str = typer.Option("", help="Bij --detail: waarom dit wordt gevraagd."),
    as_json: bool = JSON,
) -> None:
    from exchanges.core.access import overview as made
    from exchanges.core.access.log import OVERVIEW
    from exchanges.core.access.look import look
    from exchanges.core.errors import UsageError
    from exchanges.core.period import Period
    from exchanges.core.reports.dutch import count, number
    from exchanges.core.reports.dutch import period as month
    from exchanges.core.run import open_ledger

    asked = Period.parse(period)
    database = open_ledger().database
    if detail:
        if gemeente is None or not reason.strip():
            raise UsageError("Elke inzage apart vraagt om een gemeente en een reden; geef --gemeente en --reason.")
        look(OVERVIEW, gemeente=gemeente, reason=reason)
        for event in made.detail(database, asked, gemeente):
            said = made.plain(event)
            if as_json:
                emit(said)
            else:
                more = "  ".join(str(said[name]) for name in ("persoon", "reden") if name in said)
                typer.echo(
                    f"{said['moment']}  {event.actor}  {event.action}  {event.object}  {event.result}  {more}".rstrip()
                )
        return
    found = made.overview(database, asked, gemeente)
    for one in found:
        if as_json:
            emit({"gemeente": one.gemeente, "actor": one.actor, "action": one.action, "exchange": one.exchange,
                  "times": one.times})  # fmt: skip
        else:
            what = f"{one.gemeente or '-':<6} {one.actor:<16} {one.action:<24} {one.exchange:<20}"
            typer.echo(f"{what} {number(one.times):>6}")
    if not as_json:
        typer.echo(f"{month(asked)}: {count(sum(one.times for one in found), 'keer', 'keer')} ingezien.")
