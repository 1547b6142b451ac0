"""Our schemas of the Centric GWS answers give the verdicts of the official ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.schemas.generate.campaign import campaign
from exchanges.core.schemas.generate.grammar import grammar_of
from exchanges.loonaangifte import gws
from tests.unit.loonaangifte.gws_builder import (
    JAAR,
    MAAND,
    component,
    envelope,
    month_statement,
    response,
    specification,
    year_statement,
)

pytestmark = pytest.mark.contract
_SERVICES = {
    "jaaropgave": ("jaaropgave/v0400-b01", JAAR, "JaarOpgaveInfoResponse"),
    "uitkering": ("uitkering/v0600-b01", MAAND, "UitkeringsSpecificatieInfoResponse"),
}


@pytest.mark.parametrize("kind", _SERVICES)
def test_same_verdicts(official: Path, kind: str) -> None:
    folder, namespace, root = _SERVICES[kind]
    xsd = official / "centric-gws" / folder / "BodyReaction_resolved.xsd"
    theirs, ours = compile_xsd(xsd), compile_xsd(Path(gws.__file__).parent / "xsd" / f"gws-{kind}.xsd")
    valid = 0
    for made in campaign([grammar_of(xsd, namespace, root, 1)], 1500, 11):
        try:
            document = etree.fromstring(made.xml)
        except etree.XMLSyntaxError:
            continue
        if any(name.startswith("attribute:") and "type" in name for name in made.mutations):
            continue  # xsi:type names a type of the official file; ours has other names, and refuses it
        verdict = theirs.validate(document)
        valid += verdict
        assert ours.validate(document) == verdict, (made.mutations, made.path, made.xml)
    assert 300 < valid < 1400


@pytest.mark.parametrize("kind", _SERVICES)
def test_generated_answers_are_read_or_told(official: Path, tmp_path: Path, kind: str) -> None:
    """Valid by the schema: read, or a finding on what a schema cannot see; invalid: always a finding."""
    folder, namespace, root = _SERVICES[kind]
    xsd = official / "centric-gws" / folder / "BodyReaction_resolved.xsd"
    schema, path = compile_xsd(xsd), tmp_path / "a.xml"
    for made in campaign([grammar_of(xsd, namespace, root, 1)], 300, 12):
        path.write_bytes(made.xml)
        found = gws.read_answers([path])
        try:
            document = etree.fromstring(made.xml)
            # valid, and the answer: a lone message of the FWI schema is none
            valid = schema.validate(document) and document.tag == f"{{{namespace}}}{root}"
        except etree.XMLSyntaxError:
            valid = False
        codes = {str(row["code"]) for row in found.findings}
        if any(name.startswith("attribute:") and "type" in name for name in made.mutations):
            continue
        if valid:
            assert codes <= {"LA-GWS-CLIENT", "LA-GWS-DATUM", "LA-GWS-FOUT"}, (codes, made.xml)
        else:
            assert found.refused, (made.mutations, made.xml)


def test_the_samples_of_the_tests_are_official(official: Path) -> None:
    year = envelope(response(year_statement("999990019", specification(
        {"Fiscaalloon": 7305, "Loonheffing": 0, "IngehoudenPremieZVW": 0, "WerkgeversheffingPremieZVW": 494,
         "OntvangstenFiscaalloon": -12, "BelasteAlimentatie": 5}))))
    month = envelope(response(month_statement("999990019", component("Norm", 1), component("Korting", -1, "2")), MAAND))
    for (folder, _, _), text in zip(_SERVICES.values(), (year, month), strict=True):
        schema = compile_xsd(official / "centric-gws" / folder / "EnvelopeReaction_resolved.xsd")
        assert schema.validate(etree.fromstring(text.encode())), schema.error_log
