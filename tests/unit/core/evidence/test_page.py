"""The page for auditors says what the program does."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path

from exchanges.core.ledger.chain import linked
from exchanges.core.ledger.form import moment_text
from exchanges.core.ledger.tables import event


def test_the_example_on_the_page_is_what_the_program_makes_of_it(repo: Path) -> None:
    lines = (repo / "docs" / "evidence.md").read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith('{"action":"levering geopend"'))
    said = json.loads(lines[at])
    made = linked({**said, "moment": datetime.fromisoformat(said["moment"])}, 1, "0" * 64)
    assert made["hash"] == lines[at + 1] == hashlib.sha256(lines[at].encode()).hexdigest()
    assert moment_text(made["moment"]) == said["moment"]


def test_the_page_names_every_field(repo: Path) -> None:
    page = (repo / "docs" / "evidence.md").read_text(encoding="utf-8")
    assert all(f"`{column.name}`" in page for column in event.columns)
