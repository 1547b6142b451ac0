"""Our descriptions of the services between gemeente and Inlichtingenbureau against the official ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import zeep
from lxml import etree

from exchanges.core.data import data_dir
from tests.contracts.wsdl import said

pytestmark = pytest.mark.contract

INDEX, DOSSIER = "IBVerwijsindex", "GSDDossierReintegratie"
OURS = {
    INDEX: data_dir("schemas") / INDEX / "v0300" / "dienst.wsdl",
    DOSSIER: data_dir("schemas") / DOSSIER / "v0200" / "dienst.wsdl",
}


@pytest.fixture(scope="module")
def theirs(official: Path) -> dict[str, list[Path]]:
    """The service and where it is."""
    index = official / "suwiml/IBVerwijsindex-v0300-b01/Diensten/IBVerwijsindex/v0300-b01"
    dossier = official / "suwiml/GSDDossierReintegratie-v0200-b04/Diensten/GSDDossierReintegratie/v0200-b04"
    return {
        INDEX: [index / "IBVerwijsindex.wsdl", index / "Impl/Inlichtingenbureau.wsdl"],
        DOSSIER: [
            dossier / "GSDDossierReintegratie.wsdl", dossier / "Impl/Inlichtingenbureau.wsdl",
            dossier / "Impl/BKWI.wsdl",
        ],
    }  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_it_says_the_same(theirs: dict[str, list[Path]], name: str) -> None:
    ours, official = said(OURS[name]), said(*theirs[name])
    assert ours - official == set() and official - ours == set()
    assert len(official) > 25


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('soapAction=""', 'soapAction="x"'), ("<sp:Header/>", ""), ('element="f:Fout"', 'element="f:FWI"'),
        ('v0300/IBVerwijsindexResponse"', 'v0300/Antwoord"'), ("connect.acct", "connect"),
    ],
)  # fmt: skip
def test_a_difference_is_seen(theirs: dict[str, list[Path]], tmp_path: Path, old: str, new: str) -> None:
    text = OURS[INDEX].read_text(encoding="utf-8")
    assert old in text
    other = tmp_path / "dienst.wsdl"
    other.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert said(other) != said(*theirs[INDEX])


def test_both_make_the_same_message(theirs: dict[str, list[Path]]) -> None:
    """By the library that reads them."""
    values = {
        "Burgerservicenr": "900000012", "ClusteringIb": [{"CdClusteringIb": "04", "IndDkd": "1"}],
        "Bron": {"CdKolomSuwi": 3, "CdPartijSuwi": "0153", "CdVestigingSuwi": "0000"},
    }  # fmt: skip
    made = []
    for path in (OURS[INDEX], theirs[INDEX][1]):
        client = zeep.Client(str(path))
        message = client.create_message(client.service, INDEX, **values)
        made.append(etree.tostring(message.find("{*}Body"), method="c14n", exclusive=True))
    assert made[0] == made[1]
