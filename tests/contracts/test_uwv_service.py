"""Our description of the service UWVDossierInkomstenGSD v0200 against the official one: all that a message is made by.

The official one is two files: the service, and where it is. The comparison is of what they say, not of how.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import zeep
from lxml import etree

from exchanges.core.data import data_dir
from tests.contracts.wsdl import said

pytestmark = pytest.mark.contract

OURS = data_dir("schemas") / "UWVDossierInkomstenGSD" / "v0200" / "dienst.wsdl"


@pytest.fixture(scope="module")
def theirs(official: Path) -> list[Path]:
    folder = official / "suwiml/UWVDossierInkomstenGSD-v0200-b02/Diensten/UWVDossierInkomstenGSD/v0200-b02"
    return [folder / "UWVDossierInkomstenGSD.wsdl", folder / "Impl" / "BKWI.wsdl"]


def test_it_says_the_same(theirs: list[Path]) -> None:
    """Messages and their parts, operation, actions of WS-Addressing, SOAPAction, binding, policy, addresses."""
    ours, official = said(OURS), said(*theirs)
    assert ours - official == set() and official - ours == set()
    assert len(official) > 25


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('soapAction=""', 'soapAction="x"'), ("<sp:Header/>", ""), ("<sp:IncludeTimeStamp/>", ""),
        ("v0200/UWVPersoonsIkvInfoResponse\"", "v0200/Antwoord\""), ('element="f:Fout"', 'element="f:FWI"'),
        ('use="literal"', 'use="encoded"'), ("broker.prd", "broker.tst"), ('style="document"', 'style="rpc"'),
        ('<wsaw:UsingAddressing wsdl:required="true"/>', ""),
    ],
)  # fmt: skip
def test_a_difference_is_seen(theirs: list[Path], tmp_path: Path, old: str, new: str) -> None:
    text = OURS.read_text(encoding="utf-8")
    assert old in text
    other = tmp_path / "dienst.wsdl"
    other.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert said(other) != said(*theirs)


def test_both_make_the_same_question(theirs: list[Path]) -> None:
    """By the library that reads them."""
    values = {"Burgerservicenr": "900000012", "PeriodeGegevensvraagIko": {"DatBPeriode": "20260101"}}
    made = []
    for path in (OURS, theirs[1]):
        client = zeep.Client(str(path))
        message = client.create_message(client.service, "UWVPersoonsIkvInfo", **values)
        made.append(etree.tostring(message.find("{*}Body"), method="c14n", exclusive=True))
    assert made[0] == made[1]
