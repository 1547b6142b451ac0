"""What a delivery reads from: a frozen snapshot of an administration.

An adapter (``exchanges.administration.adapters``) turns any source into typed Parquet files; from there on
every step reads the snapshot, so that a source that changes meanwhile cannot make two steps disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from exchanges.core.findings import FINDINGS
from exchanges.core.store.privacy import without_bsn


@dataclass(frozen=True)
class SnapshotTable:
    """One table as read.

    ``path`` is a Parquet file with exactly the canonical schema; ``sha256`` is that of the original input
    (file, or the exported rows of a query); ``origin`` names it without personal data; ``dialect`` is how a
    text file was read (separator, encoding, decimal sign), null for typed sources.
    """

    name: str
    path: Path
    rows: int
    sha256: str
    origin: str
    dialect: str | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The table as a report names it. Of a file the name alone: what is the same elsewhere is the same input, and
        the same inputs give the same report (spec ib-signalen SEC-25). Where it was read is in the settings."""
        origin = without_bsn(Path(self.origin).name)
        return {"table": self.name, "rows": self.rows, "sha256": self.sha256, "origin": origin, "dialect": self.dialect}


@dataclass(frozen=True)
class Snapshot:
    tables: dict[str, SnapshotTable]
    findings: pa.Table = field(default_factory=lambda: FINDINGS.empty_table())


class Source(Protocol):
    def snapshot(self, required: Sequence[str], optional: Sequence[str], workdir: Path) -> Snapshot:
        """Read the named tables into ``workdir``.

        A missing optional table is left out. Raises SourceError (one line) when a required table is missing,
        has other columns or types, or holds a BSN outside the declared test ranges outside production.
        """
        ...
