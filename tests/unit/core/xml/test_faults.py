"""Faults: the right code, line, path and record, in every piece, once, and never a value."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from lxml import etree

from exchanges.core.xml import document as document_module
from exchanges.core.xml import faults as faults_module
from exchanges.core.xml import numbers, split
from exchanges.core.xml.columns import Fault, Faults
from exchanges.core.xml.faults import schema_faults
from exchanges.core.xml.stream import Checked, check_file
from tests.unit.core.xml.samples import CLOSE, bsn, people, person, provision, relation, saved, whole
from tests.unit.core.xml.targets import Kept, collection

NAME = "GSDReintegratieInfoResponse"
PIECES = pytest.mark.parametrize("piece", [64, 400, 1 << 20])


def check(path: Path, data: bytes) -> Checked:
    return check_file(saved(path / "bestand.xml", data), collection())


def told(checked: Checked) -> list[tuple[str, str, int | None, int | None]]:
    return [(fault.code, fault.path, fault.line, fault.record) for fault in checked.faults]


def line_of(data: bytes, text: str) -> int:
    return data[: data.index(text.encode())].count(b"\n") + 1


@pytest.fixture(autouse=True)
def piece_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "piece" in request.fixturenames:
        monkeypatch.setattr(split, "PIECE_BYTES", request.getfixturevalue("piece"))


@PIECES
def test_place_of_every_fault(piece: int, tmp_path: Path) -> None:
    records = people(60)
    records[3] = person(3, relation=relation(provision(name="x" * 101)))
    records[20] = person(20, relation=relation("\n", provision(), provision("2024010a")))
    records[59] = "\n\n" + person(59).replace(bsn(59), "12345678x")
    data = whole(records)
    client = f"Verzamelbestand/{NAME}/ClientSuwi"
    provided = f"{client}/AtlRelatie/ReIntegratievoorziening"
    assert told(check(tmp_path, data)) == [
        ("XSD-LENGTE", f"{provided}/OmsRv", line_of(data, "x" * 101), 3),
        ("XSD-PATROON", f"{provided}/DatBRv", line_of(data, "2024010a"), 20),
        ("XSD-PATROON", f"{client}/Burgerservicenr", line_of(data, ">12345678x<"), 59),
    ]


@PIECES
def test_faults_around_the_records_are_told_once(piece: int, tmp_path: Path) -> None:
    data = whole(people(30), Gemeentecode="153", Periode="2026-13").replace(
        CLOSE.encode(), b"\n<Staart>1</Staart>\n" + CLOSE.encode())
    assert told(check(tmp_path, data)) == [
        ("XSD-PATROON", "Verzamelbestand/Kop/Gemeentecode", 2, None),
        ("XSD-PATROON", "Verzamelbestand/Kop/Periode", 2, None),
        ("XSD-VOLGORDE", "Verzamelbestand/Staart", line_of(data, "<Staart"), None),
    ]


@PIECES
def test_a_stranger_between_the_records(piece: int, tmp_path: Path) -> None:
    records = people(30)
    records[17] = "<Vreemd/>\n" + records[17]
    data = whole(records)
    assert ("XSD-VOLGORDE", "Verzamelbestand/Vreemd", line_of(data, "<Vreemd"), None) in told(check(tmp_path, data))


@PIECES
def test_a_stranger_on_the_only_line(piece: int, tmp_path: Path) -> None:
    """Where lines tell nothing apart a fault may be told once for two, but never not at all."""
    records = people(30)
    records[29] = "<Vreemd/>" + records[29]
    data = whole(records).replace(b"\n", b"")
    assert ("XSD-VOLGORDE", "Verzamelbestand/Vreemd", 1, None) in told(check(tmp_path, data))


def test_lines_beyond_65535(tmp_path: Path) -> None:
    """The line field of a libxml2 node has sixteen bits."""
    records = people(3)
    records[1] = "\n" * 70_000 + person(1, relation="\n" * 70_000 + relation(provision("2024010a")))
    data = whole(records)
    assert told(check(tmp_path, data)) == [
        ("XSD-PATROON", f"Verzamelbestand/{NAME}/ClientSuwi/AtlRelatie/ReIntegratievoorziening/DatBRv", 140_004, 1)
    ]


def test_row_lines_beyond_65535_are_those_of_the_general_reader(tmp_path: Path) -> None:
    records = people(3)
    records[1] = "\n" * 70_000 + records[1]
    for change in ("", "<!-- niet in eenvoudige vorm -->"):
        sink = Kept()
        check_file(saved(tmp_path / "a.xml", whole([*records, change])), collection(), sink)
        assert sink.tables()["client"]["_line"].to_pylist() == [3, 70_004, 70_005]


def test_a_hundred_thousand_faults_stay_light(tmp_path: Path) -> None:
    data = whole(person(number).replace(bsn(number), "90000000x") for number in range(100_000))
    checked = check(tmp_path, data)
    assert len(checked.faults) == 100_000
    assert [fault.record for fault in checked.faults] == list(range(100_000))
    assert [fault.line for fault in checked.faults] == list(range(3, 100_003))
    # Columns: text, code and path once, and three numbers for each.
    faults = checked.faults
    assert isinstance(faults, Faults) and len(faults.kinds) == 1
    assert faults.kind.nbytes + faults.line.nbytes + faults.record.nbytes <= 24 * 100_000
    assert faults == list(faults) and faults[3:5] == [faults[3], faults[4]] and faults != list(faults)[1:]


def test_no_more_faults_than_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "MOST_FAULTS", 5)
    monkeypatch.setattr(split, "PIECE_BYTES", 600)
    looked: list[int] = []
    refusals = document_module._refusals
    monkeypatch.setattr(document_module, "_refusals", lambda *of: looked.append(of[-1].number) or refusals(*of))
    data = whole(person(number).replace(bsn(number), "90000000x") for number in range(20))
    checked = check(tmp_path, data)
    assert [fault.code for fault in checked.faults] == ["XSD-PATROON"] * 5 + ["XML-07"]
    assert (checked.records, checked.schema_valid) == (20, False)
    assert 1 < len(looked) <= 4  # what is wrong after that is not even looked for


SECRET = "GEHEIM-999990019"
LEAKS = {
    "value": whole([person(1).replace(bsn(1), SECRET)]),
    "attribute": whole([person(1).replace("<ClientSuwi>", f'<ClientSuwi x="{SECRET}">')]),
    "text between elements": whole([person(1, extra=SECRET)]),
    "name of an element": whole([person(1, extra="<B999990019/>")]),
    "not well-formed": whole([person(1, extra=f"<{SECRET}")]),
    "envelope": whole([person(1)], Controlegetal=SECRET),
    "name of the root": b"<B999990019/>",
    "namespace of the root": f'<a xmlns="urn:{SECRET}"/>'.encode(),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_no_fault_shows_a_value(leak: str, tmp_path: Path) -> None:
    checked = check(tmp_path, LEAKS[leak])
    assert checked.faults
    assert "99999001" not in repr(checked.faults)


def test_an_unknown_kind_of_error_has_a_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(faults_module, "_TEXTS", {})
    assert [fault.code for fault in check(tmp_path, whole([person(1).replace(bsn(1), "90000000x")])).faults] == ["XSD"]


def test_the_echo_of_a_fault_is_not_told() -> None:
    """For a bad value libxml2 may give the facet it breaks, and then that it is not of its type."""
    def entry(kind: str, line: int) -> SimpleNamespace:
        return SimpleNamespace(type_name=f"SCHEMAV_CVC_{kind}", path="/a/b", line=line)

    log = [entry("PATTERN_VALID", 1), entry("DATATYPE_VALID_1_2_1", 1), entry("TYPE_3_1_3", 1), entry("TYPE_3_1_3", 2)]
    assert [(fault.code, fault.line) for fault in schema_faults(log, None, ())] == [("XSD-PATROON", 1), ("XSD", 2)]


def test_elements_in_a_default_namespace_have_names_and_numbers() -> None:
    """libxml2 writes ``*`` for them, and counts all siblings together."""
    schema = etree.XMLSchema(etree.fromstring("""
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:q" elementFormDefault="qualified">
        <xs:element name="lijst"><xs:complexType><xs:sequence><xs:element name="kop"/>
        <xs:element name="regel" type="xs:int" maxOccurs="9"/>
        </xs:sequence></xs:complexType></xs:element></xs:schema>"""))
    document = etree.fromstring('<lijst xmlns="urn:q">\n<kop/>\n<regel>1</regel>\n<regel>x</regel></lijst>')
    assert not schema.validate(document)
    assert schema_faults(schema.error_log, document, ("lijst", "regel")) == [
        Fault("XSD-TYPE", "De waarde is niet van het soort dat het schema vraagt.", "lijst/regel", 4, 1)
    ]


def test_elements_with_a_prefix_in_a_default_namespace() -> None:
    document = etree.fromstring(
        '<a xmlns="urn:q"><p:b xmlns:p="urn:p"/><c/><p:b xmlns:p="urn:p"><p:b/><d xmlns=""/></p:b></a>'
    )
    log = [SimpleNamespace(type_name="SCHEMAV_CVC_PATTERN_VALID", path=document.getroottree().getpath(element), line=1)
           for element in document.iter()]
    assert log[-1].path == "/*/p:b[2]/d"
    assert [(fault.path, fault.record) for fault in schema_faults(log, document, ("a", "b"))] == [
        ("a", None), ("a/b", 0), ("a/c", None), ("a/b", 1), ("a/b/b", 1), ("a/b/d", 1)
    ]


def test_one_bad_value_is_one_fault(tmp_path: Path) -> None:
    """Each piece has its own log: what an earlier validation left in it does not come back."""
    assert len(check(tmp_path, whole([person(1).replace(bsn(1), "90000000x"), person(2)])).faults) == 1
    assert check(tmp_path, whole(people(2))).faults == []


LATER = {
    "undeclared entity": ("a", "&eacute;"),
    "NUL": ("a", "\0"),
    "control character": ("a", "\x01"),
    "depth": ("a", "<a>" * 10_000 + "</a>" * 10_000),
    "attribute twice": ("<ClientSuwi>", "<ClientSuwi a='1' a='2'>"),
    "undeclared prefix": ("<ClientSuwi>", "<ClientSuwi><zz:x/>"),
    "wrong end tag": ("</ClientSuwi>", "</Client>"),
    "value": ("900000030", "90000003x"),
    "stranger": ("<ClientSuwi>", "<ClientSuwi><Vreemd/>"),
    "text": ("<ClientSuwi>", "<ClientSuwi>los"),
    "attribute": ("<ClientSuwi>", "<ClientSuwi a='1'>"),
    "nothing in it": (person(30), "<gsd:GSDReintegratieInfoResponse></gsd:GSDReintegratieInfoResponse>\n"),
}


@pytest.mark.parametrize("name", LATER)
def test_trouble_in_a_later_piece(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first piece is looked at in another way than those after it; what is told may not depend on that."""
    records = people(40)
    records[30] = person(30).replace(*LATER[name], 1)
    whole_told = told(check(tmp_path, whole(records)))
    assert whole_told
    assert {line for _, _, line, _ in whole_told} == {33}
    monkeypatch.setattr(split, "PIECE_BYTES", 700)
    assert told(check(tmp_path, whole(records))) == whole_told


