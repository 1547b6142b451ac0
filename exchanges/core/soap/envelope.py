"""A message that came, taken apart before anything of it is believed: one Header, one Body, one element in it.

Everything is looked up from the root by a fixed path, never by name anywhere: who moves a signed part elsewhere and
puts another in its place (signature wrapping) finds that only what stands in its place counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree

from exchanges.core.soap.errors import Refused, Unanswered
from exchanges.core.soap.names import DS, ID, SOAP, WSA, WSSE, WSSE11, WSU

_ENVELOPE, _HEADER, _BODY = f"{{{SOAP}}}Envelope", f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"
FAULT = f"{{{SOAP}}}Fault"
_SECURITY = f"{{{WSSE}}}Security"
_ADDRESSING = frozenset(
    f"{{{WSA}}}{name}" for name in ("To", "Action", "MessageID", "RelatesTo", "From", "ReplyTo", "FaultTo")
)
_IN_SECURITY = {
    f"{{{WSSE}}}BinarySecurityToken": "het certificaat",
    f"{{{WSU}}}Timestamp": "het tijdstempel",
    f"{{{DS}}}Signature": "de handtekening",
}
_IDS = (ID, "Id", "{http://www.w3.org/XML/1998/namespace}id")
_CONFIRMATION = f"{{{WSSE11}}}SignatureConfirmation"


@dataclass(frozen=True)
class Envelope:
    """The parts of a message, each in its place. ``addressing`` are the addressing headers by local name,
    ``confirmation`` is None where there is none."""

    root: Any
    body: Any
    payload: Any
    addressing: dict[str, Any]
    token: Any
    timestamp: Any
    signature: Any
    confirmation: Any | None

    @property
    def must_be_signed(self) -> list[Any]:
        """Body, every addressing header, Timestamp, and what confirms our signature (WB004, WB014)."""
        rest = [self.confirmation] if self.confirmation is not None else []
        return [self.body, *self.addressing.values(), self.timestamp, *rest]


def parse(data: bytes, what: str) -> Any:
    """The root. Raises Refused for a DOCTYPE, Unanswered for what is no XML: something on the way answered."""
    # collect_ids: libxml2 would know xml:id by itself, and only what stands in its place may be known by an id.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                             remove_comments=True, remove_pis=True, collect_ids=False)  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise Unanswered(f"{what} is niet te lezen: het is geen XML.") from None
    if root.getroottree().docinfo.doctype:
        raise Refused("doctype", f"{what} heeft een DOCTYPE; dat wordt niet gelezen.")
    return root


def payload_of(root: Any, what: str) -> tuple[Any, Any, Any]:
    """Header (None where there is none), Body and its one child. Raises Refused for another shape."""
    children = list(root)
    if root.tag != _ENVELOPE or [one.tag for one in children] not in ([_HEADER, _BODY], [_BODY]):
        raise Refused("vorm", f"{what} is geen SOAP 1.1-envelop met een kop en een inhoud.")
    body = children[-1]
    if len(body) != 1:
        raise Refused("vorm", f"{what} heeft in de inhoud niet een element, maar {len(body)} (WW003).")
    return (children[0] if len(children) == 2 else None), body, body[0]


def take_apart(root: Any, what: str) -> Envelope:
    """Raises Refused: other headers than agreed (WS007), a header twice, a part of the security missing or double, an
    id that is given twice."""
    header, body, payload = payload_of(root, what)
    addressing: dict[str, Any] = {}
    security = None
    for one in () if header is None else header:
        name = etree.QName(one).localname
        if one.tag == _SECURITY and security is None:
            security = one
        elif one.tag in _ADDRESSING and name not in addressing:
            addressing[name] = one
        else:
            raise Refused("koppen", f"{what} heeft een kop dubbel, of een eigen kop (WS007).")
    if security is None:
        raise Refused("handtekening", f"{what} is niet ondertekend (WB013).")
    found = _security(security, what)
    ids = [one.get(name) for one in root.iter(etree.Element) for name in _IDS if name in one.attrib]
    if len(ids) != len(set(ids)):
        raise Refused("ids", f"{what} heeft een Id dubbel; wat is ondertekend staat niet vast.")
    return Envelope(
        root, body, payload, addressing, found[f"{{{WSSE}}}BinarySecurityToken"], found[f"{{{WSU}}}Timestamp"],
        found[f"{{{DS}}}Signature"], found.get(_CONFIRMATION),
    )  # fmt: skip


def _security(security: Any, what: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in security:
        if one.tag in found or not (one.tag in _IN_SECURITY or one.tag == _CONFIRMATION):
            raise Refused("koppen", f"{what} heeft in de beveiliging een deel dubbel of te veel.")
        found[one.tag] = one
    for tag, name in _IN_SECURITY.items():
        if tag not in found:
            raise Refused("handtekening", f"{what} mist {name}.")
    return found
