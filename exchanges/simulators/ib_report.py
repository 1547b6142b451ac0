"""The processing reports of the simulated Inlichtingenbureau (layouts ASSUMED): schema IBVerwerkingsverslag v0001, with
a line per record, and RMVerwerkingsverslag v0001, with the lines that were refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from exchanges.simulators.ib_check import ACCEPTED, OUTCOMES, Verdict
from exchanges.simulators.ib_dossiers import TEXTS, LineVerdict, RefusedLine
from exchanges.simulators.sidecar import name_with_sidecar

_BY_RECORD = "urn:ketensluis:aanname:ib-verwerkingsverslag:v0001"
_BY_LINE = "urn:ketensluis:aanname:rm-verwerkingsverslag:v0001"
_LINES = 10_000


def report_name(delivered: str) -> str:
    return f"{delivered.removesuffix('.xml')}.verslag.xml"


def write_report(verdict: Verdict | LineVerdict, folder: Path) -> Path:
    """Write report and sidecar into ``folder``, each under a temporary name first, the sidecar before the report."""
    path = folder / report_name(verdict.name)
    temp = folder / f".{path.name}.part"
    digest = hashlib.sha256()
    with temp.open("wb") as file:
        for text in _by_line(verdict) if isinstance(verdict, LineVerdict) else _by_record(verdict):
            piece = text.encode()
            digest.update(piece)
            file.write(piece)
    name_with_sidecar(path, digest.hexdigest(), temp)
    return path


def _by_record(verdict: Verdict) -> Iterator[str]:
    yield _head(verdict, _BY_RECORD, "AantalAangeboden", "AantalGeaccepteerd", "AantalAfgewezen")
    if not verdict.reason:
        for start in range(0, len(verdict.keys), _LINES):
            end = start + _LINES
            yield "".join(map(_line, verdict.keys[start:end], verdict.outcomes[start:end]))
    yield "</r:Verwerkingsverslag>\n"


def _by_line(verdict: LineVerdict) -> Iterator[str]:
    yield _head(verdict, _BY_LINE, "RegelsAangeboden", "RegelsGeaccepteerd", "RegelsAfgewezen")
    if not verdict.reason:
        yield from map(_refused, verdict.lines)
    yield "</r:Verwerkingsverslag>\n"


def _head(verdict: Verdict | LineVerdict, namespace: str, offered: str, accepted: str, rejected: str) -> str:
    reason = f"<Reden>{escape(verdict.reason)}</Reden>" if verdict.reason else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<r:Verwerkingsverslag xmlns:r="{namespace}">\n'
        f"<Kop><Bestandsnaam>{escape(verdict.name)}</Bestandsnaam><Sha256>{verdict.sha256}</Sha256>"
        f"<Bestandsstatus>{verdict.status}</Bestandsstatus>{reason}"
        f"<{offered}>{verdict.offered}</{offered}>"
        f"<{accepted}>{verdict.accepted}</{accepted}>"
        f"<{rejected}>{verdict.rejected}</{rejected}></Kop>\n"
    )


def _line(key: int, outcome: int) -> str:
    status = "geaccepteerd" if outcome == ACCEPTED else "afgewezen"
    code, text = OUTCOMES[outcome]
    why = f"<Code>{code}</Code><Omschrijving>{text}</Omschrijving>" if code else ""
    return f"<Regel><Burgerservicenr>{key:09d}</Burgerservicenr><Status>{status}</Status>{why}</Regel>\n"


def _refused(line: RefusedLine) -> str:
    return (
        f"<Afgewezen><Burgerservicenr>{line.bsn}</Burgerservicenr>"
        f"<Dossiernummer>{escape(line.dossiernummer)}</Dossiernummer><Regeling>{line.regeling}</Regeling>"
        f"<Code>{line.code}</Code><Omschrijving>{TEXTS[line.code]}</Omschrijving></Afgewezen>\n"
    )
