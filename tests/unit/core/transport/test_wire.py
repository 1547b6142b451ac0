"""Reading with many requests at once, from a server that gives less or more than it was asked."""

from __future__ import annotations

from typing import Any

import paramiko
import pytest
from paramiko.message import Message
from paramiko.sftp import CMD_DATA

from exchanges.core.transport.files import CHUNK
from exchanges.core.transport.wire import WireClient

SIZE = 3 * CHUNK + 7


class Server(WireClient):
    """Answers at once: of each piece at most ``most`` bytes, and ``more`` than was asked."""

    def __init__(self, most: int = CHUNK, more: int = 0) -> None:
        self.most, self.more, self.number = most, more, 0

    def _async_request(self, answers: Any, kind: int, handle: bytes, offset: Any, length: int) -> int:
        self.number += 1
        message = Message()
        message.add_string(b"x" * (min(length, self.most) + self.more))
        message.rewind()
        answers.got[self.number] = (CMD_DATA, message)
        return self.number


def read(server: Server) -> int:
    return sum(map(len, server._read_ahead(b"h", SIZE, 4)))


@pytest.mark.parametrize("most", [CHUNK, CHUNK - 1, 5000])
def test_less_is_asked_for_again(most: int) -> None:
    assert read(Server(most)) == SIZE


def test_more_is_no_answer() -> None:
    """It is no size that was agreed to, and no KeyError of ours."""
    with pytest.raises(paramiko.SFTPError):
        read(Server(more=1))
