"""``sluis mappings check``."""

from __future__ import annotations

from dataclasses import asdict

import typer

from exchanges.cli.show import JSON, emit

app = typer.Typer(help="De mappings.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps ``check`` a subcommand while it is the only one."""


@app.command("check", help="Past elke mapping bij zijn schema? Toont ook wat niet gevuld wordt.")
def check(as_json: bool = JSON) -> None:
    """Leave with 1 when one does not fit."""
    from exchanges.core.data import data_dir
    from exchanges.core.mapping.check import check_mapping
    from exchanges.core.mapping.table import load_mapping
    from exchanges.core.reports.dutch import count
    from exchanges.core.reports.sheet import CERTAINTIES
    from exchanges.core.schemas.catalogue import Catalogue

    wrong = 0
    catalogue = Catalogue.load()
    for folder in sorted(path.parent for path in data_dir("mappings").glob("*/*/mapping.csv")):
        mapping = load_mapping(folder.parent.name, folder.name)
        found = check_mapping(mapping, catalogue.version(mapping.message, mapping.version))
        wrong += len(found.problems)
        if as_json:
            emit({**asdict(found), "certainty": mapping.certainty, "sha256": mapping.sha256})
            continue
        problems = count(len(found.problems), "probleem", "problemen") if found.problems else "geen problemen"
        typer.echo(f"{found.message} {found.version}: {count(found.rows, 'regel', 'regels')}, {problems}, "
                   f"{CERTAINTIES[mapping.certainty]}")  # fmt: skip
        for problem in found.problems:
            typer.echo(f"  {problem}")
        for path in found.unmapped:
            typer.echo(f"  niet gevuld (mag): {path}")
    raise typer.Exit(1 if wrong else 0)
