"""What columns call right is right: libxml2 takes it and the general reader reads the same from it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from unicodedata import digit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from exchanges.core.mapping.reader import Reader
from exchanges.core.mapping.table import load_mapping
from exchanges.core.mapping.tokens import TokenReader
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.schemas.declared import declared
from exchanges.core.schemas.generate.campaign import campaign
from exchanges.core.schemas.generate.grammar import grammar_of
from exchanges.core.xml import split
from exchanges.core.xml.stream import check_file
from exchanges.core.xml.target import Target, Tools
from tests.unit.core.mapping.messages import mapping_of, node
from tests.unit.core.xml.samples import CLOSE, OPEN, head, people, person, provision, relation, saved, whole
from tests.unit.core.xml.targets import Kept, collection

TARGET = collection()
NAMESPACES: dict[str | None, str] = {
    "v": "urn:ketensluis:aanname:dkd-verzamelbestand:v0001",
    "gsd": "http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200",
}
RECORDS = [
    person(1, "O&apos;Brien", relation(provision(), provision("20250000", "Ngô Thị"))), person(2, "de Vries"),
    person(3, relation=relation("<Arbeidsvermogen><CdArbeidsvermogen>30</CdArbeidsvermogen></Arbeidsvermogen>")),
    person(4, relation=relation(
        "<ReIntegratievoorziening><DatBRv>20240101</DatBRv><Loonkostensubsidie><PercLoonwaardeTovWml>"
        "<CdPositiefNegatief>+</CdPositiefNegatief><Percentage>05000</Percentage></PercLoonwaardeTovWml>"
        "</Loonkostensubsidie></ReIntegratievoorziening>")),
]
BODY = "".join(RECORDS).encode()
SPLICES = [
    b"", b"<", b">", b"/", b"&", b";", b"&amp;", b"&#65;", b"\xef\xbf\xbe", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00",
    b"\x0b", b"\t", b"\r", b" ", b"\xc2\xa0", b"x", b"0", b"9", b"\xd9\xa3", b"]]>", b"<!--", b"-->", b"<?x?>",
    b"<FWI/>", b"<DatERv>20240101</DatERv>", b"<Bron>", b"</Bron>", b"</ClientSuwi >", b"<Geslacht>1</Geslacht>",
    b"<AtlRelatie></AtlRelatie>", b"</gsd:GSDReintegratieInfoResponse>", b"<CdPartijSuwi>0153</CdPartijSuwi>",
]


def reader() -> TokenReader:
    found = Tools.of(TARGET).tokens(NAMESPACES)
    assert found is not None
    return found


def taken(body: bytes) -> bool:
    try:
        return Tools.of(TARGET).passes(f"{OPEN}{head(1)}".encode() + body + CLOSE.encode())
    except etree.XMLSyntaxError:
        return False


def read(body: bytes, line: int) -> object:
    tables = Reader(load_mapping("DKDVerzamelbestand", "v0001")).read(
        etree.fromstring(OPEN.encode() + body + CLOSE.encode()), quotes=True, line_shift=line - 1
    )
    return {name: table.combine_chunks() for name, table in tables.items()}


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Records with bytes or whole tags put in, taken away or moved."""
    body = BODY
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        away = draw(st.sampled_from([0, 0, 1, 1, 2, 5, 30]))
        if draw(st.booleans()):  # at the edge of a tag, where most can go wrong
            at = max(0, body.rfind(draw(st.sampled_from([b"<", b">"])), 0, at))
        body = body[:at] + draw(st.sampled_from(SPLICES)) + body[at + away :]
    return body


@settings(max_examples=1500)
@given(damaged())
def test_judged_right_is_right(body: bytes) -> None:
    tables = reader().judged(body, 4)
    if tables is not None:
        assert taken(body)
        assert {name: table.combine_chunks() for name, table in tables.items()} == read(body, 4)


