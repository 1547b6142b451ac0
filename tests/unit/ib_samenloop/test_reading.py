"""What IB wrote is what is read: every kind, field by field, in both forms and all versions; and the balance closes."""

from __future__ import annotations

import hashlib

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.core.receive.listed import LISTED
from exchanges.ib_samenloop.judge import schemas
from exchanges.ib_samenloop.kinds import kinds
from exchanges.simulators.ib_signals import with_bad_line
from tests.unit.ib_samenloop.files import FORMS, GEMEENTE, cells, codes, made, put, rows, taken


@pytest.mark.parametrize(("version", "form"), FORMS)
def test_every_signal_is_read_as_ib_knows_it(tmp_path, version, form):
    path, known = made(tmp_path, version, form, count=64)

    found = taken(path)

    assert not found.refused and found.findings == []
    assert (found.version, found.form, found.certainty) == (version, form, "assumed")
    assert found.rows == found.read == len(known) and found.rejected == 0
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    common = {row["signaalnummer"]: row for name in ("signaal", "signaal_strafrecht") for row in rows(found, name)}
    for one in known:
        row = common[one.number]
        labels = one.values.get("labels")
        wanted = {"signaaltype": one.kind, "bsn": one.bsn, "gemeentecode": GEMEENTE, "datum_signaal": one.day,
                  "formaatversie": version, "labels": labels and str(labels).split(",")}
        wanted |= {name: one.values.get(name) for name in ("dossiernummer", "periode_begin", "periode_einde", "bron",
                                                           "belastingjaar")}
        wanted["bsn_geverifieerd"] = None if version == "07" else one.values.get("bsn_geverifieerd")
        assert wanted.items() <= row.items()
    for code, kind in kinds().items():
        told = {one.number: one.content for one in known if one.kind == code}
        assert {row.pop("signaalnummer"): row for row in rows(found, kind.table)}.keys() == told.keys()
        for row in rows(found, kind.table):
            assert {field.name: told[row["signaalnummer"]].get(field.name) for field in kind.content} == {
                field.name: row[field.name] for field in kind.content}
        assert found.per_kind[code] == len(told) > 0


@pytest.mark.parametrize(("version", "form"), FORMS)
def test_number_and_day_of_the_delivery_are_known_where_the_layout_has_them(tmp_path, version, form):
    head = taken(made(tmp_path, version, form)[0]).head
    assert head is not None and str(head.published) == "2026-11-10"
    assert head.number == ("L2026000001" if version == "09" else None)


def test_criminal_justice_data_stand_by_themselves(tmp_path):
    found = taken(made(tmp_path, "09", "csv")[0])
    assert {row["signaaltype"] for row in rows(found, "signaal_strafrecht")} == {"DET", "VVV"}
    assert not {"DET", "VVV"} & {row["signaaltype"] for row in rows(found, "signaal")}
    assert found.restricted == len(rows(found, "det")) + len(rows(found, "vvv")) == 4


@pytest.mark.parametrize("form", ["csv", "xml"])
def test_what_cannot_be_read_is_set_apart_with_its_line_and_the_rest_is_read(tmp_path, form):
    path, known = made(tmp_path, "07", form)
    with_bad_line(path)

    found = taken(path)

    wrong = {"csv": ["IB-SL-WAARDE", "IB-SL-REGEL"], "xml": ["IB-SL-WAARDE"]}[form]
    assert codes(found) == wrong and not found.refused
    assert (found.rows, found.read, found.rejected) == (len(known), len(known) - len(wrong), len(wrong))
    apart = rows(found, "geweigerd")
    assert [row["code"] for row in apart] == wrong
    assert all(row["record"].startswith("p:") for row in apart)
    assert [row["regel"] for row in apart] == [row["line"] for row in found.findings]
    assert apart[0]["regel"] == {"csv": 2, "xml": 4}[form]


