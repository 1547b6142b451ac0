"""``sluis check``."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import typer

from exchanges.cli.show import JSON, progress


def check(
    files: list[Path] = typer.Argument(help="De bestanden."),
    gemeente: str = typer.Option(None, help="Gemeentecode, als die niet in het bestand staat."),
    periode: str = typer.Option(None, help="Maand jjjj-mm, als die niet in het bestand staat."),
    as_json: bool = JSON,
) -> None:
    """One line a file; leave with 1 when a file is rejected."""
    from exchanges.core.errors import UsageError
    from exchanges.core.inspect import inspect_files
    from exchanges.core.period import Period
    from exchanges.core.reports.dutch import count
    from exchanges.core.reports.dutch import number as shown
    from exchanges.core.settings import Settings

    if gemeente is not None and not (len(gemeente) == 4 and gemeente.isascii() and gemeente.isdecimal()):
        raise UsageError("Dit is geen gemeentecode; geef vier cijfers, bijvoorbeeld --gemeente 0153.")
    wrong = 0
    key = Settings().pseudonymise_with()
    with progress("Controleren", len(files), quiet=as_json and len(files) == 1) as at:
        for number, found in enumerate(
            inspect_files(files, key, gemeente=gemeente, period=Period.parse(periode) if periode else None), start=1
        ):
            at(number)
            wrong += not found.accepted
            if as_json:
                for part in found.in_json():
                    typer.echo(part, nl=False)
                continue
            typer.echo(
                f"{found.path}: {'in orde' if found.accepted else 'afgewezen'} ({found.message or 'onbekend bericht'}, "
                f"{count(found.checked.records, 'record', 'records')})"
            )
            for item in chain.from_iterable(found.told()):
                where = f"regel {shown(item['line'])}" if item["line"] else "bestand"
                typer.echo(f"  {item['code']} {where}: {item['text']} {item['action']}")
    raise typer.Exit(1 if wrong else 0)
