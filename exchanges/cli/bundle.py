"""``sluis bundle``: everything about a month of a municipality in one file, for its auditor."""

from __future__ import annotations

from pathlib import Path

import typer

from exchanges.cli.show import JSON, busy, emit


def bundle(
    gemeente: str = typer.Option(..., help="Gemeentecode."),
    period: str = typer.Option(..., "--period", "--periode", help="Maand, jjjj-mm."),
    out: Path = typer.Option(..., "--out", help="Zipbestand dat wordt geschreven; mag nog niet bestaan."),
    as_json: bool = JSON,
) -> None:
    """Tell the digest of the manifest, which is in the ledger too."""
    from exchanges.core.access.who import actor
    from exchanges.core.bundle import make_bundle
    from exchanges.core.period import Period
    from exchanges.core.reports.dutch import count
    from exchanges.core.run import open_ledger
    from exchanges.core.settings import Settings
    from exchanges.core.store.opening import open_store

    settings, month = Settings(), Period.parse(period)
    with busy(as_json) as tell:
        tell("Bundel maken")
        made = make_bundle(settings, open_ledger(settings), open_store(settings), gemeente, month, out, actor())
    if as_json:
        emit({"bundle": str(made.out), "manifest": made.manifest, "deliveries": made.deliveries, "files": made.files,
              "bytes": made.size})  # fmt: skip
        return
    typer.echo(str(made.out))
    typer.echo(f"  {count(made.deliveries, 'levering', 'leveringen')}, {count(made.files, 'bestand', 'bestanden')}")
    typer.echo(f"  sha256 van het manifest: {made.manifest}")
