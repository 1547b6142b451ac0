"""``sluis loonaangifte``: the annual statement, and the bank side alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from exchanges.cli.show import JSON, busy, emit

if TYPE_CHECKING:
    from exchanges.loonaangifte.jaar import BankYear, Year

app = typer.Typer(no_args_is_help=True, help="Loonaangifte: jaaraansluiting, jaaropgaven en de bank.")
GEMEENTE = typer.Option(..., help="Gemeentecode.")


@app.command("jaar", help="Het jaar aansluiten: aangiften en correcties, jaaropgaven, betalingen; en ze schrijven.")
def jaar(
    gemeente: str = GEMEENTE,
    year: int = typer.Option(..., "--jaar", min=2006, max=2099, help="Kalenderjaar."),
    gws: list[Path] = typer.Option([], help="Antwoorden van Centric GWS: bestand, map of zip; meer mag."),
    bank: list[Path] = typer.Option([], help="Rekeningafschriften camt.053: bestand of map; meer mag."),
    printed: bool = typer.Option(False, "--afdrukken", help="Ook de jaaropgaven om af te drukken, een per bladzijde."),
    as_json: bool = JSON,
) -> None:
    """Leave with 1 when the year does not close."""
    from exchanges.core.access.log import LISTS
    from exchanges.core.access.look import look
    from exchanges.loonaangifte.jaar import annual

    look(LISTS, exchange="loonaangifte", gemeente=gemeente, result="gemaakt")
    with busy(as_json) as say:
        made = annual(gemeente, year, gws=gws, bank=bank, printed=printed, tell=say)
    if as_json:
        emit(plain(made))
    else:
        tell_year(made)
    raise typer.Exit(0 if made.report.closes else 1)


@app.command("bank", help="Alleen de bank: is elke aangifte van het jaar betaald, met het goede kenmerk?")
def bank(
    paths: list[Path] = typer.Argument(help="Rekeningafschriften camt.053: bestand of map."),
    gemeente: str = GEMEENTE,
    year: int = typer.Option(..., "--jaar", min=2006, max=2099, help="Kalenderjaar."),
    as_json: bool = JSON,
) -> None:
    """Leave with 1 when a declaration was not paid as it should."""
    from exchanges.loonaangifte.jaar import bank_of

    found = bank_of(gemeente, year, paths)
    if as_json:
        emit(_plain_bank(found))
    else:
        _tell_bank(found)
    raise typer.Exit(0 if found.closes else 1)


def plain(made: Year) -> dict[str, Any]:
    """The whole document, and where it was written."""
    written = made.written
    return {
        **made.report.to_dict(),
        "hash": written.hash,
        "report": str(written.reports["html"]),
        **{f"report_{form}": str(path) for form, path in written.reports.items() if form != "html"},
        "jaaropgaven_files": [str(path) for path in written.jaaropgaven],
    }


def tell_year(made: Year) -> None:
    """The lines of the year in a table, what does not close, and where everything is."""
    from exchanges.core.reports.dutch import amount, count, number

    report = made.report
    typer.echo(f"Loonaangifte gemeente {report.statement.gemeente_naam}, {report.statement.year}")
    head = ("", "Belastingdienst", "jaaropgaven", "betalingen", "verschil")
    rows = [
        (line.title, *(amount(cents) for cents in (line.received, line.jaaropgaven, line.payments, line.difference)))
        for line in report.year_lines
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        typer.echo("  " + "  ".join(cells))
    made_out = count(report.jaaropgaven.count, "jaaropgave", "jaaropgaven")
    typer.echo(f"  {made_out}; gevraagd {number(report.collective.asked)} euro")
    typer.echo("Dit jaar sluit." if report.closes else "Dit jaar sluit niet:")
    for reason in report.reasons:
        typer.echo(f"  {reason}")
    shown = [path for form, path in made.written.reports.items() if form != "json"]
    for path in (*shown, *made.written.jaaropgaven):
        typer.echo(f"  {path}")


def _plain_bank(found: BankYear) -> dict[str, Any]:
    from exchanges.loonaangifte.jaar_document import bank_lines

    side = found.side
    return {
        "closes": found.closes, "files": side.files, "statements": side.statements, "refused": side.refused,
        "not_declared": found.absent, "to_be_declared": found.to_come, "lines": bank_lines(side),
        "findings": [{name: row[name] for name in ("code", "severity", "text", "action")} for row in side.findings],
    }  # fmt: skip


def _tell_bank(found: BankYear) -> None:
    from exchanges.core.reports.dutch import amount, day, period
    from exchanges.loonaangifte.jaar_document import bank_lines
    from exchanges.loonaangifte.jaar_verslag import OUTCOMES

    lines = bank_lines(found.side)
    for line in lines:
        month = period(line["month"]) if line["month"] else "geen aangifte"
        due = "" if line["expected"] is None else f"gevraagd {amount(line['expected'])}, "
        until = f", uiterlijk {day(line['until'])}" if line["outcome"] == "nog_te_betalen" else ""
        paid = f"betaald {amount(line['paid'])}: {OUTCOMES[line['outcome']]}{until}"
        typer.echo(f"  {month:<16} {line['kenmerk']:<16}  {due}{paid}")
    for month in found.absent:
        typer.echo(f"  {period(month):<16} geen aangifte geaccepteerd")
    for month in found.to_come:
        typer.echo(f"  {period(month):<16} nog aan te geven")
    for row in found.side.findings:
        typer.echo(f"  {row['code']}: {row['text']} {row['action']}".rstrip())
    open_still = found.to_come or any(line["outcome"] == "nog_te_betalen" for line in lines)
    so_far = ", voor zover die nu gedaan en betaald moesten zijn" if open_still else ""
    typer.echo(f"De bank sluit aan op de aangiften{so_far}." if found.closes
               else "De bank sluit niet aan op de aangiften.")
