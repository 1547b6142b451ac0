"""``sluis ledger``: the chain of events verified, anchored, exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from exchanges.cli.show import JSON, busy, emit, progress

if TYPE_CHECKING:
    from exchanges.core.evidence.verify import Verdict

app = typer.Typer(no_args_is_help=True, help="De keten van gebeurtenissen: controleren, verankeren, uitvoeren.")


@app.command(help="Controleren dat niets in het register is veranderd, weggehaald of tussengevoegd.")
def verify(
    export: Path = typer.Option(None, "--export", help="Een uitvoer controleren in plaats van het register."),
    public_key: list[Path] = typer.Option(
        [], "--public-key", help="Openbare sleutel van de ankers; meer mag. Zonder: die van deze installatie."
    ),
    anchors: list[Path] = typer.Option(
        [], "--anchors", help="Map met ankers, bijvoorbeeld uw eigen kopie; meer mag. Zonder: die uit de instellingen."
    ),
    as_json: bool = JSON,
) -> None:
    """Leave with 0 when all of it holds, else 1."""
    from exchanges.core.errors import UsageError
    from exchanges.core.evidence.anchors import require_some
    from exchanges.core.evidence.key import key_id, public_keys, signing_key
    from exchanges.core.evidence.verify import verify_export, verify_ledger
    from exchanges.core.run import open_ledger, require_ledger
    from exchanges.core.settings import Settings

    settings = Settings()
    if not export:
        require_ledger(settings)
    for folder in anchors:
        require_some(folder)
    if public_key:
        keys = public_keys(public_key)
    elif settings.anchor_key_file.exists():
        own = signing_key(settings.anchor_key_file).public_key()
        keys = {key_id(own): own}
    elif export:
        raise UsageError("Geef met --public-key de openbare sleutel van de ankers; wie de uitvoer maakte, heeft die "
                         "met sluis ledger key.")  # fmt: skip
    else:
        keys = {}
    with busy(as_json) as tell:
        tell("Keten controleren")
        if export:
            found = verify_export(export, anchors, keys)
        else:
            found = verify_ledger(open_ledger(settings), anchors or settings.anchor_folders, keys)
    tell_verdict(found, as_json)
    raise typer.Exit(1 if found.breaches else 0)


@app.command(help="Een anker zetten: een ondertekend bestand dat vastlegt hoe de keten nu is.")
def anchor(as_json: bool = JSON) -> None:
    """All is verified first. Nothing is done when nothing happened since the last one."""
    from exchanges.core.evidence.anchors import file_name
    from exchanges.core.evidence.daily import verify_and_anchor
    from exchanges.core.reports.dutch import number
    from exchanges.core.settings import Settings

    settings = Settings()
    with busy(as_json) as tell:
        tell("Keten controleren")
        made = verify_and_anchor(settings)
    if as_json:
        emit({"anchor": made and {"number": made.number, "place": made.place, "hash": made.hash, "key": made.key,
                                  "sha256": made.sha256, "file": file_name(made.number)}})  # fmt: skip
    elif made is None:
        typer.echo("Sinds het vorige anker is er niets gebeurd; er is geen nieuw gezet.")
    else:
        typer.echo(f"Anker {number(made.number)} op plaats {number(made.place)}: {made.hash}")
        for folder in settings.anchor_folders:
            typer.echo(f"  {folder / file_name(made.number)}")


@app.command(help="De keten uitvoeren, met haar ankers, om elders te controleren.")
def export(
    out: Path = typer.Option(..., "--out", help="Bestand dat wordt geschreven, een gebeurtenis per regel."),
    as_json: bool = JSON,
) -> None:
    from exchanges.core.evidence.export import export as write
    from exchanges.core.reports.dutch import count
    from exchanges.core.run import open_ledger
    from exchanges.core.settings import Settings

    settings = Settings()
    with progress("Keten uitvoeren", None, quiet=as_json) as bar:
        written = write(open_ledger(settings), out, settings.anchor_folders, bar)
    if as_json:
        emit({"events": written, "file": str(out)})
    else:
        typer.echo(f"{count(written, 'gebeurtenis', 'gebeurtenissen')} in {out}")


@app.command(help="De openbare sleutel van de ankers tonen; geef die aan wie de keten moet kunnen controleren.")
def key(
    out: Path = typer.Option(None, "--out", help="Bestand voor de sleutel. Zonder: het scherm."),
    as_json: bool = JSON,
) -> None:
    from exchanges.core.errors import UsageError
    from exchanges.core.evidence.key import key_id, public_pem, signing_key
    from exchanges.core.settings import Settings
    from exchanges.core.store.failures import storage_failures
    from exchanges.core.store.whole import require_folder

    if out:
        require_folder(out)
    file = Settings().anchor_key_file
    if not file.exists():
        raise UsageError(f"Er is geen sleutel van ankers in {file}; controleer KETENSLUIS_HOME. Het eerste anker maakt "
                         "haar: sluis ledger anchor.")  # fmt: skip
    public = signing_key(file).public_key()
    pem = public_pem(public)
    if out:
        with storage_failures("de openbare sleutel schrijven"):
            out.write_bytes(pem)
    if as_json:
        emit({"key": key_id(public), "pem": pem.decode(), "file": str(out) if out else None})
    else:
        typer.echo(f"Sleutel {key_id(public)} staat in {out}" if out else pem.decode().rstrip())


def tell_verdict(found: Verdict, as_json: bool) -> None:
    """What does not hold, or that all of it holds; or as one JSON object."""
    from dataclasses import asdict

    from exchanges.core.reports.dutch import count

    if as_json:
        emit({"ok": not found.breaches, **asdict(found)})
        return
    for breach in found.breaches:
        typer.echo(breach.sentence)
    if found.breaches:
        return
    typer.echo(f"De keten is heel: {count(found.events, 'gebeurtenis', 'gebeurtenissen')}.")
    if found.anchors:
        typer.echo(f"Zij past bij {count(found.anchors, 'anker', 'ankers')}.")
    else:
        typer.echo("Er zijn geen ankers: of aan het eind iets is weggehaald, is zo niet te zien. Zet er een met "
                   "sluis ledger anchor.")  # fmt: skip
    if found.deliveries is not None:
        typer.echo(f"Het register klopt met de keten: {count(found.deliveries, 'levering', 'leveringen')} nagerekend.")
