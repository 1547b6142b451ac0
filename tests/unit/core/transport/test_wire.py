"""Reading with many requests at once, from a server that gives less or more than it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest
from paramiko.message import Message
from paramiko.sftp import CMD_ATTRS, CMD_DATA, CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR

from exchanges.core.errors import TransportError
from exchanges.core.transport import session
from exchanges.core.transport.files import CHUNK
from exchanges.core.transport.patience import Clock, Pace
from exchanges.core.transport.session import SftpSession
from exchanges.core.transport.sftp import SftpSettings
from exchanges.core.transport.wire import Attributes, WireClient

SIZE = 3 * CHUNK + 7


class Server(WireClient):
    """Answers at once: of each piece at most ``most`` bytes, and ``more`` than was asked."""

    def __init__(self, most: int = CHUNK, more: int = 0) -> None:
        self.most, self.more, self.number = most, more, 0
        self._clock = Clock(1, 1)

    def _async_request(self, answers: Any, kind: int, handle: bytes, offset: Any, length: int) -> int:
        self.number += 1
        message = Message()
        message.add_string(b"x" * (min(length, self.most) + self.more))
        message.rewind()
        answers.got[self.number] = (CMD_DATA, message)
        return self.number


def read(server: Server) -> int:
    return sum(map(len, server._read_ahead(b"h", SIZE, 4, Pace(1))))


@pytest.mark.parametrize("most", [CHUNK, CHUNK - 1, 5000])
def test_less_is_asked_for_again(most: int) -> None:
    assert read(Server(most)) == SIZE


def test_more_is_no_answer() -> None:
    """It is no size that was agreed to, and no KeyError of ours."""
    with pytest.raises(paramiko.SFTPError):
        read(Server(more=1))


# --- names and attributes

MUCH = 0xFFFFFFFF


def message(*parts: int | bytes) -> Message:
    """Numbers of four bytes, and texts."""
    made = Message()
    for part in parts:
        if isinstance(part, int):
            made.add_int(part)
        else:
            made.add_string(part)
    made.rewind()
    return made


class Lister(WireClient):
    """Gives these answers to requests for names, then says that it is done."""

    def __init__(self, *answers: Message) -> None:
        self.answers: Iterator[Message] = iter(answers)
        self._clock = Clock(1, 1)

    def _request(self, kind: int, *args: Any) -> tuple[int, Message]:
        if kind == CMD_OPENDIR:
            return CMD_HANDLE, message(b"h")
        found = next(self.answers, None)
        if found is None:
            raise EOFError
        return CMD_NAME if kind == CMD_READDIR else CMD_ATTRS, found

    def _async_request(self, *args: Any) -> int:
        return 1


def test_names_and_what_they_are() -> None:
    one = message(2, b".", b"", 0, b"a.xml", b"-rw-r--r--", 0x1 | 0x2 | 0x4 | 0x8, 0, 7, 1, 1, 0o100644, 0, 0)
    two = message(1, b"b", b"", 0x80000000, 1, b"x", b"y")
    assert list(Lister(one, two).entries("in")) == [
        (".", Attributes(None, None)), ("a.xml", Attributes(7, 0o100644)), ("b", Attributes(None, None))
    ]  # fmt: skip


def test_a_server_that_says_to_have_more_than_it_sends_is_not_counted_with() -> None:
    assert list(Lister(message(MUCH, b"a", b"", 0)).entries("in")) == [("a", Attributes(None, None))]
    assert Lister(message(0x80000001, 0, 5, MUCH, b"x", b"y")).look("a") == Attributes(5, None)


def test_a_server_that_answers_without_a_name_is_no_server() -> None:
    with pytest.raises(paramiko.SFTPError):
        list(Lister(message(0)).entries("in"))


def talking(*names: bytes) -> SftpSession:
    """With a server that gives these names, one at a time."""
    made = SftpSession.__new__(SftpSession)
    made.settings = SftpSettings("h", 22, "g", Path("k"), Path("k"))
    made._where, made._broken, made._overdue = "h:22", "", None
    made._sftp = Lister(*(message(1, name, b"", 0) for name in names))
    return made


@pytest.mark.parametrize("name", [b"a", b"."])
def test_a_server_that_never_stops_naming_is_stopped(name: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MOST_NAMES", 2000)
    assert len(talking(*[b"a"] * 2000).names("uit")) == 2000
    with pytest.raises(TransportError, match=r"meer dan 2\.000 namen"):
        talking(*[name] * 2001).names("uit")


def test_the_folder_itself_and_the_one_above_are_no_files() -> None:
    assert talking(b".", b"a.xml", b"..").names("uit") == ["a.xml"]
