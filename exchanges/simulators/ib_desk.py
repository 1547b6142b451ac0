"""Who looks at a file that reaches the simulated Inlichtingenbureau: each kind has a checker of its own."""

from __future__ import annotations

from pathlib import Path

from exchanges.simulators.faults import Faults
from exchanges.simulators.ib_check import Checker, Verdict
from exchanges.simulators.ib_dossiers import LineChecker, LineVerdict


class Desk:
    """``schemas`` is the folder of the schema catalogue; raises FileNotFoundError when a schema is missing."""

    def __init__(self, schemas: Path, faults: Faults) -> None:
        self._records = Checker(schemas, faults)
        self._lines = LineChecker(schemas, faults)

    def check(self, path: Path, sidecar: bytes) -> Verdict | LineVerdict:
        """Judge ``path``; ``sidecar`` is what came with it. What nobody knows, the checker of records refuses."""
        if self._lines.knows(path):
            return self._lines.check(path, sidecar)
        return self._records.check(path, sidecar)
