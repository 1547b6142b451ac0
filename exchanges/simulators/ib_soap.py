"""The Inlichtingenbureau, as far as the index goes over SOAP (IBVerwijsindex v0300): what a municipality tells of a
person is registered, once per message.

The service, its messages and its profile are public (dkd-gsd.md, sections 2 and 7). ASSUMED: that a message under a
MessageID that was seen is answered as the first time when it says the same, and refused when it says something else;
when the partner refuses, and the codes it uses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from lxml import etree

from exchanges.core.data import data_dir
from exchanges.simulators import soap_server
from exchanges.simulators.faults import switch
from exchanges.simulators.reading import compile_schema, elfproef
from exchanges.simulators.soap_faults import ServerFaults
from exchanges.simulators.soap_keys import OIN_MUNICIPALITY, Keys
from exchanges.simulators.soap_message import NotAgreed, Question, c14n

NAMESPACE = "http://bkwi.nl/SuwiML/Diensten/IBVerwijsindex/v0300"
SERVICE = "http://bkwi.nl/SuwiML/Diensten/IBVerwijsindex-v0300"
UNKNOWN = ("IB-AFW-01", "Persoon onbekend bij ontvanger")
WRONG_BSN = ("IB-AFW-03", "Burgerservicenummer voldoet niet aan de elfproef")


@dataclass(frozen=True)
class IndexFaults(ServerFaults):
    """What else can be wrong where the index is told."""

    reject_every: int = switch(0, "weiger elk n-de bericht met een Fout")
    unconfirmed: bool = switch(False, "antwoord leeg: geldig, maar het bevestigt niets")
    remark: bool = switch(False, "bevestig, met een waarschuwing erbij")
    off_schema: bool = switch(False, "geef een antwoord dat niet in het schema past")
    lost_memory: bool = switch(False, "onthoud geen kenmerken: registreer elk bericht als nieuw")


class IbSoap(soap_server.SoapPartner):
    """See :class:`exchanges.simulators.soap_server.SoapPartner`. ``index`` is what stands registered, by BSN and
    cluster: ``1`` or ``2``; ``registered`` counts how often something was, per BSN, ``repeated`` the messages that were
    known already."""

    name = "inlichtingenbureau"
    path = "/IBVerwijsindex-v0300"
    action, answer_action = f"{SERVICE}/IBVerwijsindex", f"{SERVICE}/IBVerwijsindexResponse"
    faults: IndexFaults

    def __init__(self, root: Path, faults: IndexFaults | None = None, *, port: int = 0, keys: Keys | None = None,
                 schemas: Path | None = None, status: Callable[[str], None] | None = None) -> None:
        super().__init__(root, faults or IndexFaults(), port=port, keys=keys, status=status)
        folder = (schemas or data_dir("schemas")) / "IBVerwijsindex" / "v0300"
        self._schema = compile_schema(folder, f"{{{NAMESPACE}}}IBVerwijsindex")
        self.index: dict[tuple[str, str], str] = {}
        self.registered: Counter[str] = Counter()
        self.repeated = 0
        # What each message said, and what became of it.
        self._seen: dict[str, tuple[bytes, tuple[str, str] | None]] = {}

    def understood(self, question: Question) -> None:
        """Strict: the municipality it knows, a message by the schema, nothing else under a MessageID it has seen."""
        if question.signer != OIN_MUNICIPALITY:
            raise NotAgreed("een OIN die niet is aangesloten")
        with self.lock:  # a compiled schema is not to be used by two threads at once
            if not self._schema.validate(question.payload):
                raise NotAgreed("een bericht dat niet in het schema past")
            known = self._seen.get(question.message_id)
            if known is not None and known[0] != _said(question):
                raise NotAgreed("ander bericht onder een kenmerk dat er al was")

    def respond(self, question: Question) -> Any:
        with self.lock:
            known = None if self.faults.lost_memory else self._seen.get(question.message_id)
            if known is not None:
                self.repeated += 1
                return self._response(known[1])
            refused = self._refuses(question.payload)
            self._seen[question.message_id] = (_said(question), refused)
            if refused is None:
                self._register(question.payload)
        return self._response(refused)

    def _refuses(self, told: Any) -> tuple[str, str] | None:
        if not elfproef(told.findtext("Burgerservicenr")):
            return WRONG_BSN
        every = self.faults.reject_every
        return UNKNOWN if every and (len(self._seen) + 1) % every == 0 else None

    def _register(self, told: Any) -> None:
        bsn = told.findtext("Burgerservicenr")
        self.registered[bsn] += 1
        for cluster in told.iterfind("ClusteringIb"):
            self.index[bsn, cluster.findtext("CdClusteringIb")] = cluster.findtext("IndDkd")

    def _response(self, refused: tuple[str, str] | None) -> Any:
        faults = self.faults
        root = etree.Element(f"{{{NAMESPACE}}}IBVerwijsindexResponse", nsmap={"v": NAMESPACE})
        if faults.off_schema:
            etree.SubElement(root, "Bevestigd").text = "ja"
        elif refused is None and not faults.unconfirmed:
            etree.SubElement(root, "Acknowledgement")
        if refused is not None:
            _told(root, "Fout", *refused)
        elif faults.remark:
            _told(root, "Waarschuwing", "IB-OPM-01", "Cluster wijkt af van de instelling")
        return root


def _told(root: Any, kind: str, code: str, text: str) -> None:
    # Local in this message, so without a namespace.
    one = etree.SubElement(etree.SubElement(root, "FWI"), kind)
    etree.SubElement(one, "Code").text = code
    etree.SubElement(one, "Tekst").text = text
    etree.SubElement(etree.SubElement(one, "Bron"), "DN").text = "CN=ib.voorbeeld.invalid"


def _said(question: Question) -> bytes:
    return sha256(c14n(question.payload)).digest()

