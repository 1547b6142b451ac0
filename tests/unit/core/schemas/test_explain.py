"""A refused record is explained in plain Dutch, with its place, and never with its value."""

from __future__ import annotations

import re
from xml.sax.saxutils import unescape

import pytest

from exchanges.core.schemas import Catalogue, SchemaEntry
from exchanges.core.schemas.compiled import compiled
from exchanges.core.schemas.diagnostic import tree_of
from exchanges.core.schemas.explain import explain
from exchanges.core.schemas.generate.campaign import campaign
from exchanges.core.schemas.generate.grammar import Grammar
from exchanges.core.schemas.model import elements

GSD = "http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200"
R = "GSDReintegratieInfoResponse"
BRON = "<Bron><CdKolomSuwi>3</CdKolomSuwi><CdPartijSuwi>0153</CdPartijSuwi></Bron>"


def entry() -> SchemaEntry:
    return Catalogue.load().version("GSDDossierReintegratie", "v0200")


def record(body: str, namespace: str = GSD, root: str = R, before: str = "") -> bytes:
    return (f'{before}<g:{root} xmlns:g="{namespace}" xmlns:f="http://bkwi.nl/SuwiML/FWI/v0205"'
            f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{body}</g:{root}>').encode()


def client(body: str) -> str:
    return f"<ClientSuwi><Burgerservicenr>999990019</Burgerservicenr>{body}</ClientSuwi>"


def facility(body: str) -> str:
    return client(f"<AtlRelatie><ReIntegratievoorziening>{body}</ReIntegratievoorziening>{BRON}</AtlRelatie>")


LKS = "<DatBRv>20260101</DatBRv><Loonkostensubsidie>{}</Loonkostensubsidie>"
C = f"{R}/ClientSuwi"
RV = f"{C}/AtlRelatie/ReIntegratievoorziening"
CASES = [
    ("<ClientSuwi><Burgerservicenr>12</Burgerservicenr></ClientSuwi>", f"{C}/Burgerservicenr",
     "Burgerservicenr moet precies 9 tekens hebben; het zijn er 2."),
    ("<ClientSuwi><Burgerservicenr/></ClientSuwi>", f"{C}/Burgerservicenr",
     "Burgerservicenr is leeg; het moet precies 9 tekens hebben."),
    ("<ClientSuwi/>", C, "In ClientSuwi ontbreekt Burgerservicenr."),
    ("", R, f"In {R} ontbreekt een van: ClientSuwi, FWI, NietsGevonden."),
    (client("<Geslacht>M</Geslacht>"), f"{C}/Geslacht", "Geslacht mag alleen cijfers bevatten."),
    (client("<Voornamen>J4n</Voornamen>"), f"{C}/Voornamen", "Voornamen mag geen cijfers bevatten."),
    (client(f"<Voornamen>{'a' * 201}</Voornamen>"), f"{C}/Voornamen",
     "Voornamen mag hoogstens 200 tekens hebben; het zijn er 201."),
    (client("<Voorletters>j.w.</Voorletters>"), f"{C}/Voorletters",
     "Voorletters moet zijn: een tot zes hoofdletters zonder punten, of alleen een punt."),
    (client("<Geboortedat>20241301</Geboortedat>"), f"{C}/Geboortedat",
     "Geboortedat moet zijn: een datum als jjjjmmdd, met 00 voor een onbekende maand of dag."),
    (client("<Geslacht>1</Geslacht><Voorletters>J</Voorletters>"), C,
     "Voorletters staat in ClientSuwi na Geslacht, maar hoort ervoor."),
    (client("<Geslacht>1</Geslacht><Geslacht>1</Geslacht>"), C,
     "Geslacht komt te vaak voor in ClientSuwi: hoogstens 1 keer."),
    (client("<Onzin999990019/>"), C, "In ClientSuwi staat een element dat het schema niet kent."),
    (client("<DatBRv>20260101</DatBRv>"), C, "DatBRv hoort niet in ClientSuwi."),
    (client("<g:Geslacht>1</g:Geslacht>"), C, "Geslacht in ClientSuwi staat in de verkeerde naamruimte."),
    (facility("<DatERv>20260101</DatERv>"), RV, "In ReIntegratievoorziening ontbreekt DatBRv."),
    (facility(LKS.format("")), f"{RV}/Loonkostensubsidie", "In Loonkostensubsidie ontbreekt PercLoonwaardeTovWml."),
    (facility(LKS.format("<PercLoonwaardeTovWml>50</PercLoonwaardeTovWml>")),
     f"{RV}/Loonkostensubsidie/PercLoonwaardeTovWml",
     "In PercLoonwaardeTovWml staat tekst waar alleen elementen mogen staan."),
    (facility(LKS.format("<PercLoonwaardeTovWml><Percentage>50,00</Percentage></PercLoonwaardeTovWml>")),
     f"{RV}/Loonkostensubsidie/PercLoonwaardeTovWml/Percentage",
     "Percentage moet zijn: vijf cijfers zonder komma, 50,00 % is 05000."),
    (facility(LKS.format("<PercLoonwaardeTovWml><CdPositiefNegatief>*</CdPositiefNegatief></PercLoonwaardeTovWml>")),
     f"{RV}/Loonkostensubsidie/PercLoonwaardeTovWml/CdPositiefNegatief",
     "CdPositiefNegatief moet een waarde hebben uit: +, -."),
    (client(BRON.replace(">3<", ">drie<")), f"{C}/Bron/CdKolomSuwi", "CdKolomSuwi moet een geheel getal zijn."),
    (client(BRON.replace(">3<", ">401<")), f"{C}/Bron/CdKolomSuwi", "CdKolomSuwi mag hoogstens 99 zijn."),
    (client(BRON.replace(">3<", ">-1<")), f"{C}/Bron/CdKolomSuwi", "CdKolomSuwi moet 0 of meer zijn."),
    (client(BRON.replace(">3<", ">٣<")), f"{C}/Bron/CdKolomSuwi",
     "CdKolomSuwi heeft een waarde van het verkeerde soort."),
    ("<NietsGevonden/>", R, f"NietsGevonden in {R} staat in de verkeerde naamruimte."),
    ("<f:NietGerechtigd/>", R, f"NietGerechtigd hoort niet in {R}."),
    ("<f:FWI/>", f"{R}/FWI", "In FWI ontbreekt een van: Fout, Waarschuwing, Informatie."),
    ("<f:NietsGevonden/>" + client(""), R, f"ClientSuwi staat in {R} op de verkeerde plaats"),
    (client("") + "tekst", R, f"In {R} staat tekst waar alleen elementen mogen staan."),
    (client("<Geslacht><x/></Geslacht>"), f"{C}/Geslacht", "In Geslacht mag alleen tekst staan, geen elementen."),
    (client('<Geslacht xsi:nil="true"/>'), f"{C}/Geslacht", "Geslacht mag niet met xsi:nil leeg worden gemeld."),
    (client('<Geslacht a="1">1</Geslacht>'), f"{C}/Geslacht", "Geslacht heeft een attribuut dat hier niet mag staan."),
    (client('<Geslacht xsi:type="g:Bron">1</Geslacht>'), f"{C}/Geslacht",
     "Het type dat met xsi:type is opgegeven past niet bij Geslacht."),
    (client('<Geslacht xsi:type="g:Weg">1</Geslacht>'), f"{C}/Geslacht",
     "Het type dat met xsi:type is opgegeven past niet bij Geslacht."),
]


@pytest.mark.parametrize(("body", "path", "said"), CASES)
def test_the_reason_and_the_place(body: str, path: str, said: str) -> None:
    told = explain(record(body), entry())
    assert any(item.path == path and item.reason.startswith(said) for item in told), told


def test_a_valid_record_has_nothing_to_explain() -> None:
    assert explain(record(client("")), entry()) == []
    assert explain(record(client("<!-- x --><?x y?>")), entry()) == []


def test_lines_count_inside_the_record() -> None:
    told = explain(record(client("\n<Geslacht>M</Geslacht>\n<Geboortedat>x</Geboortedat>")), entry())
    assert sorted({item.line for item in told}) == [2, 3]


def test_a_repeated_element_is_numbered() -> None:
    body = client("".join(f"<AtlRelatie>{BRON.replace('0153', part)}</AtlRelatie>" for part in ("0153", "x", "0153")))
    told = explain(record(body), entry())
    assert {(item.path, item.place) for item in told} == {
        (f"{C}/AtlRelatie/Bron/CdPartijSuwi", f"{C}/AtlRelatie[2]/Bron/CdPartijSuwi")}


def test_all_errors_are_told_once() -> None:
    body = client("<Voornamen>1</Voornamen><Geslacht>M</Geslacht><Geboortedat>x</Geboortedat>")
    told = explain(record(body), entry())
    assert {item.path.rpartition("/")[2] for item in told} == {"Voornamen", "Geslacht", "Geboortedat"}
    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (record(client(""), namespace=GSD.replace("v0200", "v0100")), "verkeerde naamruimte; verwacht is die van"),
        (record(client(""), root="Hallo"), f"Het hoofdelement hoort niet bij {entry().name}; verwacht is {R}"),
        (b"<a><b></a>", "geen leesbare XML"),
        (b"", "geen leesbare XML"),
        (b"\xff\xfe\x00", "geen leesbare XML"),
        (b"<x>" * 5000 + b"</x>" * 5000, "geen leesbare XML"),
        (record(client(""), before='<!DOCTYPE a [<!ENTITY b "c">]>'), "DOCTYPE"),
        (record("&b;", before='<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'), "DOCTYPE"),
    ],
)
def test_what_is_no_record_is_explained_too(xml: bytes, said: str) -> None:
    (told,) = explain(xml, entry())
    assert said in told.reason and told.path == R


