"""What is kept of a message that was told: what the partner made of it, and its signed answer as the proof of that."""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict, dataclass
from uuid import UUID


@dataclass(frozen=True)
class Judged:
    """What an answer says of a message. ``code`` and ``text`` are the partner's; they go with a refusal, or with an
    acceptance that it remarks upon."""

    accepted: bool
    code: str = ""
    text: str = ""


@dataclass(frozen=True)
class Told:
    """One message. ``moment``: when the answer was taken (ISO 8601, UTC); ``confirms``: our signature value that it
    confirms; ``message``: the answer as it came. Of a message that was declined by a fault there is no signed answer:
    both are empty."""

    judged: Judged
    moment: str
    confirms: str = ""
    message: bytes = b""

    def pack(self) -> bytes:
        head = {**asdict(self.judged), "moment": self.moment, "confirms": self.confirms}
        return json.dumps(head).encode() + b"\n" + self.message

    @classmethod
    def unpack(cls, data: bytes) -> Told:
        head, _, message = data.partition(b"\n")
        said = json.loads(head)
        judged = Judged(said["accepted"], said["code"], said["text"])
        return cls(judged, said["moment"], said["confirms"], message)


def message_id(key: bytes, delivery: str, sha256: str, place: int) -> str:
    """The MessageID of the record at ``place`` in the file with this hash. The same delivery and the same bytes give
    the same one, on any machine with the same ``key``; it tells nothing of who it is about."""
    digest = hmac.digest(key, f"{delivery}\n{sha256}\n{place}".encode(), "sha256")
    return f"urn:uuid:{UUID(bytes=digest[:16], version=5)}"
