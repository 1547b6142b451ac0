"""``sluis keys``: the keys under which the data of municipalities lie sealed."""

from __future__ import annotations

import typer

from exchanges.cli.person import DOOR, person
from exchanges.cli.served import must_be_served
from exchanges.cli.show import JSON, emit, progress

app = typer.Typer(no_args_is_help=True, help="Sleutels: waar zij zijn, vervangen, vernietigen.")
GEMEENTE = typer.Option(..., help="Gemeentecode.")


@app.command(help="Van elke gemeente: waar haar sleutel is, en wat er versleuteld ligt.")
def show(
    gemeente: list[str] = typer.Option([], help="Gemeentecode; meer mag. Zonder: alle uit de instellingen."),
    as_json: bool = JSON,
) -> None:
    """Leave with 1 when something of a municipality is not sealed, or cannot be read for want of its key."""
    from dataclasses import asdict

    from exchanges.core.keys.manage import standing
    from exchanges.core.reports.dutch import count, number
    from exchanges.core.settings import Settings

    settings = Settings()
    wrong = False
    for code in gemeente or sorted(settings.municipalities().gemeente):
        found = standing(settings, code)
        if not (found.keys or found.sealed or found.plain):
            must_be_served(code)
        lost = found.sealed > 0 and not found.opens
        wrong = wrong or lost or found.plain > 0
        if as_json:
            emit({**asdict(found), "generations": [list(one) for one in found.generations]})
            continue
        state = "versleuteld" if found.sealed else "nog niets versleuteld bewaard"
        if lost:
            state = "ONLEESBAAR, de sleutel is " + ("een andere; zet de goede terug" if found.keys else "er niet")
        typer.echo(f"{code}: {state} ({found.where})")
        typer.echo(f"  {count(found.sealed, 'bestand', 'bestanden')} versleuteld, {number(found.plain)} niet;"
                   f" {count(len(found.generations), 'gegevenssleutel', 'gegevenssleutels')}")  # fmt: skip
        if found.plain:
            typer.echo(f"  Versleutel ze met sluis keys encrypt --gemeente {code}.")
        if found.keys > 1:
            typer.echo("  Er is een oude sleutel bij; na sluis keys rotate kan hij weg.")
    raise typer.Exit(1 if wrong else 0)


@app.command(help="Een eerste sleutel maken, in de map met sleutels.")
def make(gemeente: str = GEMEENTE) -> None:
    from exchanges.core.keys.manage import make as make_key
    from exchanges.core.run import open_ledger
    from exchanges.core.settings import Settings

    settings = Settings()
    where = make_key(settings, open_ledger(settings), gemeente)
    typer.echo(f"Gemaakt: {where}. Bewaar een kopie, en niet bij de reservekopie van de gegevens.")


@app.command(help="Een andere sleutel in plaats van deze; wat bewaard is wordt niet opnieuw geschreven.")
def rotate(gemeente: str = GEMEENTE, as_json: bool = JSON) -> None:
    from exchanges.core.keys.manage import rotate as rotate_key
    from exchanges.core.run import open_ledger
    from exchanges.core.settings import Settings

    settings = Settings()
    done = rotate_key(settings, open_ledger(settings), gemeente)
    if as_json:
        emit({"gemeente": gemeente, "where": done.where, "rewrapped": done.rewrapped, "left": done.left})
        return
    typer.echo(f"{gemeente}: de nieuwe sleutel geldt ({done.where}).")
    typer.echo("Haal de oude daar nu weg." if done.left else "De oude opent niets meer; vernietig ook kopieën ervan.")


@app.command(help="De sleutel van een gemeente vernietigen: niets van haar is dan nog te lezen, ook geen reservekopie.")
def destroy(
    gemeente: str = GEMEENTE,
    door: str = DOOR,
    reden: str = typer.Option("", help="Waarom."),
    zeker: bool = typer.Option(False, "--zeker", help="Niet meer vragen."),
) -> None:
    from exchanges.core.errors import UsageError
    from exchanges.core.keys.manage import destroy as destroy_key
    from exchanges.core.run import open_ledger
    from exchanges.core.settings import Settings

    settings = Settings()
    ledger = open_ledger(settings)
    if not zeker:
        typed = typer.prompt("Dit kan niet ongedaan worden gemaakt. Geef de gemeentecode nog eens")
        if typed.strip() != gemeente:
            raise UsageError("Dat is een andere code; er is niets vernietigd.")
    where = destroy_key(settings, ledger, gemeente, actor=person(door), reason=reden)
    typer.echo(f"Vernietigd: {where}. Vernietig ook elke kopie van deze sleutel: wie er een heeft, kan alles lezen.")


@app.command(help="Versleutelen wat bewaard is voordat er sleutels waren.")
def encrypt(gemeente: str = GEMEENTE, as_json: bool = JSON) -> None:
    """Leave with 1 when a file is not what its name says; that one is left as it is."""
    from exchanges.core.keys.manage import encrypt as encrypt_store
    from exchanges.core.reports.dutch import count, number
    from exchanges.core.run import open_ledger
    from exchanges.core.settings import Settings

    settings = Settings()
    with progress("versleutelen", None, as_json) as tell:
        done = encrypt_store(settings, open_ledger(settings), gemeente, tell)
    if as_json:
        emit({"gemeente": gemeente, "sealed": done.sealed, "before": done.before, "altered": done.altered})
    else:
        sealed = count(done.sealed, "bestand", "bestanden")
        typer.echo(f"{gemeente}: {sealed} versleuteld; {number(done.before)} waren het al.")
        for place in done.altered:
            typer.echo(f"  veranderd sinds het is bewaard, en zo gelaten: {place}")
    raise typer.Exit(1 if done.altered else 0)