SURE = {
    "as it is": BODY,
    "between lines": BODY.replace(b"><", b">\n\t <"),
    "around": b"\n  " + BODY + b"\n",
    "references": BODY.replace(b"de Vries", b"&lt;&gt;&amp;&quot;&apos;"),
    "a text that may be empty": BODY.replace(b"de Vries", b""),
    "other writing": BODY.replace(b"de Vries", "Ĳ 中 \U0001f600".encode()),
    "a group that is empty": BODY.replace(
        b"<CdPositiefNegatief>+</CdPositiefNegatief><Percentage>05000</Percentage>", b""),
}
UNSURE = {
    "text between elements": BODY.replace(b"<AtlRelatie>", b"los<AtlRelatie>", 1),
    "a space that is none to XML": BODY.replace(b"<AtlRelatie>", b"\xc2\xa0<AtlRelatie>", 1),
    "text before the records": b"los" + BODY,
    "text after the records": BODY + b"los",
    "text between records": BODY.replace(b"\n<gsd", b"los<gsd", 1),
    "an end tag of another": BODY.replace(b"</Bron>", b"</Geslacht>", 1),
    "end tags that took each other's place": BODY.replace(b"</Percentage></Perc", b"</Perc").replace(
        b"Wml></Loon", b"Wml></Percentage></Loon"),
    "an end tag with a space": BODY.replace(b"</Bron>", b"</Bron >", 1),
    "half a character": BODY.replace(b"de Vries", b"\xc3"),
    "half a surrogate": BODY.replace(b"de Vries", b"\xed\xa0\x80"),
    "a control character": BODY.replace(b"de Vries", b"\x0b"),
    "a control character and a tab less": BODY.replace(b"de Vries", b"\t\x0b"),
    "no character": BODY.replace(b"de Vries", "\ufffe".encode()),
    "no character either": BODY.replace(b"de Vries", "\uffff".encode()),
    "a record too few ends": BODY.removesuffix(b"</gsd:GSDReintegratieInfoResponse>\n"),
    "a record too few begins": BODY.removeprefix(b"<gsd:GSDReintegratieInfoResponse>"),
    "nothing": b"",
    "an element too early": BODY.replace(b"<ClientSuwi>", b"<ClientSuwi><Geslacht>1</Geslacht>", 1),
    "an element too few": BODY.replace(b"<CdPartijSuwi>0153</CdPartijSuwi>", b"", 1),
    "a digit in a name": BODY.replace(b"de Vries", b"de Vr1es"),
    "a date that is none": BODY.replace(b"20240101", b"20241301", 1),
    "a source without anything": BODY.replace(
        b"<CdKolomSuwi>03</CdKolomSuwi><CdPartijSuwi>0153</CdPartijSuwi>", b"", 1),
}


@pytest.mark.parametrize("what", SURE)
def test_sure(what: str) -> None:
    assert reader().judged(SURE[what], 0) is not None
    assert taken(SURE[what])


@pytest.mark.parametrize("what", UNSURE)
def test_unsure(what: str) -> None:
    assert UNSURE[what] != BODY
    assert reader().judged(UNSURE[what], 0) is None


def test_without_a_schema_nothing_is_judged() -> None:
    alone = TokenReader.fitting(load_mapping("DKDVerzamelbestand", "v0001"), NAMESPACES)
    assert alone is not None
    assert alone.judged(BODY, 0) is None
    assert alone.read(BODY, 0) == reader().judged(BODY, 0)


# Every message of which the schema can be judged by columns; the record may be the root itself.
MESSAGES = [("DKDVerzamelbestand", "v0001"), ("DKDVerwijsindexbestand", "v0001"), ("IBVerwerkingsverslag", "v0001"),
            ("RMAanlevering", "v0001"), ("RMVerwerkingsverslag", "v0001"), ("DigipoortStatus", "v0001")]


@pytest.mark.parametrize(("message", "version"), MESSAGES)
def test_messages_that_were_changed(message: str, version: str) -> None:
    """The records of those that tell schemas apart, written plainly, in an envelope that is right."""
    mapping, entry = load_mapping(message, version), Catalogue.load().version(message, version)
    local = mapping.root.local
    xsd, schema = entry.xsd_of(local), entry.compile(local)
    above, record = Target("", lambda: None, mapping).path[1:-1], Target("", lambda: None, mapping).path[-1]
    around: etree._Element | None = None
    seen = dict.fromkeys([(True, True), (False, False), (True, False)], 0)
    for made in campaign([grammar_of(xsd, entry.namespace, local, 3)], 2000, 3):
        try:
            root = etree.fromstring(made.xml, etree.XMLParser(remove_comments=True, remove_pis=True))
        except etree.XMLSyntaxError:
            continue
        records = root.findall("/".join([*above, record]))
        if around is None and records and not made.mutations:
            around = root
        if around is None or not records:
            continue
        for one in (element for found in records for element in found.iter()):
            one.attrib.clear()
            # Digits that are not ASCII are valid and never sure: as they are here, hardly a message would be.
            one.text = "".join(str(digit(sign)) if sign.isdecimal() else sign for sign in one.text or "")
        document = deepcopy(around)
        place = document if not above else document.find("/".join(above))
        before = place.findall(record)
        at = place.index(before[0])
        for old in before:
            place.remove(old)
        place[at:at] = [deepcopy(found) for found in records]
        etree.cleanup_namespaces(document, keep_ns_prefixes=list(document.nsmap))
        namespaces = place[at].nsmap
        body = b"".join(etree.tostring(place[at + nth], encoding="utf-8") for nth in range(len(records)))
        for prefix, uri in namespaces.items():
            body = body.replace(f' xmlns{":" if prefix else ""}{prefix or ""}="{uri}"'.encode(), b"")
        fast = TokenReader.fitting(mapping, namespaces, declared(xsd))
        sure = fast is not None and fast.judged(body, 0) is not None
        seen[schema.validate(document), sure] += 1  # a key that is not there: sure of what is not valid
    assert min(seen[True, True], seen[False, False]) > 30, seen


