"""Two waits that paramiko does not end by itself: for a server that no longer reads, and for one that does not say
whether it has SFTP. Both end in a connection that is closed and a ``fell_silent`` that was called."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import paramiko


class PatientSocket(socket.socket):
    """Takes over ``connected``; a connection that accepts no byte for ``patience`` seconds is aborted.

    paramiko tries again for ever when the network takes nothing, which is what a server looks like that hangs while
    its buffers are full.
    """

    def __init__(self, connected: socket.socket, patience: float, fell_silent: Callable[[], None]) -> None:
        super().__init__(fileno=connected.detach())
        self._patience = patience
        self._fell_silent = fell_silent
        self._stuck_since: float | None = None

    def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]
        """Raises ConnectionAbortedError when patience is at its end, TimeoutError before."""
        try:
            sent = super().send(data, flags)
        except TimeoutError:
            now = time.monotonic()
            if self._stuck_since is None:
                self._stuck_since = now
            if now - self._stuck_since < self._patience:
                raise
            self._fell_silent()
            raise ConnectionAbortedError from None
        self._stuck_since = None
        return sent


@contextmanager
def deadline(transport: paramiko.Transport, seconds: float, fell_silent: Callable[[], None]) -> Iterator[None]:
    """Closes ``transport`` when what is within takes longer; whoever waits there gets the exception of a connection
    that was closed."""

    def give_up() -> None:
        fell_silent()
        transport.close()

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
