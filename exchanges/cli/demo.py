"""``sluis demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from exchanges.cli.show import JSON, busy, emit

if TYPE_CHECKING:
    from exchanges.demo_year import DemoYear

_CLIENTS, _CLIENTS_OF_A_YEAR = 600, 2000
_KINDS = {
    "bsn_changed": "onder een ander burgerservicenummer geregistreerd",
    "death": "later bekend geworden overlijden",
    "elders": "heffingskorting bleek elders gebruikt",
    "ikv_withdrawn": "op de verkeerde persoon geregistreerd",
    "inkomenscode_changed": "over naar een andere regeling",
    "late_payment": "nabetaling",
    "refund": "terugbetaling",
    "retroactive_grant": "toekenning met terugwerkende kracht",
}


def demo(
    home: Path = typer.Option(Path("var/demo"), help="Map van de demo; wordt telkens opnieuw gemaakt."),
    clients: int = typer.Option(
        None, min=200, help=f"Personen per gemeente. Zonder: {_CLIENTS}, met --year {_CLIENTS_OF_A_YEAR}."
    ),
    year: bool = typer.Option(
        False, "--year", help="Een heel jaar loonaangifte met correcties, tot en met de jaaraansluiting."
    ),
    as_json: bool = JSON,
) -> None:
    """Two municipalities, two months, two partners, a correction and the evidence; with --year one municipality, a year
    and the Belastingdienst. Leave with 1 when the year does not close, or the chain of events is broken."""
    if year:
        _year(home, clients or _CLIENTS_OF_A_YEAR, as_json)
        return
    from exchanges.cli.delivery import summary, tell
    from exchanges.cli.ledger import tell_verdict
    from exchanges.demo import demo as run_demo

    with busy(as_json) as say:
        shown = run_demo(home, clients or _CLIENTS, say)
    for delivery in shown.deliveries:
        tell(summary(delivery), None, as_json)
    if not as_json:
        typer.echo("Lijsten, door de gemeente geopend:")
        for path in shown.lists:
            typer.echo(f"  {path}")
        _sealed(home)
        typer.echo(f"De gebeurtenissen (KETENSLUIS_HOME={home} sluis ledger verify):")
    tell_verdict(shown.evidence, as_json)
    raise typer.Exit(1 if shown.evidence.breaches else 0)


def _sealed(home: Path) -> None:
    """What is encrypted, of each municipality, as it is found."""
    from exchanges.core.keys.manage import standing
    from exchanges.core.reports.dutch import count, number
    from exchanges.core.settings import Settings

    settings = Settings(home=home)
    typer.echo("Versleuteld bewaard, met een sleutel per gemeente:")
    for code in sorted(settings.municipalities().gemeente):
        found = standing(settings, code)
        sealed = count(found.sealed, "bestand", "bestanden")
        typer.echo(f"  {code}: {sealed}, {number(found.plain)} onversleuteld; {found.where}")


def _year(home: Path, clients: int, as_json: bool) -> None:
    from exchanges.cli.loonaangifte import tell_year
    from exchanges.core.reports.dutch import number
    from exchanges.demo_year import demo_year

    with busy() as say:  # on standard error, also beside JSON: it takes a while
        made = demo_year(home, clients, say)
    if as_json:
        emit(_plain(made))
    else:
        for kind, count in made.corrections.items():
            typer.echo(f"  {number(count):>6} {_KINDS.get(kind, kind)}")
        tell_year(made.year)
    raise typer.Exit(0 if made.year.report.closes else 1)


def _plain(made: DemoYear) -> dict[str, Any]:
    from exchanges.cli.loonaangifte import plain
    from exchanges.core.ledger import state_label
    from exchanges.core.run import open_ledger

    ledger = open_ledger(made.settings)
    found = [ledger.delivery(id) for id in made.deliveries]
    return {
        **plain(made.year),
        "deliveries": [
            {"delivery": one.id, "method": one.method, "state": str(one.state), "state_text": state_label(one.state)}
            for one in found
        ],
        "corrections": made.corrections,
    }  # fmt: skip
