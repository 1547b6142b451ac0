"""Reading a file as a partner would: as a stream, trusting nothing, with nothing of core.

``iterparse`` with a schema says nothing about some files that are not well-formed (a truncated one for instance), so
that pass alone proves nothing: a file is read twice, once against its schema, once for its content.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from lxml import etree

XSD = "http://www.w3.org/2001/XMLSchema"
NOT_XML = "het bestand is geen XML"
DOCTYPE = "een DOCTYPE is niet toegestaan"


class Unreadable(Exception):
    """The file is not XML that may be read. The text is for the answer: never a value."""


def compile_schema(folder: Path, root: str) -> etree.XMLSchema:
    """The schema in ``folder`` that declares ``root``. Raises FileNotFoundError when there is none."""
    name = etree.QName(root)
    for path in sorted(folder.glob("*.xsd")):
        document = _document(path)
        if document.get("targetNamespace") == name.namespace and _declares(path, name.localname):
            schema = etree.XMLSchema(etree.ElementTree(document))
            if len(schema.error_log):  # an import that is not found is only a warning, and would check nothing
                raise FileNotFoundError(f"{path}: {schema.error_log.last_error.message}")
            return schema
    raise FileNotFoundError(f"{folder}: no schema declares {name.localname}")


def _document(path: Path) -> Any:
    return etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)).getroot()


def _declares(path: Path, name: str) -> bool:
    """Whether an element ``name`` is declared in this schema document or in what it includes."""
    document = _document(path)
    included = [path.parent / one.get("schemaLocation") for one in document.iterfind(f"{{{XSD}}}include")]
    return document.find(f"{{{XSD}}}element[@name='{name}']") is not None or any(
        _declares(one, name) for one in included
    )


def parse(path: Path, events: tuple[str, ...], **more: Any) -> Generator[tuple[str, Any], None, None]:
    """Raises etree.XMLSyntaxError."""
    with path.open("rb") as file:
        yield from etree.iterparse(file, events=events, resolve_entities=False, no_network=True, load_dtd=False,
                                   huge_tree=False, remove_comments=True, remove_pis=True, **more)


def root_tag(path: Path) -> str:
    """Raises Unreadable."""
    with path.open("rb") as file:
        if file.read(5).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"<":
            raise Unreadable(NOT_XML)
    events = parse(path, ("start",))
    try:
        _, root = next(events)
        if root.getroottree().docinfo.doctype:
            raise Unreadable(DOCTYPE)
        return str(root.tag)
    except etree.XMLSyntaxError as error:
        raise not_well_formed(error) from None
    finally:
        events.close()


def not_well_formed(error: etree.XMLSyntaxError) -> Unreadable:
    return Unreadable(f"het bestand is geen goed gevormde XML (regel {error.lineno or 0})")


def refused_element(error: etree.XMLSyntaxError) -> str | None:
    """The element a schema refuses; None when the schema is not what is wrong. The message itself quotes the value,
    which may be a BSN; the element is what helps."""
    last = error.error_log.last_error if len(error.error_log) else None
    if last is None or last.domain_name != "SCHEMASV":
        return None
    return last.message.split("'")[1].split("}")[-1] if last.message.startswith("Element '") else "onbekend"


def forget(element: Any) -> None:
    """Keep memory flat: what has been read is dropped, with all that came before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def elfproef(nine: str) -> bool:
    """Of nine digits, a BSN or a fiscal number."""
    weighted = sum(weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), nine, strict=True))
    return nine != "000000000" and weighted % 11 == 0
