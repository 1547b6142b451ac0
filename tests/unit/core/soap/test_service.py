"""What is taken from a WSDL, and what is refused of one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from lxml import etree
from zeep.exceptions import DTDForbidden, ExternalReferenceForbidden

from exchanges.core.data import data_dir
from exchanges.core.errors import UsageError
from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.soap.service import Operation

FOLDER = data_dir("schemas") / "UWVDossierInkomstenGSD" / "v0200"
SERVICE = "http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD-v0200"
NAMESPACE = "http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD/v0200"


@pytest.fixture
def copied(tmp_path) -> Path:
    """A WSDL to change, beside its schemas."""
    shutil.copytree(data_dir("schemas"), tmp_path / "schemas")
    return tmp_path / "schemas" / "UWVDossierInkomstenGSD" / "v0200" / "dienst.wsdl"


def changed(path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert re.search(old, text)
    path.write_text(re.sub(old, new, text), encoding="utf-8")
    return path


def test_actions_answer_and_faults():
    found = Operation(FOLDER / "dienst.wsdl", "UWVPersoonsIkvInfo")
    assert found.action == f"{SERVICE}/UWVPersoonsIkvInfo"
    assert found.answer_action == f"{SERVICE}/UWVPersoonsIkvInfoResponse"
    assert found.answer == f"{{{NAMESPACE}}}UWVPersoonsIkvInfoResponse"
    assert found.faults == {"{http://bkwi.nl/SuwiML/FWI/v0205}Fout"}


@pytest.mark.parametrize("period", [None, {"DatBPeriode": "20260101", "DatEPeriode": "20260630"}])
def test_the_question_fits_the_schema(period):
    made = Operation(FOLDER / "dienst.wsdl", "UWVPersoonsIkvInfo").payload(
        Burgerservicenr="900000012", PeriodeGegevensvraagIko=period
    )  # fmt: skip
    assert made.tag == f"{{{NAMESPACE}}}UWVPersoonsIkvInfo"
    compile_xsd(FOLDER / "vraag.xsd").assertValid(etree.fromstring(etree.tostring(made)))


def test_a_question_that_is_not_there():
    with pytest.raises(UsageError, match="kent geen vraag"):
        Operation(FOLDER / "dienst.wsdl", "Iets")


def test_actions_must_be_named(copied):
    with pytest.raises(UsageError, match="WS008"):
        Operation(changed(copied, r'wsaw:Action="[^"]*Response"', ""), "UWVPersoonsIkvInfo")


def test_both_ways_of_naming_an_action(copied):
    other = changed(copied, "http://www.w3.org/2006/05/addressing/wsdl", "http://www.w3.org/2007/05/addressing/metadata")
    assert Operation(other, "UWVPersoonsIkvInfo").answer_action.endswith("Response")


@pytest.mark.parametrize("address", ["https://elders.invalid/vraag.xsd", "http://127.0.0.1:9/vraag.xsd"])
def test_nothing_is_fetched(copied, address):
    with pytest.raises((UsageError, ExternalReferenceForbidden)):
        Operation(changed(copied, 'schemaLocation="vraag.xsd"', f'schemaLocation="{address}"'), "UWVPersoonsIkvInfo")


def test_no_doctype(copied):
    with pytest.raises(DTDForbidden):
        Operation(changed(copied, r"\?>", '?><!DOCTYPE x [<!ENTITY e "f">]>'), "UWVPersoonsIkvInfo")