def _crowd(change: str) -> bytes:
    """Thirty records that are wrong, every third of them twice, and something between or around them."""
    records = [
        person(number, relation=relation(provision("x" if number % 3 else "2024"))).replace(bsn(number), "9000000x")
        for number in range(30)
    ]
    records[11] = {"text": "los\n", "stranger": "<Vreemd/>\n", "same line": ""}.get(change, "") + records[11]
    if change == "same line":
        records[4] = records[4].rstrip("\n") + "<Vreemd/>\n"
    if change == "comment":
        records[7] = f"<!-- {person(7)} -->" + records[7]
    data = whole(records, Gemeentecode="153" if change == "head" else "0153")
    return data.replace(b"\n", b"\r\n") if change == "Windows" else data


@pytest.mark.parametrize("change", ["", "text", "stranger", "same line", "comment", "head", "Windows"])
def test_refused_records_are_looked_at_few_at_a_time(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libxml2 counts siblings for every fault; how many are together makes no difference in what is told. Only after
    what is no record libxml2 looks at none of those that come with it, so with fewer together more is told."""
    monkeypatch.setattr(split, "REFUSED_RECORDS", 1 << 20)
    together = told(check(tmp_path, _crowd(change)))
    seen: list[int] = []
    verdict = document_module._verdict
    monkeypatch.setattr(
        document_module, "_verdict", lambda target, tools, tree, data: seen.append(len(tree)) or verdict(
            target, tools, tree, data)
    )
    monkeypatch.setattr(split, "REFUSED_RECORDS", 4)
    few = told(check(tmp_path, _crowd(change)))
    if change in ("stranger", "same line"):
        assert len(few) > len(together) and set(few) > set(together)
    elif change == "text":  # of which the place is that of the records it was looked at with
        assert [one for one in few if one[3] is not None] == [one for one in together if one[3] is not None]
        assert {one[2] for one in few + together if one[0] == "XSD-TEKST"} == {2, 9}
    else:
        assert few == together and len(few) >= 60
    # The head, four records, and what is between them; a comment with a record in it is not cut.
    assert change == "comment" or (len(seen) >= 7 and max(seen) <= 7)


@pytest.mark.parametrize("whole_file", [False, True])
def test_a_record_with_very_many_wrong_elements_is_told_as_one(
    whole_file: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each of them libxml2 would count all before it: a record of four megabytes took minutes."""
    monkeypatch.setattr(document_module, "_CROWDED_BYTES", 1000)
    monkeypatch.setattr(document_module, "_MOST_COUNTED", 10_000)
    if whole_file:
        monkeypatch.setattr(split, "RECORD_BYTES", 0)
        monkeypatch.setattr(split, "PIECE_BYTES", 64)
    few, many = (relation(*[provision("x")] * number) for number in (20, 200))
    found = told(check(tmp_path, whole([person(0), person(1, relation=many), person(2, relation=few), person(3)])))
    above = f"Verzamelbestand/{NAME}/ClientSuwi/AtlRelatie"
    assert ("XSD", above, 4, 1) in found and len(found) < 40
    assert [one for one in told(check(tmp_path, whole([person(0), person(1, relation=few)]))) if one[0] == "XSD"] == []
