"""What a confirmation of the index says: only an Acknowledgement confirms, and a Fout beside it takes that away."""

from __future__ import annotations

import pytest
from lxml import etree

from exchanges.core.data import data_dir
from exchanges.core.soap.told import Judged
from exchanges.dkd_reintegratie.index_answer import NOT_CONFIRMED, judge

ACK = "<Acknowledgement/>"


def remark(kind, code="IB1", text="Tekst"):
    return f"<{kind}><Code>{code}</Code><Tekst>{text}</Tekst><Bron><DN>CN=x</DN></Bron></{kind}>"


def fwi(*remarks):
    return f"<FWI>{''.join(remarks)}</FWI>"


@pytest.mark.parametrize(("inside", "judged"), [
    (ACK, Judged(True)),
    ("", Judged(False, NOT_CONFIRMED, "De partner heeft dit bericht niet bevestigd.")),
    (ACK + fwi(remark("Waarschuwing")), Judged(True, "IB1", "Tekst")),
    (ACK + fwi(remark("Informatie"), remark("Fout", "IB2", "Mis")), Judged(False, "IB2", "Mis")),
    (fwi(remark("Fout", "IB2", "Mis")), Judged(False, "IB2", "Mis")),
    (fwi(remark("Waarschuwing")), Judged(False, NOT_CONFIRMED, "De partner heeft dit bericht niet bevestigd.")),
    (fwi(remark("Fout", " ", " ")), Judged(False, "zonder code", "")),
])  # fmt: skip
def test_what_it_says(inside, judged):
    response = etree.fromstring(
        f'<v:IBVerwijsindexResponse xmlns:v="http://bkwi.nl/SuwiML/Diensten/IBVerwijsindex/v0300">{inside}'
        "</v:IBVerwijsindexResponse>"
    )
    schema = etree.XMLSchema(file=str(data_dir("schemas") / "IBVerwijsindex" / "v0300" / "bevestiging.xsd"))
    assert schema.validate(response), "each of these the schema lets through"
    assert judge(response) == judged
