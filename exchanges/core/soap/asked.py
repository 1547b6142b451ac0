"""A question that somebody asks us: from whom we know, whole, of now, to us, and not one that was there before
(WB002, WB004, WB013, WA001; transport.md section 4: replay)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from exchanges.core.soap.envelope import Envelope, parse, take_apart
from exchanges.core.soap.errors import Refused, Unanswered
from exchanges.core.soap.making import LIFETIME
from exchanges.core.soap.memory import Memory
from exchanges.core.soap.names import ANONYMOUS, DS, WSA
from exchanges.core.soap.signed import Seal, content
from exchanges.core.soap.trust import Trust
from exchanges.core.soap.verify import canonical

_LONGEST_ID = 255
_OIN = re.compile(r"[?&]oin=([0-9A-Z]{20})(?:&|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """A question that may be answered. ``payload`` is the element in its Body; an answer goes to ``sender`` from
    ``to``, relates to ``message_id`` and confirms ``signature``. ``oin`` is of who signed."""

    payload: Any
    message_id: str
    signature: str
    sender: str
    to: str
    oin: str


def memory_for(folder: Path, skew: timedelta) -> Memory:
    """In ``folder``, of one service. What is older than this is refused for its time."""
    return Memory(folder, LIFETIME + 2 * skew)


class Gate:
    """``action`` and ``element`` are those of the question we answer, ``oin`` is ours; ``trust`` says who may ask, and
    ``skew`` how far the clocks may be apart. ``memory`` outlives it. For many threads."""

    def __init__(self, trust: Trust, action: str, element: str, oin: str, skew: timedelta, memory: Memory) -> None:
        self._seal = Seal(trust, "De vraag")
        self._action, self._element, self._oin, self._skew = action, element, oin, skew
        self._memory = memory

    def take(self, data: bytes, now: datetime) -> Asked:
        """Raises Refused: something in it is not as agreed; nothing of it may be used."""
        try:
            root = parse(data, "De vraag")
        except Unanswered as error:
            raise Refused("vorm", str(error)) from None
        envelope = take_apart(root, "De vraag")
        self._seal.require(envelope, now)
        self._fresh(envelope, now)
        asked = self._addressed(envelope)
        if envelope.payload.tag != self._element:
            raise Refused("vorm", "De vraag is een ander bericht dan hier wordt beantwoord.")
        said = sha256(canonical(envelope.payload)).digest()
        self._memory.require_new(asked.message_id, asked.signature, said, now)
        return asked

    def _fresh(self, envelope: Envelope, now: datetime) -> None:
        created = self._seal.moment(envelope.timestamp, "Created")
        expires = self._seal.moment(envelope.timestamp, "Expires")
        if created is None:
            raise self._seal.refused("tijd", "heeft geen tijdstip van maken (WB002)")
        oldest = now - LIFETIME - self._skew
        if not oldest <= created <= now + self._skew or (expires and expires < now - self._skew):
            raise self._seal.refused("tijd", "is niet van nu (lopen de klokken gelijk?)")

    def _addressed(self, envelope: Envelope) -> Asked:
        headers = envelope.addressing
        found = {name: self._value(headers[name]) for name in ("To", "Action", "MessageID", "From") if name in headers}
        for name in ("To", "Action", "MessageID", "From"):
            if not found.get(name):
                raise self._seal.refused("koppen", f"mist een kop ({name})")
        if found["Action"] != self._action:
            raise self._seal.refused("actie", "is van een andere soort dan hier wordt beantwoord (Action)")
        if _oin_in(found["To"]) != self._oin:
            raise self._seal.refused("koppen", "is niet aan ons gericht: de OIN in To is een andere")
        oin = self._seal.trust.oin
        if _oin_in(found["From"]) != oin:
            raise self._seal.refused("koppen", "komt volgens From van een ander dan wie haar ondertekent")
        reply = self._value(headers["ReplyTo"]) if "ReplyTo" in headers else ANONYMOUS
        if "RelatesTo" in headers or reply.partition("?")[0] != ANONYMOUS:
            raise self._seal.refused("koppen", "wil het antwoord ergens anders, of is zelf een antwoord")
        if len(found["MessageID"]) > _LONGEST_ID:
            raise self._seal.refused("koppen", "heeft een te lang kenmerk (MessageID)")
        signature = "".join((envelope.signature.findtext(f"{{{DS}}}SignatureValue") or "").split())
        return Asked(envelope.payload, found["MessageID"], signature, found["From"], found["To"], oin)

    def _value(self, header: Any) -> str:
        """Its text, or that of its Address, of which there may be nothing beside (spec transport, section 3)."""
        if len(header) == 0:
            return content(header)
        inside = list(header)
        return content(inside[0]) if [one.tag for one in inside] == [f"{{{WSA}}}Address"] else ""


def _oin_in(address: str) -> str:
    found = _OIN.search(address)
    return found[1] if found else ""
