"""Measuring the chain beside ``xmllint --stream --schema`` on the same file.

The municipality is made by a process of its own, so that its memory does not count. One small delivery goes first:
imports and compiled schemas are paid once per process, whatever the size, and are not what is measured.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exchanges.core.errors import UsageError

STEPS = ("select", "map", "build", "check", "reconcile")
WARM_UP = 500
# Who withholds, in a declaration of wage tax; not a number of anybody.
WITHHOLDER = {
    "loonheffingennummer": "001000275L01",
    "naam": "Gemeente Meting",
    "contactpersoon": "A. Beheer",
    "telefoon": "0530000000",
    "relatienummer": "SWO00000",
}


def outbound(exchange: str, clients: int, tell: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Figures of one delivery of ``clients`` persons: seconds, bytes, MB. Raises UsageError without xmllint."""
    xmllint = shutil.which("xmllint")
    if xmllint is None:
        raise UsageError("xmllint ontbreekt; installeer libxml2-utils.")
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        home = Path(folder)
        tell("Opwarmen")
        _deliver(home / "klein", exchange, WARM_UP)
        tell(f"Gemeente van {clients} personen maken")
        _make(home / "groot", clients)
        tell("Keten meten")
        steps, delivered = _chain(home / "groot", exchange)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        tell("xmllint meten")
        started = time.perf_counter()
        done = subprocess.run(
            [xmllint, "--stream", "--noout", "--schema", str(delivered["xsd"]), str(delivered["path"])],
            capture_output=True,
            check=False,
        )
        lint = time.perf_counter() - started
    if done.returncode:
        raise UsageError("xmllint keurt het bestand af; dan valt er niets te vergelijken.")
    chain = sum(steps.values())
    return {
        "clients": clients,
        "records": delivered["records"],
        "file_bytes": delivered["bytes"],
        "chain_seconds": round(chain, 3),
        "xmllint_seconds": round(lint, 3),
        "ratio": round(chain / lint, 3),
        "peak_rss_mb": peak,
        "steps": {name: round(value, 3) for name, value in steps.items()},
    }


def _make(home: Path, clients: int) -> None:
    home.mkdir(parents=True)
    made = [
        sys.executable,
        "-m",
        "exchanges.cli",
        "demo-data",
        "--clients",
        str(clients),
        "--out",
        str(home / "bron"),
        "--json",
    ]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    (home / "ketensluis.toml").write_text(
        f'[gemeente.0153]\nnaam = "Meting"\nbron = {{ soort = "parquet", locatie = "{home / "bron"}" }}\n'
        + "[gemeente.0153.gegevens.loonaangifte]\n"
        + "\n".join(f'{name} = "{value}"' for name, value in WITHHOLDER.items()),
        encoding="utf-8",
    )


def _deliver(home: Path, exchange: str, clients: int) -> None:
    _make(home, clients)
    _chain(home, exchange)


def _chain(home: Path, exchange: str) -> tuple[dict[str, float], dict[str, Any]]:
    from exchanges.core import run
    from exchanges.core.schemas.catalogue import Catalogue
    from exchanges.core.settings import Settings
    from exchanges.core.store import Store

    settings = Settings(home=home)
    delivery = run.open_run(exchange, "0153", "2026-10", settings=settings)
    seconds: dict[str, float] = {}
    for step in STEPS:
        started = time.perf_counter()
        run.run_step(delivery, step, settings)
        seconds[step] = time.perf_counter() - started
    ledger = run.open_ledger(settings)
    artefact = ledger.artefact(delivery, "bericht")
    assert artefact is not None
    found = ledger.delivery(delivery)
    flow = run.exchange_by_id(exchange).flows[found.method]
    return seconds, {
        "path": Store(settings.store_url).local("0153", artefact.sha256),
        "bytes": artefact.size,
        "records": artefact.rows,
        "xsd": Catalogue.load().entry(flow.message.name, found.period).xsd,
    }
