"""A SOAP fault: asked again, declined, or the end of it. Nothing of its texts is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exchanges.core.bsn import mask
from exchanges.core.soap.errors import Declined, Refused, Unanswered
from exchanges.core.soap.faults import fault_of
from exchanges.core.soap.names import SOAP, WSSE
from exchanges.simulators.soap_message import fault

_DETAIL = b'<f:Fout xmlns:f="urn:f"><Code>FWI0007</Code><Tekst>over 900000012</Tekst></f:Fout>'


def read(data: bytes):
    return fault_of(etree.fromstring(data)[0][0], frozenset({"{urn:f}Fout"}), "w")


@pytest.mark.parametrize(
    ("code", "namespace", "detail", "kind"),
    [
        ("Server", SOAP, b"", Unanswered), ("Server.0051", SOAP, b"", Unanswered), ("Iets", "urn:x", b"", Unanswered),
        ("Client", SOAP, b"", Declined), ("Client.0004", SOAP, b"", Declined),
        ("Server", SOAP, _DETAIL, Declined), ("Server", SOAP, b'<x xmlns="urn:x"/>', Unanswered),
        ("MustUnderstand", SOAP, b"", Refused), ("VersionMismatch", SOAP, b"", Refused),
        ("FailedCheck", WSSE, b"", Refused), ("InvalidSecurityToken", WSSE, b"", Refused),
    ],
)  # fmt: skip
def test_the_code_decides(code, namespace, detail, kind):
    found = read(fault(code, namespace, detail))
    assert type(found) is kind
    assert "900000012" not in str(found) and "\n" not in str(found)
    assert ("FWI0007" if detail is _DETAIL else code) in str(found)


@pytest.mark.parametrize("text", ["", "<faultcode/>", "<faultcode>geen code</faultcode>", "<faultcode>q:x</faultcode>"])
def test_a_fault_that_says_nothing_is_asked_again(text):
    data = f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault>{text}</s:Fault></s:Body></s:Envelope>'
    assert type(read(data.encode())) is Unanswered


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60))
def test_whatever_a_code_holds_no_bsn_is_told(code):
    element = etree.Element("Fault")
    try:
        etree.SubElement(element, "faultcode").text = f"c:{code} 900000012"
    except ValueError:
        return
    for said in (f"900000012{code}", f"{code}900000012", code):
        try:
            element[0].text = said
        except ValueError:
            continue
        told = str(fault_of(element, frozenset(), "w"))
        assert "900000012" not in told and mask(told) == told
