"""``sluis simulate``."""

from __future__ import annotations

from pathlib import Path

import typer


def simulate(
    partner: str = typer.Argument(help="De partner: ib."),
    root: Path = typer.Option(Path("var/ib"), help="Map van de partner, met in/ en uit/."),
    port: int = typer.Option(0, help="Poort op 127.0.0.1; 0 kiest er een."),
    storing: list[str] = typer.Option(
        [], help="Storing, bijvoorbeeld reject-every=5, reject-file, never-answer, drop-after=1000."
    ),
) -> None:
    """Runs until Ctrl-C. Prints a line per delivery."""
    from exchanges.core.errors import UsageError
    from exchanges.simulators.faults import Faults
    from exchanges.simulators.ib import serve

    if partner != "ib":
        raise UsageError(f"Partner {partner!r} is er niet om na te bootsen; kies: ib.")
    serve(root, port, Faults.parse(storing), status=typer.echo)
