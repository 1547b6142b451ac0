"""Opening what was sealed, as the municipality does."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZipFile

from exchanges.core.lists.seal import unseal


def plain(path: Path) -> bytes:
    """What is in a file, also where it is compressed."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def opened(path: Path, identity: Any, folder: Path) -> dict[str, Path]:
    """The files in a sealed file, by the part of the name behind ``<exchange>_<gemeente>_<period>_<nr>``."""
    folder.mkdir(parents=True)
    unseal(path, str(identity), folder / "inhoud.zip")
    with ZipFile(folder / "inhoud.zip") as archive:
        archive.extractall(folder)
        names = archive.namelist()
    base = path.name.removesuffix(".zip.age").removesuffix("_beperkt")
    return {name.removeprefix(base): folder / name for name in names}
