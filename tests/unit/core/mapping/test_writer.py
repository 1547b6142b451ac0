"""What is written, said literally; and that batches, threads and slices make no difference to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pyarrow as pa
import pytest

from exchanges.core.mapping import writer as writer_module
from exchanges.core.mapping.table import load_mapping
from exchanges.core.mapping.writer import Writer, write_file
from tests.unit.core.mapping.messages import expected_records, mapping_of, node

DKD = Writer(load_mapping("DKDVerzamelbestand", "v0001"))
HEADER = pa.table({
    "gemeente": ["0153"], "cluster": ["04"], "berichtversie": ["v0200"], "periode": ["2026-10"], "volgnummer": [1],
    "soort_levering": pa.nulls(1, pa.string()), "aantal": [2], "controlegetal": ["a&b"],
})


def rows(kind: str, values: list[dict[str, Any]]) -> pa.Table:
    columns: dict[str, pa.DataType] = {
        "client": {"bsn": pa.string(), "voornamen": pa.string(), "voorletters": pa.string(),
                   "voorvoegsel": pa.string(), "achternaam": pa.string(), "geslacht": pa.string(),
                   "geboortedatum": pa.int32()},
        "atl_relatie": {"_parent": pa.int64(), "arbeidsvermogen": pa.string(), "doel": pa.string(),
                        "bron_kolom": pa.string(), "bron_partij": pa.string(), "bron_vestiging": pa.string()},
        "voorziening": {"_parent": pa.int64(), "registratienummer": pa.string(), "datum_begin": pa.int32(),
                        "datum_einde": pa.int32(), "type": pa.string(), "omschrijving": pa.string(),
                        "lks": pa.bool_(), "loonwaarde": pa.int32()},
    }[kind]
    return pa.table({name: pa.array([row.get(name) for row in values], type_) for name, type_ in columns.items()})


def dkd(clients: int) -> dict[str, pa.Table]:
    """Clients with 0, 1, 2 relations by turns, each with 0 to 3 provisions."""
    relations = [{"_parent": number, "doel": f"{number % 7}" if number % 2 else None, "bron_kolom": "03",
                  "bron_partij": "0153"} for number in range(clients) for _ in range(number % 3)]
    provisions = [{"_parent": number, "datum_begin": 20240101, "lks": number % 5 == 0,
                   "loonwaarde": -6250 if number % 5 == 0 else None}
                  for number in range(len(relations)) for _ in range(number % 4)]
    people = [{"bsn": f"{900_000_000 + number}", "achternaam": "x" * (number % 50)} for number in range(clients)]
    return {"client": rows("client", people), "atl_relatie": rows("atl_relatie", relations),
            "voorziening": rows("voorziening", provisions)}


def test_literally() -> None:
    tables = {
        "client": rows("client", [{"bsn": "900000001", "achternaam": "d'Arc & <Zn>", "geboortedatum": 19800000},
                                  {"bsn": "900000002"}]),
        "atl_relatie": rows("atl_relatie", [{"_parent": 0, "arbeidsvermogen": "10", "bron_kolom": "03"},
                                            {"_parent": 0}]),
        "voorziening": rows("voorziening", [
            {"_parent": 1, "datum_begin": 20240101, "lks": True, "loonwaarde": -6250},
            {"_parent": 1, "datum_begin": 20240102, "lks": False, "loonwaarde": 5000},
            {"_parent": 1, "datum_begin": 20240103, "lks": True},
        ]),
    }
    assert DKD.fragments(tables).to_pylist() == [
        "<gsd:GSDReintegratieInfoResponse><ClientSuwi><Burgerservicenr>900000001</Burgerservicenr>"
        "<SignificantDeelVanDeAchternaam>d'Arc &amp; &lt;Zn&gt;</SignificantDeelVanDeAchternaam>"
        "<Geboortedat>19800000</Geboortedat>"
        "<AtlRelatie><Arbeidsvermogen><CdArbeidsvermogen>10</CdArbeidsvermogen></Arbeidsvermogen>"
        "<Bron><CdKolomSuwi>03</CdKolomSuwi></Bron></AtlRelatie>"
        "<AtlRelatie><ReIntegratievoorziening><DatBRv>20240101</DatBRv><Loonkostensubsidie><PercLoonwaardeTovWml>"
        "<CdPositiefNegatief>-</CdPositiefNegatief><Percentage>06250</Percentage></PercLoonwaardeTovWml>"
        "</Loonkostensubsidie></ReIntegratievoorziening>"
        "<ReIntegratievoorziening><DatBRv>20240102</DatBRv></ReIntegratievoorziening>"
        "<ReIntegratievoorziening><DatBRv>20240103</DatBRv><Loonkostensubsidie><PercLoonwaardeTovWml>"
        "</PercLoonwaardeTovWml></Loonkostensubsidie></ReIntegratievoorziening>"
        "<Bron></Bron></AtlRelatie></ClientSuwi></gsd:GSDReintegratieInfoResponse>",
        "<gsd:GSDReintegratieInfoResponse><ClientSuwi><Burgerservicenr>900000002</Burgerservicenr>"
        "</ClientSuwi></gsd:GSDReintegratieInfoResponse>",
    ]


def test_envelope() -> None:
    before, after = DKD.envelope(HEADER)
    assert before.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<v:Verzamelbestand xmlns:v="urn:ketensluis:aanname:dkd-verzamelbestand:v0001" '
        'xmlns:gsd="http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200"><Kop>'
        "<Gemeentecode>0153</Gemeentecode><Cluster>04</Cluster><Berichtversie>v0200</Berichtversie>"
        "<Periode>2026-10</Periode><Volgnummer>1</Volgnummer><AantalBerichten>2</AantalBerichten>"
        "<Controlegetal>a&amp;b</Controlegetal></Kop>\n"
    )
    assert after == b"</v:Verzamelbestand>\n"


def test_a_message_that_is_its_own_record() -> None:
    single = Writer(load_mapping("GSDDossierReintegratie", "v0200"))
    assert single.envelope(pa.table({})) == (b'<?xml version="1.0" encoding="UTF-8"?>\n', b"")
    empty = {name: table.slice(0, 0) for name, table in dkd(3).items()} | {"client": rows("client", [{"bsn": "1"}])}
    assert single.fragments(empty).to_pylist() == [
        '<gsd:GSDReintegratieInfoResponse xmlns:gsd="http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200">'
        "<ClientSuwi><Burgerservicenr>1</Burgerservicenr></ClientSuwi></gsd:GSDReintegratieInfoResponse>"
    ]


def test_no_records() -> None:
    assert DKD.fragments(dkd(0)).to_pylist() == []


@pytest.mark.parametrize("parents", [[1, 0, 1], [0, 1, 2], [-1, 0, 1], [0, 5, 5]])
def test_children_without_a_parent_are_refused(parents: list[int]) -> None:
    """Put in the wrong place, or nowhere, they would be a person's data with somebody else."""
    tables = dkd(2)
    tables["atl_relatie"] = rows("atl_relatie", [{"_parent": parent, "bron_kolom": "03"} for parent in parents])
    with pytest.raises(ValueError, match="_parent of table atl_relatie"):
        DKD.fragments(tables)


