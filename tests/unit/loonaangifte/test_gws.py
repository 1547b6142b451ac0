"""Answers of Centric GWS: in any wrapping, into columns, and what is wrong told without a value."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchanges.loonaangifte.gws import read_answers
from tests.unit.loonaangifte.gws_builder import (
    MAAND,
    amount,
    component,
    envelope,
    month_statement,
    response,
    specification,
    year_statement,
)

_BSN = ("999990019", "999990020", "999990032")
_YEAR = {"Fiscaalloon": 7305, "Loonheffing": 0, "IngehoudenPremieZVW": 0, "WerkgeversheffingPremieZVW": 494,
         "OntvangstenFiscaalloon": -120, "BelasteAlimentatie": 36}


def _bsns(count: int) -> list[str]:
    from exchanges.core.bsn import passes

    return [text for number in range(999_990_000, 999_999_999) if passes(text := str(number))][:count]


def _year(bsn: str) -> str:
    return envelope(response(year_statement(bsn, specification(_YEAR))))


def _month(bsn: str) -> str:
    parts = component("Norm", 140_150), component("Korting", -5_000, "2")
    return envelope(response(month_statement(bsn, *parts), MAAND))


def test_a_year_statement(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    bsn = _bsns(1)[0]
    path.write_text(_year(bsn), encoding="utf-8")
    found = read_answers([path])
    assert (found.read, found.empty, found.refused, found.findings) == (1, 0, 0, [])
    (row,) = found.tables["jaaropgave"].to_pylist()
    assert row | {"antwoord": 0} == {
        "antwoord": 0, "rij": 0, "bsn": bsn, "gemeentecode": "0153", "regeling": "Participatiewet", "dienstjaar": 2026,
        "van": date(2026, 1, 1), "tot": date(2026, 12, 31), "code_premie_volksverzekering": "250",
        "indicatie_zvw": True, "fiscaalloon": 7305, "loonheffing": 0, "ingehouden_zvw": 0, "vergoeding_zvw": None,
        "ontvangsten_fiscaalloon": -120, "ontvangsten_ingehouden_zvw": None, "ontvangsten_vergoeding_zvw": None,
        "ontvangsten_premieloon": None, "werkgeversheffing_zvw": 494, "ontvangsten_werkgeversheffing_zvw": None,
        "belaste_alimentatie": 36,
    }
    assert found.tables["korting"].to_pylist() == [{"rij": 0, "ingangsdatum": date(2026, 1, 1), "code": "1"}]


def test_a_monthly_specification(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(_month(_bsns(1)[0]), encoding="utf-8")
    found = read_answers([path])
    (row,) = found.tables["specificatie"].to_pylist()
    assert (row["periode"], row["uitbetaald_client_cent"], row["datum_betaald"], row["dossiernummer"]) == (
        "2026-03", 140_150, date(2026, 3, 27), "00012")
    assert [(part["omschrijving"], part["bedrag_cent"], part["kolom"])
            for part in found.tables["component"].to_pylist()] == [("Norm", 140_150, "1"), ("Korting", -5_000, "2")]


@pytest.mark.parametrize("wrapping", ["folder", "concatenated", "one line", "zip", "zip of one file", "bodies"])
def test_any_wrapping_gives_the_same(tmp_path: Path, wrapping: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    bsns = _bsns(30)
    texts = [_year(bsn) if number % 2 else _month(bsn) for number, bsn in enumerate(bsns)]
    if wrapping == "bodies":
        texts = [response(year_statement(bsn, specification(_YEAR))) if number % 2 else
                 response(month_statement(bsn, component("Norm", 1)), MAAND) for number, bsn in enumerate(bsns)]
    if wrapping == "folder":
        for number, text in enumerate(texts):
            (folder / f"{number:03d}.xml").write_text(text, encoding="utf-8")
    elif wrapping.startswith("zip"):
        with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            parts = texts if wrapping == "zip" else ["".join(texts)]
            for number, text in enumerate(parts):
                archive.writestr(f"{number:03d}.xml", text)
    else:
        joined = "".join(texts).replace("\n", "") if wrapping == "one line" else "".join(texts)
        (folder / "a.xml").write_text("\ufeff" + joined, encoding="utf-8")
    found = read_answers([folder])
    assert (found.read, found.refused) == (30, 0), found.findings
    assert found.tables["jaaropgave"]["bsn"].to_pylist() == bsns[1::2]
    assert found.tables["specificatie"]["bsn"].to_pylist() == bsns[::2]
    assert found.tables["jaaropgave"]["rij"].to_pylist() == list(range(15))


def test_one_bad_answer_leaves_the_others(tmp_path: Path) -> None:
    bsns, path, kept = _bsns(3), tmp_path / "a.xml", []
    bad = _year(bsns[1]).replace("<WaardeBedrag>494", "<WaardeBedrag>494,50")
    path.write_text(_year(bsns[0]) + bad + _year(bsns[2]), encoding="utf-8")
    found = read_answers([path], lambda data, reason: kept.append((data, reason)))
    assert (found.read, found.refused) == (2, 1)
    assert found.tables["jaaropgave"]["bsn"].to_pylist() == [bsns[0], bsns[2]]
    (row,) = found.findings
    assert str(row["text"]).startswith("Bestand 1, antwoord 2: ")
    assert str(row["path"]).endswith("SpecificatieJaarOpgave/WerkgeversheffingPremieZVW/WaardeBedrag") and row["line"]
    assert "494" not in str(row) and bsns[1] not in str(row)
    assert kept[0][0].strip() == bad.strip().encode() and kept[0][1] == row["code"]


def test_an_answer_that_was_given_twice_counts_once(tmp_path: Path) -> None:
    """In the archive and unpacked beside it, or asked for again: else every amount would be double."""
    first, other = _BSN[:2]
    (tmp_path / "a.xml").write_text(_year(first) + _month(first) + _month(other), encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("1.xml", response(year_statement(first, specification(_YEAR))))
        archive.writestr("2.xml", _month(first))
        archive.writestr("3.xml", _year(other))
    found = read_answers([tmp_path])
    assert (found.read, found.refused) == (6, 0)
    assert [row["code"] for row in found.findings] == ["LA-GWS-TWEEMAAL"] * 2
    assert found.tables["jaaropgave"]["bsn"].to_pylist() == [first, other]
    assert found.tables["specificatie"]["bsn"].to_pylist() == [first, other]
    assert found.tables["component"]["rij"].to_pylist() == [0, 0, 1, 1]
    # the same with one cent more is something else
    more = _month(first).replace("140150", "140151")
    (tmp_path / "c.xml").write_text(more, encoding="utf-8")
    assert read_answers([tmp_path]).tables["specificatie"].num_rows == 3


def test_nothing_found_and_messages(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    empty = '<f:NietsGevonden xmlns:f="http://www.centric.nl/GWS/FWI/v0200"/>'
    fault = ('<f:FWI xmlns:f="http://www.centric.nl/GWS/FWI/v0200"><Fout><Code>1</Code><Tekst>t</Tekst><Bron>'
             "<Gemeentecode>0153</Gemeentecode></Bron></Fout></f:FWI>")
    path.write_text(envelope(response(empty)) + envelope(response(fault)), encoding="utf-8")
    found = read_answers([path])
    assert (found.read, found.empty, found.refused) == (0, 2, 0)
    assert [row["code"] for row in found.findings] == ["LA-GWS-FOUT"]


def _bad() -> dict[str, tuple[bytes, str]]:
    good = _year(_bsns(1)[0])
    fault = "<s:Fault><faultcode>s:Server</faultcode><faultstring>stuk</faultstring></s:Fault>"
    return {
        "empty": (b"", "XML-00"), "blank": (b"  \n", "XML-00"), "no xml": (b"bsn;loon\n1;2", "XML-01"),
        "utf-16": (good.encode("utf-16"), "XML-01"), "cut": (good[:-40].encode(), "XML-01"),
        "doctype": (b'<!DOCTYPE a [<!ENTITY b "c">]>' + good.encode(), "XML-05"),
        "not well-formed": (good.replace("<Regeling>", "<Regeling><a>").encode(), "XML-01"),
        "latin-1": (good.replace("UTF-8", "ISO-8859-1").encode(), "XML-04"),
        "deep": (good.replace("<Regeling>", "<Regeling>" + "<a>" * 5000).encode(), "XML-01"),
        "large": (good.replace("Jansen", "J" * 3_000_000).encode(), "XML-02"),
        "other version": (good.replace("JaarOpgaveClient/v0400", "JaarOpgaveClient/v0300").encode(), "LA-GWS-VERSIE"),
        "soap fault": (envelope(fault).encode(), "LA-GWS-FAULT"),
        "no such day": (good.replace("20261231", "20260231").encode(), "LA-GWS-DATUM"),
        "bsn": (good.replace("<BurgerServiceNr>9", "<BurgerServiceNr>1").encode(), "LA-GWS-CLIENT"),
        "order": (good.replace("<Regeling>Participatiewet</Regeling>", "").encode(), "XSD-VOLGORDE"),
        "negative": (good.replace(amount("Fiscaalloon", 7305), amount("Fiscaalloon", 7305).replace("7305", "-7305"))
                     .encode(), "XSD-TYPE"),
    }


@pytest.mark.parametrize("name", _bad())
def test_bad_answers_are_findings(tmp_path: Path, name: str) -> None:
    data, code = _bad()[name]
    path, kept = tmp_path / f"{_BSN[0]}.xml", []
    path.write_bytes(data)
    found = read_answers([path], lambda original, reason: kept.append(reason))
    assert found.refused == 1 and len(kept) == 1
    assert code in [row["code"] for row in found.findings]
    assert _BSN[0] not in str(found.findings) and "Jansen" not in str(found.findings)
    assert all(table.num_rows == 0 for table in found.tables.values())
    assert path.read_bytes() == data


def test_archives_that_are_none(tmp_path: Path) -> None:
    bomb, broken = tmp_path / "a.zip", tmp_path / "b.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.xml", "w") as member:
        for _ in range(80):
            member.write(b"\0" * 1024**2)
    good = tmp_path / "c.zip"
    with zipfile.ZipFile(good, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, bsn in enumerate(_bsns(5)):
            archive.writestr(f"{number}.xml", _year(bsn))
    broken.write_bytes(good.read_bytes()[:-30])
    found = read_answers([bomb, broken, good])
    assert (found.read, found.refused) == (5, 2)
    assert [row["code"] for row in found.findings] == ["XML-02", "XML-03"]


def test_rows_can_go_to_files(tmp_path):
    path = tmp_path / "antwoorden.xml"
    path.write_text("\n".join(
        [response(year_statement("999990019", specification({"Fiscaalloon": 100})))] * 3
        + [response(month_statement("999990019", component("Norm", 1)), MAAND)]), encoding="utf-8")  # fmt: skip
    (tmp_path / "uit").mkdir()
    held, written = read_answers([path]), read_answers([path], into=tmp_path / "uit")
    assert not written.tables and not held.files and written.read == held.read == 4
    for name, table in held.tables.items():
        assert pq.read_table(written.files[name]) == table
