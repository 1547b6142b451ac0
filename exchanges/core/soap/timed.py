"""A TLS connection on which every message ends in time: Python counts from the last byte, so that who sends one byte
now and then is waited for without end."""

from __future__ import annotations

import math
import ssl
import time
from typing import Any


class TimedSocket(ssl.SSLSocket):
    """What a context makes of a connection (``SSLContext.sslsocket_class``)."""

    _until = math.inf

    def give(self, seconds: float) -> None:
        """From now on everything together may take so long. The handshake comes before, and ends in time by itself."""
        self._until = time.monotonic() + seconds

    def recv_into(self, *given: Any, **named: Any) -> int:
        """Raises TimeoutError when time is up."""
        self._hurry()
        return super().recv_into(*given, **named)

    def send(self, *given: Any, **named: Any) -> int:
        """Raises TimeoutError when time is up."""
        self._hurry()
        return super().send(*given, **named)

    def _hurry(self) -> None:
        if self._until == math.inf:
            return
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(left)
