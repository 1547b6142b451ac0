"""Measuring the verification of a ledger: the chain of events, and the tables held against it.

A ledger is made with deliveries as they are after a year: each opened, built, sent and answered in nine steps with a
balance of two lines and a file each, one with findings. The rows are those that the program would write, with the same
digests, put in by table; the chain is written by the program. Then ``verify`` in a process of its own: once of the
ledger with an anchor, once of an export without a database. Processor time is given beside: on a busy machine the clock
says little.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_STEPS = ("select", "map", "build", "check", "reconcile", "approve", "deliver", "receipt", "report")
_TOGETHER = 200  # deliveries in a transaction


def verifying(events: int, tell: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Figures of verifying at least that many events; seconds and the most memory of the process that verified."""
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        home = Path(folder)
        tell(f"Register met {events} gebeurtenissen maken")
        made = _apart(_make, home, events)
        tell("Register controleren")
        whole = _apart(_verify, home)
        tell("Keten uitvoeren en de uitvoer controleren")
        away = _apart(_verify_export, home)
    return {**made, **whole, **away}


def _apart(function: Callable[..., Any], *given: Any) -> Any:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, given)


def _make(home: Path, events: int) -> dict[str, Any]:
    import sqlalchemy as sa

    from exchanges.core.evidence.anchors import make
    from exchanges.core.ledger import Ledger

    started = time.perf_counter()
    ledger = Ledger(_url(home))
    ledger.create()
    made = number = 0
    while made < events:
        rows: dict[sa.Table, list[dict[str, Any]]] = {}
        with ledger.database.write() as connection:
            for _ in range(_TOGETHER):
                made += _deliver(connection, number, rows)
                number += 1
            for table, some in rows.items():
                connection.execute(sa.insert(table), some)
    written = time.perf_counter() - started
    make(ledger, home / "sleutel", [home / "ankers"])
    size = sum(path.stat().st_size for path in home.glob("ledger.sqlite*"))
    return {"deliveries": number, "make_seconds": round(written, 1), "ledger_mb": size // 2**20}


def _deliver(connection: Any, number: int, rows: dict[Any, list[dict[str, Any]]]) -> int:
    """One delivery, added to ``rows`` by table; how many events it made."""
    from exchanges.core.findings import FINDINGS, finding, findings_table
    from exchanges.core.ledger import booked, trail
    from exchanges.core.ledger import tables as t
    from exchanges.core.ledger.form import exact, table_digest

    gemeente, month = f"{number % 342:04d}", number // 342
    period, sequence = f"{2026 + month // 12 % 10}-{month % 12 + 1:02d}", month // 120 + 1
    id, now = f"meting/{gemeente}/{period}/{sequence:04d}", datetime.now(UTC)

    def tell(action: str, object: str, result: str, said: Any = None, **details: Any) -> None:
        trail.append(connection, id, "ketensluis", action, object, result, details, said)

    def add(table: Any, *some: dict[str, Any]) -> None:
        rows.setdefault(table, []).extend(some)

    row = {"id": id, "exchange": "meting", "gemeente": gemeente, "period": period, "sequence": sequence,
           "method": "bestand", "state": "accepted", "reason": "", "opened": now, "changed": now}  # fmt: skip
    add(t.delivery, row)
    tell("levering geopend", id, "open", booked.row("levering", {**row, "state": "open"}), methode="bestand")
    few = findings_table([finding("M-01", "warning", "Iets om naar te kijken.", record=f"p:{number:020x}")] * 3)
    of = {"delivery": id}
    for place, step in enumerate(_STEPS, 1):
        of["step"] = step
        sha256 = f"{number * 16 + place:064x}"
        file = {"name": "bericht", "file_name": f"{step}.xml", "sha256": sha256, "size": number, "rows": number,
                "media_type": "application/xml", "created": now}  # fmt: skip
        lines = [{"measure": name, "unit": unit, "into": number, "out": number, "rejected": 0, "excluded": 0, "held": 0,
                  "duplicate": 0, "closed": True} for name, unit in (("bedrag", "cent"), ("personen", "aantal"))]
        ended = {"ordinal": place, "details": {"sha256": sha256, "records": number}, "attempt": 1, "state": "done",
                 "started": now, "finished": now}  # fmt: skip
        found = few if step == "check" else few[:0]
        add(t.step, {**of, **ended})
        add(t.artefact, {**of, **file})
        add(t.balance, *({**of, **line} for line in lines))
        add(t.finding, *({**of, "attempt": 1, **one} for one in found.select(FINDINGS.names).to_pylist()))
        said = booked.step(
            step, exact(tuple(ended.values())), [tuple(line.values()) for line in lines],
            [exact([file[name] for name in booked.ARTEFACT])], table_digest(found.to_batches())[1],
        )  # fmt: skip
        tell("stap afgerond", step, "done", said, poging=1, bevindingen=found.num_rows)
    for action in ("deliver.begin", "deliver.done", "verslag bekeken"):
        tell(action, "bericht.xml", "goed", sha256=sha256)
    for state in ("built", "delivered", "accepted"):
        tell("status gewijzigd", id, state, booked.row("levering", {**row, "state": state}))
    answer = {"delivery": id, "status": "verwerkt", "accepted": number, "rejected": 0, "details": {}, "received": now,
              **{name: file[name] for name in ("file_name", "sha256", "size", "media_type", "rows")}}  # fmt: skip
    add(t.receipt, answer)
    tell("verwerkingsverslag ontvangen", sha256, "verwerkt", booked.row("ontvangst", answer), accepted=number)
    return len(_STEPS) + 8


def _verify(home: Path) -> dict[str, Any]:
    from exchanges.core.evidence.key import key_id, signing_key
    from exchanges.core.evidence.reading import of_database
    from exchanges.core.evidence.verify import verify_ledger
    from exchanges.core.evidence.walk import walk
    from exchanges.core.ledger import Ledger

    ledger, own = Ledger(_url(home)), signing_key(home / "sleutel").public_key()
    started, busy = time.perf_counter(), time.process_time()
    verdict = verify_ledger(ledger, [home / "ankers"], {key_id(own): own})
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    assert not verdict.breaches and verdict.anchors == 1, verdict
    peak = _peak()
    started = time.perf_counter()
    with ledger.database.read() as connection:
        walk(of_database(connection))
    chain = time.perf_counter() - started
    return {"events": verdict.events, "verify_seconds": round(seconds, 2), "verify_cpu_seconds": round(busy, 2),
            "chain_seconds": round(chain, 2), "peak_rss_mb": peak}  # fmt: skip


def _verify_export(home: Path) -> dict[str, Any]:
    from exchanges.core.evidence.export import export
    from exchanges.core.evidence.key import key_id, signing_key
    from exchanges.core.evidence.verify import verify_export
    from exchanges.core.ledger import Ledger

    out, own = home / "keten.jsonl", signing_key(home / "sleutel").public_key()
    started = time.perf_counter()
    export(Ledger(_url(home)), out, [home / "ankers"])
    written = time.perf_counter() - started
    started = time.perf_counter()
    verdict = verify_export(out, [], {key_id(own): own})
    seconds = time.perf_counter() - started
    assert not verdict.breaches and verdict.anchors == 1, verdict
    return {"export_seconds": round(written, 2), "export_mb": out.stat().st_size // 2**20,
            "verify_export_seconds": round(seconds, 2), "export_peak_rss_mb": _peak()}  # fmt: skip


def _url(home: Path) -> str:
    return f"sqlite:///{home / 'ledger.sqlite'}"


def _peak() -> int:
    """The highest this process was, in MB; what was before ``exec`` does not count, as it would with getrusage."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024
