"""Elements that always have the same text: that they have, wherever they stand and however the file is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from exchanges.core.mapping.table import MessageMapping
from exchanges.core.xml import split
from exchanges.core.xml.constants import Constants
from exchanges.core.xml.stream import Checked, check_file
from tests.unit.core.mapping.messages import NAMESPACES, mapping_of, node
from tests.unit.core.xml.samples import saved
from tests.unit.core.xml.targets import Kept, any_schema


def mapping() -> MessageMapping:
    root = node("p:Bestand", "groep", occurs=(1, 1))
    record = node("p:Bestand/R", "lijst", "r", occurs=(0, None))
    record.children += [
        node("p:Bestand/R/Sleutel", "waarde", "sleutel", "code"), node("p:Bestand/R/Nul", "vast", "", "0.00", (1, 1)),
        node("p:Bestand/R/Nee", "vast", "", "N", (1, 1)),
    ]  # fmt: skip
    for name in ("Voor", "Na"):
        group = node(f"p:Bestand/{name}", "groep", occurs=(1, 1))
        group.children.append(node(f"{group.path}/Nul", "vast", "", "0", (1, 1)))
        root.children.append(group)
    root.children.insert(1, record)
    return mapping_of(root, "r", None, {"r": None})


DECLARED = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


def record(key: int, nul: str = "<Nul>0.00</Nul>", nee: str = "<Nee>N</Nee>") -> str:
    return f"<R><Sleutel>{key}</Sleutel>{nul}{nee}</R>\n"


def message(records: list[str], before: str = "0", after: str = "0") -> bytes:
    around = f"<p:Bestand{DECLARED}><Voor><Nul>{before}</Nul></Voor>\n", f"<Na><Nul>{after}</Nul></Na></p:Bestand>"
    return (around[0] + "".join(records) + around[1]).encode()


def check(tmp_path: Path, data: bytes) -> tuple[Checked, Kept]:
    sink = Kept()
    return check_file(saved(tmp_path / "bestand.xml", data), any_schema(mapping()), sink), sink


def places(checked: Checked) -> list[tuple[str, int | None, int | None]]:
    return [(fault.path.rpartition("Bestand/")[2], fault.line, fault.record) for fault in checked.deviations]


def test_a_message_as_it_always_is_deviates_in_nothing(tmp_path: Path) -> None:
    checked, sink = check(tmp_path, message([record(n) for n in range(5)]))
    assert checked.schema_valid and checked.wrong == []
    assert sink.tables()["r"]["sleutel"].to_pylist() == list("01234")


@pytest.mark.parametrize("written", [
    "<Nul>0</Nul>", "<Nul>-0.0</Nul>", "<Nul> 0.00 </Nul>", "<Nul>0.0<!-- x -->0</Nul>",
])  # fmt: skip
def test_the_same_number_written_otherwise_is_the_same(tmp_path: Path, written: str) -> None:
    checked, sink = check(tmp_path, message([record(0), record(1, written), record(2)]))
    assert checked.deviations == [] and sink.tables()["r"].num_rows == 3


@pytest.mark.parametrize(("nul", "nee", "where"), [
    ("<Nul>0.01</Nul>", "<Nee>N</Nee>", ["R/Nul"]), ("<Nul>0.00</Nul>", "<Nee>J</Nee>", ["R/Nee"]),
    ("<Nul>x</Nul>", "<Nee></Nee>", ["R/Nul", "R/Nee"]), ("<Nul>1e0</Nul>", "<Nee>n</Nee>", ["R/Nul", "R/Nee"]),
])  # fmt: skip
@pytest.mark.parametrize("many", [3, 5000])
def test_each_other_text_is_told_with_its_record_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nul: str, nee: str, where: list[str], many: int
) -> None:
    monkeypatch.setattr(split, "PIECE_BYTES", 64 * 1024)
    records = [record(n) for n in range(many)]
    records[many - 2] = record(many - 2, nul, nee)
    checked, sink = check(tmp_path, message(records))
    assert checked.schema_valid and checked.records == many
    assert places(checked) == [(path, many, many - 2) for path in where]
    assert sink.tables()["r"].num_rows == many
    assert "0.01" not in repr(checked.deviations)


def test_the_envelope_is_told_once_with_the_lines_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "PIECE_BYTES", 64 * 1024)
    records = [record(n) for n in range(5000)]
    records[7] = record(7, "<Nul>2</Nul>")
    checked, _ = check(tmp_path, message(records, "5", "6"))
    assert sorted(places(checked), key=str) == [("Na/Nul", 5002, None), ("R/Nul", 9, 7), ("Voor/Nul", 1, None)]


def test_a_document_without_records_has_an_envelope_too(tmp_path: Path) -> None:
    checked, _ = check(tmp_path, message([], "0", "9"))
    assert places(checked) == [("Na/Nul", 2, None)]


def test_what_is_absent_is_for_the_schema_to_say() -> None:
    document = etree.fromstring(message([record(1, nul="")])).getroottree()
    assert Constants(mapping(), of_record=True).faults(document) == []
