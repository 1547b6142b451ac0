"""A file that is not what was agreed is refused as a whole: one code, a Dutch text, no tables, no value repeated."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from exchanges.core.period import Period
from exchanges.ib_samenloop.exchange import EXCHANGE
from exchanges.ib_samenloop.trouble import WORDS
from exchanges.simulators.ib_signals import with_other_version, with_unknown_column
from tests.unit.ib_samenloop.files import FORMS, cells, codes, made, put, taken
from tests.unit.simulators.files import bsns


def refused(found, *wanted: str) -> bool:
    assert not list((found.path.parent.parent / "uit").glob("*")) if found.refused else True
    said = str(found.findings)
    return (found.refused and found.tables == {} and set(codes(found)) == set(wanted)
            and not any(bsn in said for bsn in bsns(40)) and "GEHEIM" not in said)


@pytest.mark.parametrize(("version", "form"), FORMS)
def test_an_unknown_version_is_refused(tmp_path, version, form):
    path, _ = made(tmp_path, version, form)
    with_other_version(path)
    found = taken(path)
    assert refused(found, "IB-SL-VERSIE")
    assert str(found.findings[0]["text"]).endswith("gelezen worden 07, 08 en 09.")  # and not that there are two


@pytest.mark.parametrize(("version", "form"), FORMS)
def test_an_unknown_column_or_element_is_refused(tmp_path, version, form):
    path, _ = made(tmp_path, version, form)
    with_unknown_column(path)
    found = taken(path)
    assert refused(found, "IB-SL-KOLOM-ONBEKEND")
    if form == "csv":
        assert "risicoscore" in str(found.findings[0]["text"])


@pytest.mark.parametrize("version", ["07", "08", "09"])
def test_a_missing_column_is_named(tmp_path, version):
    path, _ = made(tmp_path, version, "csv")
    data = cells(path)
    for row in data:
        del row["VRM Saldo"]
    put(path, data)
    found = taken(path)
    assert refused(found, "IB-SL-KOLOM-ONTBREEKT") and "VRM Saldo" in str(found.findings[0]["text"])


def test_a_version_with_the_columns_of_another_is_refused(tmp_path):
    path, _ = made(tmp_path, "08", "csv")
    data = cells(path)
    for row in data:
        row["Formaatversie"] = "09"
    put(path, data)
    found = taken(path)
    assert refused(found, "IB-SL-VERSIE")
    assert str(found.findings[0]["text"]).endswith("De indeling is die van 08, en in het bestand staat 09.")


@pytest.mark.parametrize(("version", "form"), FORMS)
def test_a_file_of_another_gemeente_is_refused(tmp_path, version, form):
    path, _ = made(tmp_path, version, form)
    assert refused(taken(path, gemeente="0363"), "IB-SL-GEMEENTE")


def test_one_signal_of_another_gemeente_refuses_the_file(tmp_path):
    path, _ = made(tmp_path, "09", "csv")
    data = cells(path)
    data[-1]["Gemeentecode"] = "0363"
    put(path, data)
    assert refused(taken(path), "IB-SL-GEMEENTE")


@pytest.mark.parametrize(("first", "last", "code"), [
    ("153", "153", "IB-SL-NUL"), ("0153", "153", "IB-SL-NUL"), ("153", "0153", "IB-SL-NUL"),
    ("153", "0363", "IB-SL-GEMEENTE"), ("363", "363", "IB-SL-GEMEENTE"),
])
def test_a_code_that_lost_its_zero_is_not_ours_and_not_that_of_another(tmp_path, first, last, code):
    """What a spreadsheet does. It is no breach, and no clock starts; what else it took off nobody knows."""
    path, _ = made(tmp_path, "09", "csv")
    data = cells(path)
    for row in data:
        row["Gemeentecode"] = first
    data[-1]["Gemeentecode"] = last
    put(path, data)
    found = taken(path)
    assert refused(found, code) and code in {"IB-SL-NUL", *EXCHANGE.flows["bestand"].breaches}
    if code == "IB-SL-NUL":
        assert "IB-SL-NUL" not in EXCHANGE.flows["bestand"].breaches
        assert "spreadsheet" in str(found.findings[0]["action"])


@pytest.mark.parametrize(("version", "form"), FORMS)
def test_another_month_than_asked_is_refused(tmp_path, version, form):
    found = taken(made(tmp_path, version, form)[0], period=Period(2026, 9))
    assert refused(found, "IB-SL-MAAND") and "oktober 2026" in str(found.findings[0]["text"])


@pytest.mark.parametrize("change", [{"Publicatiedatum": "2026-11-11"}, {"Publicatiedatum": ""},
                                    {"Leveringsnummer": "L2"}])
def test_what_is_said_of_the_file_must_be_the_same_on_every_row(tmp_path, change):
    path, _ = made(tmp_path, "09", "csv")
    data = cells(path)
    data[3] |= change
    put(path, data)
    assert refused(taken(path), "IB-SL-KOP")


def test_xml_must_have_as_many_signals_as_its_head_counts(tmp_path):
    path, _ = made(tmp_path, "09", "xml", count=10)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("<AantalSignalen>10<", "<AantalSignalen>11<"), encoding="utf-8")
    assert refused(taken(path), "IB-SL-AANTAL")


def test_a_missing_quote_that_swallows_rows_refuses_the_file(tmp_path):
    path, _ = made(tmp_path, "09", "csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace(";UWV;", ';"UWV;', 1) if ";UWV;" in lines[2] else lines[2].replace(";DUO;", ';"DUO;', 1)
    lines[5] = lines[5][: lines[5].rindex(";")] + ';"'
    path.write_text("\r\n".join(lines), encoding="utf-8", newline="")
    found = taken(path)
    assert refused(found, "IB-SL-REGEL") and found.findings[0]["line"] == 3


def test_a_value_over_more_lines_that_holds_separators_refuses_the_file(tmp_path):
    path, _ = made(tmp_path, "09", "csv", count=3, kinds=("HOU",))
    data = cells(path)
    data[1]["HOU Instelling"] = "Hogeschool\n;;;Oost"
    put(path, data)
    assert refused(taken(path), "IB-SL-REGEL")
    data[1]["HOU Instelling"] = "Hogeschool\nOost"
    put(path, data)
    assert taken(path).read == 3


def test_no_signals_is_an_answer_and_worth_a_warning(tmp_path):
    for form in ("csv", "xml"):
        path, _ = made(tmp_path / form, "09", form, count=0)
        found = taken(path)
        assert (found.refused, found.rows, codes(found)) == (False, 0, ["IB-SL-GEEN"])


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))


def edited(old: str, new: str) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(path.read_bytes().replace(old.encode(), new.encode(), 1)) and None


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def external(path: Path) -> None:
    secret = path.with_name("geheim.txt")
    secret.write_text("GEHEIM")
    edited("<Signaalbestand", f'<!DOCTYPE l [<!ENTITY x SYSTEM "{secret.as_uri()}">]>\n<Signaalbestand')(path)
    edited("<Signaalnummer>", "<Signaalnummer>&x;")(path)


XML: dict[str, tuple[Callable[[Path], None], str]] = {
    "billion laughs": (edited("<Signaalbestand", f"<!DOCTYPE l [{LAUGHS}]>\n<Signaalbestand"), "XML-05"),
    "externe entiteit": (external, "XML-05"),
    "tekst van 12 MB": (edited("<Burgerservicenr>", "<Burgerservicenr>" + "9" * 12_000_000), "XML-06"),
    "diepte": (edited("<Signaalnummer>", "<a>" * 10_000 + "</a>" * 10_000 + "<Signaalnummer>"), "XML-01"),
    "grote kop": (edited("<Kop>", "<Kop>" + " " * 100_000), "IB-SL-KOP"),
    "afgebroken": (cut, "XML-01"),
    "afgebroken in de kop": (lambda path: path.write_bytes(path.read_bytes()[:150]) and None, "XML-01"),
    "NUL-tekens": (edited("<Burgerservicenr>9", "<Burgerservicenr>\0"), "XML-01"),
    "UTF-16": (lambda path: path.write_bytes(path.read_text().encode("utf-16")) and None, "XML-04"),
    "Latijn 1": (lambda path: path.write_bytes(
        path.read_bytes().replace(b"UTF-8", b"ISO-8859-1")) and None, "XML-04"),
    "Latijn 1 dat UTF-8 zegt": (lambda path: path.write_bytes(
        path.read_bytes().replace(b"<Merk>", b"<Merk>\xe9")) and None, "XML-01"),
    "andere naamruimte": (edited("urn:ketensluis:aanname:ib-samenloop", "urn:iets:anders"), "IB-SL-BERICHT"),
    "andere wortel": (lambda path: path.write_bytes(
        path.read_bytes().replace(b"Signaalbestand", b"Inkomstenbestand")) and None, "IB-SL-BERICHT"),
    "geen kop": (lambda path: path.write_bytes(
        path.read_bytes().split(b"<Kop>")[0] + b"</Signaalbestand>") and None, "IB-SL-KOLOM-ONBEKEND"),
    "ingepakt": (lambda path: path.write_bytes(gzip.compress(path.read_bytes())) and None, "IB-SL-INGEPAKT"),
    "leeg": (lambda path: path.write_bytes(b"") or None, "IB-SL-LEEG"),
}


@pytest.mark.parametrize("what", XML)
def test_a_hostile_xml_gets_an_answer(tmp_path, what):
    path, _ = made(tmp_path, "09", "xml")
    XML[what][0](path)
    assert refused(taken(path), XML[what][1]), taken(path).findings


CSV: dict[str, tuple[Callable[[Path], None], str]] = {
    "NUL-tekens": (edited(";DUO;", ";D\0O;"), "IB-SL-CSV"),
    "regel van 2 MB": (edited(";DUO;", ";" + "x" * 2_000_000 + ";"), "IB-SL-CSV"),
    "UTF-16": (lambda path: path.write_bytes(path.read_text().encode("utf-16")) and None, "IB-SL-CSV"),
    "twee tekensets": (lambda path: path.write_bytes(
        b"\xef\xbb\xbf" + path.read_bytes().replace(b";DUO;", b";D\xe9O;")) and None, "IB-SL-CSV"),
    "aanhalingsteken blijft open": (edited(";DUO;", ';"DUO;'), "IB-SL-CSV"),
    "kolom dubbel": (lambda path: path.write_text("".join(
        f"{line};{line.split(';')[-1]}\r\n" for line in path.read_text().splitlines())) and None, "IB-SL-KOLOM-DUBBEL"),
    "geen kolomnamen": (lambda path: path.write_text(
        path.read_text().split("\n", 1)[1]) and None, "IB-SL-BERICHT"),
    "een ander bestand": (lambda path: path.write_text("naam;adres\nGEHEIM;x\n") and None, "IB-SL-BERICHT"),
    "alleen lege regels": (lambda path: path.write_text("\n" * 10) and None, "IB-SL-CSV"),
    "ingepakt": (lambda path: path.write_bytes(gzip.compress(path.read_bytes())) and None, "IB-SL-INGEPAKT"),
    "pdf": (lambda path: path.write_bytes(b"%PDF-1.7\n") and None, "IB-SL-INGEPAKT"),
}


@pytest.mark.parametrize("what", CSV)
def test_a_hostile_csv_gets_an_answer(tmp_path, what):
    path, _ = made(tmp_path, "09", "csv")
    CSV[what][0](path)
    assert refused(taken(path), CSV[what][1]), taken(path).findings


@pytest.mark.parametrize("form", ["csv", "xml"])
def test_two_gigabytes_are_refused_by_size(tmp_path, form):
    path = tmp_path / "in" / f"groot.{form}"
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)  # a hole: nothing of it is on disk, and nothing is read
    found = taken(path)
    assert refused(found, "IB-SL-GROOT") and found.sha256 == ""


def test_every_code_has_words_for_people():
    assert all(one.text.endswith(".") and one.action.endswith(".") for one in WORDS.values())
    assert {one.severity for one in WORDS.values()} == {"error", "warning"}