@pytest.mark.parametrize("wrong", [None, 0, 1, 7, 8, 19])
@pytest.mark.parametrize("piece", [300, 3000])
def test_the_same_is_told_with_columns_and_without(
    wrong: int | None, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of what is around the records, which every piece has."""
    monkeypatch.setattr(split, "PIECE_BYTES", piece)
    records = people(20)
    if wrong is not None:
        records[wrong] = records[wrong].replace("Jansen", "J4nsen")
    for data in (whole(records), whole(records, Cluster="te lang"), whole(records).replace(b"</v:", b"<x/></v:")):
        path = saved(tmp_path / "bestand.xml", data)
        one, other = Kept(), Kept()
        with_columns = check_file(path, collection(), one)
        without = check_file(path, replace(collection(), xsd=None, key="zonder kolommen"), other)
        assert list(with_columns.faults) == list(without.faults)
        assert replace(with_columns, faults=[], deviations=[]) == replace(without, faults=[], deviations=[])
        assert one.tables() == other.tables()


def test_columns_judge_when_the_first_piece_was_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libxml2 sees what is around the records; of a piece in plain form no more than the first goes there."""
    monkeypatch.setattr(split, "PIECE_BYTES", 300)
    asked: list[bytes] = []
    passes = Tools.passes
    monkeypatch.setattr(Tools, "passes", lambda self, data: asked.append(data) or passes(self, data))
    path = saved(tmp_path / "bestand.xml", whole(people(20)))
    assert check_file(path, collection(), Kept()).schema_valid
    assert len(asked) == 1
    asked.clear()
    assert not check_file(saved(path, whole(people(20), Cluster="te lang")), collection(), Kept()).schema_valid
    assert len(asked) > 10


def test_what_the_file_says_of_its_characters_holds_for_every_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split, "PIECE_BYTES", 300)
    data = whole([*people(19), person(19, "Jänsen")])
    assert check_file(saved(tmp_path / "bestand.xml", data), collection()).schema_valid
    for name in (b"US-ASCII", b"ascii"):
        checked = check_file(saved(tmp_path / "bestand.xml", data.replace(b"UTF-8", name)), collection())
        assert [fault.code for fault in checked.faults] == ["XML-01"]


RETYPED = """
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Bestand" type="Ruim"/>
<xs:complexType name="R"><xs:sequence><xs:element name="a" type="xs:string"/></xs:sequence></xs:complexType>
<xs:complexType name="S"><xs:complexContent><xs:restriction base="R"><xs:sequence><xs:element name="a"><xs:simpleType>
<xs:restriction base="xs:string"><xs:length value="1"/></xs:restriction></xs:simpleType></xs:element></xs:sequence>
</xs:restriction></xs:complexContent></xs:complexType>
<xs:complexType name="Ruim"><xs:sequence><xs:element name="R" type="R" maxOccurs="unbounded"/></xs:sequence>
</xs:complexType><xs:complexType name="Krap"><xs:complexContent><xs:restriction base="Ruim"><xs:sequence>
<xs:element name="R" type="S" maxOccurs="unbounded"/></xs:sequence></xs:restriction></xs:complexContent>
</xs:complexType></xs:schema>"""


def test_the_type_that_the_file_says_of_what_is_around_the_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split, "PIECE_BYTES", 50)
    root, xsd = node("Bestand", "groep"), saved(tmp_path / "t.xsd", RETYPED.encode())
    root.children = [node("Bestand/R", "lijst", "R", occurs=(0, None))]
    root.children[0].children = [node("Bestand/R/a", "waarde", "a", "tekst")]
    target = Target("retyped", lambda: compile_xsd(xsd), mapping_of(root, "R", None, {"R": None}), xsd)
    body = "<R><a>x</a></R>" * 9 + "<R><a>xx</a></R></Bestand>"
    assert check_file(saved(tmp_path / "t.xml", f"<Bestand>{body}".encode()), target).schema_valid
    said = '<Bestand xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Krap">'
    assert not check_file(saved(tmp_path / "t.xml", f"{said}{body}".encode()), target).schema_valid
