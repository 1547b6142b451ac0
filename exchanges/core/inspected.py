"""What is known of one file that is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.xml.stream import Checked


@dataclass
class Inspected:
    """One file: what ``sluis check`` says of it. ``mapping`` and ``tables`` only while the rules are to come; ``names``
    are the pseudonyms of the records that the schema refuses, by their number."""

    path: Path
    message: str | None = None
    checked: Checked = field(default_factory=Checked)
    schema_valid: bool = False
    findings: list[dict[str, Any]] = field(default_factory=list)
    mapping: MessageMapping | None = None
    tables: dict[str, pa.Table] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        return self.schema_valid and not any(f["severity"] in ("error", "blocker") for f in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": str(self.path),
            "message": self.message,
            "schema_valid": self.schema_valid,
            "verdict": "accepted" if self.accepted else "rejected",
            "records": self.checked.records,
            "sha256": self.checked.sha256,
            "findings": [
                {name: f[name] for name in ("code", "severity", "path", "line", "text", "record", "action")}
                for f in self.findings
            ],
        }
