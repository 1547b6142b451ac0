"""Good files of every outward form: one verdict, the same tables, the right lines."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pytest
from lxml import etree

from exchanges.core.mapping.reader import Reader
from exchanges.core.mapping.table import load_mapping
from exchanges.core.mapping.tokens import TokenReader
from exchanges.core.xml import split, stream
from exchanges.core.xml.readback import MemorySink, ParquetSink
from exchanges.core.xml.stream import Checked, check_file, root_tag
from tests.unit.core.xml.samples import CLOSE, OPEN, bsn, head, people, person, provision, relation, saved, whole
from tests.unit.core.xml.targets import Kept, any_schema, collection


def check(path: Path, data: bytes) -> tuple[Checked, Kept]:
    sink = Kept()
    return check_file(saved(path / "bestand.xml", data), collection(), sink), sink


def reference(data: bytes) -> dict[str, pa.Table]:
    tables = Reader(load_mapping("DKDVerzamelbestand", "v0001")).read(etree.fromstring(data), quotes=True)
    return {name: table.combine_chunks() for name, table in tables.items()}


FORMS = {
    "one record": whole([person(1)]),
    "many records": whole(people(50)),
    "no newline at the end": whole(people(5)).rstrip(b"\n"),
    "byte order mark": b"\xef\xbb\xbf" + whole(people(5)),
    "CRLF": whole(people(5)).replace(b"\n", b"\r\n"),
    "all on one line": whole(people(9)).replace(b"\n", b""),
    "a line for every tag": whole(people(9)).replace(b"><", b">\n<"),
    "comment with the end tag": whole(
        [person(1), "<!-- </gsd:GSDReintegratieInfoResponse> -->", person(2), person(3)]),
    "comment with the start tag before the first": (
        OPEN + head(1) + "<!-- <gsd:GSDReintegratieInfoResponse> -->" + person(1) + CLOSE).encode(),
    "CDATA with the end tag": whole(
        [person(1, "<![CDATA[</gsd:GSDReintegratieInfoResponse>]]>"), person(2, "<![CDATA[a&b]]>")]),
    "comment after the root": whole(people(5)) + b"<!-- gemaakt door een ander -->\n",
    "comment with the end tag after the root": whole(people(5)) + b"<!-- </gsd:GSDReintegratieInfoResponse> -->",
    "instruction after the root": whole(people(5)) + b"<?klaar </gsd:GSDReintegratieInfoResponse>?>",
    "references": whole([person(1, "D&apos;Arc &amp; &#233;&#xE9; &quot;x&quot;"), person(2, "&amp;lt;")]),
    "quotes": whole([person(1, '"aan" \'t'), person(2)]),
    "newlines in text": whole([person(1, "a\nb\n\nc", relation(provision(name="x\ny"))), *people(3, 2)]),
    "elements that are not in the mapping": whole(
        [person(1, extra="<Geslacht>1</Geslacht><Bron><CdKolomSuwi>03</CdKolomSuwi><CdPartijSuwi>0153</CdPartijSuwi>"
                "</Bron>"), *people(3, 2)]),
    "other prefix": whole(people(5)).replace(b"gsd:", b"antwoord:").replace(b"xmlns:gsd", b"xmlns:antwoord"),
    "space in the last end tag": whole(people(5)).replace(
        b"</gsd:GSDReintegratieInfoResponse>\n</v", b"</gsd:GSDReintegratieInfoResponse ></v"),
    "another encoding, which the guard would refuse": whole([person(1, "Müller"), *people(5, 2)]).decode().replace(
        "UTF-8", "ISO-8859-1").encode("latin-1"),
    "single quotes and single-quoted declaration": whole(people(2)).replace(b'"', b"'"),
}


@pytest.mark.parametrize("piece", [64, 300, 1 << 20])
@pytest.mark.parametrize("form", FORMS)
def test_form(form: str, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "PIECE_BYTES", piece)
    data = FORMS[form]
    checked, sink = check(tmp_path, data)
    wanted = reference(data)
    assert checked.faults == []
    assert checked.sha256 == hashlib.sha256(data).hexdigest()
    assert (checked.size, checked.records) == (len(data), wanted["client"].num_rows)
    assert checked.scalar["aantal"] == int(etree.fromstring(data).findtext("Kop/AantalBerichten"))
    assert sink.tables() == wanted


def test_no_records(tmp_path: Path) -> None:
    checked, sink = check(tmp_path, whole([]))
    assert (checked.faults, checked.records) == ([], 0)
    assert checked.scalar["gemeente"] == "0153"
    assert {name: (table.num_rows, "_parent" in table.column_names) for name, table in sink.tables().items()} == {
        "client": (0, False), "atl_relatie": (0, True), "voorziening": (0, True)
    }


def test_pieces_that_end_just_where_a_block_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = person(1).rstrip("\n")
    monkeypatch.setattr(split, "PIECE_BYTES", 2 * len(record))
    checked, sink = check(tmp_path, (OPEN + head(6).rstrip("\n") + record * 6 + CLOSE).encode())
    assert (checked.faults, checked.records) == ([], 6)
    assert len(sink.parts) == 3


def test_threads_keep_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "PIECE_BYTES", 2000)
    monkeypatch.setattr(stream, "_THREADED_BYTES", 0)
    monkeypatch.setattr(stream, "THREADS", 4)
    data = whole(people(400))
    checked, sink = check(tmp_path, data)
    assert len(sink.parts) > 50
    assert sink.tables() == reference(data)
    assert sink.tables()["client"]["bsn"].to_pylist() == [bsn(number) for number in range(400)]
    assert checked.sha256 == hashlib.sha256(data).hexdigest()


def test_plain_files_do_not_need_the_general_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast way is taken for what we write ourselves, or the chain would be slow without anyone noticing."""
    data = whole(people(20))
    monkeypatch.setattr(Reader, "read", lambda *_, **__: pytest.fail("the general reader was used"))
    assert check(tmp_path, data)[0].records == 20


