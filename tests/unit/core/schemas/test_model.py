"""The element model says what the XSD says."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.errors import CatalogueError
from exchanges.core.schemas import Catalogue
from exchanges.core.schemas.diagnostic import diagnostic
from exchanges.core.schemas.model import Element, Facets, _elements, elements, facets

R = "GSDReintegratieInfoResponse"
RV = f"{R}/ClientSuwi/AtlRelatie/ReIntegratievoorziening"


def gsd() -> dict[str, Element]:
    found: dict[str, Element] = {}
    for element in elements(Catalogue.load().version("GSDDossierReintegratie", "v0200")):
        found.setdefault(element.path, element)
    return found


# dkd-gsd.md section 3: path, type, least, most
TABLE = [
    (f"{R}/ClientSuwi", None, 1, 1),
    (f"{R}/ClientSuwi/Burgerservicenr", "Burgerservicenr", 1, 1),
    (f"{R}/ClientSuwi/Voornamen", "NaamPersoonA200", 0, 1),
    (f"{R}/ClientSuwi/Voorletters", "Voorletters", 0, 1),
    (f"{R}/ClientSuwi/Voorvoegsel", "Voorvoegsels", 0, 1),
    (f"{R}/ClientSuwi/SignificantDeelVanDeAchternaam", "NaamPersoonA200", 0, 1),
    (f"{R}/ClientSuwi/Geslacht", "Geslacht", 0, 1),
    (f"{R}/ClientSuwi/Geboortedat", "Datum", 0, 1),
    (f"{R}/ClientSuwi/Bron", "Bron", 0, 1),
    (f"{R}/ClientSuwi/AtlRelatie", None, 0, None),
    (f"{R}/ClientSuwi/AtlRelatie/Arbeidsvermogen/CdArbeidsvermogen", "CdArbeidsvermogen", 1, 1),
    (f"{R}/ClientSuwi/AtlRelatie/DoelReintegratievoorziening/CdDoelRv", "CdDoelRv", 1, 1),
    (RV, None, 0, None),
    (f"{RV}/RegistratienrRvGsd", "RegistratienrRvGsd", 0, 1),
    (f"{RV}/DatBRv", "Datum", 1, 1),
    (f"{RV}/DatERv", "Datum", 0, 1),
    (f"{RV}/CdTypeRvGsd", "CdTypeRvGsd", 0, 1),
    (f"{RV}/OmsRv", "OmschrijvingAN100", 0, 1),
    (f"{RV}/Loonkostensubsidie", None, 0, 1),
    (f"{RV}/Loonkostensubsidie/PercLoonwaardeTovWml", "StandaardPerc", 1, 1),
    (f"{RV}/Loonkostensubsidie/PercLoonwaardeTovWml/CdPositiefNegatief", "CdPositiefNegatief", 0, 1),
    (f"{RV}/Loonkostensubsidie/PercLoonwaardeTovWml/Percentage", "Percentage", 0, 1),
    (f"{R}/ClientSuwi/AtlRelatie/Bron", "Bron", 1, 1),
    (f"{R}/ClientSuwi/AtlRelatie/Bron/CdVestigingSuwi", "CdVestigingSuwi", 0, 1),
    (f"{R}/FWI/Fout/Detail", "string", 0, None),
]


@pytest.mark.parametrize(("path", "type_name", "least", "most"), TABLE)
def test_paths_types_and_occurrence(path: str, type_name: str | None, least: int, most: int | None) -> None:
    element = gsd()[path]
    assert (element.type_name, element.min_occurs, element.max_occurs) == (type_name, least, most)


def test_namespaces_leaves_and_choices() -> None:
    found = gsd()
    assert found[R].qualified and found[R].namespace.endswith("/v0200") and not found[R].is_leaf
    assert not found[f"{R}/ClientSuwi"].qualified and found[f"{R}/ClientSuwi"].namespace == ""
    assert found[f"{R}/FWI"].namespace == "http://bkwi.nl/SuwiML/FWI/v0205"
    assert found[f"{R}/NietsGevonden"].any_content and found[f"{R}/NietsGevonden"].is_leaf
    assert [found[f"{R}/{name}"].choice for name in ("ClientSuwi", "FWI", "NietsGevonden")] == [
        f"{R}#1.1", f"{R}#1.1", f"{R}#1.3"]
    fwi = [e for e in elements(Catalogue.load().version("GSDDossierReintegratie", "v0200")) if e.path == f"{R}/FWI"]
    assert [(e.min_occurs, e.choice) for e in fwi] == [(0, f"{R}#1.1"), (1, f"{R}#1.2")]
    assert found[f"{R}/FWI/Fout"].max_occurs is None and found[f"{R}/FWI/Fout"].choice == f"{R}/FWI#1.1"


def test_facets_of_the_basis_types() -> None:
    found = gsd()
    assert found[f"{R}/ClientSuwi/Burgerservicenr"].facets == Facets(length=9, patterns=(r"\d*",))
    kolom = found[f"{R}/ClientSuwi/Bron/CdKolomSuwi"]
    assert kolom.base == "nonNegativeInteger"
    assert kolom.facets == Facets(total_digits=2, min_inclusive="0", max_inclusive="99")
    sign = found[f"{RV}/Loonkostensubsidie/PercLoonwaardeTovWml/CdPositiefNegatief"]
    assert sign.facets == Facets(enumeration=("+", "-")) and sign.facets.kinds() == ("enumeration",)


XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t"
 elementFormDefault="qualified">
 <xs:simpleType name="Smal"><xs:restriction base="Breed"><xs:maxLength value="4"/><xs:pattern value="a.*"/>
  <xs:pattern value="b.*"/></xs:restriction></xs:simpleType>
 <xs:simpleType name="Breed"><xs:restriction base="xs:string"><xs:maxLength value="9"/><xs:minLength value="2"/>
  <xs:pattern value=".*z"/></xs:restriction></xs:simpleType>
 <xs:simpleType name="Bedrag"><xs:restriction base="xs:decimal"><xs:fractionDigits value="2"/>
  <xs:minExclusive value="-1.50"/><xs:maxExclusive value="10"/></xs:restriction></xs:simpleType>
 <xs:complexType name="Boom"><xs:sequence><xs:element name="tak" type="Boom" minOccurs="0" maxOccurs="2"/></xs:sequence>
 </xs:complexType>
 <xs:complexType name="Met"><xs:simpleContent><xs:extension base="Bedrag">
  <xs:attribute name="munt" type="Smal" use="required"/><xs:attribute name="los" type="xs:date"/></xs:extension>
 </xs:simpleContent></xs:complexType>
 <xs:element name="r"><xs:complexType><xs:sequence>
  <xs:sequence minOccurs="0" maxOccurs="3"><xs:element name="a" type="Smal" minOccurs="2" maxOccurs="2"/></xs:sequence>
  <xs:choice maxOccurs="unbounded"><xs:element name="b" type="Met" nillable="true"/><xs:sequence>
   <xs:choice minOccurs="0"><xs:element name="c" type="xs:int"/><xs:element name="d" type="Boom"/></xs:choice>
  </xs:sequence></xs:choice></xs:sequence></xs:complexType></xs:element></xs:schema>"""


