"""What is known of one file that is checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.inspect_findings import SLIM, plain
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.xml.stream import Checked

_SHOWN = ("code", "severity", "path", "line", "text", "record", "action")
_AT_ONCE = 1024  # findings
_WRONG = pa.array(["error", "blocker"])


@dataclass
class Inspected:
    """One file: what ``sluis check`` says of it. ``findings`` are slim (:mod:`exchanges.core.inspect_findings`): of a
    large file there may be more than it has records. ``mapping`` and ``tables`` only while the rules are to come;
    ``names`` has the pseudonym of the record of each refusal of the schema."""

    path: Path
    message: str | None = None
    checked: Checked = field(default_factory=Checked)
    schema_valid: bool = False
    findings: pa.Table = field(default_factory=SLIM.empty_table)
    mapping: MessageMapping | None = None
    tables: dict[str, pa.Table] = field(default_factory=dict)
    names: pa.Array = field(default_factory=lambda: pa.nulls(0, pa.string()))

    @property
    def accepted(self) -> bool:
        return self.schema_valid and not pc.any(pc.is_in(self.findings["severity"], value_set=_WRONG)).as_py()

    def told(self) -> Iterator[list[dict[str, Any]]]:
        """The findings as they are told, some at a time."""
        shown = self.findings.select(_SHOWN)
        for at in range(0, shown.num_rows, _AT_ONCE):
            yield plain(shown.slice(at, _AT_ONCE)).to_pylist()

    def in_json(self) -> Iterator[str]:
        """One JSON object on one line, in pieces."""
        head = {
            "file": str(self.path),
            "message": self.message,
            "schema_valid": self.schema_valid,
            "verdict": "accepted" if self.accepted else "rejected",
            "records": self.checked.records,
            "sha256": self.checked.sha256,
        }
        yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "findings": ['
        for number, findings in enumerate(self.told()):
            yield f"{', ' if number else ''}{json.dumps(findings, ensure_ascii=False)[1:-1]}"
        yield "]}\n"