def test_a_prefix_of_the_mapping_may_mean_something_else(tmp_path: Path) -> None:
    """The tags are those of the mapping, their namespace is not: no record, and certainly not a good one."""
    data = whole(people(3)).replace(b"Diensten/GSDDossierReintegratie/v0200", b"Diensten/Anders/v0200")
    checked, sink = check(tmp_path, data)
    assert {fault.code for fault in checked.faults} == {"XSD-VOLGORDE"}
    assert sink.tables()["client"].num_rows == 0


def test_a_default_namespace_hides_names_without_prefix() -> None:
    mapping = load_mapping("DKDVerzamelbestand", "v0001")
    assert TokenReader.fitting(mapping, mapping.namespaces | {None: "urn:x"}) is None  # type: ignore[dict-item]
    assert TokenReader.fitting(mapping, {"v": mapping.namespaces["v"]}) is None


def test_many_small_records_are_cut_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "PIECE_RECORDS", 7)
    data = whole([person(number) for number in range(50)])
    checked, sink = check(tmp_path, data)
    assert (checked.faults, checked.records) == ([], 50)
    assert [part["client"].num_rows for part in sink.parts] == [7] * 7 + [1]
    assert sink.tables() == reference(data)


def test_parquet_sink_keeps_what_the_memory_sink_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "PIECE_BYTES", 3000)
    path, target = saved(tmp_path / "bestand.xml", whole(people(100))), collection()
    memory = MemorySink()
    check_file(path, target, memory)
    sink = ParquetSink(tmp_path / "terug", {name: table.schema for name, table in memory.tables.items()})
    check_file(path, target, sink)
    sink.close()
    import pyarrow.parquet as pq

    assert {name: pq.read_table(file) for name, file in sink.paths.items()} == memory.tables


def test_parquet_sink_starts_again(tmp_path: Path) -> None:
    """A file that turns out not to split half-way is read again as a whole; nothing is there twice."""
    data = whole([person(1), person(2, "<![CDATA[</gsd:GSDReintegratieInfoResponse>]]>"), person(3)])
    sink = Kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "PIECE_BYTES", 200)
        checked = check_file(saved(tmp_path / "bestand.xml", data), collection(), sink)
    assert sink.restarts == 1
    assert (checked.records, sink.tables()["client"].num_rows) == (3, 3)


def test_without_mapping_only_a_verdict(tmp_path: Path) -> None:
    target = collection()
    bare = stream.Target("test-bare", target.compile, None)
    assert check_file(saved(tmp_path / "a.xml", whole(people(3))), bare) == Checked(
        hashlib.sha256(whole(people(3))).hexdigest(), len(whole(people(3))), 1, [], {}
    )
    wrong = check_file(saved(tmp_path / "b.xml", whole([person(1)], Cluster="444")), bare)
    assert [(fault.code, fault.path, fault.record) for fault in wrong.faults] == [
        ("XSD-PATROON", "Verzamelbestand/Kop/Cluster", None)
    ]


def test_a_message_of_one_record(tmp_path: Path) -> None:
    """The record is the root: nothing to split."""
    mapping = load_mapping("GSDDossierReintegratie", "v0200")
    text = person(7, relation=relation(provision())).replace(
        "<gsd:GSDReintegratieInfoResponse>",
        f'<gsd:GSDReintegratieInfoResponse xmlns:gsd="{mapping.namespaces["gsd"]}">')
    sink = Kept()
    checked = check_file(saved(tmp_path / "a.xml", text.encode()), any_schema(mapping), sink)
    assert (checked.records, checked.faults) == (1, [])
    assert sink.tables()["client"]["bsn"].to_pylist() == [bsn(7)]


def test_root_tag(tmp_path: Path) -> None:
    assert root_tag(saved(tmp_path / "a.xml", whole([]))) == (
        "{urn:ketensluis:aanname:dkd-verzamelbestand:v0001}Verzamelbestand")
    assert root_tag(saved(tmp_path / "b.xml", b"<!-- a --><kaal/>")) == "kaal"
    assert root_tag(saved(tmp_path / "c.xml", b"geen xml")) is None
    assert root_tag(saved(tmp_path / "d.xml", b"")) is None
