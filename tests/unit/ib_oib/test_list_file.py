"""What is written is what is read, in any way of writing a CSV; the rest is set apart or refused with a reason."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.bsn import Bsn
from exchanges.core.csvfile import batches
from exchanges.core.period import Period
from exchanges.core.receive.arrival import FileRefused
from exchanges.core.receive.listed import LISTED
from exchanges.ib_oib import list_file, list_judge
from exchanges.ib_oib.list_layout import OF_FILE, layout
from exchanges.simulators.ib_oib_items import SITUATIONS
from exchanges.simulators.ib_oib_list import Writing
from tests.unit.ib_oib.list_files import (
    GEMEENTE,
    KEY,
    OCTOBER,
    apart,
    cells,
    codes,
    planted,
    put,
    put_cells,
    rows,
    taken,
)
from tests.unit.simulators.files import bsns

FIELDS = layout(OCTOBER).fields
# Without quotes no value may hold the separator, and names and tags hold a comma or a semicolon. That ' quotes shows
# only when the column names have it too.
QUOTING = [(delimiter, quote, all_) for quote, all_ in (('"', False), ('"', True), ("'", True))
           for delimiter in ";,\t|"] + [("\t", "", False), ("|", "", False)]
WRITINGS = st.builds(
    lambda quoting, **more: Writing(*quoting, **more), st.sampled_from(QUOTING),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]), amounts=st.sampled_from(["komma", "punt"]),
    days=st.sampled_from(["jjjjmmdd", "jjjj-mm-dd", "d-m-jjjj"]), months=st.sampled_from(["jjjjmm", "jjjj-mm"]),
    newline=st.sampled_from(["\n", "\r\n"]),
)


def known(values: dict) -> dict:
    """As it is read: of a relation or an inkomstenperiode a year from 6000 on is an open or unknown day."""
    found = {field.name: values.get(field.name) for field in FIELDS}
    open_ = {name: None for name, value in found.items() if name.startswith("datum") and (value or 0) >= 60_000_000
             and not name.endswith("inkomstenopgave")}
    return found | open_ | {"gemeentecode": GEMEENTE, "rapportagemaand": str(OCTOBER)}


def test_every_item_is_read_as_it_was_made(tmp_path):
    items = planted()

    found = taken(put(tmp_path, [one.values for one in items]))

    assert (found.rows, found.refused, codes(found)) == (len(items), 0, [])
    assert {one.situation for one in items} and len(items) == 2 * len(SITUATIONS)
    for number, (row, item) in enumerate(zip(rows(found), items, strict=True), start=1):
        assert (row["rij"], row["regel"]) == (number, number + 1)
        assert {name: row[name] for name in known({})} == known(item.values)
        assert [row["klasse"], *row["labels"]] == item.values["tag"]
        said = row["netto_stand"], row["netto_berekend_totaal"], tuple(row["netto_redenen"]), row["maand"]
        assert said == (item.state, item.net, item.reasons, item.month), item.situation
    assert found.details["certainty"] == "assumed" and found.details["mapping"] == "mappings/IBOIB/v0001"


@settings(max_examples=25, deadline=None)
@given(WRITINGS, st.integers(0, 5))
def test_the_way_of_writing_does_not_matter(writing, seed):
    items = [one.values for one in planted(len(SITUATIONS), seed)]
    with tempfile.TemporaryDirectory() as name:
        plain, other = Path(name, "a"), Path(name, "b")
        usual, found = taken(put(plain, items)), taken(put(other, items, writing))
        assert rows(found) == rows(usual)
        assert found.refused == usual.refused == 0
        assert found.details["dialect"].endswith(
            f"bedragen {writing.amounts}, datums {writing.days}, maand {writing.months}")


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_value_of_its_type_comes_back(data):
    text = st.text(st.characters(codec="cp1252", exclude_characters="\r\n\0", exclude_categories=["Cc"]), max_size=12)
    drawn = {
        "bedrag": st.integers(-10**13, 10**13), "geheel": st.integers(-10**6, 10**6), "getal": st.integers(0, 9999),
        "jn": st.booleans(), "datum": st.sampled_from([0, 20240000, 20261100, 99991230, 66660101, 20261031, 1231]),
    }
    item = {"bsn": data.draw(st.sampled_from(bsns(9))), "tag": ["NIEUWE_LOONPERIODE"], "loonheffingennummer": "0L1",
            "berekening_volledig": data.draw(st.booleans())}
    for field in FIELDS:
        if field.name not in item and field.name not in OF_FILE:
            kind = text.map(lambda one, length=field.length: one.strip()[:length].strip() or None)
            item[field.name] = data.draw(st.none() | drawn.get(field.type, kind))
    with tempfile.TemporaryDirectory() as name:
        found = taken(put(Path(name), [item]))
        read = rows(found)
        if apart(found):
            assert apart(found)[0]["code"] == "OIB-LS-PERIODE"   # the only thing values by themselves do not show
        else:
            assert {one: read[0][one] for one in known({})} == known(item)


CHANGES = {
    "bsn niet geldig": ("bsn", "999990011", "OIB-LS-BSN"), "bsn te kort": ("bsn", "12", "OIB-LS-BSN"),
    "bsn leeg": ("bsn", "", "OIB-LS-VERPLICHT"),
    "dag bestaat niet": ("datum_einde_inkomstenopgave", "20260230", "OIB-LS-WAARDE"),
    "dag zonder maand": ("datum_aanvang_inkomstenverhouding", "20240015", "OIB-LS-WAARDE"),
    "andere datum": ("datum_einde_inkomstenopgave", "2026-10-31", "OIB-LS-WAARDE"),
    "bedrag met punt": ("loon_sv", "12.50", "OIB-LS-WAARDE"), "bedrag met teken erachter": ("loon_sv", "12,50-",
                                                                                            "OIB-LS-WAARDE"),
    "te lang": ("loonheffingennummer", "001000275L012", "OIB-LS-WAARDE"),
    "verplicht": ("loonheffingennummer", " ", "OIB-LS-VERPLICHT"),
    "geen tag": ("tag", "", "OIB-LS-VERPLICHT"), "geen klasse": ("tag", "Loon-in-natura", "OIB-LS-KLASSE"),
    "twee klassen": ("tag", "NIEUWE_LOONPERIODE,EERSTE_LEVERING", "OIB-LS-KLASSE"),
    "onbekende klasse": ("tag", "NIEUWE_LOONPERIODEN", "OIB-LS-KLASSE"), "alleen komma's": ("tag", ",,",
                                                                                          "OIB-LS-KLASSE"),
    "ja": ("berekening_volledig", "ja", "OIB-LS-WAARDE"),
    "periode achterstevoren": ("datum_einde_inkomstenopgave", "20190101", "OIB-LS-PERIODE"),
    "maand onleesbaar": ("rapportagemaand", "202613", "OIB-LS-WAARDE"),
    "gemeente leeg": ("gemeentecode", "", "OIB-LS-VERPLICHT"),
}


@pytest.mark.parametrize(("column", "text", "code"), CHANGES.values(), ids=list(CHANGES))
def test_a_line_that_cannot_be_read_is_set_apart_and_the_rest_goes_on(tmp_path, column, text, code):
    path = put(tmp_path, [one.values for one in planted()])
    data = cells(path)
    data[3][data[0].index(column)] = text          # the second item: four weeks of wages
    put_cells(path, data)

    found = taken(path)

    assert (found.rows, found.refused, len(rows(found))) == (len(data) - 1, 1, len(data) - 2)
    assert [(row["regel"], row["code"], row["veld"]) for row in apart(found)] == [(4, code, column)]
    told = [row for row in found.findings.to_pylist() if row["severity"] == "error"]
    assert [(row["line"], row["code"], row["path"]) for row in told] == [(4, code, column)]
    named = Bsn(data[3][data[0].index("bsn")]).pseudonym(KEY) if column != "bsn" else apart(found)[0]["record"]
    assert told[0]["record"] == apart(found)[0]["record"] == named
    assert 3 not in [row["rij"] for row in rows(found)] and len({row["rij"] for row in rows(found)}) == len(data) - 2


def test_a_line_with_another_number_of_columns_is_set_apart_with_a_pseudonym(tmp_path):
    path = put(tmp_path, [one.values for one in planted()])
    data = cells(path)
    bsn = data[5][data[0].index("bsn")]
    data[5] = data[5][:-3]
    put_cells(path, data)

    found = taken(path)

    assert apart(found) == [{"regel": 6, "code": "OIB-LS-REGEL", "veld": "", "record": Bsn(bsn).pseudonym(KEY)}]
    assert found.rows == len(data) - 1 == len(rows(found)) + 1
    assert [row["regel"] for row in rows(found)] == [2, 3, 4, 5, *range(7, len(data) + 1)]


def test_an_amount_in_the_notation_of_nobody_else_is_not_guessed(tmp_path):
    path = put(tmp_path, [one.values for one in planted()], Writing(amounts="punt"))
    data = cells(path)
    data[2][data[0].index("loon_sv")] = "1.234,56"
    put_cells(path, data)
    found = taken(path)
    assert codes(found) == ["OIB-LS-WAARDE"] and "bedragen punt" in found.details["dialect"]


def test_an_unknown_label_is_kept_and_told(tmp_path):
    item = {**planted(2)[1].values, "tag": ["Nieuw-Label", "NIEUWE_LOONPERIODE", "Loon-in-natura"]}
    found = taken(put(tmp_path, [item]))
    assert (codes(found), found.refused) == (["OIB-LS-LABEL"], 0)
    assert rows(found)[0]["labels"] == ["Nieuw-Label", "Loon-in-natura"]


def test_the_other_spelling_of_a_column_is_the_same_column(tmp_path):
    path = put(tmp_path, [one.values for one in planted()])
    usual = rows(taken(path))
    path.write_text(path.read_text().replace("inhouding_lbph_bijzonder", "inhoudingen_lbph_bijzonder", 1))
    assert rows(taken(path)) == usual


def test_columns_may_stand_in_any_order(tmp_path):
    path = put(tmp_path, [one.values for one in planted()])
    usual = rows(taken(path))
    put_cells(path, [row[::-1] for row in cells(path)])
    assert rows(taken(path)) == usual


def test_a_list_without_lines_is_a_list(tmp_path):
    found = taken(put(tmp_path, []))
    assert (found.rows, found.refused, rows(found), codes(found)) == (0, 0, [], ["OIB-LS-GEEN"])


def refused(path: Path, **asked: object) -> list[dict]:
    with pytest.raises(FileRefused) as caught:
        taken(path, **asked)
    assert not list((path.parent.parent / "uit").glob("*.parquet"))
    assert caught.value.findings["text"][0].as_py() in str(caught.value)
    return caught.value.findings.to_pylist()


def header(path: Path, change) -> None:
    data = cells(path)
    change(data)
    put_cells(path, data)


def add(data: list[list[str]], name: str, value: str = "") -> None:
    for number, row in enumerate(data):
        row.append(name if number == 0 else value)


FILES = {
    "andere gemeente": (lambda data: data[-1].__setitem__(0, "0363"), "OIB-LS-GEMEENTE", ""),
    "zonder nul": (lambda data: data[-1].__setitem__(0, "153"), "OIB-LS-NUL", "zonder de nul waarmee zij begint"),
    "zonder nul, en een andere": (lambda data: (data[1].__setitem__(0, "153"), data[-1].__setitem__(0, "363")),
                                  "OIB-LS-GEMEENTE", ""),
    "andere maand": (lambda data: data[-1].__setitem__(1, "202609"), "OIB-LS-MAAND", ""),
    "onbekende kolom": (lambda data: add(data, "risicoscore", "5"), "OIB-LS-KOLOM-ONBEKEND", "risicoscore"),
    "kolom ontbreekt": (lambda data: [row.pop() for row in data], "OIB-LS-KOLOM-ONTBREEKT", "verschil_netto"),
    "kolom dubbel": (lambda data: add(data, "inhoudingen_lbph_bijzonder"), "OIB-LS-KOLOM-DUBBEL", ""),
    "kolom zonder naam": (lambda data: add(data, "999990019"), "OIB-LS-KOLOM-ONBEKEND", "(naam niet leesbaar)"),
    "ander bestand": (lambda data: data.__setitem__(slice(None), [["a", "b"], ["1", "2"]]), "OIB-LS-BERICHT", ""),
}


@pytest.mark.parametrize(("change", "code", "named"), FILES.values(), ids=list(FILES))
def test_a_file_that_is_not_what_was_agreed_is_refused(tmp_path, change, code, named):
    path = put(tmp_path, [one.values for one in planted()])
    header(path, change)
    findings = refused(path)
    assert [row["code"] for row in findings] == [code] and named in findings[0]["text"]
    assert all(row["action"] and row["severity"] == "error" for row in findings)


@pytest.mark.parametrize(("asked", "code"), [
    ({"gemeente": "0363"}, "OIB-LS-GEMEENTE"), ({"period": Period(2026, 9)}, "OIB-LS-MAAND"),
    ({"period": Period(2026, 11)}, "OIB-LS-MAAND"),
])
def test_the_file_of_another_delivery_is_refused(tmp_path, asked, code):
    assert [row["code"] for row in refused(put(tmp_path, [one.values for one in planted()]), **asked)] == [code]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04\0\0", b"bsn;tag\r\n\xff\xfe\x81;", b'bsn;tag;bsn\n"a;b\n'])
def test_what_is_no_csv_is_refused(tmp_path, content):
    path = tmp_path / "in" / "OIB.csv"
    path.parent.mkdir()
    path.write_bytes(content)
    assert {row["code"] for row in refused(path)} <= {"OIB-LS-CSV", "OIB-LS-BERICHT"}


def test_lines_swallowed_by_a_quote_refuse_the_file(tmp_path):
    path = put(tmp_path, [{**one.values, "naam_administratieve_eenheid": "Zon"} for one in planted()])
    lines = path.read_text().splitlines()
    lines[3], lines[6] = lines[3].replace(";Zon;", ';"Zon;'), lines[6].replace(";Zon;", ';Zon";')
    path.write_text("\n".join(lines))
    assert [(row["code"], row["line"]) for row in refused(path)] == [("OIB-LS-REGELS-KWIJT", 4)]


def test_blocks_do_not_matter(tmp_path, monkeypatch):
    path = put(tmp_path, [one.values for one in planted(400)])
    data = cells(path)
    data[290][data[0].index("bsn")] = "12"
    put_cells(path, data)
    usual, told = rows(taken(path)), codes(taken(path))
    monkeypatch.setattr(list_file, "batches", partial(batches, block=4096))
    monkeypatch.setattr(list_judge, "AT_ONCE", 7)

    found = taken(path)

    assert rows(found) == usual and codes(found) == told == ["OIB-LS-BSN"]
    assert (found.rows, found.refused) == (400, 1)


def test_a_stranger_in_the_last_block_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(list_file, "batches", partial(batches, block=4096))
    monkeypatch.setattr(list_judge, "AT_ONCE", 7)
    path = put(tmp_path, [one.values for one in planted(200)])
    header(path, lambda data: data[-1].__setitem__(0, "0363"))
    assert [(row["code"], row["line"]) for row in refused(path)] == [("OIB-LS-GEMEENTE", 201)]


def test_more_of_the_same_is_counted(tmp_path):
    path = put(tmp_path, [one.values for one in planted(LISTED + 20)])
    header(path, lambda data: [row.__setitem__(2, "1") for row in data[1:]])
    found = taken(path)
    assert (found.rows, found.refused) == (LISTED + 20, LISTED + 20)
    assert len(codes(found)) == LISTED + 1 and "Nog 20 regels" in found.findings["text"][-1].as_py()


def test_no_bsn_leaves_the_table(tmp_path):
    path = put(tmp_path, [one.values for one in planted()])
    header(path, lambda data: [row.__setitem__(4, "x") for row in data[1:9]])
    found = taken(path)
    texts = [str(found.findings.to_pylist()), str(apart(found)), str(found.details)]
    texts += [row["nummer"] + row["sleutel"] for row in rows(found)]
    assert len(apart(found)) == 8
    assert not [bsn for bsn in bsns(40) for text in texts if bsn in text]
