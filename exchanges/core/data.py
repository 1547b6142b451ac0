"""Where the data files are: packaged copy first, repository root second (spec airflow3, section 8)."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def data_dir(kind: str) -> Path:
    """Folder of ``kind`` (``schemas`` or ``mappings``)."""
    packaged = _PACKAGE / "_data" / kind
    return packaged if packaged.is_dir() else _PACKAGE.parent / kind
