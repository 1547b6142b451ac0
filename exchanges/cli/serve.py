"""``sluis serve``."""

from __future__ import annotations

import signal
import threading

import typer


def serve(
    exchange: str = typer.Argument(help="Uitwisseling waarover de gemeente wordt bevraagd, dkd_reintegratie."),
    gemeente: str = typer.Option(..., help="Gemeentecode."),
) -> None:
    """Runs until Ctrl-C or SIGTERM. Prints where it listens, and a line per question, without who it is about."""
    from exchanges.core.settings import Settings
    from exchanges.core.soap.host import hosted

    ended = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        with hosted(exchange, gemeente, Settings(), typer.echo) as service:
            own = service.settings
            typer.echo(f"Luistert op https://{own.adres}:{service.port}{own.pad}; OIN {own.oin_partner} mag vragen.")
            ended.wait()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
