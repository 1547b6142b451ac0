"""Where a demo stands, in the settings that it writes."""

from __future__ import annotations

import json
from pathlib import Path


def quoted(path: Path | str) -> str:
    """The path as a text of TOML, whatever characters it has: as in JSON."""
    return json.dumps(str(path), ensure_ascii=False)