def test_nested_groups_derived_types_attributes_and_recursion(tmp_path: Path) -> None:
    xsd = tmp_path / "t.xsd"
    xsd.write_text(XSD)
    found = {element.path: element for element in _elements(xsd, "urn:t", "r")}
    a = found["r/a"]
    assert (a.min_occurs, a.max_occurs, a.choice, a.qualified) == (0, 6, None, True)
    assert a.facets == Facets(min_length=2, max_length=4, patterns=("a.*|b.*", ".*z"))
    assert found["r/b"].facets == Facets(fraction_digits=2, min_exclusive="-1.50", max_exclusive="10")
    assert found["r/b"].nillable and found["r/b"].choice == "r#1.1" and found["r/b"].base == "decimal"
    assert found["r/c"].choice == "r#1.2#2.1" and (found["r/c"].min_occurs, found["r/c"].max_occurs) == (0, None)
    assert found["r/b/@munt"].min_occurs == 1 and found["r/b/@los"].min_occurs == 0 and found["r/b/@los"].is_leaf
    assert sorted(path for path in found if path.startswith("r/d")) == ["r/d", "r/d/tak"]
    assert found["r/d/tak"].max_occurs == 2


def test_an_unknown_root_is_an_error(tmp_path: Path) -> None:
    xsd = tmp_path / "t.xsd"
    xsd.write_text(XSD)
    with pytest.raises(CatalogueError, match="kent het hoofdelement x niet"):
        _elements(xsd, "urn:t", "x")
    assert facets(diagnostic(xsd).maps.types["{urn:t}Bedrag"]).kinds() == (
        "fraction_digits", "min_exclusive", "max_exclusive")
