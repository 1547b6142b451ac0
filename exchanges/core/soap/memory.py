"""What was asked before, for as long as it could be asked again (transport.md section 4: replay).

For all processes of an installation, and all threads: in a folder that they share. What is remembered is a name that is
made exclusively, which every file system does at once or not at all. Names are digests, and hold nothing of a question.

    <folder>/<term>/s-<digest of the signature>      -> <microseconds>
    <folder>/<term>/k-<digest of the MessageID>      -> <microseconds>-<digest of what was asked>

A term is as long as the window, so what may still count lies in this term or the one before. A link that leads nowhere
has its content from the moment it is there.
"""

from __future__ import annotations

import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from exchanges.core.soap.errors import Refused
from exchanges.core.store.failures import storage_failures

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Memory:
    """The very same message again is one that somebody kept; another one under the same MessageID is no repetition. A
    question that is repeated by who asks it is signed anew, and is answered."""

    folder: Path
    window: timedelta

    def require_new(self, message_id: str, signature: str, said: bytes, now: datetime) -> None:
        """Raises Refused, ``what`` is ``herhaling``, and TechnicalError when it cannot be remembered: then it is not to
        be answered. Of two that come at the same moment at most one is new."""
        moment = int(now.timestamp() * 1_000_000)
        with storage_failures("een vraag onthouden"):
            term = self._term(moment)
            # Made before the others are looked at: of two across the turn of a term at least one sees the other.
            mine = term / f"s-{sha256(signature.encode()).hexdigest()}"
            if not _made(mine, str(moment)):
                raise _again()
            if any(self._counts(target, moment) for target in _targets(mine)):
                mine.unlink()
                raise _again()
            if not self._said(term / f"k-{sha256(message_id.encode()).hexdigest()}", said.hex(), moment):
                mine.unlink()  # nothing was taken, so nothing is known
                raise _again()

    def _said(self, mine: Path, said: str, moment: int) -> bool:
        """Whether nothing else was asked under this MessageID. The last time is what counts."""
        made = _made(mine, f"{moment}-{said}")
        others = [*_targets(mine), *([] if made else [str(mine.readlink())])]
        if any(target.partition("-")[2] != said for target in others if self._counts(target, moment)):
            if made:
                mine.unlink()
            return False
        if not made:
            # Of the same content, so whoever else does this now does no harm.
            newer = mine.with_name(f".{secrets.token_hex(8)}")
            newer.symlink_to(f"{moment}-{said}")
            newer.replace(mine)
        return True

    def _counts(self, target: str, moment: int) -> bool:
        return moment - int(target.partition("-")[0]) <= self.window // _MICROSECOND

    def _term(self, moment: int) -> Path:
        """The folder of now. With a new one, those that cannot count any more go."""
        number = moment // (self.window // _MICROSECOND)
        term = self.folder / str(number)
        if not term.is_dir():
            term.mkdir(mode=0o700, parents=True, exist_ok=True)
            for old in self.folder.iterdir():
                if old.name.isdigit() and int(old.name) < number - 1:
                    shutil.rmtree(old, ignore_errors=True)
        return term


def _made(path: Path, target: str) -> bool:
    with suppress(FileExistsError):
        path.symlink_to(target)
        return True
    return False


def _targets(mine: Path) -> list[str]:
    """What the terms beside this one have under that name: the one after it when clocks differ."""
    found = []
    for step in (-1, 1):
        with suppress(FileNotFoundError):
            found.append(str((mine.parents[1] / str(int(mine.parent.name) + step) / mine.name).readlink()))
    return found


def _again() -> Refused:
    return Refused("herhaling", "De vraag is er al geweest, of een andere onder haar kenmerk. Zij is niet beantwoord.")
