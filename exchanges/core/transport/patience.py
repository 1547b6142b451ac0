"""How long a partner may take, whatever it does: paramiko counts from the last byte, so that who sends one byte now and
then is waited for without end, and it waits as long for a server that no longer reads."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_AT_ONCE = 1024**2


class Pace:
    """Until when something may take: ``seconds``, and more with all that gets done, at ``speed`` bytes per second."""

    def __init__(self, seconds: float, speed: float | None = None) -> None:
        self.until = time.monotonic() + seconds
        self.speed = speed

    def over(self) -> bool:
        return self.until < time.monotonic()

    def did(self, size: int) -> None:
        """``size`` bytes more that were wanted; what else a server says buys it no time."""
        if self.speed is not None:
            self.until += size / self.speed


class Clock:
    """``patience`` in seconds holds for a whole answer; ``speed`` in bytes per second, on average and from twice that
    time on, for what is carried: who says nothing at all is silent before it is slow. One thread sets it, another looks
    at it."""

    def __init__(self, patience: float, speed: float) -> None:
        self.patience, self._speed = patience, speed
        self._running: tuple[Pace, ...] = ()

    @contextmanager
    def answer(self) -> Iterator[None]:
        """What is within is one answer, with what is asked for it."""
        with self._runs(Pace(self.patience)):
            yield

    @contextmanager
    def transfer(self) -> Iterator[Pace]:
        """What is within carries bytes; tell how many with ``did``."""
        with self._runs(Pace(2 * self.patience, self._speed)) as pace:
            yield pace

    def overdue(self) -> Pace | None:
        """What should have ended by now."""
        return next((pace for pace in self._running if pace.over()), None)

    @contextmanager
    def _runs(self, pace: Pace) -> Iterator[Pace]:
        self._running = (*self._running, pace)
        try:
            yield pace
        finally:
            # Not the last one: a file that is read may be given up while another is under way.
            self._running = tuple(one for one in self._running if one is not pace)


class PatientSocket(socket.socket):
    """Takes over ``connected``; when something is overdue, or the network takes nothing for the patience of ``clock``,
    the connection is aborted and ``gave_up`` called with it.

    paramiko comes by every tenth of a second, also when nothing comes in or the network takes nothing; who waits for an
    answer then gets the exception of a connection that was closed.
    """

    def __init__(self, connected: socket.socket, clock: Clock, gave_up: Callable[[Pace], None]) -> None:
        super().__init__(fileno=connected.detach())
        self._clock = clock
        self._gave_up = gave_up
        self._stuck: Pace | None = None

    def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]
        """Raises ConnectionAbortedError when time is up, TimeoutError before."""
        self._look()
        try:
            sent = super().send(data, flags)
        except TimeoutError:
            self._stuck = self._stuck or Pace(self._clock.patience)
            raise
        self._stuck = None
        return sent

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Raises ConnectionAbortedError when time is up. paramiko asks for as much as the server says will come, before
        it knows who that is, and as much memory is taken at once: so never more than ``_AT_ONCE``."""
        self._look()
        return super().recv(min(size, _AT_ONCE), flags)

    def _look(self) -> None:
        pace = self._clock.overdue()
        if pace is None and self._stuck is not None and self._stuck.over():
            pace = self._stuck
        if pace is not None:
            self._gave_up(pace)
            raise ConnectionAbortedError
