"""One operation of a WSDL: the question it makes, the actions on both ways and the element of its answer.

zeep reads the WSDL and makes the Body. Its addressing, signing and verifying are not used: they sign the Body only, by
SHA-1, put headers twice, take a wrapped Body for a signed one, and stumble over a fault (spec transport, section 4).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import zeep
from lxml import etree

from exchanges.core.errors import UsageError
from exchanges.core.soap.names import SOAP

_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_ACTIONS = ("{http://www.w3.org/2007/05/addressing/metadata}Action", "{http://www.w3.org/2006/05/addressing/wsdl}Action")


class _Local(zeep.Transport):  # type: ignore[misc]
    """A WSDL and its schemas are files beside us; nothing is fetched for them, and zeep sends nothing."""

    def _load_remote_data(self, url: str) -> bytes:
        raise UsageError(f"De WSDL verwijst naar buiten ({url}); dat wordt niet opgehaald.")

    def post(self, address: str, message: Any, headers: Any) -> Any:
        raise UsageError("Alleen het eigen kanaal verzendt.")


class Operation:
    """For use by several threads. ``action`` and ``answer_action`` are those of WS-Addressing; ``question`` and
    ``answer`` are the elements that the Body of either holds, ``faults`` those that a fault may tell in its detail."""

    def __init__(self, wsdl: Path, name: str) -> None:
        """Raises UsageError when the WSDL has no such operation, or no action for it."""
        safe = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
        self._client = zeep.Client(str(wsdl), transport=_Local(), settings=safe)
        self._name = name
        try:
            abstract = self._client.service._binding.get(name).abstract
        except ValueError:
            raise UsageError(f"WSDL {wsdl.name} kent geen vraag {name}.") from None
        self.question = _element(abstract.input_message)
        self.answer = _element(abstract.output_message)
        self.faults = frozenset(_element(message) for message in abstract.fault_messages.values())
        # zeep keeps the action of the question only.
        self.action, self.answer_action = _actions(wsdl, name)

    def payload(self, **values: Any) -> Any:
        """The element for the Body, with the values by the names of the schema."""
        envelope = self._client.create_message(self._client.service, self._name, **values)
        return envelope.find(f"{{{SOAP}}}Body")[0]


def _element(message: Any) -> str:
    (part,) = message.parts.values()
    return str(part.element.qname)


def _actions(wsdl: Path, name: str) -> tuple[str, str]:
    tree = etree.parse(str(wsdl), etree.XMLParser(resolve_entities=False, no_network=True))
    found = tree.find(f"{{{_WSDL}}}portType/{{{_WSDL}}}operation[@name='{name}']")
    said = [
        next((node.get(attribute) for attribute in _ACTIONS if node.get(attribute)), "")
        for way in ("input", "output")
        for node in found.iterfind(f"{{{_WSDL}}}{way}")
    ]
    if len(said) != 2 or not all(said):
        raise UsageError(f"WSDL {wsdl.name} noemt bij {name} geen acties van WS-Addressing (WS008).")
    return said[0], said[1]
