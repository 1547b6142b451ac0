"""What is read of a schema by lxml alone is what xmlschema reads; what is not read is said, and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.schemas import Catalogue
from exchanges.core.schemas.declared import Complex, Declared, NotRead, Place, Simple, declared, places
from exchanges.core.schemas.facets import Facets
from exchanges.core.schemas.model import elements

ROOTS = sorted(f"{entry.message}/{entry.version}/{root}" for entry in Catalogue.load().own for root in entry.roots)


@pytest.mark.parametrize("root", ROOTS)
def test_types_are_those_that_xmlschema_reads(root: str) -> None:
    message, version, local = root.split("/")
    entry = Catalogue.load().version(message, version)
    wanted = {(one.path, one.base, one.facets) for one in elements(entry, local) if "@" not in one.path}
    untyped = {path for path, base, _ in wanted if base is None and path.endswith("/NietsGevonden")}
    seen: set[tuple[str, str | None, Facets]] = set()

    def walk(place: Place, above: str) -> None:
        path = above + place.name.rpartition("}")[2]
        if path in untyped:
            with pytest.raises(NotRead):
                place.type()
            seen.add((path, None, Facets()))
            return
        kind = place.type()
        seen.add((path, kind.base, kind.facets) if isinstance(kind, Simple) else (path, None, Facets()))
        for child in places(kind.content) if isinstance(kind, Complex) else ():
            walk(child, f"{path}/")

    walk(declared(entry.xsd_of(local)).root(f"{{{entry.namespace}}}{local}"), "")
    assert seen == wanted
    assert len(seen) > 1


def schema(folder: Path, content: str, head: str = "") -> Declared:
    """``content`` is what the element ``r`` says of itself."""
    file = folder / "t.xsd"
    file.write_text(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t">{head}'
        f"<xs:element name='r'{content}</xs:element></xs:schema>"
    )
    return Declared(file)


def simple(step: str) -> str:
    return f"><xs:simpleType><xs:restriction base='xs:string'>{step}</xs:restriction></xs:simpleType>"


def holding(part: str) -> str:
    return f"><xs:complexType>{part}</xs:complexType>"


NOT_READ = {
    "no type": ">",
    "any type": " type='xs:anyType'>",
    "a default": " type='xs:string' default='x'>",
    "a fixed text": " type='xs:string' fixed='x'>",
    "an abstract element": " type='xs:string' abstract='true'>",
    "white space that counts otherwise": simple("<xs:whiteSpace value='collapse'/>"),
    "a list": "><xs:simpleType><xs:list itemType='xs:string'/></xs:simpleType>",
    "a union": "><xs:simpleType><xs:union memberTypes='xs:string xs:date'/></xs:simpleType>",
    "text with attributes":
        holding("<xs:simpleContent><xs:extension base='xs:string'/></xs:simpleContent>"),
    "a restriction of elements":
        holding("<xs:complexContent><xs:restriction base='xs:anyType'/></xs:complexContent>"),
    "any order": holding("<xs:all><xs:element name='a' type='xs:string'/></xs:all>"),
    "any element": holding("<xs:sequence><xs:any/></xs:sequence>"),
    "any attribute": holding("<xs:anyAttribute/>"),
    "text between elements": "><xs:complexType mixed='true'><xs:sequence/></xs:complexType>",
    "an abstract type": "><xs:complexType abstract='true'><xs:sequence/></xs:complexType>",
    "a type that is not there": " type='weg'>",
    "a group that is not there": holding("<xs:group ref='weg'/>"),
}


@pytest.mark.parametrize("what", NOT_READ)
def test_not_read(what: str, tmp_path: Path) -> None:
    with pytest.raises(NotRead):
        schema(tmp_path, NOT_READ[what]).root("{urn:t}r").type()


FAR = {
    "a key": "<xs:element name='k' type='xs:string'><xs:unique name='u'><xs:selector xpath='a'/><xs:field xpath='b'/>"
             "</xs:unique></xs:element>",
    "an element in the place of another": "<xs:element name='k' type='xs:string' substitutionGroup='r'/>",
    "a type made anew": "<xs:redefine schemaLocation='t.xsd'/>",
    "an import of which the file is not said": "<xs:import namespace='urn:x'/>",
    "an import of which the file is not there": "<xs:import namespace='urn:x' schemaLocation='weg.xsd'/>",
}


@pytest.mark.parametrize("what", FAR)
def test_what_is_felt_far_off_makes_all_of_it_unread(what: str, tmp_path: Path) -> None:
    with pytest.raises(NotRead):
        schema(tmp_path, " type='xs:string'>", FAR[what])


def test_read(tmp_path: Path) -> None:
    inner = "<xs:sequence><xs:element name='a' type='xs:string' minOccurs='0'/></xs:sequence>"
    kind = schema(tmp_path, holding(f"{inner}<xs:attribute name='b'/>")).root("{urn:t}r").type()
    assert isinstance(kind, Complex)
    assert not kind.attributes
    assert [(place.name, place.least, place.most) for place in places(kind.content)] == [("a", 0, 1)]
    needed = schema(tmp_path, holding(f"{inner}<xs:attribute name='b' use='required'/>")).root("{urn:t}r").type()
    assert isinstance(needed, Complex)
    assert needed.attributes
    assert schema(tmp_path, simple("<xs:length value='2'/>")).root("{urn:t}r").type() == Simple(
        "string", Facets(length=2)
    )
    nothing = schema(tmp_path, simple("<xs:pattern value=''/>")).root("{urn:t}r").type()
    assert nothing == Simple("string", Facets(patterns=("",)))
    with pytest.raises(NotRead):
        schema(tmp_path, " type='xs:string'>").root("{urn:t}weg")


def test_a_file_without_a_namespace_takes_that_of_who_includes_it(tmp_path: Path) -> None:
    (tmp_path / "binnen.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">'
        '<xs:complexType name="T"><xs:sequence><xs:element ref="e"/><xs:element name="f" type="S"/></xs:sequence>'
        '</xs:complexType><xs:element name="e" type="S"/><xs:simpleType name="S"><xs:restriction base="xs:string">'
        '<xs:maxLength value="3"/></xs:restriction></xs:simpleType></xs:schema>'
    )
    kind = schema(tmp_path, " type='T'>", "<xs:include schemaLocation='binnen.xsd'/>").root("{urn:t}r").type()
    assert isinstance(kind, Complex)
    assert [(place.name, place.type()) for place in places(kind.content)] == [
        ("{urn:t}e", Simple("string", Facets(max_length=3))), ("{urn:t}f", Simple("string", Facets(max_length=3))),
    ]
