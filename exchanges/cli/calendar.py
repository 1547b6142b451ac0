"""``sluis calendar``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from exchanges.cli.show import JSON, emit

if TYPE_CHECKING:
    from exchanges.core.calendar import Line


def calendar(
    exchange: list[str] = typer.Option([], help="Uitwisseling; meer mag. Zonder: alle."),
    gemeente: list[str] = typer.Option([], help="Gemeentecode; meer mag. Zonder: alle uit de instellingen."),
    year: int | None = typer.Option(None, min=1900, max=9998, help="Alle perioden van dit jaar. Zonder: wat nu telt."),
    at: str | None = typer.Option(None, help="Kijk op dit moment, jjjj-mm-dd of met tijd. Zonder: nu."),
    as_json: bool = JSON,
) -> None:
    """Leave with 1 when something is late or the partner is silent, 2 when a calendar is not there."""
    from datetime import UTC, datetime

    from exchanges.core import watch
    from exchanges.core.calendar import parse_moment
    from exchanges.core.errors import KetensluisError, UsageError
    from exchanges.core.registry import exchange as exchange_by_id
    from exchanges.core.registry import exchanges
    from exchanges.core.settings import Settings

    settings = Settings()
    known = settings.municipalities().gemeente
    unknown = sorted(set(gemeente) - set(known))
    if unknown:
        raise UsageError(f"Gemeente {', '.join(unknown)} staat niet in de instellingen.")
    moment = datetime.now(UTC) if at is None else parse_moment(at)
    chosen = [exchange_by_id(id).id for id in exchange] or list(exchanges())
    worst = 0
    for id in chosen:
        try:
            lines = watch.look(id, moment, settings, only=gemeente, year=year)
            if as_json:
                for line in lines:
                    emit(_plain(line))
            else:
                _tell(id, lines)
            worst = max(worst, 1 if any(line.state.alarm for line in lines) else 0)
            if year is None:
                watch.require_year(id, moment)
        except KetensluisError as error:  # the calendar of one exchange leaves the others be
            typer.echo(f"sluis: {error}", err=True)
            worst = max(worst, error.exit_code)
    raise typer.Exit(worst)


def _tell(id: str, lines: list[Line]) -> None:
    from collections import Counter

    from exchanges.core.calendar import LABELS
    from exchanges.core.registry import exchange as exchange_by_id
    from exchanges.core.reports.dutch import day
    from exchanges.core.reports.dutch import period as month
    from exchanges.core.watch import remark, summary

    typer.echo(f"{exchange_by_id(id).title} ({id})")
    if not lines:
        dated = exchange_by_id(id).calendar.due is not None
        typer.echo("  niets te verzenden\n" if dated else "  geen uiterste data, en niets onderweg\n")
        return
    names = list(dict.fromkeys(name for line in lines if line.term for name in line.term.due))
    rows = [["Gemeente", "Periode", *(f"{name.capitalize()} uiterlijk" for name in names), "Stand", "Toelichting"]]
    for line in lines:
        due = line.term.due if line.term else {}
        dates = [day(due[name]) if name in due else "" for name in names]
        rows.append([line.gemeente, month(line.period), *dates, LABELS[line.state], remark(line)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    typer.echo(f"  {summary(Counter(line.state for line in lines))}\n")


def _plain(line: Line) -> dict[str, Any]:
    """A line as JSON: dates ISO, moments with their offset."""
    from exchanges.core.calendar import LABELS
    from exchanges.core.watch import remark

    term = line.term
    return {
        "exchange": line.exchange,
        "gemeente": line.gemeente,
        "period": str(line.period),
        "code": term.code if term else None,
        "due": {name: date.isoformat() for name, date in term.due.items()} if term else {},
        "deadline": line.deadline.isoformat() if line.deadline else None,
        "days": line.days,
        "state": str(line.state),
        "state_text": LABELS[line.state],
        "alarm": line.state.alarm,
        "delivery": line.delivery.id if line.delivery else None,
        "delivery_state": str(line.delivery.state) if line.delivery else None,
        "sent": line.sent.isoformat() if line.sent else None,
        "sent_late": line.sent_late,
        "answer_before": line.until.isoformat() if line.until else None,
        "remark": remark(line),
        "certainty": term.certainty if term else None,
        "source": term.source if term else None,
    }
