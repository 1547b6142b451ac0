"""The processing report of the simulated Inlichtingenbureau (layout ASSUMED, schema IBVerwerkingsverslag v0001)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from exchanges.simulators.ib_check import ACCEPTED, OUTCOMES, Verdict
from exchanges.simulators.sidecar import name_with_sidecar

_NAMESPACE = "urn:ketensluis:aanname:ib-verwerkingsverslag:v0001"
_LINES = 10_000


def report_name(delivered: str) -> str:
    return f"{delivered.removesuffix('.xml')}.verslag.xml"


def write_report(verdict: Verdict, folder: Path) -> Path:
    """Write report and sidecar into ``folder``, each under a temporary name first, the sidecar before the report."""
    path = folder / report_name(verdict.name)
    temp = folder / f".{path.name}.part"
    digest = hashlib.sha256()
    with temp.open("wb") as file:
        for text in _texts(verdict):
            piece = text.encode()
            digest.update(piece)
            file.write(piece)
    name_with_sidecar(path, digest.hexdigest(), temp)
    return path


def _texts(verdict: Verdict) -> Iterator[str]:
    reason = f"<Reden>{escape(verdict.reason)}</Reden>" if verdict.reason else ""
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<r:Verwerkingsverslag xmlns:r="{_NAMESPACE}">\n'
        f"<Kop><Bestandsnaam>{escape(verdict.name)}</Bestandsnaam><Sha256>{verdict.sha256}</Sha256>"
        f"<Bestandsstatus>{verdict.status}</Bestandsstatus>{reason}"
        f"<AantalAangeboden>{verdict.offered}</AantalAangeboden>"
        f"<AantalGeaccepteerd>{verdict.accepted}</AantalGeaccepteerd>"
        f"<AantalAfgewezen>{verdict.rejected}</AantalAfgewezen></Kop>\n"
    )
    if not verdict.reason:
        for start in range(0, len(verdict.keys), _LINES):
            end = start + _LINES
            yield "".join(map(_line, verdict.keys[start:end], verdict.outcomes[start:end]))
    yield "</r:Verwerkingsverslag>\n"


def _line(key: int, outcome: int) -> str:
    status = "geaccepteerd" if outcome == ACCEPTED else "afgewezen"
    code, text = OUTCOMES[outcome]
    why = f"<Code>{code}</Code><Omschrijving>{text}</Omschrijving>" if code else ""
    return f"<Regel><Burgerservicenr>{key:09d}</Burgerservicenr><Status>{status}</Status>{why}</Regel>\n"