def test_a_slice_of_the_tables() -> None:
    tables = dkd(30)
    whole = DKD.fragments(tables).to_pylist()
    relations = tables["atl_relatie"]["_parent"].to_pylist()
    low, high = relations.index(10), relations.index(20)
    provisions = tables["voorziening"]["_parent"].to_pylist()
    first = sum(parent < low for parent in provisions)
    last = sum(parent < high for parent in provisions)
    part = {"client": tables["client"].slice(10, 10), "atl_relatie": tables["atl_relatie"].slice(low, high - low),
            "voorziening": tables["voorziening"].slice(first, last - first)}
    assert DKD.fragments(part, {"client": 10, "atl_relatie": low}).to_pylist() == whole[10:20]


def test_tables_in_several_chunks() -> None:
    tables = dkd(30)
    chunked = {name: pa.concat_tables([table.slice(0, 7), table.slice(7, 0), table.slice(7)])
               for name, table in tables.items()}
    assert DKD.fragments(chunked).equals(DKD.fragments(tables))


def test_many_optional_elements_beside_each_other() -> None:
    """More conditions in a row than are combined in one segment."""
    root = node("p:Bestand", "groep", occurs=(1, 1))
    record = node("p:Bestand/R", "lijst", "r")
    groups = record
    for depth in range(3):
        inner = node(f"{groups.path}/G{depth}", "groep", f"g{depth}")
        names = [f"a{depth}{number}" for number in range(3)]
        inner.children += [node(f"{inner.path}/A{name}", "waarde", name, "code") for name in names]
        groups.children.append(inner)
        groups = inner
    root.children.append(record)
    mapping = mapping_of(root, "r", None, {"r": None})
    count = 200
    columns: dict[str, Any] = {f"g{depth}": [bool(row >> depth & 1) for row in range(count)] for depth in range(3)}
    for depth in range(3):
        for number in range(3):
            columns[f"a{depth}{number}"] = [
                None if (row * 7 + depth * 3 + number) % 3 == 0 else str(row) for row in range(count)
            ]
    tables = {"r": pa.table(columns)}
    assert Writer(mapping).fragments(tables).to_pylist() == expected_records(mapping, tables)


def parts(tables: dict[str, pa.Table], size: int) -> Iterator[dict[str, pa.Table]]:
    """The tables in parts of ``size`` clients, as a caller hands them over: each counting from 0."""
    for first in range(0, tables["client"].num_rows, size):
        part, low, high = {"client": tables["client"].slice(first, size)}, first, first + size
        for name in ("atl_relatie", "voorziening"):
            up = tables[name]["_parent"].to_pylist()
            begin, end = sum(parent < low for parent in up), sum(parent < high for parent in up)
            moved = pa.array([parent - low for parent in up[begin:end]], pa.int64())
            part[name] = tables[name].slice(begin, end - begin).set_column(0, "_parent", moved)
            low, high = begin, end
        yield part


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
@pytest.mark.parametrize("batch", [1, 50, 100_000])
def test_parts_and_batches_make_no_difference(
    size: int, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "BATCH_TEXTS", batch)
    tables = dkd(120)
    before, after = DKD.envelope(HEADER)
    wanted = before + "".join(f"{text}\n" for text in expected_records(DKD._mapping, tables)).encode() + after
    out = BytesIO()
    assert write_file(DKD, HEADER, parts(tables, size), out) == hashlib.sha256(wanted).hexdigest()
    assert out.getvalue() == wanted


def test_a_file_without_records() -> None:
    for nothing in ([], [dkd(0)]):
        out = BytesIO()
        write_file(DKD, HEADER, iter(nothing), out)
        assert out.getvalue() == b"".join(DKD.envelope(HEADER))


def test_a_failing_part_is_not_a_shorter_file() -> None:
    def broken() -> Iterator[dict[str, pa.Table]]:
        yield dkd(10)
        yield dkd(10) | {"atl_relatie": rows("atl_relatie", [{"_parent": 99}])}

    nobody = dkd(0) | {"atl_relatie": rows("atl_relatie", [{"_parent": 0}])}
    with pytest.raises(ValueError, match="_parent"):
        write_file(DKD, HEADER, iter([nobody]), BytesIO())
    with pytest.raises(ValueError, match="_parent"):
        write_file(DKD, HEADER, broken(), BytesIO())
