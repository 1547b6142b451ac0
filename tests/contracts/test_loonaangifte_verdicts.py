"""Our schemas of the wage-tax declaration against the official ones, per tax year.

Two thousand messages per year here; `sluis schemas verify --messages 10000` does the same with more.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from exchanges.core.data import data_dir
from exchanges.core.schemas import Catalogue, SchemaEntry
from exchanges.core.schemas.verify import check_package, compare, locate, official_xsd

pytestmark = pytest.mark.contract

ROOT = "Loonaangifte"
YEARS = [entry for entry in Catalogue.load().own if entry.message == ROOT]
YEAR_2026 = "Loonaangifte/2026v2.0/loonaangifte.xsd"
VALUES, PERSON, MESSAGE = (f"Loonaangifte/gedeeld/{name}.xsd" for name in ("waarden", "persoon", "aangifte"))

# kind: file, what stands there, what is planted, how many messages show it for certain
PLANTED = {
    "first day less": (YEAR_2026, '<xs:enumeration value="2026-03-01"/>', "", 1500),
    "last day other": (YEAR_2026, 'value="2026-02-22"', 'value="2026-02-21"', 1500),
    "last day more": (YEAR_2026, '<xs:enumeration value="2026-12-31"/>',
                      '<xs:enumeration value="2026-12-31"/><xs:enumeration value="2027-01-03"/>', 3000),
    "required field optional": (YEAR_2026, '<xs:element name="TotPrlnWhkAnw" type="l:Bedrag10"/>',
                '<xs:element name="TotPrlnWhkAnw" type="l:Bedrag10" minOccurs="0"/>', 4000),
    "code of another year": (YEAR_2026, '<xs:enumeration value="32"/>', '<xs:enumeration value="31"/>', 3000),
    "letters of another year": (YEAR_2026, '<xs:enumeration value="B"/>', '<xs:enumeration value="AB"/>', 3000),
    "optional field required": (YEAR_2026, 'name="TotPrAwfUit" type="l:Bedrag10" minOccurs="0"',
                                'name="TotPrAwfUit" type="l:Bedrag10"', 400),
    "cents in a total": (MESSAGE, 'name="TotTeBet" type="Bedrag10"', 'name="TotTeBet" type="Bedrag10.2"', 6000),
    "three decimals": (VALUES, '<xs:fractionDigits value="2"/>', '<xs:fractionDigits value="3"/>', 3000),
    "eleven digits": (VALUES, '<xs:restriction base="xs:integer">\n      <xs:totalDigits value="10"/>',
                      '<xs:restriction base="xs:integer">\n      <xs:totalDigits value="11"/>', 3000),
    "no minus": (VALUES, '<xs:pattern value="-?', '<xs:pattern value="', 3000),
    "empty allowed": (VALUES, '<xs:simpleType name="Voorl">\n    <xs:restriction base="xs:string">\n'
                              '      <xs:minLength value="1"/>',
                      '<xs:simpleType name="Voorl">\n    <xs:restriction base="xs:string">\n'
                      '      <xs:minLength value="0"/>', 3000),
    "empty refused": (VALUES, '<xs:simpleType name="Voorv">\n    <xs:restriction base="xs:string">\n',
                      '<xs:simpleType name="Voorv">\n    <xs:restriction base="xs:string">\n'
                      '      <xs:minLength value="1"/>\n', 3000),
    "L00": (VALUES, r"L(\d[1-9]|[1-9]\d)", r"L\d\d", 6000),
    "version not asked": (MESSAGE, 'name="version" use="required"', 'name="version"', 1500),
    "version other": (MESSAGE, '<xs:enumeration value="2.0"/>',
                      '<xs:enumeration value="2.0"/><xs:enumeration value="2.1"/>', 1500),
    "fourteen corrections": (MESSAGE, 'type="TijdvakCorrectieType" minOccurs="0" maxOccurs="13"',
                             'type="TijdvakCorrectieType" minOccurs="0" maxOccurs="14"', 8000),
    "hundred income periods": (PERSON, 'maxOccurs="99"', 'maxOccurs="100"', 8000),
    "no correction alone": (MESSAGE, '<xs:element name="TijdvakCorrectie" type="TijdvakCorrectieType" maxOccurs="13"/>',
                            "", 200),
    "two addresses": (PERSON, '<xs:choice minOccurs="0">', '<xs:choice minOccurs="0" maxOccurs="2">', 6000),
    "zero left out": (PERSON, 'name="AantVerlU" type="AantU"', 'name="AantVerlU" type="AantU" minOccurs="0"', 4000),
    "saldo in a correction": (MESSAGE, 'name="CollectieveAangifte" type="CollectieveAangifteType"',
                              'name="CollectieveAangifte" type="CollectieveAangifteTijdvakAangifteType"', 400),
    "name in a total": (MESSAGE, 'name="PrLnUFO"', 'name="PrLnUfo"', 200),
    "table code gone": (VALUES, '<xs:enumeration value="250"/>', "", 6000),
}


@pytest.mark.parametrize("entry", YEARS, ids=lambda entry: entry.name)
def test_every_message_gets_the_official_verdict(entry: SchemaEntry, official: Path) -> None:
    package = locate(entry, official)
    check_package(entry, package)
    found = compare(entry, ROOT, entry.xsd, official_xsd(entry, package, ROOT), 2000, seed=5)
    assert found.differ == found.second_differ == 0, found.examples
    assert (found.generated, found.agree, found.second_checked) == (2000, 2000, 40)
    assert min(found.valid, found.invalid) > 500 and found.unfilled == []
    assert set(found.mutations) >= {
        "attribute:removed", "attribute:unknown", "attribute:value", "attribute:derived_type", "attribute:type",
        "element:once_too_often", "element:many", "element:other_branch", "element:removed", "element:swapped",
        "element:emptied", "facet:enumeration", "facet:fractionDigits", "facet:totalDigits", "facet:length",
        "facet:pattern", "date:zone", "spelling:comma", "spelling:sign", "base:dateTime",
    }


@pytest.mark.parametrize("kind", sorted(PLANTED))
def test_a_planted_deviation_is_seen(tmp_path: Path, kind: str) -> None:
    file, there, planted, messages = PLANTED[kind]
    copy = shutil.copytree(data_dir("schemas") / "Loonaangifte", tmp_path / "schemas/Loonaangifte").parent
    text = (copy / file).read_text(encoding="utf-8")
    assert there in text
    (copy / file).write_text(text.replace(there, planted, 1), encoding="utf-8")
    entry = Catalogue.load().version(ROOT, "2026v2.0")
    outcome = compare(entry, ROOT, copy / YEAR_2026, entry.xsd, messages, seed=1, enough=1)
    assert outcome.differ == 1 == len(outcome.examples)


def test_a_single_schema_file_is_the_whole_package(official: Path) -> None:
    for entry in YEARS:
        package = locate(entry, official)
        assert package.is_file() and package.stem == entry.package
        assert official_xsd(entry, package, ROOT) == package
