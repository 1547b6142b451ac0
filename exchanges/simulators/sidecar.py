"""Giving a finished file its name, so that where it is, its sidecar is too."""

from __future__ import annotations

from pathlib import Path

SIDECAR = ".sha256"


def name_with_sidecar(path: Path, sha256: str, temp: Path) -> None:
    """``temp``, with this hash, becomes ``path``."""
    sidecar = path.with_name(f".{path.name}{SIDECAR}.part")
    sidecar.write_bytes(f"{sha256}  {path.name}\n".encode())
    sidecar.replace(path.with_name(path.name + SIDECAR))
    temp.replace(path)
