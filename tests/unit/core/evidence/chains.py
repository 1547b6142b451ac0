"""Chains without a ledger: lines of an export, and what somebody can do to them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from exchanges.core.evidence.reading import HEADER, of_file
from exchanges.core.evidence.walk import Anchored, Walked, walk
from exchanges.core.ledger.chain import linked
from exchanges.core.ledger.form import GENESIS, canonical, event_hash, moment_text, parts

Event = dict[str, Any]
BEGIN = datetime(2026, 11, 22, 8, tzinfo=UTC)


def chain(contents: Sequence[Event]) -> list[Event]:
    """Events as the program links them, with moments as text."""
    made: list[Event] = []
    for number, content in enumerate(contents, 1):
        values = {"delivery": None, "actor": "jansen", "action": "gedaan", "object": "iets", "result": "goed",
                  "origin": "machine", "details": {}, "booked": None, "moment": BEGIN + timedelta(seconds=number)}
        made.append(linked({**values, **content}, number, made[-1]["hash"] if made else GENESIS))
    return [{**event, "moment": moment_text(event["moment"])} for event in made]


def hashed(event: Event, **changes: Any) -> Event:
    """The event with those changes, and with a hash that fits."""
    changed = {**event, **changes}
    given = {name: value for name, value in changed.items() if name not in ("hash", "details", "booked")}
    head, tail = parts(**given, details=canonical(changed["details"]), booked=canonical(changed["booked"]))
    return {**changed, "hash": event_hash(head, tail)}


def relinked(events: list[Event], first: int) -> list[Event]:
    """All from place ``first`` on computed anew, as who owns the database can."""
    made = events[:first - 1]
    for event in events[first - 1:]:
        made.append(hashed(event, place=len(made) + 1, previous=made[-1]["hash"] if made else GENESIS))
    return made


def line(event: Event) -> str:
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def written(folder: Path, lines: Sequence[str]) -> Path:
    path = folder / "keten.jsonl"
    path.write_bytes((HEADER + "".join(lines)).encode("utf-8", "surrogatepass"))
    return path


def walked(folder: Path, events: Sequence[Event], *anchors: Event) -> Walked:
    """``anchors`` are events that were anchored as they were."""
    said = [Anchored(one["place"], one["hash"], "anker 1") for one in anchors]
    return walk(of_file(written(folder, [line(event) for event in events]), lambda text: None), said)
