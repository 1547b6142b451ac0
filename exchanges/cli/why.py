"""``sluis why``: the BSN comes from standard input, so that it never stands in a process list or a shell history."""

from __future__ import annotations

import typer

from exchanges.cli.ask import bsn_from_input
from exchanges.cli.show import JSON, emit, progress


def why(
    levering: str = typer.Argument(help="Levering, bijvoorbeeld dkd_reintegratie/0153/2026-10/0001."),
    reason: str = typer.Option("", help="Waarom dit wordt gevraagd; het komt in het register."),
    as_json: bool = JSON,
) -> None:
    from exchanges.core.access.who import actor
    from exchanges.core.ledger import step_label
    from exchanges.core.reports.dutch import count, number
    from exchanges.core.why import why as ask

    key = bsn_from_input("sluis why LEVERING < bestand")
    with progress("Regels nagaan", None, quiet=as_json):
        found = ask(levering, key, actor=actor(), reason=reason)
    if as_json:
        emit(found)
        return
    typer.echo(found["conclusion"])
    typer.echo(f"\nPersoon {found['person']}, {count(found['rows_in_source'], 'rij', 'rijen')} in de bron")
    if found["rules"]:
        typer.echo("Gaat wat er van de persoon is mee, volgens elke regel van de selectie? (-: er is niets)")
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
        rows = f"{rule['table']}: {number(rule['kept'])} mee, {number(rule['excluded'])} niet"
        typer.echo(f"  {mark:>5}  {rule['code']} ({rows}). {rule['text'] if rule['excluded'] else ''}".rstrip())
    for item in found["findings"]:
        step = step_label(item["step"]).lower()
        typer.echo(f"  {item['code']} bij {step}: {item['text']} {item['action']}".rstrip())
