"""Texts for types: they match their pattern, stand on both sides of every facet, and are nobody's BSN."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from lxml import etree

from exchanges.core.schemas.diagnostic import diagnostic
from exchanges.core.schemas.generate.pattern import parse, sample
from exchanges.core.schemas.generate.values import Values, values_of

XSD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{}</xs:schema>'
PATTERNS = [
    r"\d*", r"\D*", "[0-9]{5}", r"([A-Z]{1,6})|[.]", r"[^\d\s]{2,}", r"[A-Z-[AEIOU]]{3}", r"\p{Lu}\P{Nd}*",
    r"([1-9]\d\d|\d[1-9]\d|\d\d[1-9])(\d){6}L([1-9]\d|\d[1-9])", r"a{2}|b{1,}|c{0,3}", r"[\-+]?\.\{\\", r"\i\c*",
    r"[1-9][0-9]{3}([a-z]|[A-Z]){2}", r"\-?\d{1,3}|\-?\d{1,3}\.\d{1,2}", "[+\\-]", r"\w+\s\S", ".", "(a|b)?c+",
]


def types(folder: Path, *restrictions: str) -> dict[str, Values]:
    """Values for types t0, t1, ... each an ``xs:restriction``, xs:list or xs:union."""
    xsd = folder / "t.xsd"
    xsd.write_text(XSD.format("".join(
        f'<xs:simpleType name="t{number}">{text}</xs:simpleType>' for number, text in enumerate(restrictions))))
    found = diagnostic(xsd).maps.types
    return {f"t{number}": values_of(found[f"t{number}"], random.Random(number)) for number in range(len(restrictions))}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_sample_matches_for_libxml2(pattern: str) -> None:
    schema = etree.XMLSchema(etree.fromstring(XSD.format(
        '<xs:element name="v"><xs:simpleType><xs:restriction base="xs:string">'
        f'<xs:pattern value="{pattern}"/></xs:restriction></xs:simpleType></xs:element>')))
    rng, element, seen = random.Random(1), etree.Element("v"), set()
    for size in (0, 1, 5, 9):
        for _ in range(50):
            element.text = sample(pattern, rng, size)
            assert schema.validate(element), (pattern, element.text)
            seen.add(element.text)
    assert len(seen) > 1


@pytest.mark.parametrize("pattern", ["(a", "[a", "a)", "a{", "\\"])
def test_what_is_no_pattern_is_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match=r".|$"):
        parse(pattern)


FACETS = {
    "length": ('string', '<xs:length value="3"/>', {"abc"}, 3),
    "minLength": ('string', '<xs:minLength value="2"/>', set(), None),
    "maxLength": ('string', '<xs:maxLength value="4"/>', set(), None),
    "enumeration": ('string', '<xs:enumeration value="ja"/><xs:enumeration value="nee"/>', {"ja", "nee"}, None),
    "totalDigits": ('integer', '<xs:totalDigits value="4"/>', {"9999"}, None),
    "fractionDigits": ('decimal', '<xs:fractionDigits value="2"/>', {"1.11"}, None),
    "minInclusive": ('integer', '<xs:minInclusive value="5"/>', {"5", "6"}, None),
    "maxInclusive": ('decimal', '<xs:maxInclusive value="5"/>', {"5", "4.99"}, None),
    "minExclusive": ('integer', '<xs:minExclusive value="5"/>', {"6"}, None),
    "maxExclusive": ('integer', '<xs:maxExclusive value="5"/>', {"4"}, None),
    "pattern": ('string', '<xs:pattern value="[A-Z]{2}[0-9]*"/>', set(), None),
}
OUTSIDE = {"totalDigits": "99999", "fractionDigits": "1.111", "minInclusive": "4", "maxInclusive": "5.01",
           "minExclusive": "5", "maxExclusive": "5", "enumeration": "jax"}


@pytest.mark.parametrize("name", sorted(FACETS))
def test_both_sides_of_every_facet(tmp_path: Path, name: str) -> None:
    base, facet, inside, _ = FACETS[name]
    values = types(tmp_path, f'<xs:restriction base="xs:{base}">{facet}</xs:restriction>')["t0"]
    valid, invalid = {text for _, text in values.valid}, {text for _, text in values.invalid}
    assert valid and invalid and not valid & invalid
    assert (inside if name != "length" else set()) <= valid
    if name in OUTSIDE:
        assert OUTSIDE[name] in invalid
    if "ength" in name:
        limit = int(re.search(r'"(\d)"', facet)[1])  # type: ignore[index]
        assert {len(text) for text in valid} >= {limit}
        wrong = {"length": {limit - 1, limit + 1}, "minLength": {limit - 1}, "maxLength": {limit + 1}}[name]
        assert {len(text) for text in invalid} >= wrong


def test_around_the_dates_of_a_list(tmp_path: Path) -> None:
    body = '<xs:restriction base="xs:date"><xs:enumeration value="2026-02-28"/><xs:enumeration value="2026-12-31"/>'
    values = types(tmp_path, f"{body}</xs:restriction>")["t0"]
    assert {text.strip() for _, text in values.valid} == {"2026-02-28", "2026-12-31"}
    tried = {text for _, text in values.invalid}
    assert {"2026-02-27", "2026-03-01", "2027-02-01", "2026-02-28Z", "2026-12-31+01:00", "2026-12-30"} <= tried


def test_a_date_of_a_list_that_python_does_not_know_is_passed_over(tmp_path: Path) -> None:
    body = '<xs:restriction base="xs:date"><xs:enumeration value="2026-02-28+01:00"/></xs:restriction>'
    assert "2026-02-28+01:00" in {text for _, text in types(tmp_path, body)["t0"].valid}


def test_amounts_as_people_write_them(tmp_path: Path) -> None:
    body = '<xs:restriction base="xs:decimal"><xs:totalDigits value="10"/><xs:fractionDigits value="2"/>'
    values = types(tmp_path, f"{body}</xs:restriction>")["t0"]
    tried = {text for _, text in values.invalid}
    assert {"1.111", "1,5", "-1,11", "1.234,56", "1.234.56"} <= tried
    names = [name for name, _ in values.invalid]
    assert [name.startswith("facet:") for name in names[:3]] == [True, True, False], "each facet first"


BUILT_IN = ["string", "integer", "decimal", "boolean", "date", "dateTime", "time", "gYear", "token", "duration",
            "nonNegativeInteger", "anyURI", "base64Binary", "hexBinary", "double"]


@pytest.mark.parametrize("base", BUILT_IN)
def test_every_built_in_has_texts(tmp_path: Path, base: str) -> None:
    values = types(tmp_path, f'<xs:restriction base="xs:{base}"/>')["t0"]
    assert values.valid
    assert values.invalid or base in ("string", "token", "anyURI")


def test_lists_and_unions(tmp_path: Path) -> None:
    found = types(tmp_path, '<xs:list itemType="xs:integer"/>', '<xs:union memberTypes="xs:date xs:boolean"/>')
    assert any(" " in text.strip() for _, text in found["t0"].valid) and found["t0"].invalid
    assert {"true", "2024-02-29"} <= {text for _, text in found["t1"].valid} and found["t1"].invalid


def test_no_text_can_be_a_bsn(tmp_path: Path) -> None:
    nine = '<xs:restriction base="xs:string"><xs:length value="9"/><xs:pattern value="[0-9]*"/></xs:restriction>'
    values = types(tmp_path, *[nine] * 5)
    texts = [text for one in values.values() for _, text in one.valid + one.invalid]
    numbers = [[int(digit) for digit in text] for text in texts if re.fullmatch("[0-9]{9}", text)]
    assert len(numbers) > 50
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    assert not [n for n in numbers if any(n) and sum(w * d for w, d in zip(weights, n, strict=True)) % 11 == 0]
