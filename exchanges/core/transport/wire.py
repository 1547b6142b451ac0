"""paramiko's SFTP client with what a proof of delivery needs and its own lacks.

* every write is acknowledged before the file counts as written (paramiko forgets the last answers of a pipelined file
  when it is closed, so that a full disk can go unseen);
* reads with many requests in flight without a thread per file (its prefetch thread outlives a broken connection);
* the server's extensions and the status code of a refusal, which it throws away;
* attributes and names of which no more are read than there are: it counts as far as a server says.

It leans on four internals (``_request``, ``_async_request``, ``_read_response``, ``_convert_status``), unchanged for
many paramiko releases; tests/system/test_sftp_openssh.py fails when one of them moves.
"""

from __future__ import annotations

import errno
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import paramiko
from paramiko.message import Message
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_DATA,
    CMD_EXTENDED,
    CMD_HANDLE,
    CMD_INIT,
    CMD_LSTAT,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_STAT,
    CMD_STATUS,
    CMD_VERSION,
    CMD_WRITE,
    SFTP_EOF,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_READ,
    SFTP_FLAG_TRUNC,
    SFTP_FLAG_WRITE,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_OP_UNSUPPORTED,
    SFTP_PERMISSION_DENIED,
    int64,
)

from exchanges.core.transport.files import CHUNK
from exchanges.core.transport.patience import Clock, Pace

SFTP_VERSION = 3
# Later drafts of the protocol; some servers send them in version 3 too.
NO_SPACE, QUOTA_EXCEEDED = 14, 15
FSYNC = "fsync@openssh.com"
POSIX_RENAME = "posix-rename@openssh.com"

# Bytes of a name in a folder: no file system has longer ones. As many it counts for, whatever its length: some servers
# give one in an answer, and that takes a while each.
_NAME = 1024
# Of a whole answer. OpenSSH takes no larger ones either, and who asks for 32 KiB gets no more than that.
_ANSWER = 256 * 1024

# What attributes there are, by the bits of the protocol.
_SIZE, _OWNER, _MODE, _TIMES, _EXTENDED = 1, 2, 4, 8, 0x80000000

_ERRNO = {SFTP_NO_SUCH_FILE: errno.ENOENT, SFTP_PERMISSION_DENIED: errno.EACCES}


class Refused(OSError):
    """The server said no; the connection is fine. The server's own words are left out: they may hold anything."""

    def __init__(self, code: int) -> None:
        super().__init__(_ERRNO.get(code, errno.EIO), f"SFTP status {code}")
        self.code = code


@dataclass(frozen=True)
class Attributes:
    """Bytes, and kind and permissions as Unix has them; None where the server does not say."""

    size: int | None
    mode: int | None


class _Answers:
    """Collects the answers to requests in flight. paramiko keeps a weak reference: hold on to this object."""

    def __init__(self) -> None:
        self.got: dict[int, tuple[int, Message]] = {}

    def _async_response(self, kind: int, message: Message, number: int) -> None:
        self.got[number] = (kind, message)


