"""Climbing a step: a full disk, or a kill, at its first write, its second, and every one after it.

Runs in a process of the forge. A rung begins each time where the step begins. What is found after it is looked at; and
what was not found before at another rung is done again, and must end as it does when nothing happens.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from exchanges.core import run
from exchanges.core.evidence.verify import verify_ledger
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.database import _ENGINES
from tests.sluis import nobody_in
from tests.system.reliability import rungs
from tests.system.reliability.standing import Standing, standing

Attempt = Callable[[], list[Any] | None]
_ROOM = re.compile("schijf is vol")


@dataclass
class Climbed:
    """``rungs`` there were, ``states`` were found after them and done again; ``said`` is what the process told, and
    ``wrong`` what was not as it must be."""

    rungs: int = 0
    states: int = 0
    said: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "said": sorted(self.said)}


class Ladder:
    """``attempt`` does the step in ``home``, as it stands now, and gives what the process said: None when all is well.
    This process has done nothing yet: it forks, and what has threads cannot. At the end the step is done once."""

    def __init__(self, home: Path, attempt: Attempt) -> None:
        self.home, self.attempt = home, attempt
        self._begin = home.with_name(f"{home.name}-begin")
        shutil.copytree(home, self._begin)
        self._before = self._end = standing(home)
        self._known: set[str] = set()
        self.climbed = Climbed()

    def full(self, every: bool) -> Climbed:
        """A disk that is full from the nth call on: of the nth write half of the bytes still go down. Without ``every``
        the first of the calls that do the same to the same kind of file (folder, ending) stands for all of them, but
        for the commits of the books."""
        self._begin_anew()
        calls = self._calls()
        self._end = standing(self.home)
        for nth in count(1):
            if not every and _known(calls, nth):
                continue
            self.climbed.rungs += 1
            self._restore(self._begin)
            rungs.arm(self.home, nth)
            said = self.attempt()
            met = rungs.disarm() >= nth
            _forget()
            here = f"trede {nth}"
            if said is None or not met:
                self._wrong(here, self._unlike() + [str(said)] * (said is not None))
            else:
                self._refused(here, said)
                if self._new(here, standing(self.home)):
                    self._again(here)
            if not met:
                break
        shutil.rmtree(self._begin)
        return self.climbed

    def killed(self, every: bool) -> Climbed:
        """What a kill at each call leaves: the process waits there while it is copied. Comes first. What frees room
        counts too. Without ``every``: each commit of the books, and of the other calls of a kind the first that
        comes after one of that other kind."""
        tell, hear = os.pipe(), os.pipe()
        pid = os.fork()
        if not pid:
            os.close(tell[0])
            os.close(hear[1])
            rungs.tell(self.home, tell[1], hear[0])
            os._exit(0 if self.attempt() is None else 1)
        os.close(tell[1])
        os.close(hear[0])
        left: dict[Path, Standing] = {}
        met: set[tuple[bytes, bytes]] = set()
        before = b""
        with os.fdopen(tell[0], "rb") as told:
            for nth, line in enumerate(told, 1):
                kinds = before, _kind(line)
                if every or kinds not in met or _COMMIT.match(kinds[1]):
                    self._look(nth, left)
                met.add(kinds)
                before = kinds[1]
                os.write(hear[1], b"!")
        os.close(hear[1])
        _, status = os.waitpid(pid, 0)
        assert status == 0, status
        self._end = standing(self.home)
        for snapshot, now in left.items():
            self._new(snapshot.name, now)
            self._restore(snapshot)
            self._again(snapshot.name)
            shutil.rmtree(snapshot)
        return self.climbed

    def _look(self, nth: int, left: dict[Path, Standing]) -> None:
        self.climbed.rungs += 1
        snapshot = self.home.with_name(f"{self.home.name}-{nth}")
        shutil.copytree(self.home, snapshot)
        now = standing(snapshot)
        if now.fingerprint in {one.fingerprint for one in left.values()}:
            shutil.rmtree(snapshot)
        else:
            left[snapshot] = now

    def _calls(self) -> list[bytes]:
        """What each call of the undisturbed step does, and to which kind of file."""
        with tempfile.TemporaryFile() as file:
            rungs.listed(self.home, file.fileno())
            said = self.attempt()
            rungs.disarm()
            _forget()
            assert said is None, said
            file.seek(0)
            return [_kind(line) for line in file]

    def _begin_anew(self) -> None:
        self._restore(self._begin)
        self._known, self.climbed = set(), Climbed()

    # --- after a rung

    def _new(self, here: str, now: Standing) -> bool:
        """Whether no other rung left it like this. What may be nowhere is looked at."""
        if now.fingerprint in self._known:
            return False
        self._known.add(now.fingerprint)
        self.climbed.states += 1
        self._wrong(here, self._halfway(now))
        return True

    def _halfway(self, now: Standing) -> list[str]:
        found = []
        if now.state() not in ("", self._before.state(), self._end.state()):
            found.append(f"levering is {now.state()}")
        whole = {**self._before.partner, **self._end.partner}
        found += [
            f"half bestand bij de partner: {name}" for name, digest in now.partner.items()
            if ".part" not in name and whole.get(name) != digest
        ]  # fmt: skip
        return found

    def _again(self, here: str) -> None:
        said = self.attempt()
        _forget()
        self._wrong(here, [str(said)] if said is not None else self._unlike())

    def _unlike(self) -> list[str]:
        now = standing(self.home)
        ledger = Ledger(f"sqlite:///{self.home}/ledger.sqlite")
        found = now.unlike(self._end) + [breach.sentence for breach in verify_ledger(ledger, [], {}).breaches]
        _forget()
        return found + ["er ligt nog iets in werk"] * ("werk" in now.lying)

    def _refused(self, here: str, said: list[Any]) -> None:
        _, code, text = said
        if code != 3 or "\n" in text or not nobody_in(text) or not _ROOM.search(text):
            self._wrong(here, [f"zei {said}"])
        places = r" \(exchanges/[^)]*\)|" + re.escape(f"{self.home}/")
        self.climbed.said.add(re.sub(r"[0-9a-f]{12,}", "…", re.sub(places, "", text)))

    def _wrong(self, here: str, found: list[str]) -> None:
        self.climbed.wrong += [f"{here}: {one}" for one in found]

    def _restore(self, snapshot: Path) -> None:
        shutil.rmtree(self.home)
        shutil.copytree(snapshot, self.home)


_COMMIT = re.compile(rb"s .*/\.sqlite-wal")
# What has a name by chance or by content: hashes, the folders they are spread over, temporary files and folders.
_BY_CHANCE = re.compile(rb"[0-9a-f]{12,}|(?<=/)[0-9a-f]{2}(?=/)|(?<=\.)[0-9a-f]{8}$|(?<=/\.lijst-)[a-z0-9_]{8}")


def _kind(call: bytes) -> bytes:
    return re.sub(rb"/[^/]*?(\.[^./]*)?$", rb"/\1", _BY_CHANCE.sub(b"#", call.rstrip(b"\n")))


def _known(calls: list[bytes], nth: int) -> bool:
    """Whether a call before the nth does the same to the same kind of file, and it is no commit of the books."""
    return nth <= len(calls) and calls[nth - 1] in calls[: nth - 1] and not _COMMIT.match(calls[nth - 1])


def _forget() -> None:
    """What a process that has ended does not know any more."""
    run._ledger.cache_clear()
    while _ENGINES:
        _ENGINES.pop().dispose()
