"""Measuring the chain beside ``xmllint --stream --schema`` on the same file.

The municipality is made by a process of its own, so that its memory does not count. A small delivery goes first:
imports and compiled schemas are paid once per process, whatever the size, and are not what is measured. What a
delivery costs whatever its size is measured with small ones too, and told apart from what every person costs.
Rounds of chain and xmllint take turns, and the middle of each is given: machines have good and bad seconds.
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
from statistics import median
from typing import Any

from exchanges.core.errors import UsageError
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.reports.dutch import count

STEPS = ("select", "map", "build", "check", "reconcile")
SMALL = 500
ROUNDS = 3
# Who withholds, in a declaration of wage tax; not a number of anybody.
WITHHOLDER = {
    "loonheffingennummer": "001000275L01",
    "naam": "Gemeente Meting",
    "contactpersoon": "A. Beheer",
    "telefoon": "0530000000",
    "relatienummer": "SWO00000",
}


def outbound(
    exchange: str, clients: int, tell: Callable[[str], None] = lambda text: None, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Figures of deliveries of ``clients`` persons: seconds, bytes, MB. Raises UsageError without xmllint, and for an
    exchange that receives."""
    if exchange_by_id(exchange).direction != "out":
        raise UsageError(f"{exchange} ontvangt; meet een uitwisseling die verzendt.")
    xmllint = shutil.which("xmllint")
    if xmllint is None:
        raise UsageError("xmllint ontbreekt; installeer libxml2-utils.")
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        home = Path(folder)
        tell("Opwarmen")
        _make(home / "klein", SMALL)
        small = [sum(_chain(home / f"klein-{number}", home / "klein", exchange)[0].values()) for number in range(4)]
        tell(f"Gemeente van {count(clients, 'persoon', 'personen')} maken")
        _make(home / "groot", clients)
        chains, lints = [], []
        for number in range(rounds):
            tell(f"Ronde {number + 1} van {rounds}: keten")
            here = home / f"ronde-{number}"
            steps, delivered = _chain(here, home / "groot", exchange)
            chains.append(steps)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            tell(f"Ronde {number + 1} van {rounds}: xmllint")
            lints.append(_lint([xmllint, "--stream", "--noout", "--schema", delivered["xsd"], delivered["path"]]))
            shutil.rmtree(here)
    steps = sorted(chains, key=lambda one: sum(one.values()))[rounds // 2]
    chain, lint, overhead = sum(steps.values()), median(lints), median(small[1:])
    return {
        "clients": clients,
        "records": delivered["records"],
        "file_bytes": delivered["bytes"],
        "chain_seconds": round(chain, 3),
        "xmllint_seconds": round(lint, 3),
        "ratio": round(chain / lint, 3),
        "peak_rss_mb": peak,
        "steps": {name: round(value, 3) for name, value in steps.items()},
        "rounds": rounds,
        "overhead_seconds": round(overhead, 3),
        "microseconds_per_client": _each(chain - overhead, clients - SMALL),
    }


def _each(seconds: float, persons: int) -> float | None:
    """Microseconds of each; None where what a delivery always costs is more than can be told apart."""
    return round(seconds / persons * 1e6, 2) if persons > 0 and seconds > 0 else None


def _lint(command: list[str | Path]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise UsageError("xmllint keurt het bestand af; dan valt er niets te vergelijken.")
    return seconds


def _make(source: Path, clients: int) -> None:
    made = ["demo-data", "--clients", str(clients), "--out", str(source), "--json"]
    subprocess.run([sys.executable, "-m", "exchanges.cli", *made], check=True, stdout=subprocess.DEVNULL)


def _chain(home: Path, source: Path, exchange: str) -> tuple[dict[str, float], dict[str, Any]]:
    """A first delivery of the municipality in ``source``, in a home of its own: seconds per step, and what was made."""
    from exchanges.core import run
    from exchanges.core.schemas.catalogue import Catalogue
    from exchanges.core.settings import Settings
    from exchanges.core.store.opening import open_store

    home.mkdir()
    (home / "ketensluis.toml").write_text(
        f'[gemeente.0153]\nnaam = "Meting"\nbron = {{ soort = "parquet", locatie = "{source}" }}\n'
        + "[gemeente.0153.gegevens.loonaangifte]\n"
        + "\n".join(f'{name} = "{value}"' for name, value in WITHHOLDER.items()),
        encoding="utf-8",
    )
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
    message = home / "bericht.xml"
    with open_store(settings).open("0153", artefact.sha256) as stored, message.open("wb") as file:
        shutil.copyfileobj(stored, file, 1 << 20)
    return seconds, {
        "path": message,
        "bytes": artefact.size,
        "records": artefact.rows,
        "xsd": Catalogue.load().entry(flow.message.name, found.period).xsd,
    }
