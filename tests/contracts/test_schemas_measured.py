"""What dkd-gsd.md section 9 measured on the official schemas holds for ours, in both engines and in both schemas."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from exchanges.core.schemas import Catalogue
from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.schemas.diagnostic import accepts, diagnostic
from exchanges.core.schemas.verify import locate

pytestmark = pytest.mark.contract

GSD = "http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200"
IBV = "http://bkwi.nl/SuwiML/Diensten/IBVerwijsindex/v0300"
FWI = "http://bkwi.nl/SuwiML/FWI/v0205"
ANSWER, INDEX, ACK = "GSDReintegratieInfoResponse", "IBVerwijsindex", "IBVerwijsindexResponse"
BRON = "<Bron><CdKolomSuwi>3</CdKolomSuwi><CdPartijSuwi>0153</CdPartijSuwi></Bron>"
BSN = "<Burgerservicenr>999990019</Burgerservicenr>"
MELDING = "<Fout><Code>x</Code><Tekst>x</Tekst><Bron><DN>x</DN></Bron></Fout>"


def document(root: str, body: str) -> bytes:
    namespace = IBV if root.startswith("IB") else GSD
    return f'<r:{root} xmlns:r="{namespace}" xmlns:f="{FWI}">{body}</r:{root}>'.encode()


def client(body: str, bsn: str = "999990019") -> bytes:
    return document(ANSWER, f"<ClientSuwi><Burgerservicenr>{bsn}</Burgerservicenr>{body}</ClientSuwi>")


def facility(body: str, first: str = "20260101") -> bytes:
    return client(f"<AtlRelatie><ReIntegratievoorziening><DatBRv>{first}</DatBRv>{body}</ReIntegratievoorziening>"
                  f"{BRON}</AtlRelatie>")


def percentage(inner: str) -> bytes:
    return facility(f"<Loonkostensubsidie><PercLoonwaardeTovWml>{inner}</PercLoonwaardeTovWml></Loonkostensubsidie>")


def inherited(body: str) -> bytes:
    return f'<{ANSWER} xmlns="{GSD}">{body}</{ANSWER}>'.encode()


INDEX_BODY = (BSN + "<ClusteringIb><CdClusteringIb>{}</CdClusteringIb><IndDkd>1</IndDkd></ClusteringIb>{}" + BRON)
TWICE = "<ClusteringIb><CdClusteringIb>04</CdClusteringIb><IndDkd>2</IndDkd></ClusteringIb>"
CASES = {
    "percentage 05000": (ANSWER, percentage("<Percentage>05000</Percentage>"), True),
    "percentage 50": (ANSWER, percentage("<Percentage>50</Percentage>"), False),
    "percentage 50,00": (ANSWER, percentage("<Percentage>50,00</Percentage>"), False),
    "percentage 00000": (ANSWER, percentage("<Percentage>00000</Percentage>"), True),
    "percentage 99999": (ANSWER, percentage("<Percentage>99999</Percentage>"), True),
    "percentage empty group": (ANSWER, percentage(""), True),
    "percentage only a sign": (ANSWER, percentage("<CdPositiefNegatief>+</CdPositiefNegatief>"), True),
    "percentage group missing": (ANSWER, facility("<Loonkostensubsidie/>"), False),
    **{f"DatBRv {text}": (ANSWER, facility("", text), True)
       for text in ("20240231", "20240000", "00000000", "00000229", "66660101", "88881231")},
    **{f"DatBRv {text}": (ANSWER, facility("", text), False) for text in ("20241301", "20240132", "2024-01-01")},
    "DatERv before DatBRv": (ANSWER, facility("<DatERv>20250101</DatERv>"), True),
    "bsn 123456789": (ANSWER, client("", "123456789"), True),
    "bsn 000000000": (ANSWER, client("", "000000000"), True),
    "bsn Arabic-Indic": (ANSWER, client("", "٩٩٩٩٩٠٠١٩"), True),
    "client with bsn only": (ANSWER, client(""), True),
    "type two spaces": (ANSWER, facility("<CdTypeRvGsd>  </CdTypeRvGsd>"), True),
    "type XX": (ANSWER, facility("<CdTypeRvGsd>XX</CdTypeRvGsd>"), True),
    "type one character": (ANSWER, facility("<CdTypeRvGsd>1</CdTypeRvGsd>"), False),
    "default namespace": (ANSWER, inherited(f"<ClientSuwi>{BSN}</ClientSuwi>"), False),
    "fwi:NietsGevonden": (ANSWER, document(ANSWER, "<f:NietsGevonden/>"), True),
    "NietsGevonden": (ANSWER, document(ANSWER, "<NietsGevonden/>"), False),
    "fwi:NietGerechtigd": (ANSWER, document(ANSWER, "<f:NietGerechtigd/>"), False),
    "fwi:NietVanToepassing": (ANSWER, document(ANSWER, "<f:NietVanToepassing/>"), False),
    "fwi:FWI alone": (ANSWER, document(ANSWER, f"<f:FWI>{MELDING}</f:FWI>"), True),
    "fwi:FWI empty": (ANSWER, document(ANSWER, "<f:FWI/>"), False),
    "FWI without prefix": (ANSWER, document(ANSWER, f"<FWI>{MELDING}</FWI>"), False),
    "sign and name rules": (ANSWER, client("<Voorletters>.</Voorletters><Geslacht>9</Geslacht>"), True),
    "digit in a name": (ANSWER, client("<Voornamen>J4n</Voornamen>"), False),
    "initials with dots": (ANSWER, client("<Voorletters>J.W.</Voorletters>"), False),
    "sex as letter": (ANSWER, client("<Geslacht>M</Geslacht>"), False),
    "kolom 03": (ANSWER, client(BRON.replace(">3<", ">03<")), True),
    "kolom 401": (ANSWER, client(BRON.replace(">3<", ">401<")), False),
    "ack FWI": (ACK, document(ACK, f"<FWI>{MELDING}</FWI>"), True),
    "ack fwi:FWI": (ACK, document(ACK, f"<f:FWI>{MELDING}</f:FWI>"), False),
    "ack empty": (ACK, document(ACK, ""), True),
    "ack acknowledged": (ACK, document(ACK, "<Acknowledgement/>"), True),
    "index": (INDEX, document(INDEX, INDEX_BODY.format("04", "")), True),
    "index cluster twice": (INDEX, document(INDEX, INDEX_BODY.format("04", TWICE)), True),
    "index empty cluster": (INDEX, document(INDEX, INDEX_BODY.format("", "")), True),
    "index cluster of three": (INDEX, document(INDEX, INDEX_BODY.format("004", "")), False),
    "index without source": (INDEX, document(INDEX, INDEX_BODY.format("04", "").replace(BRON, "")), False),
}


@pytest.mark.parametrize("whose", ["ours", "official"])
@pytest.mark.parametrize("case", CASES)
def test_measured_behaviour(request: pytest.FixtureRequest, case: str, whose: str) -> None:
    root, xml, valid = CASES[case]
    entry = next(item for item in Catalogue.load().own if root in item.roots)
    xsd = entry.xsd_of(root)
    if whose == "official":
        xsd = locate(entry, Path(request.getfixturevalue("official"))) / entry.official[root]
    assert compile_xsd(xsd).validate(etree.fromstring(xml)) is valid
    assert accepts(diagnostic(xsd), xml) is valid
