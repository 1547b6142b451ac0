"""The statuses of the simulated Belastingdienst (layout ASSUMED, schema DigipoortStatus v0001)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from exchanges.simulators.belastingdienst_check import Remark
from exchanges.simulators.sidecar import name_with_sidecar

_NAMESPACE = "urn:ketensluis:aanname:digipoort-status:v0001"
_LINES = 10_000
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True)
class Attempt:
    """One aanlevering of one file: what every status of it says."""

    name: str
    sha256: str
    number: int = 1

    @property
    def reference(self) -> str:
        """The aanleverkenmerk; letters only, so that it never looks like a number of somebody."""
        seed = f"{self.name}/{self.sha256}/{self.number}".encode()
        return "DGP-" + hashlib.sha256(seed).hexdigest()[:24].translate(_LETTERS)


def status_name(delivered: str, phase: int) -> str:
    return f"{delivered.removesuffix('.xml')}.fase{phase}.xml"


def draft_status(attempt: Attempt, phase: int, status: str, folder: Path, *, id_ber: str = "", trouble: str = "",
                 reason: str = "", remarks: Sequence[Remark] = ()) -> Path:
    """The status under a temporary name in ``folder``."""
    draft = folder / f".{status_name(attempt.name, phase)}.part"
    with draft.open("wb") as file:
        for text in _texts(attempt, phase, status, id_ber, trouble, reason, remarks):
            file.write(text.encode())
    return draft


def publish(draft: Path, folder: Path) -> Path:
    """The status under its name in ``folder``, with its sidecar."""
    with draft.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    path = folder / draft.name[1:].removesuffix(".part")
    name_with_sidecar(path, sha256, draft)
    return path


def _texts(attempt: Attempt, phase: int, status: str, id_ber: str, trouble: str, reason: str,
           remarks: Sequence[Remark]) -> Iterator[str]:
    def optional(name: str, text: str) -> str:
        return f"<{name}>{escape(text)}</{name}>" if text else ""

    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<d:DigipoortStatus xmlns:d="{_NAMESPACE}">\n'
        f"<Kop><Aanleverkenmerk>{attempt.reference}</Aanleverkenmerk>"
        f"<Bestandsnaam>{escape(attempt.name)}</Bestandsnaam><Sha256>{attempt.sha256}</Sha256>"
        f"{optional('IdBer', id_ber)}<Fase>{phase}</Fase><Status>{status}</Status>"
        f"{optional('Foutklasse', trouble)}{optional('Reden', reason[:1000])}<Moment>{moment}</Moment></Kop>\n"
    )
    for start in range(0, len(remarks), _LINES):
        yield "".join(
            f"<Melding><Burgerservicenr>{one.bsn}</Burgerservicenr><NumIV>{one.number}</NumIV>"
            f"<Code>{one.code}</Code><Omschrijving>{escape(one.text)}</Omschrijving></Melding>\n"
            for one in remarks[start : start + _LINES]
        )
    yield "</d:DigipoortStatus>\n"
