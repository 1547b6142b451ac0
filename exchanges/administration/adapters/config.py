"""Where the administration of a municipality is and how it is read."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from exchanges.core.errors import UsageError

KINDS = ("parquet", "csv", "sql")


@dataclass(frozen=True)
class SourceConfig:
    """``location`` is a folder, or for ``sql`` an SQLAlchemy URL (``env:NAME`` takes it from the environment, so that
    a password stays out of a settings file). ``mapping`` is the TOML file with one query per table.

    Raises UsageError when the kind does not exist, or ``sql`` comes without mapping.
    """

    kind: Literal["parquet", "csv", "sql"]
    location: str = field(repr=False)
    gemeente: str
    mapping: str | None = None
    production: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"Bronsoort {self.kind!r} bestaat niet; kies uit {', '.join(KINDS)}.")
        if self.kind == "sql" and not self.mapping:
            raise UsageError(f"Bron van gemeente {self.gemeente}: soort sql vraagt een mapping met queries.")

    @property
    def folder(self) -> Path:
        return Path(self.location).expanduser()

    @property
    def url(self) -> str:
        """Raises UsageError when the environment variable is not there."""
        if not self.location.startswith("env:"):
            return self.location
        name = self.location.removeprefix("env:")
        if not os.environ.get(name):
            raise UsageError(f"Bron van gemeente {self.gemeente}: omgevingsvariabele {name} ontbreekt.")
        return os.environ[name]
