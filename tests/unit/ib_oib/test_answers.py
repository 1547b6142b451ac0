"""From an archive of answers to persons and what they earn: who each answer is about, and what may be concluded."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchanges.core.period import Period
from exchanges.core.receive.arrival import Arrival, FileRefused, Read
from exchanges.ib_oib.answers import read
from exchanges.simulators.uwv_archive import write_archive
from tests.oib import EMPTY, FAULT, answer, bsns, document, relation, wage

A, B, C, D, E = bsns(5)
JOB = relation("001234567L01", wage("20260901", "20260930", 200_000), wage("20261001", "20261031", -5_000))


def arrival(folder: Path, answers: Mapping[str, bytes | None] | Path) -> Arrival:
    path = answers if isinstance(answers, Path) else write_archive(folder / "antwoorden.zip", answers.items())
    work = folder / "werk"
    work.mkdir()
    return Arrival(path, path.name, "0153", Period.parse("2026-10"), b"sleutel", work)


def table(found: Read, name: str) -> list[dict[str, object]]:
    return pq.read_table(found.tables[name]).to_pylist()


def asked(found: Read) -> dict[object, object]:
    return {row["bsn"]: row["antwoord"] for row in table(found, "gevraagd")}


def codes(found: Read) -> list[str]:
    return sorted(found.findings["code"].to_pylist())


def test_every_person_has_an_answer_and_every_answer_a_person(tmp_path: Path) -> None:
    found = read(arrival(tmp_path, {
        A: answer(A, JOB), B: document(EMPTY), C: document(FAULT), D: None, E: answer(E),
    }))  # fmt: skip
    assert asked(found) == {A: "beantwoord", B: "niets_gevonden", C: "niet_bevraagd", D: "niet_bevraagd",
                            E: "beantwoord"}
    assert (found.rows, found.refused) == (5, 0)
    assert codes(found) == ["OIB-FOUT", "OIB-GEEN-ANTWOORD"]
    assert [(row["bsn"], row["loonheffingennummer"], row["volgnummer"]) for row in table(found, "ikv")] == [
        (A, "001234567L01", 1)]
    assert [(row["bsn"], row["begin"], row["loon_lb"]) for row in table(found, "iko")] == [
        (A, 20260901, 200_000), (A, 20261001, -5_000)]
    assert [(row["bsn"], row["soort"]) for row in table(found, "ikp")] == [(A, "15")]


def test_data_beside_a_fault_are_not_used(tmp_path: Path) -> None:
    found = read(arrival(tmp_path, {A: answer(A, JOB, beside=FAULT)}))
    assert asked(found) == {A: "niet_bevraagd"} and table(found, "iko") == []
    assert codes(found) == ["OIB-FOUT"]


def test_a_warning_beside_data_is_no_fault(tmp_path: Path) -> None:
    warned = FAULT.replace("Fout>", "Waarschuwing>")
    found = read(arrival(tmp_path, {A: answer(A, JOB, beside=warned)}))
    assert asked(found) == {A: "beantwoord"} and len(table(found, "iko")) == 2


def test_an_answer_about_somebody_else_is_used_for_nobody(tmp_path: Path) -> None:
    found = read(arrival(tmp_path, {A: answer(B, JOB)}))
    assert asked(found) == {A: "niet_bevraagd"} and table(found, "ikv") == []
    assert codes(found) == ["OIB-ANDERE-PERSOON"]
    assert found.findings["record"].to_pylist()[0].startswith("p:")


def test_an_answer_that_breaks_the_schema_is_one_person_not_asked(tmp_path: Path) -> None:
    broken = answer(A, JOB).replace(b"<DatBIko>20260901", b"<DatBIko>september")
    found = read(arrival(tmp_path, {A: broken, B: answer(B, JOB)}))
    assert asked(found) == {A: "niet_bevraagd", B: "beantwoord"}
    assert "OIB-ONLEESBAAR" in codes(found) and any(code.startswith("XSD") for code in codes(found))
    assert (found.rows, found.refused) == (2, 0)


def test_twice_the_same_person_is_no_conclusion(tmp_path: Path) -> None:
    path = tmp_path / "antwoorden.zip"
    write_archive(path, [(A, answer(A, JOB)), (A, answer(A)), (B, answer(B))])
    found = read(arrival(tmp_path, path))
    assert asked(found) == {A: "niet_bevraagd", B: "beantwoord"}
    assert (found.rows, found.refused, codes(found)) == (3, 1, ["OIB-DUBBEL"])


def test_an_answer_nobody_asked_for_is_set_apart(tmp_path: Path) -> None:
    path = tmp_path / "antwoorden.zip"
    write_archive(path, [(A, answer(A))])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("antwoord-0000099.xml", answer(B, JOB))
    found = read(arrival(tmp_path, path))
    assert asked(found) == {A: "beantwoord"} and table(found, "ikv") == []
    assert (found.rows, found.refused, codes(found)) == (2, 1, ["OIB-ONGEVRAAGD"])


@pytest.mark.parametrize(("names", "known"), [
    (("jansen.xml", "pietersen.xml"), ("jansen.xml", "pietersen.xml")),  # without a number
    (("x-1.xml", "y-1.xml"), ("x-1.xml", "y-1.xml")),  # with the same number
    (("oktober/a-1.xml", "oktober/a-2.xml"), ("a-1.xml", "a-2")),  # in a folder, and without the ending
])  # fmt: skip
def test_an_answer_is_known_by_its_name(tmp_path: Path, names: tuple[str, str], known: tuple[str, str]) -> None:
    path = tmp_path / "antwoorden.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("vragen.csv", f"antwoord;bsn;uitkomst\n{known[0]};{A};beantwoord\n{known[1]};{B};beantwoord\n")
        archive.writestr(names[0], answer(A, JOB))
        archive.writestr(names[1], document(EMPTY))
    found = read(arrival(tmp_path, path))
    assert (asked(found), codes(found)) == ({A: "beantwoord", B: "niets_gevonden"}, [])


def test_an_empty_answer_with_the_number_of_another_is_not_taken_for_it(tmp_path: Path) -> None:
    """Taken for it, everything that was known of the person would be withdrawn."""
    path = tmp_path / "antwoorden.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("vragen.csv", f"antwoord;bsn;uitkomst\nx-1.xml;{A};beantwoord\n")
        archive.writestr("y-1.xml", document(EMPTY))
    found = read(arrival(tmp_path, path))
    assert (asked(found), codes(found)) == ({A: "niet_bevraagd"}, ["OIB-ONGEVRAAGD", "OIB-ONLEESBAAR"])


def test_without_questions_an_answer_must_name_its_person(tmp_path: Path) -> None:
    path = tmp_path / "los.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, content in enumerate((answer(A, JOB), document(EMPTY), document(FAULT), b"<x/>")):
            archive.writestr(f"{number}.xml", content)
    found = read(arrival(tmp_path, path))
    assert asked(found) == {A: "beantwoord"}
    assert (found.rows, found.refused) == (4, 3)
    assert codes(found).count("OIB-ZONDER-PERSOON") == 2


def test_a_partly_known_window_bounds_nothing(tmp_path: Path) -> None:
    found = read(arrival(tmp_path, {A: answer(A, window=("20260000", "20261031"))}))
    row = table(found, "gevraagd")[0]
    assert (row["venster_begin"], str(row["venster_eind"])) == (None, "2026-10-31")


@pytest.mark.parametrize("index", [
    b"antwoord,bsn\n1,2\n", b"antwoord;bsn;uitkomst\na-1.xml;123;beantwoord\n", b"\xff\xfe\x00",
    b"antwoord;bsn;uitkomst\na-1.xml;%s;misschien\n" % A.encode(), b"",
])
def test_questions_that_cannot_be_read_stop_the_file(tmp_path: Path, index: bytes) -> None:
    path = tmp_path / "antwoorden.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("vragen.csv", index)
        archive.writestr("antwoord-0000001.xml", answer(A))
    with pytest.raises(FileRefused) as refused:
        read(arrival(tmp_path, path))
    assert refused.value.findings["code"].to_pylist() == ["OIB-VRAGEN"]


@pytest.mark.parametrize(("content", "code"), [
    (b"geen archief", "ARC-"), (b"PK\x03\x04" + b"x" * 100, "ARC-01"), (b"", "ARC-01"),
])
def test_what_is_no_archive_is_refused_as_a_whole(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "antwoorden.zip"
    path.write_bytes(content)
    try:
        found = read(arrival(tmp_path, path))
    except FileRefused as refused:
        assert refused.findings["code"].to_pylist()[0].startswith(code)
    else:
        # One file of text is an archive of one message, and that is refused.
        assert found.refused == found.rows == 1 and asked(found) == {}


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "antwoorden.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.xml", b" " * (7 * 1024 * 1024))
    with pytest.raises(FileRefused) as refused:
        read(arrival(tmp_path, path))
    assert refused.value.findings["code"].to_pylist() == ["ARC-02"]
