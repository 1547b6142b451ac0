"""The campaign: one seed, one plan; valid where it says so; every mutation used; every element reached."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from exchanges.core.schemas import Catalogue
from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.schemas.generate.builder import Builder
from exchanges.core.schemas.generate.campaign import campaign
from exchanges.core.schemas.generate.grammar import Grammar
from exchanges.core.schemas.generate.mutations import APPLIES, MUTATIONS
from exchanges.core.schemas.generate.tree import Writer

# What a bigger message has: attributes, derived and recursive types, repeated choices, all, wildcards, mixed content.
RICH = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t"
 elementFormDefault="qualified">
 <xs:complexType name="Boom"><xs:sequence><xs:element name="tak" type="Boom" minOccurs="0" maxOccurs="2"/></xs:sequence>
 </xs:complexType>
 <xs:complexType name="Basis"><xs:sequence><xs:element name="a" type="xs:date"/></xs:sequence></xs:complexType>
 <xs:complexType name="Meer"><xs:complexContent><xs:extension base="Basis"><xs:choice minOccurs="2" maxOccurs="4">
  <xs:element name="b" type="xs:integer"/><xs:element name="c" type="Boom"/></xs:choice></xs:extension>
 </xs:complexContent></xs:complexType>
 <xs:element name="r"><xs:complexType><xs:sequence>
  <xs:element name="veel" type="xs:int" minOccurs="0" maxOccurs="unbounded"/>
  <xs:element name="meer" type="Meer" minOccurs="2" maxOccurs="5"/><xs:element name="basis" type="Basis"/>
  <xs:element name="geld" minOccurs="0"><xs:complexType><xs:simpleContent><xs:extension base="xs:decimal">
   <xs:attribute name="munt" use="required"><xs:simpleType><xs:restriction base="xs:string">
    <xs:enumeration value="EUR"/></xs:restriction></xs:simpleType></xs:attribute></xs:extension></xs:simpleContent>
   </xs:complexType></xs:element>
  <xs:element name="om"><xs:complexType><xs:all><xs:element name="x" type="xs:time"/>
   <xs:element name="y" type="xs:boolean" minOccurs="0"/></xs:all></xs:complexType></xs:element>
  <xs:element name="vrij" minOccurs="0"><xs:complexType mixed="true"><xs:sequence>
   <xs:any processContents="lax" minOccurs="1" maxOccurs="3"/></xs:sequence></xs:complexType></xs:element>
  <xs:choice><xs:element name="of" type="xs:gYear"/><xs:sequence><xs:element name="en" type="xs:string"/>
   <xs:element name="ook" type="xs:string" nillable="true"/></xs:sequence></xs:choice>
 </xs:sequence></xs:complexType></xs:element></xs:schema>"""


@pytest.fixture
def rich(tmp_path: Path) -> Path:
    (tmp_path / "t.xsd").write_text(RICH)
    return tmp_path / "t.xsd"


def test_one_seed_one_plan(rich: Path) -> None:
    def made(seed: int) -> list[bytes]:
        return [item.xml for item in campaign([Grammar(rich, "urn:t", "r", seed)], 200, seed)]

    assert made(1) == made(1) != made(2)
    assert made(1)[:50] == [item.xml for item in campaign([Grammar(rich, "urn:t", "r", 1)], 50, 1)]


ROOTS = sorted(f"{entry.message}/{entry.version}/{root}" for entry in Catalogue.load().own for root in entry.roots)


@pytest.mark.parametrize("name", ["rich", *ROOTS])
def test_valid_messages_are_valid_and_every_element_is_reached(rich: Path, name: str) -> None:
    xsd, namespace, root = rich, "urn:t", "r"
    if name != "rich":
        message, version, root = name.split("/")
        entry = Catalogue.load().version(message, version)
        xsd, namespace = entry.xsd_of(root), entry.namespace
    schema, grammar = compile_xsd(xsd), Grammar(xsd, namespace, root, 3)
    assert grammar.unfilled == []
    writer = Writer(grammar.namespaces)
    builder = Builder(grammar, writer)
    rng = random.Random(3)
    for place in grammar.places:
        top, line = builder.message(rng, place)
        assert "/".join(node.name for node in line) == place.path
        assert schema.validate(etree.fromstring(writer.write(top))), (place.path, schema.error_log)
    plain = [item for item in campaign([grammar], 200, 3) if not item.mutations]
    assert len(plain) >= 40
    assert all(schema.validate(etree.fromstring(item.xml)) for item in plain)
    assert len({item.xml for item in plain}) > 10


def test_every_mutation_is_used_and_most_break_the_message(rich: Path) -> None:
    schema = compile_xsd(rich)
    used: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    for item in campaign([Grammar(rich, "urn:t", "r", 5)], 4000, 5):
        valid = schema.validate(etree.fromstring(item.xml))
        if len(item.mutations) == 1:
            used[item.mutations[0]] += 1
            broken[item.mutations[0]] += not valid
    assert set(MUTATIONS) <= set(used)
    harmless = {"text:cdata", "text:references", "text:comment", "text:instruction", "text:cdata_part",
                "between:comment", "between:instruction", "between:space", "attribute:location", "element:many",
                "attribute:derived_type",
                "root:global", "namespace:default"}  # there is one global element, and all elements are qualified
    assert {name for name in MUTATIONS if not broken[name]} <= harmless
    assert {name for name in used if broken[name] < used[name]} > harmless
    assert {"base:date", "base:decimal", "attribute:value"} <= set(used)


def test_a_mutation_is_made_only_where_the_schema_has_something_for_it(tmp_path: Path) -> None:
    (tmp_path / "t.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="r"><xs:complexType><xs:sequence>'
        '<xs:element name="a" type="xs:int"/></xs:sequence></xs:complexType></xs:element></xs:schema>')
    made = list(campaign([Grammar(tmp_path / "t.xsd", "", "r", 1)], 800, 1))
    used = {item.mutations[0] for item in made if len(item.mutations) == 1}
    absent = set(MUTATIONS) - used
    assert {"attribute:removed", "attribute:value", "attribute:derived_type", "element:once_too_few",
            "element:once_too_often", "element:many", "element:any_content"} <= absent & set(APPLIES)
    assert sum(not item.mutations for item in made) < 200, "a mutation without a place does not take a turn"


def test_a_copy_of_a_node_is_its_own_and_shares_the_schema(rich: Path) -> None:
    grammar = Grammar(rich, "urn:t", "r", 1)
    node, _ = Builder(grammar, Writer(grammar.namespaces)).message(random.Random(1))
    node.attributes["xml:id"] = "i1"
    twin = node.copy()
    twin.children[0].markup = "x"
    assert twin.declared is node.declared and twin.children[0].declared is node.children[0].declared
    assert twin.children[0] is not node.children[0] and node.children[0].markup != "x"
    assert "xml:id" not in twin.attributes and node.attributes["xml:id"] == "i1"
