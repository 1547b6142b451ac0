"""Archives of answers of UWV for the tests: made by the simulator, packed here."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from exchanges.core.mapping.table import load_mapping
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.xml.archive import ArchiveRead, Limits, read_archive
from exchanges.core.xml.readback import MemorySink
from exchanges.simulators.uwv_responses import FWI, NAMESPACE, ROOT

MESSAGE, VERSION = "UWVDossierInkomstenGSD", "v0200"
ENTRY = Catalogue.load().version(MESSAGE, VERSION)
MAPPING = load_mapping(MESSAGE, VERSION)
BSN = "900000004"


def answer(body: str, declared: str = "") -> bytes:
    return f'<u:{ROOT} xmlns:u="{NAMESPACE}" xmlns:f="{FWI}"{declared}>{body}</u:{ROOT}>'.encode()


def person(relations: str = "", bsn: str = BSN) -> bytes:
    return answer(f"<ClientSuwi><Burgerservicenr>{bsn}</Burgerservicenr>{relations}</ClientSuwi>")


def relation(statement: str = "", period: str = "") -> str:
    return (
        f"<Inkomstenverhouding><Inkomstenperiode><DatBIkp>20260101</DatBIkp>{period}</Inkomstenperiode>"
        f"<Inkomstenopgave><DatBIko>20260101</DatBIko>{statement}</Inkomstenopgave></Inkomstenverhouding>"
    )


def zipped(path: Path, messages: Sequence[bytes], *, name: str = "{}.xml", method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for number, message in enumerate(messages, 1):
            archive.writestr(name.format(number), message)
    return path


def tarred(path: Path, messages: Sequence[bytes], *, packed: bool = True, name: str = "{}.xml") -> Path:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for number, message in enumerate(messages, 1):
            info = tarfile.TarInfo(name.format(number))
            info.size = len(message)
            archive.addfile(info, io.BytesIO(message))
    path.write_bytes(gzip.compress(plain.getvalue()) if packed else plain.getvalue())
    return path


def joined(path: Path, messages: Sequence[bytes]) -> Path:
    path.write_bytes(b"".join(messages))
    return path


def read(path: Path, limits: Limits | None = None) -> tuple[ArchiveRead, dict[str, pa.Table], dict[int, bytes]]:
    """The outcome, the tables, and what was set apart by its number."""
    sink, aside = MemorySink(), dict[int, bytes]()
    out = read_archive(path, ENTRY, MAPPING, sink, limits=limits, aside=aside.__setitem__)
    return out, sink.tables, aside
