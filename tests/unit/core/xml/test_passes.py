"""The verdict without a tree is the verdict with one, on the messages made to tell schemas apart."""

from __future__ import annotations

import pytest
from lxml import etree

from exchanges.core.mapping.table import load_mapping
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.generate.campaign import campaign
from exchanges.core.schemas.generate.grammar import grammar_of
from exchanges.core.xml.target import Target, Tools


@pytest.mark.parametrize(("message", "root"), [
    ("GSDDossierReintegratie", "GSDReintegratieInfoResponse"), ("IBVerwijsindex", "IBVerwijsindex"),
])
def test_passing_is_validating(message: str, root: str) -> None:
    entry = next(e for e in Catalogue.load().entries if e.message == message)
    tools = Tools(Target("t", lambda: entry.compile(root), load_mapping(entry.message, entry.version)))
    schema = entry.compile(root)
    seen = {True: 0, False: 0}
    for made in campaign([grammar_of(entry.xsd_of(root), entry.namespace, root, 5)], 3000, 5):
        try:
            document = etree.fromstring(made.xml)
        except etree.XMLSyntaxError:
            with pytest.raises(etree.XMLSyntaxError):
                tools.passes(made.xml)
            continue
        verdict = bool(schema.validate(document))
        seen[verdict] += 1
        assert tools.passes(made.xml) == verdict, made.xml
    assert min(seen.values()) > 100
