"""``sluis retention``: destroying what has had its term."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from exchanges.cli.show import JSON, emit

if TYPE_CHECKING:
    from exchanges.core.retention.destroy import Done

app = typer.Typer(no_args_is_help=True, help="Bewaartermijnen: vernietigen wat lang genoeg is bewaard.")


@app.callback()
def retention() -> None:
    """A group of commands, also while it has one."""


@app.command(help="Vernietigen wat op een dag zijn termijn heeft gehad, met een verslag.")
def run(
    date: str = typer.Option(None, help="Peildatum, jjjj-mm-dd; niet in de toekomst. Zonder: vandaag."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Alleen tellen; er verandert niets, en elke dag mag."),
    gemeente: list[str] = typer.Option([], help="Gemeentecode; meer mag. Zonder: alle uit de instellingen."),
    as_json: bool = JSON,
) -> None:
    """Leave with 0; else with the code of the worst that happened. One municipality leaves the others be."""
    from datetime import date as day_of
    from datetime import datetime

    from exchanges.core.errors import KetensluisError, UsageError
    from exchanges.core.guard import guarded
    from exchanges.core.retention.destroy import destroy
    from exchanges.core.retention.terms import HOME_TIME
    from exchanges.core.settings import Settings

    today = datetime.now(HOME_TIME).date()
    try:
        on = today if date is None else day_of.fromisoformat(date)
    except ValueError:
        raise UsageError(f"Datum {date!r} bestaat niet; geef jjjj-mm-dd.") from None
    if on > today and not dry_run:
        raise UsageError("De peildatum ligt in de toekomst; dat kan alleen met --dry-run.")
    known = sorted(Settings().municipalities().gemeente)
    unknown = sorted(set(gemeente) - set(known))
    if unknown:
        raise UsageError(f"Gemeente {', '.join(unknown)} staat niet in de instellingen.")
    worst = 0
    for code in gemeente or known:
        try:
            with guarded(f"bewaartermijn van {code}"):
                _tell(code, destroy(code, on, dry_run=dry_run), dry_run, as_json)
        except KetensluisError as error:
            typer.echo(f"sluis: {error}", err=True)
            worst = max(worst, error.exit_code)
    raise typer.Exit(worst)


def _tell(gemeente: str, done: Done, dry_run: bool, as_json: bool) -> None:
    from exchanges.core.reports.dutch import count, number

    if as_json:
        emit({
            "gemeente": gemeente, "date": str(done.plan.on), "dry_run": dry_run, "files": done.files,
            "bytes": done.size, "rules": dict(sorted(done.rules.items())), "busy": list(done.busy),
            "stays": [[name, reason, many] for (name, reason), many in sorted(done.plan.stays.items()) if many],
            "report": str(done.report) if done.report else None,
        })  # fmt: skip
        return
    would = "zou worden" if done.files == 1 else "zouden worden"
    verb = f"{would} vernietigd" if dry_run else "vernietigd"
    typer.echo(f"{gemeente}: {count(done.files, 'bestand', 'bestanden')} {verb}")
    for rule, many in sorted(done.rules.items()):
        typer.echo(f"  {number(many):>10} {rule}")
    for id in done.busy:
        typer.echo(f"  overgeslagen, er wordt aan gewerkt: {id}")
    if done.report:
        typer.echo(f"  verslag: {done.report}")
