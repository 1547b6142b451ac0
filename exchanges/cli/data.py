"""``sluis demo-data``."""

from __future__ import annotations

from pathlib import Path

import typer

from exchanges.cli.show import JSON, emit, progress


def demo_data(
    gemeente: str = typer.Option("0153", help="Gemeentecode."),
    clients: int = typer.Option(5000, min=1, help="Aantal personen."),
    seed: int = typer.Option(1, help="Zelfde zaad, zelfde gemeente."),
    out: Path = typer.Option(..., help="Map voor de Parquet-bestanden."),
    periode: str = typer.Option("2026-10", help="Maand waarin de jongste wijzigingen vallen."),
    errors: bool = typer.Option(False, "--errors", help="Ook fouten van elke soort, met planted.json."),
    kinds: str = typer.Option(
        "", help="Met --errors: alleen deze codes of groepen (dkd_reintegratie, loonaangifte), door komma's gescheiden."
    ),
    corrections: bool = typer.Option(
        False, "--corrections", help="Ook wat pas na zijn maand bekend wordt, met correcties.json."
    ),
    as_json: bool = JSON,
) -> None:
    """Only BSNs from the declared test ranges."""
    from exchanges.administration.demo import generate
    from exchanges.core.errors import UsageError
    from exchanges.core.reports.dutch import number

    if kinds and not errors:
        raise UsageError("Soorten fouten (--kinds) worden alleen gemaakt met --errors; geef dat er bij.")
    chosen: bool | set[str] = {code.strip() for code in kinds.split(",") if code.strip()} or True if errors else False
    with progress("Gemeente maken", clients, quiet=as_json) as bar:
        made = generate(
            out,
            gemeente,
            clients,
            seed,
            errors=chosen,
            corrections=corrections,
            period=periode,
            progress=lambda done, total: bar(done),
        )
    if as_json:
        emit(
            {
                "gemeente": made.gemeente,
                "period": made.period,
                "clients": made.clients,
                "seed": made.seed,
                "rows": made.rows,
                "sha256": made.sha256,
                "corrections": made.corrections,
                "out": str(out),
            }
        )
        return
    for table, rows in made.rows.items():
        typer.echo(f"{number(rows):>12} {table}")
    typer.echo(f"in {out}")