CHANGES = {
    "soort bestaat niet": ({"Signaaltype": "XYZ"}, "IB-SL-SOORT"),
    "soort van een ander bericht": ({"Signaaltype": "OIB"}, "IB-SL-SOORT"),
    "bsn zonder elfproef": ({"BSN": "999900001"}, "IB-SL-BSN"),
    "bsn van acht cijfers": ({"BSN": "99990000"}, "IB-SL-BSN"),
    "geen bsn": ({"BSN": ""}, "IB-SL-VERPLICHT"),
    "geen signaalnummer": ({"Signaalnummer": ""}, "IB-SL-VERPLICHT"),
    "signaalnummer te lang": ({"Signaalnummer": "S" * 21}, "IB-SL-WAARDE"),
    "dag bestaat niet": ({"Datum signaal": "2026-02-30"}, "IB-SL-WAARDE"),
    "onvolledige dag": ({"Datum signaal": "2026-02-00"}, "IB-SL-WAARDE"),
    "dag in een andere notatie": ({"Datum signaal": "3-2-2026"}, "IB-SL-WAARDE"),
    "periode andersom": ({"Periode begin": "2026-02-02", "Periode einde": "2026-02-01"}, "IB-SL-PERIODE"),
    "inhoud van een andere soort": ({"VRT Kenteken": "G001BB"}, "IB-SL-INHOUD"),
    "bedrag met punt": ({"HFK Bedrag": "12.50"}, "IB-SL-WAARDE"),
    "bedrag dat twee dingen kan zijn": ({"HFK Bedrag": "1.234"}, "IB-SL-WAARDE"),
    "verplichte inhoud ontbreekt": ({"HFK Bedrag": ""}, "IB-SL-VERPLICHT"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_wrong_row_is_set_apart_and_its_neighbours_are_not(tmp_path, what):
    change, code = CHANGES[what]
    path, _ = made(tmp_path, "09", "csv", count=5, kinds=("HFK",))
    data = cells(path)
    data[2] |= change
    put(path, data)

    found = taken(path)

    assert codes(found) == [code] and (found.rows, found.read, found.rejected) == (5, 4, 1)
    assert rows(found, "geweigerd")[0]["regel"] == 4
    assert len(rows(found, "signaal")) == len(rows(found, "hfk")) == 4
    assert not any(data[2]["BSN"] and data[2]["BSN"] in str(row) for row in found.findings)


EDITS = st.lists(st.tuples(st.integers(0, 31), st.integers(5, 60), st.text(max_size=10)), min_size=1, max_size=25)


@given(EDITS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
def test_whatever_stands_in_the_cells_every_row_is_read_or_set_apart(tmp_path, edits):
    """Cells of the signals themselves; those about the file are before column 5."""
    path, _ = made(tmp_path, "09", "csv")
    data = cells(path)
    names = list(data[0])
    for row, column, text in edits:
        data[row][names[column]] = text
    put(path, data)

    found = taken(path)

    assert found.refused or found.rows == found.read + found.rejected == len(data)
    if not found.refused:
        seen = [row["regel"] for name in ("signaal", "signaal_strafrecht", "geweigerd") for row in rows(found, name)]
        assert len(seen) == len(set(seen)) == len(data)
        assert sum(found.per_kind.values()) == found.read
        assert {row["line"] for row in found.findings if row["severity"] == "error"} == {
            row["regel"] for row in rows(found, "geweigerd")}


def test_an_unusual_source_is_told_and_read(tmp_path):
    path, _ = made(tmp_path, "09", "csv", count=3, kinds=("HFK",))
    data = cells(path)
    data[1]["Bron"] = "RDW"
    put(path, data)
    found = taken(path)
    assert codes(found) == ["IB-SL-BRON"] and found.read == 3 and found.findings[0]["severity"] == "warning"


@pytest.mark.parametrize("form", ["csv", "xml"])
def test_a_number_twice_counts_once(tmp_path, form):
    path, known = made(tmp_path, "08", form)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(known[5].number, known[2].number).replace(known[9].number, known[2].number),
                    encoding="utf-8", newline="")

    found = taken(path)

    assert codes(found) == ["IB-SL-DUBBEL"] * 2
    assert (found.rows, found.read, found.rejected) == (32, 30, 2)
    kept = [row for name in ("signaal", "signaal_strafrecht") for row in rows(found, name)]
    assert [row["signaaltype"] for row in kept if row["signaalnummer"] == known[2].number] == [known[2].kind]
    assert sum(found.per_kind.values()) == 30
    assert {row["rij"] for row in kept} == {row["rij"] for kind in kinds().values() for row in rows(found, kind.table)}


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8"), (",", "utf-8-sig"), ("\t", "cp1252")])
def test_how_a_file_is_written_is_found_out_and_recorded(tmp_path, delimiter, encoding):
    path, _ = made(tmp_path, "08", "csv", count=32)
    data = cells(path)
    for row in data:
        row["INK Naam instantie"] = row["INK Naam instantie"] and "Café De Zon"
    put(path, data, delimiter=delimiter, encoding=encoding)
    found = taken(path)
    assert not found.refused and found.read == 32
    assert found.dialect["scheidingsteken"] == delimiter
    assert found.dialect["tekenset"] == ("cp1252" if encoding == "cp1252" else "utf-8")
    assert found.dialect["decimaalteken"] == "komma"
    assert {row["naam_instantie"] for row in rows(found, "ink")} == {"Café De Zon"}


def test_the_same_file_gives_the_same_bytes(tmp_path):
    path, _ = made(tmp_path, "09", "xml")
    first = {name: hashlib.sha256(place.read_bytes()).hexdigest() for name, place in taken(path).tables.items()}
    again = {name: hashlib.sha256(place.read_bytes()).hexdigest() for name, place in taken(path).tables.items()}
    assert first == again and first.keys() == schemas().keys()


def test_more_wrong_rows_than_are_worth_listing_are_counted_and_all_set_apart(tmp_path):
    path, _ = made(tmp_path, "09", "csv", count=LISTED + 20, kinds=("VVV",))
    data = cells(path)
    for row in data:
        row["VVV Datum begin"] = "?"
    put(path, data)
    found = taken(path)
    assert len(found.findings) == LISTED + 1 and "Nog 20 regels" in str(found.findings[-1]["text"])
    assert found.rejected == LISTED + 20 and pq.ParquetFile(found.tables["vvv"]).metadata.num_rows == 0


def test_xml_signals_on_one_line_are_apart(tmp_path):
    path, known = made(tmp_path, "09", "xml")
    path.write_text(path.read_text(encoding="utf-8").replace("\n", ""), encoding="utf-8")
    found = taken(path)
    assert found.read == len(known)
    assert len({row["rij"] for name in ("signaal", "signaal_strafrecht") for row in rows(found, name)}) == len(known)
