"""A schema that is compiled is whole; a thread has its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from lxml import etree

from exchanges.core.errors import CatalogueError
from exchanges.core.schemas import Catalogue
from exchanges.core.schemas.compiled import closure, compile_xsd, compiled

XSD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{}<xs:element name="r"/></xs:schema>'


def write(folder: Path, text: str, name: str = "a.xsd") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (XSD.format('<xs:import namespace="urn:x" schemaLocation="weg.xsd"/>'), "verwijst naar weg.xsd"),
        (XSD.format('<xs:import namespace="urn:x" schemaLocation="http://example.org/x.xsd"/>'), "verwijst naar http"),
        (XSD.format('<xs:include schemaLocation="file:///etc/hostname"/>'), "verwijst naar file"),
        (XSD.format("<xs:element name='e' type='onbekend'/>"), "niet bruikbaar"),
        ("<x>", "niet leesbaar"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "/etc/hostname">]>' + XSD.format("&e;"), "DOCTYPE"),
    ],
)
def test_what_is_not_whole_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        compile_xsd(write(tmp_path, text))


def test_a_hole_two_files_deep_is_found(tmp_path: Path) -> None:
    hole = XSD.format('<xs:import namespace="urn:x" schemaLocation="weg.xsd"/>')
    write(tmp_path, hole.replace('"r"', '"s"'), "b.xsd")
    top = write(tmp_path, XSD.format('<xs:include schemaLocation="b.xsd"/>'))
    with pytest.raises(CatalogueError, match=r"Schema b.xsd verwijst naar weg.xsd"):
        compile_xsd(top)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="niet leesbaar"):
        compile_xsd(tmp_path / "weg.xsd")


def test_an_import_without_location_is_no_hole_by_itself(tmp_path: Path) -> None:
    assert compile_xsd(write(tmp_path, XSD.format('<xs:import namespace="urn:x"/>')))


def test_closure_names_every_file_once() -> None:
    entry = Catalogue.load().version("DKDVerzamelbestand", "v0001")
    names = [path.name for path in closure(entry.xsd)]
    assert "antwoord.xsd" in names and "datum.xsd" in names and len(names) == len(set(closure(entry.xsd)))


def test_a_thread_has_its_own_schema_and_keeps_it() -> None:
    entry = Catalogue.load().version("IBVerwijsindex", "v0300")
    together = Barrier(2)

    def twice(_: int) -> tuple[etree.XMLSchema, etree.XMLSchema]:
        together.wait(timeout=30)
        return compiled(entry), compiled(entry)

    with ThreadPoolExecutor(2) as pool:
        (a, again), (b, _) = pool.map(twice, range(2))
    assert a is again and a is not b and compiled(entry) not in (a, b)
    assert compiled(entry) is compiled(entry, "IBVerwijsindex")
    assert compiled(entry, "IBVerwijsindexResponse") is not compiled(entry)
    assert entry.compile() is not entry.compile()


def test_every_schema_of_the_product_compiles() -> None:
    for entry in Catalogue.load().entries:
        for root in entry.roots:
            schema = entry.compile(root)
            assert not schema.validate(etree.Element("onbekend"))
            assert not schema.validate(etree.Element(f"{{{entry.namespace}}}Onbekend"))