class WireClient(paramiko.SFTPClient):  # type: ignore[misc]
    """An SFTP session on one channel. Raises Refused, OSError (timeout, broken), EOFError, SSHException, SFTPError."""

    extensions: frozenset[str] = frozenset()

    def __init__(self, channel: paramiko.Channel, clock: Clock) -> None:
        self._clock = clock
        with clock.answer():
            super().__init__(channel)

    def _read_all(self, size: int) -> bytes:
        if size > _ANSWER:
            raise paramiko.SFTPError("Answer too large")
        data: bytes = super()._read_all(size)
        return data

    def _read_packet(self) -> tuple[int, bytes]:
        with self._clock.answer():
            kind, data = super()._read_packet()
        return kind, data

    def _request(self, kind: int, *given: Any) -> tuple[int, Message]:
        # Around all of it: a server may send answers to what was not asked as long as it likes.
        with self._clock.answer():
            found: tuple[int, Message] = super()._request(kind, *given)
        return found

    def _send_version(self) -> int:
        hello = Message()
        hello.add_int(SFTP_VERSION)
        self._send_packet(CMD_INIT, hello)
        kind, data = self._read_packet()
        if kind != CMD_VERSION:
            raise paramiko.SFTPError("Incompatible sftp protocol")
        message = Message(data)
        version: int = message.get_int()
        names = []
        while message.get_remainder():
            names.append(message.get_binary().decode("utf-8", "replace"))
            message.get_binary()  # its version or data
        self.extensions = frozenset(names)
        return version

    def _convert_status(self, message: Message) -> None:
        code = message.get_int()
        if code == SFTP_EOF:
            raise EOFError  # how entries() knows that there are no more
        if code != SFTP_OK:
            raise Refused(code)

    def look(self, path: str, *, follow: bool = True) -> Attributes:
        """Of a file or folder; of what a link leads to, unless ``follow`` is off."""
        kind, message = self._request(CMD_STAT if follow else CMD_LSTAT, path.encode())
        if kind != CMD_ATTRS:
            raise paramiko.SFTPError("Expected attributes")
        return _attributes(message)

    def entries(self, directory: str) -> Generator[tuple[str, Attributes], None, None]:
        """Names and what they are, in any order, for as long as the server has more; with ``.`` and ``..``, or who
        counts would wait for ever for a server that says nothing else. Close it when leaving early."""
        kind, message = self._request(CMD_OPENDIR, directory.encode())
        if kind != CMD_HANDLE:
            raise paramiko.SFTPError("Expected handle")
        handle: bytes = message.get_binary()
        with self._clock.transfer() as pace:
            try:
                while True:
                    kind, message = self._request(CMD_READDIR, handle)
                    if kind != CMD_NAME:
                        raise paramiko.SFTPError("Expected name response")
                    left = message.get_int()
                    if not left:
                        raise paramiko.SFTPError("Expected a name")
                    while left and message.get_remainder():
                        name = message.get_binary()
                        if len(name) > _NAME:
                            raise paramiko.SFTPError("Name too long")
                        message.get_binary()  # as ls would show it
                        pace.did(_NAME)
                        yield name.decode(), _attributes(message)
                        left -= 1
            except EOFError:
                return  # how the server says that it is done
            finally:
                self._let_go(handle)

    def write_file(self, path: str, chunks: Iterable[bytes], in_flight: int) -> None:
        """Create or truncate ``path``; returns when every write, the fsync (if offered) and the close are confirmed."""
        handle = self._open(path, SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_TRUNC)
        try:
            self._write_behind(handle, chunks, in_flight)
            if FSYNC in self.extensions:
                self._fsync(handle)
        except BaseException:
            self._let_go(handle)
            raise
        self._request(CMD_CLOSE, handle)

    def read_file(self, path: str, size: int, in_flight: int) -> Generator[bytes, None, None]:
        """The first ``size`` bytes in order; Refused(SFTP_EOF) when there are fewer."""
        handle = self._open(path, SFTP_FLAG_READ)
        try:
            with self._clock.transfer() as pace:
                yield from self._read_ahead(handle, size, in_flight, pace)
        finally:
            self._let_go(handle)

    def _write_behind(self, handle: bytes, chunks: Iterable[bytes], in_flight: int) -> None:
        answers = _Answers()
        waiting: set[int] = set()
        offset = 0
        with self._clock.transfer() as pace:
            for chunk in chunks:
                waiting.add(self._async_request(answers, CMD_WRITE, handle, int64(offset), chunk))
                offset += len(chunk)
                pace.did(len(chunk))
                while len(waiting) >= in_flight:
                    self._collect(answers, waiting)
            while waiting:
                self._collect(answers, waiting)

    def _fsync(self, handle: bytes) -> None:
        try:
            self._request(CMD_EXTENDED, FSYNC, handle)
        except Refused as error:
            if error.code != SFTP_OP_UNSUPPORTED:  # some servers announce what they do not have
                raise

    def _let_go(self, handle: bytes) -> None:
        """Close without waiting: the file was only read, or is given up."""
        with suppress(OSError, EOFError, paramiko.SSHException), self._clock.answer():
            self._async_request(type(None), CMD_CLOSE, handle)

    def _read_ahead(self, handle: bytes, size: int, in_flight: int, pace: Pace) -> Generator[bytes, None, None]:
        answers = _Answers()
        asked: dict[int, tuple[int, int]] = {}  # offset of the piece -> request number, length
        next_ask = next_give = 0
        while next_give < size:
            while next_ask < size and len(asked) < in_flight:
                length = min(CHUNK, size - next_ask)
                asked[next_ask] = self._ask(answers, handle, next_ask, length), length
                next_ask += length
            number, length = asked[next_give]
            while number not in answers.got:
                self._read_response()
            del asked[next_give]
            data = self._data(*answers.got.pop(number), length)
            if len(data) < length:  # a short read is allowed; ask for the rest of this piece
                rest = next_give + len(data)
                asked[rest] = self._ask(answers, handle, rest, length - len(data)), length - len(data)
            next_give += len(data)
            pace.did(len(data))
            yield data

    def _ask(self, answers: _Answers, handle: bytes, offset: int, length: int) -> int:
        number: int = self._async_request(answers, CMD_READ, handle, int64(offset), length)
        return number

    def _data(self, kind: int, message: Message, most: int) -> bytes:
        if kind == CMD_STATUS:
            raise Refused(message.get_int())
        data: bytes = message.get_string()
        if kind != CMD_DATA or not 0 < len(data) <= most:
            raise paramiko.SFTPError("Expected data")
        return data

    def _collect(self, answers: _Answers, waiting: set[int]) -> None:
        """Wait for one answer at least; raise the first refusal."""
        self._read_response()
        for number, (_, message) in list(answers.got.items()):
            del answers.got[number]
            waiting.discard(number)
            self._convert_status(message)

    def _open(self, path: str, flags: int) -> bytes:
        kind, message = self._request(CMD_OPEN, path.encode(), flags, paramiko.SFTPAttributes())
        if kind != CMD_HANDLE:
            raise paramiko.SFTPError("Expected handle")
        handle: bytes = message.get_binary()
        return handle


def _attributes(message: Message) -> Attributes:
    flags = message.get_int()
    size = message.get_int64() if flags & _SIZE else None
    if flags & _OWNER:
        message.get_int64()
    mode = message.get_int() if flags & _MODE else None
    if flags & _TIMES:
        message.get_int64()
    left = message.get_int() if flags & _EXTENDED else 0
    while left and message.get_remainder():
        message.get_binary()
        message.get_binary()
        left -= 1
    return Attributes(size, mode)
