"""Fetching one file: capped, to a temporary name, checked, renamed (spec transport, section 9.1, pick-up side)."""

from __future__ import annotations

import hashlib
import os
from contextlib import closing
from pathlib import Path

from exchanges.core.disk import reason
from exchanges.core.errors import InputRefused, TransportError
from exchanges.core.transport.channel import Progress
from exchanges.core.transport.delivery import read_sidecar
from exchanges.core.transport.files import Files
from exchanges.core.transport.names import PART, remote_path, require_directory, require_partner_name


def fetch(files: Files, directory: str, name: str, to: Path, max_bytes: int,
          progress: Progress | None = None) -> Path | None:
    """See ``Channel.fetch``."""
    require_partner_name(name)
    path = remote_path(directory, name)
    size = files.size(path)
    if size is None:
        files.require_directory(require_directory(directory))  # a wrong directory would look like a silent partner
        return None
    if size == 0:
        return None  # being written, or empty: nothing to read either way
    if size > max_bytes:
        raise InputRefused(f"{name} is {size} bytes, meer dan de grens van {max_bytes}; het is niet opgehaald.")
    target = to / name if to.is_dir() else to
    temp = target.with_name(f".{target.name}{PART}")
    try:
        sha256 = _download(files, path, size, temp, progress)
        if files.size(path) != size:
            raise TransportError(f"{name} veranderde tijdens het ophalen; probeer opnieuw.")
        said = read_sidecar(files, path, name)
        if said is not None and said != sha256:
            raise TransportError(f"{name} klopt niet met {name}.sha256 van de ontvanger; probeer opnieuw.")
        temp.replace(target)
    except OSError as error:
        raise TransportError(f"{target.name} is niet te schrijven: {reason(error)}.") from error
    finally:
        temp.unlink(missing_ok=True)
    return target


def _download(files: Files, path: str, size: int, temp: Path, progress: Progress | None) -> str:
    digest = hashlib.sha256()
    done = 0
    with temp.open("wb") as file, closing(files.read(path, size)) as chunks:
        for chunk in chunks:
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, size)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
