"""A verifier as an auditor would write it from docs/evidence.md: it shares nothing with the program."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def problem(export: Path) -> str | None:
    """What is wrong with the events of an export; None when nothing is."""
    previous = "0" * 64
    for place, line in enumerate(export.read_text(encoding="utf-8").split("\n")[1:-1], 1):
        event = json.loads(line)
        if "anker" in event:
            break
        written = event.pop("hash")
        content = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if event["place"] != place:
            return f"{place}: place"
        if event["previous"] != previous:
            return f"{place}: previous"
        if hashlib.sha256(content.encode("utf-8")).hexdigest() != written:
            return f"{place}: hash"
        previous = written
    return None
