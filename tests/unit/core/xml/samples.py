"""DKD batch files by hand. BSNs are test numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<v:Verzamelbestand xmlns:v="urn:ketensluis:aanname:dkd-verzamelbestand:v0001" '
    'xmlns:gsd="http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200">'
)
CLOSE = "</v:Verzamelbestand>\n"


def head(count: int, **changed: str) -> str:
    values = {
        "Gemeentecode": "0153", "Cluster": "04", "Berichtversie": "v0200", "Periode": "2026-10", "Volgnummer": "1",
        "AantalBerichten": str(count), "Controlegetal": "a" * 64, **changed,
    }
    return "<Kop>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items()) + "</Kop>\n"


def person(number: int, name: str = "Jansen", relation: str = "", extra: str = "") -> str:
    return (
        f"<gsd:GSDReintegratieInfoResponse><ClientSuwi><Burgerservicenr>{bsn(number)}</Burgerservicenr>"
        f"<SignificantDeelVanDeAchternaam>{name}</SignificantDeelVanDeAchternaam>{extra}{relation}"
        "</ClientSuwi></gsd:GSDReintegratieInfoResponse>\n"
    )


def bsn(number: int) -> str:
    return f"{900_000_000 + number}"


def relation(*provisions: str) -> str:
    source = "<Bron><CdKolomSuwi>03</CdKolomSuwi><CdPartijSuwi>0153</CdPartijSuwi></Bron>"
    return f"<AtlRelatie>{''.join(provisions)}{source}</AtlRelatie>"


def provision(begin: str = "20240101", name: str = "Traject") -> str:
    return f"<ReIntegratievoorziening><DatBRv>{begin}</DatBRv><OmsRv>{name}</OmsRv></ReIntegratievoorziening>"


def whole(records: Iterable[str], **changed: str) -> bytes:
    texts = list(records)
    return (OPEN + head(len(texts), **changed) + "".join(texts) + CLOSE).encode()


def people(count: int, first: int = 0) -> list[str]:
    return [person(first + number, relation=relation(*[provision()] * (number % 3))) for number in range(count)]


def saved(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
