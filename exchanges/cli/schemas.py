"""``sluis schemas list | install | verify``."""

from __future__ import annotations

from pathlib import Path

import typer

from exchanges.cli.show import JSON, emit, progress

app = typer.Typer(help="De schemacatalogus.", no_args_is_help=True)


@app.command("list", help="Welke berichten, welke versies, vanaf wanneer.")
def list_(as_json: bool = JSON) -> None:
    from exchanges.core.reports.dutch import day
    from exchanges.core.reports.sheet import CERTAINTIES
    from exchanges.core.schemas.listing import list_schemas
    from exchanges.core.settings import Settings

    for row in list_schemas(Settings().root):
        if as_json:
            emit(row)
            continue
        until = f" tot en met {day(row['valid_to'])}" if row["valid_to"] else ""
        package = f"officieel pakket {row['package']}" if row["package"] else "geen officieel pakket"
        use = package if row["supported"] else f"niet te gebruiken: {row['reason']}"
        since = f"vanaf {day(row['valid_from'])}{until}"
        typer.echo(f"{row['message']} {row['version']}: {since}, {CERTAINTIES[row['certainty']]}, {use}")


@app.command("install", help="Een officieel pakket (map of zip) naast de eigen schema's zetten.")
def install(package: Path = typer.Argument(help="Map of zip van het pakket."), as_json: bool = JSON) -> None:
    from dataclasses import asdict

    from exchanges.core.reports.dutch import count
    from exchanges.core.schemas.install import install as install_package
    from exchanges.core.settings import Settings

    made = install_package(package, Settings().root)
    if as_json:
        emit(asdict(made))
    else:
        what = f"{made.message} {made.version}, {count(made.files, 'bestand', 'bestanden')}"
        done = "stond er al" if made.already else "is geïnstalleerd"
        typer.echo(f"Pakket {made.package} ({what}) {done}: {made.path}")
        typer.echo(f"  sha256 {made.sha256}; herkomst in {made.provenance}")


@app.command("verify", help="Oordelen onze schema's hetzelfde als de officiële?")
def verify(
    official: Path = typer.Option(None, help="Map met de officiële pakketten; anders de geïnstalleerde."),
    messages: int = typer.Option(1000, min=1, help="Aantal berichten per berichtsoort."),
    seed: int = typer.Option(1, help="Zelfde zaad, zelfde berichten."),
    as_json: bool = JSON,
) -> None:
    """Leave with 1 when one verdict differs."""
    from exchanges.core.reports.dutch import count, number
    from exchanges.core.schemas.install import official_dir
    from exchanges.core.schemas.verify import verify as verify_schemas
    from exchanges.core.settings import Settings

    differ = 0
    with progress("Berichten vergelijken", messages, quiet=as_json) as bar:
        for row in verify_schemas(
            official or official_dir(Settings().root), messages, seed, lambda root, done, total: bar(done)
        ):
            differ += row["differ"]
            misread = row["second_opinion"]["misread"]
            if as_json:
                emit(row)
            else:
                typer.echo(
                    f"{row['message']} {row['version']} {row['root']}: "
                    f"{count(row['generated'], 'bericht', 'berichten')}, "
                    f"{number(row['agree'])} gelijk, {number(row['differ'])} verschillend"
                    + (f"; {number(misread)} keer las libxml2 een patroon verkeerd" if misread else "")
                )
    raise typer.Exit(1 if differ else 0)
