"""Elements with the same text in every message: written without a column, counted instead of read."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.errors import MappingError
from exchanges.core.mapping.check import check_mapping
from exchanges.core.mapping.table import MessageMapping, mapping_folder, read_mapping
from exchanges.core.mapping.tokens import TokenReader
from exchanges.core.schemas.catalogue import Catalogue
from tests.unit.core.mapping.messages import NAMESPACES, mapping_of, node


def mapping(*, again: bool = False) -> MessageMapping:
    root = node("p:Bestand", "groep", occurs=(1, 1))
    record = node("p:Bestand/R", "lijst", "r")
    group = node("p:Bestand/R/Groep", "groep", occurs=(0, 1))
    nul = node(f"{group.path}/Nul", "vast", "", "0", (1, 1))
    group.children += [node(f"{group.path}/X", "waarde", "x", "code"), nul]
    record.children += [
        node("p:Bestand/R/A", "vast", "", "0.00", (1, 1)), node("p:Bestand/R/B", "vast", "", "N", (1, 1)),
        node("p:Bestand/R/C", "waarde", "c", "euro"), group,
    ]  # fmt: skip
    if again:
        record.children.append(node("p:Bestand/R/Nul", "waarde", "nul", "code"))
    root.children.append(record)
    return mapping_of(root, "r", None, {"r": None})


FULL = "<R><A>0.00</A><B>N</B><C>1.00</C><Groep><X>y</X><Nul>0</Nul></Groep></R>"
BARE = "<R><A>0.00</A><B>N</B></R>"


def fast(body: str) -> object:
    reader = TokenReader.fitting(mapping(), dict(NAMESPACES))
    assert reader is not None
    return reader.read(body.encode(), 0)


def test_what_never_changes_is_not_in_the_tables() -> None:
    tables = fast(FULL + "\n" + BARE)
    assert isinstance(tables, dict)
    assert tables["r"].to_pylist() == [{"_line": 1, "c": 100, "x": "y"}, {"_line": 2, "c": None, "x": None}]


@pytest.mark.parametrize("body", [
    FULL.replace("0.00", "0.01"), FULL.replace("<B>N", "<B>J"), FULL.replace("<Nul>0", "<Nul>1"),
    FULL.replace("<A>0.00</A>", ""), FULL.replace("<B>N</B>", "<B>N</B><A>0.00</A><B>N</B>"),
    FULL.replace("<A>0.00</A><B>N</B>", "<A>0.00</A>\n<B>N</B>"), FULL.replace("<Nul>0</Nul>", ""),
])  # fmt: skip
def test_anything_else_is_left_to_the_other_reader(body: str) -> None:
    assert fast(FULL + body) is None


def test_a_name_that_also_stands_elsewhere_is_left_to_the_other_reader() -> None:
    assert TokenReader.fitting(mapping(again=True), dict(NAMESPACES)) is None


@pytest.mark.parametrize("row", [
    "p:B/p:A;vast;kolom;0;1..1;;;spec;verified", "p:B/p:A;vast;;;1..1;;;spec;verified",
    "p:B/p:A;vast;;0;0..1;;;spec;verified", "p:B/p:A;vast;;0;1..n;;;spec;verified",
])  # fmt: skip
def test_a_fixed_element_has_a_text_no_column_and_is_there_once(tmp_path: Path, row: str) -> None:
    folder = tmp_path / "Proef" / "v1"
    folder.mkdir(parents=True)
    (folder / "message.toml").write_text(
        'message = "Proef"\nversion = "v1"\ncertainty = "verified"\nrecord = "r"\n[namespaces]\np = "urn:p"\n'
        '[tables.r]\ntitle = "r"\n')
    head = "pad;soort;kolom;opmaak;herhaling;codelijst;opmerking;bron;zekerheid"
    (folder / "mapping.csv").write_text(f"{head}\np:B;lijst;r;;0..n;;;spec;verified\n{row}\n")
    with pytest.raises(MappingError, match="vast element"):
        read_mapping(folder)


@pytest.mark.parametrize(("element", "text"), [
    ("PrAofLg", "0,00"), ("PrAofLg", "0.001"), ("PrAofLg", "12345678901.00"), ("IndWAO", "X"), ("AantVerlU", "0.0"),
])  # fmt: skip
def test_a_text_that_the_schema_refuses_is_found(element: str, text: str) -> None:
    entry = Catalogue.load().version("Loonaangifte", "2026v2.0")
    known = read_mapping(mapping_folder("Loonaangifte", "2026v2.0"))
    assert check_mapping(known, entry).problems == []
    for one in known.nodes():
        if one.local == element:
            one.text = text
    problems = check_mapping(known, entry).problems
    assert problems and all("vaste tekst" in line and element in line for line in problems)