def test_a_record_with_a_thousand_errors_is_cut_off() -> None:
    many = "".join(f"<AtlRelatie>{BRON.replace('0153', 'x')}</AtlRelatie>" for _ in range(1000))
    assert len(explain(record(client(many)), entry())) == 50


@pytest.mark.parametrize("name", sorted({f"{e.message}/{root}" for e in Catalogue.load().entries for root in e.roots}))
def test_every_generated_refusal_is_explained_without_a_value(name: str) -> None:
    message, root = name.split("/")
    found = next(e for e in Catalogue.load().entries if e.message == message)
    xsd = found.xsd_of(root)
    grammar = Grammar(xsd, found.namespace, root, 7)
    paths = {element.path for element in elements(found, root)}
    facets = [element.facets for element in elements(found, root)]
    allowed = " ".join(word for facet in facets for word in (*facet.enumeration, *facet.patterns))
    refused = 0
    for made in campaign([grammar], 300, 7):
        told = explain(made.xml, found, root)
        assert bool(told) != bool(compiled(found, root).validate(tree_of(made.xml)))
        refused += bool(told)
        for item in told:
            assert re.fullmatch(r"[A-Z].*\.", item.reason) and "\n" not in item.reason
            assert item.path in paths or "onbekend element" in item.path or made.mutations, item
        texts = {unescape(text) for text in re.findall(r">([^<>]{4,})<", made.xml.decode())}
        shown = " ".join(f"{item.reason} {item.schema_reason} {item.place}" for item in told)
        assert not [text for text in texts if text.strip() and text in shown and text not in allowed]
    assert refused > 60
