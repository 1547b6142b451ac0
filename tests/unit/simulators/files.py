"""Files as a municipality would deliver them, written by hand: neither core nor the simulator had a part in it."""

from __future__ import annotations

import hashlib
from pathlib import Path

V = "urn:ketensluis:aanname:dkd-verzamelbestand:v0001"
X = "urn:ketensluis:aanname:dkd-verwijsindexbestand:v0001"
GSD = "http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200"
IBV = "http://bkwi.nl/SuwiML/Diensten/IBVerwijsindex/v0300"
NAME = "DKD_REINTEGRATIE_0153_202610_001.xml"


def bsns(count: int) -> list[str]:
    """Test BSNs from the range 9999xxxxx that pass the elfproef."""
    found: list[str] = []
    number = 999_900_000
    while len(found) < count:
        text = str(number)
        if sum(w * int(d) for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), text, strict=True)) % 11 == 0:
            found.append(text)
        number += 1
    return found


def percentage(text: str) -> str:
    """A wage-cost subsidy with this content in its loonwaarde."""
    return f"<Loonkostensubsidie><PercLoonwaardeTovWml>{text}</PercLoonwaardeTovWml></Loonkostensubsidie>"


def record(bsn: str, subsidy: str = "") -> str:
    bron = "<Bron><CdKolomSuwi>3</CdKolomSuwi><CdPartijSuwi>0153</CdPartijSuwi></Bron>"
    provision = f"<ReIntegratievoorziening><DatBRv>20260101</DatBRv>{subsidy}</ReIntegratievoorziening>"
    return (f"<gsd:GSDReintegratieInfoResponse><ClientSuwi><Burgerservicenr>{bsn}</Burgerservicenr>"
            f"<AtlRelatie>{provision}{bron}</AtlRelatie></ClientSuwi></gsd:GSDReintegratieInfoResponse>")


def index_record(bsn: str) -> str:
    return (f"<i:IBVerwijsindex><Burgerservicenr>{bsn}</Burgerservicenr>"
            "<ClusteringIb><CdClusteringIb>04</CdClusteringIb><IndDkd>1</IndDkd></ClusteringIb><Bron><CdKolomSuwi>3</CdKolomSuwi><CdPartijSuwi>0153</CdPartijSuwi></Bron>"
            "</i:IBVerwijsindex>")


def _head(version: str, keys: list[str], count: int | None, total: str | None) -> str:
    total = hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest() if total is None else total
    return ("<Kop><Gemeentecode>0153</Gemeentecode><Cluster>04</Cluster>"
            f"<Berichtversie>{version}</Berichtversie><Periode>2026-10</Periode><Volgnummer>1</Volgnummer>"
            f"<AantalBerichten>{len(keys) if count is None else count}</AantalBerichten>"
            f"<Controlegetal>{total}</Controlegetal></Kop>")


def collection(keys: list[str], subsidies: dict[int, str] | None = None, *, count: int | None = None,
               total: str | None = None, prolog: str = "") -> bytes:
    """A Verzamelbestand; ``subsidies`` by place in ``keys``; ``count`` and ``total`` to make its head lie."""
    lines = "\n".join(record(key, (subsidies or {}).get(place, "")) for place, key in enumerate(keys))
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n{prolog}<v:Verzamelbestand xmlns:v="{V}" xmlns:gsd="{GSD}">\n'
            f"{_head('v0200', keys, count, total)}\n{lines}\n</v:Verzamelbestand>\n").encode()


def index(keys: list[str]) -> bytes:
    lines = "\n".join(map(index_record, keys))
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<x:Verwijsindexbestand xmlns:x="{X}" xmlns:i="{IBV}">\n'
            f"{_head('v0300', keys, None, None)}\n{lines}\n</x:Verwijsindexbestand>\n").encode()


def sidecar(data: bytes, name: str = NAME) -> bytes:
    return f"{hashlib.sha256(data).hexdigest()}  {name}\n".encode()


def put(folder: Path, data: bytes, name: str = NAME) -> Path:
    """The data file alone, in ``folder``."""
    path = folder / name
    path.write_bytes(data)
    return path
