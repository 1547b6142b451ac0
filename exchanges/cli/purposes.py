"""``sluis purposes``: why data are processed, and whether the register says what the exchanges do."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import typer

from exchanges.cli.show import JSON, emit

if TYPE_CHECKING:
    from exchanges.core.purpose.check import Checked

app = typer.Typer(no_args_is_help=True, help="Doelbinding: waarom gegevens worden verwerkt, en wat daarbij mag.")
ON = typer.Option(None, "--date", help="Zoals het op deze dag geldt, jjjj-mm-dd. Zonder: vandaag.")


@app.command("list", help="Grondslag, doel, gegevenssoorten en bewaartermijnen van elke uitwisseling.")
def listed(date: str = ON, as_json: bool = JSON) -> None:
    """Leave with 1 when an exchange has none."""
    from exchanges.core.reports.dutch import count

    found = _found(date)
    for one in found:
        purpose = one.purpose
        if as_json:
            emit({
                "exchange": one.exchange, "place": one.place, "activity": purpose and purpose.activity,
                "legal_basis": purpose and purpose.legal_basis, "goal": purpose and purpose.goal,
                "kinds": purpose and list(purpose.kinds), "months": purpose and purpose.months,
                "gives": purpose and [list(pair) for pair in sorted(purpose.gives)],
                "reads": purpose and sorted(purpose.reads), "certainty": purpose and purpose.certainty,
            })  # fmt: skip
            continue
        if purpose is None:
            typer.echo(f"{one.exchange}: geen doelbinding; er kan niets worden verwerkt ({one.place})")
            continue
        assumed = " (aanname)" if purpose.certainty == "assumed" else ""
        terms = "; ".join(f"{name} {count(many, 'maand', 'maanden')}" for name, many in purpose.months.items())
        gives = "; ".join(f"{message} aan {partner}" for partner, message in sorted(purpose.gives))
        typer.echo(f"{one.exchange}: {purpose.activity}{assumed}")
        for label, text in (
            ("grondslag", purpose.legal_basis), ("doel", purpose.goal), ("gegevens", "; ".join(purpose.kinds)),
            ("bewaren", terms), ("verstrekt", gives or "niets"), ("leest", ", ".join(sorted(purpose.reads)) or "niets"),
        ):  # fmt: skip
            typer.echo(f"  {label:<10} {text}")
    raise typer.Exit(1 if any(one.purpose is None for one in found) else 0)


@app.command(help="Klopt het register met wat de uitwisselingen doen, en met de termijnen van vernietiging?")
def check(date: str = ON, as_json: bool = JSON) -> None:
    """Leave with 1 when something does not."""
    found = _found(date)
    for one in found:
        if as_json:
            emit({"exchange": one.exchange, "place": one.place, "complaints": list(one.complaints)})
        else:
            typer.echo(f"{one.exchange}: {'klopt' if not one.complaints else one.place}")
            for complaint in one.complaints:
                typer.echo(f"  {complaint}")
    raise typer.Exit(1 if any(one.complaints for one in found) else 0)


def _found(text: str | None) -> list[Checked]:
    from datetime import datetime

    from exchanges.core.errors import UsageError
    from exchanges.core.purpose.check import check
    from exchanges.core.purpose.registry import HOME_TIME
    from exchanges.core.settings import Settings

    try:
        on = datetime.now(HOME_TIME).date() if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"Datum {text!r} bestaat niet; geef jjjj-mm-dd.") from None
    return check(Settings(), on)
