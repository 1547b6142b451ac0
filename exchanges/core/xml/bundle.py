"""Many small messages as one document: a root around them, so that one parse and one read-back do them all.

A message is its opening (XML declaration, start tag of the root with its namespaces) and the rest. In a bundle the
namespaces stand once around all of them, and each message is the bare start tag and its rest. That says the same of
every message only when each is one element there, so this is proven, not hoped for:

* none has ``<!`` or ``<?`` after its opening: no comment, CDATA section or instruction that could swallow a neighbour;
* there are as many start tags of the root in all of them together as there are messages, and each begins with one;
* the whole is well-formed and valid, and around the messages the schema allows nothing else.

So no tag of one message closes in another, and each is well-formed and valid exactly as it is by itself. A message
with another opening (other attributes, a default namespace) goes by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from exchanges.core.errors import CatalogueError
from exchanges.core.schemas.compiled import compile_xsd

_NAMESPACE = "urn:ketensluis:bundel"
_PREFIX = "ketensluis-bundel"
_NAME = rb"[A-Za-z_][A-Za-z0-9_.-]*"
_OPENING = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml\s+version=[\"']1\.0[\"'](?:\s+encoding=[\"'](?:UTF|utf)-8[\"'])?"
    rb"(?:\s+standalone=[\"'](?:yes|no)[\"'])?\s*\?>)?\s*"
    rb"<((?:" + _NAME + rb":)?" + _NAME + rb")((?:\s+xmlns:" + _NAME + rb"=(?:\"[^\"<&]*\"|'[^'<&]*'))*)\s*>"
)
_DECLARED = re.compile(rb"xmlns:(" + _NAME + rb")=(?:\"([^\"]*)\"|'([^']*)')")
_EMPTY = re.compile(rb"(?:" + _NAME + rb":)?" + _NAME)
_LONGEST_OPENING = 4096


@dataclass(frozen=True)
class Opening:
    """``text`` is how messages begin; ``tag`` the name of the root as written, ``namespaces`` what it declares."""

    text: bytes
    tag: bytes
    namespaces: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, data: bytes) -> Opening | None:
        """None when the message must go by itself."""
        found = _OPENING.match(data[:_LONGEST_OPENING])
        if found is None:
            return None
        declared = [
            (prefix.decode(), (one or other).decode("utf-8", "replace")) for prefix, one, other in
            _DECLARED.findall(found[2])
        ]  # fmt: skip
        prefixes = {prefix for prefix, _ in declared}
        if len(prefixes) < len(declared) or prefixes & {_PREFIX, "xml", "xmlns"} or not all(uri for _, uri in declared):
            return None
        return cls(found[0], found[1], tuple(sorted(declared)))

    @property
    def key(self) -> tuple[bytes, tuple[tuple[str, str], ...]]:
        """Messages with the same key can be in one bundle."""
        return self.tag, self.namespaces


def body_of(opening: Opening, messages: Sequence[bytes]) -> bytes | None:
    """The messages without their openings, one after the other; ``opening`` is that of the first, and each begins
    with one of the same key. None when what is in them could reach beyond one message."""
    start = b"<" + opening.tag + b">"
    cut = len(opening.text)
    parts: list[bytes] = []
    for data in messages:
        if data.startswith(opening.text):
            parts += (start, data[cut:])
        else:
            other = Opening.of(data)
            if other is None or other.key != opening.key:
                return None
            parts += (start, data[len(other.text) :])
    body = b"".join(parts)
    # One character is found much faster than two of which the first is everywhere.
    if (b"!" in body and b"<!" in body) or (b"?" in body and b"<?" in body):
        return None
    return body if body.count(b"<" + opening.tag) == len(messages) else None


def document_of(opening: Opening, body: bytes) -> bytes:
    """The bundle of ``body``."""
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in opening.namespaces)
    around = f"{_PREFIX}:Bundel"
    return b"".join(
        (f'<{around} xmlns:{_PREFIX}="{_NAMESPACE}"{declared}>'.encode(), body, f"</{around}>".encode())
    )


def opened(body: bytes) -> bytes:
    """``body`` with ``<x></x>`` for ``<x/>``, and with newlines as any parser makes them (XML 1.0, section 2.11): the
    fast reader knows start tags and end tags only, and no carriage return."""
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    parts = body.split(b"/>")
    for place, part in enumerate(parts[:-1]):
        name = part[part.rfind(b"<") + 1 :]
        parts[place] = part + (b"></" + name + b">" if _EMPTY.fullmatch(name) else b"/>")
    return b"".join(parts)


def compile_bundle(xsd: Path, namespace: str, local: str) -> Any:
    """The schema of a bundle of messages with root ``local`` by ``xsd``. Raises CatalogueError as compile_xsd does."""
    compile_xsd(xsd)  # nothing missing, nothing fetched
    text = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:m={quoteattr(namespace)}
        targetNamespace="{_NAMESPACE}">
      <xs:import namespace={quoteattr(namespace)} schemaLocation={quoteattr(xsd.resolve().as_uri())}/>
      <xs:element name="Bundel"><xs:complexType><xs:sequence>
        <xs:element ref="m:{local}" minOccurs="0" maxOccurs="unbounded"/>
      </xs:sequence></xs:complexType></xs:element></xs:schema>"""
    try:
        return etree.XMLSchema(etree.fromstring(text))
    except etree.XMLSchemaParseError as error:
        raise CatalogueError(f"Schema {xsd.name} is niet bruikbaar in een bundel: {error}.") from error
