"""``sluis why``: the BSN comes from standard input, so that it never stands in a process list or a shell history."""

from __future__ import annotations

import sys

import typer

from exchanges.cli.show import JSON, emit


def why(
    levering: str = typer.Argument(help="Levering, bijvoorbeeld dkd_reintegratie/0153/2026-10/0001."),
    as_json: bool = JSON,
) -> None:
    from exchanges.core.errors import UsageError
    from exchanges.core.why import why as ask

    if sys.stdin.isatty():
        import getpass

        key = getpass.getpass("BSN (wordt niet getoond): ").strip()
    else:
        key = sys.stdin.readline().strip()
    if not key:
        raise UsageError("Geen BSN op de standaardinvoer; geef er een, bijvoorbeeld: sluis why LEVERING < bestand.")
    found = ask(levering, key)
    if as_json:
        emit(found)
        return
    typer.echo(found["conclusion"])
    typer.echo(f"\nPersoon {found['person']}, {found['rows_in_source']} keer in de bron")
    for rule in found["rules"]:
        mark = (
            "-"
            if rule["kept"] + rule["excluded"] == 0
            else "ja"
            if not rule["excluded"]
            else "nee"
            if not rule["kept"]
            else "deels"
        )
        typer.echo(
            f"  {mark:>5}  {rule['code']} ({rule['table']}: {rule['kept']} mee, {rule['excluded']} niet). "
            f"{rule['text'] if rule['excluded'] else ''}"
        )
    for item in found["findings"]:
        typer.echo(f"  {item['code']} bij {item['step']}: {item['text']} {item['action']}")
