"""The envelope of a question (spec transport, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchanges.core.soap.certificates import Identity
from exchanges.core.soap.making import fresh_id, make
from exchanges.core.soap.names import ANONYMOUS


@dataclass(frozen=True)
class Request:
    """``data`` are the bytes to send. An answer must relate to ``message_id`` and confirm ``signature`` (base64 as in
    the message)."""

    data: bytes
    action: str
    message_id: str
    signature: str
    created: datetime


def make_request(payload: Any, action: str, to: str, identity: Identity, now: datetime,
                 message_id: str = "") -> Request:
    """``payload`` is the one child of the Body; it is moved. ``to`` is where it is sent to, with the OIN of who is
    there (``?oin=``). Without ``message_id`` the message is one of its own. From names our OIN; ReplyTo is anonymous
    (WA001)."""
    id = message_id or fresh_id()
    addressing = {
        "To": to, "Action": action, "MessageID": id, "From": f"{ANONYMOUS}?oin={identity.oin}", "ReplyTo": ANONYMOUS,
    }  # fmt: skip
    made = make(payload, addressing, identity, now)
    return Request(made.data, action, id, made.signature, now)
