"""A line between a client and a server that lets little through: so many bytes a second, both ways, from when it is
told to. To either side all is well; it only takes long."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

_TICK = 0.02


class Drip:
    """``with Drip(port) as line``: what connects to ``line.port`` of 127.0.0.1 reaches ``port``, at full speed until
    ``slow`` is called. What the line has not let through, it has not read either."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._speed: float | None = None
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # those it accepts get it too
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port = int(self._listener.getsockname()[1])
        self._ends: list[socket.socket] = []

    def slow(self, bytes_per_second: float) -> None:
        self._speed = bytes_per_second

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while one.recv(1, socket.MSG_PEEK):  # first wait: the line may have become slow meanwhile
                data = one.recv(65536 if self._speed is None else max(1, int(self._speed * _TICK)))
                other.sendall(data)
                if self._speed is not None:
                    time.sleep(len(data) / self._speed)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
