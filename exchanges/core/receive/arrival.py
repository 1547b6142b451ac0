"""What the reader of an exchange gets, and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from exchanges.core.errors import InputRefused
from exchanges.core.findings import FINDINGS
from exchanges.core.period import Period


@dataclass(frozen=True)
class Arrival:
    """One file. ``pseudonymise_with`` is the key of the pseudonyms; ``work`` a folder that is gone after the step."""

    path: Path
    file_name: str
    gemeente: str
    period: Period
    pseudonymise_with: bytes
    work: Path


@dataclass(frozen=True)
class Read:
    """What was read. ``tables`` are Parquet files by name; ``rows`` counts the records in the file, ``refused`` those
    that could not be read; ``apart`` is a Parquet file with a row for each, of which ``regel`` is the line it begins
    on. ``findings`` say why. ``details`` (version, dialect, publication date) hold nothing personal."""

    tables: Mapping[str, Path]
    rows: int
    refused: int = 0
    apart: Path | None = None
    findings: pa.Table = field(default_factory=FINDINGS.empty_table)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Gathered:
    """What a collector (``Intake.collector``) made of the answers it got: one file, of which the name tells nothing
    personal. It gets a context and a folder that stays until the file is booked."""

    path: Path
    findings: pa.Table = field(default_factory=FINDINGS.empty_table)
    details: Mapping[str, Any] = field(default_factory=dict)


class FileRefused(InputRefused):
    """The file as a whole is not what was agreed. ``findings`` say what; the original goes into quarantine."""

    def __init__(self, message: str, findings: pa.Table) -> None:
        super().__init__(message)
        self.findings = findings
