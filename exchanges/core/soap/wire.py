"""One POST over TLS: what goes out are the bytes that were signed, what comes back is capped, in time and as agreed.

urllib3 and not requests: no environment variable, cookie, redirect or bundle of roots can then change whom we trust
(spec transport, section 2.3).
"""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import urllib3
from cryptography import x509
from urllib3.connection import HTTPSConnection
from urllib3.util import Timeout

from exchanges.core.soap.errors import Refused, Unanswered
from exchanges.core.soap.timed import TimedSocket
from exchanges.core.soap.tls import refusal

SESSION_SECONDS = 600.0  # WT008: a TLS session may not last for ever
# Spec transport, section 12, and 500: without a fault in it, something on the way failed.
_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
_CHUNK = 65536

# Called with the certificate that the server showed, at every new connection. What it raises ends the connection
# before a byte of a message has gone out.
Seen = Callable[[x509.Certificate], None]


@dataclass(frozen=True)
class Reply:
    """``status`` 200, or 500 with a SOAP envelope; ``data`` at most what was agreed."""

    status: int
    data: bytes


class _Connection(HTTPSConnection):
    def __init__(self, *given: Any, seen: Seen, seconds: float, **named: Any) -> None:
        super().__init__(*given, **named)
        self._seen, self._seconds = seen, seconds
        self._since = 0.0

    def connect(self) -> None:
        super().connect()
        self._since = time.monotonic()
        assert isinstance(self.sock, TimedSocket)
        self.sock.give(self._seconds)
        shown = self.sock.getpeercert(binary_form=True)
        assert shown is not None  # TLS has verified it
        self._seen(x509.load_der_x509_certificate(shown))

    def request(self, *given: Any, **named: Any) -> None:
        if self.sock is not None and time.monotonic() - self._since > SESSION_SECONDS:
            self.close()  # http.client opens a new one
        if isinstance(self.sock, TimedSocket):
            self.sock.give(self._seconds)
        super().request(*given, **named)


class Wire:
    """Connections to one address, at most ``connections`` at the same time; for use by as many threads. ``seconds``
    holds for making a connection, and then for a question with its answer, however they come."""

    def __init__(self, url: str, context: ssl.SSLContext, *, connections: int, seconds: float, most_bytes: int,
                 seen: Seen) -> None:
        parsed = urllib3.util.parse_url(url)
        self.where = str(parsed.netloc)
        self._target = parsed.request_uri
        self._seconds, self._most_bytes = seconds, most_bytes
        self._pool = urllib3.HTTPSConnectionPool(
            str(parsed.host), parsed.port or 443, maxsize=connections, block=True, retries=False,
            timeout=Timeout(connect=seconds, read=seconds), ssl_context=context,
        )  # fmt: skip
        self._pool.ConnectionCls = partial(_Connection, seen=seen, seconds=seconds)  # type: ignore[assignment]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def post(self, data: bytes) -> Reply:
        """Raises Unanswered when it may go well another time; Refused when the server is not to be trusted, does not
        let us in, or sends something else than agreed."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', "Accept": "text/xml"}
        try:
            response = self._pool.urlopen(
                "POST", self._target, body=data, headers=headers, redirect=False, preload_content=False,
                decode_content=False, pool_timeout=math.ceil(self._seconds),
            )  # fmt: skip
            try:
                got = self._read(response)
            except BaseException:
                response.close()  # what is still to come must not be taken for the next answer
                raise
            finally:
                response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise self._failure(error) from None
        except (ssl.SSLError, OSError) as error:
            raise self._failure(error) from None
        return self._judge(response, got)

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        parts, size = [], 0
        while part := response.read1(_CHUNK, decode_content=False):
            parts.append(part)
            size += len(part)
            if size > self._most_bytes:
                most = self._most_bytes // 1024**2
                raise Refused("omvang", f"Het antwoord van {self.where} is groter dan {most} MiB.")
        return b"".join(parts)

    def _judge(self, response: urllib3.BaseHTTPResponse, data: bytes) -> Reply:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        is_soap = kind == "text/xml" and "Content-Encoding" not in response.headers
        status = response.status
        if is_soap and status in (200, 500):
            return Reply(status, data)
        if status in _AGAIN:
            raise Unanswered(f"{self.where} kan nu niet antwoorden (HTTP {status}).", _after(response))
        if status in (401, 403):
            raise Refused("toegang", f"{self.where} geeft ons geen toegang (HTTP {status}); kent de partner onze OIN?")
        if status == 200:
            raise Refused("vorm", f"Het antwoord van {self.where} is geen SOAP 1.1-bericht (text/xml, niet ingepakt).")
        raise Refused("http", f"{self.where} antwoordt met HTTP {status}; klopt het adres?")

    def _failure(self, error: Exception) -> Exception:
        """urllib3 wraps what really happened in what it was doing."""
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLError) and (refused := refusal(cause, self.where)):
                return refused
            # These two first: to urllib3 they are timeouts as well.
            if isinstance(cause, urllib3.exceptions.NameResolutionError):
                return Unanswered(f"{self.where} is niet te vinden in het netwerk; klopt url in de instellingen?")
            if isinstance(cause, urllib3.exceptions.NewConnectionError):
                return Unanswered(f"{self.where} neemt geen verbinding aan; klopt url in de instellingen?")
            if isinstance(cause, TimeoutError | urllib3.exceptions.TimeoutError):
                return Unanswered(f"{self.where} antwoordt niet binnen {self._seconds:g} seconden.")
            inner = cause.args[-1] if cause.args else None
            cause = cause.__cause__ or cause.__context__ or (inner if isinstance(inner, Exception) else None)
        # A server that does not take our certificate may say no more than this, so it is asked.
        return Unanswered(f"De verbinding met {self.where} is verbroken; blijft dat zo, kent de partner ons dan?")


def _after(response: urllib3.BaseHTTPResponse) -> float | None:
    said = response.headers.get("Retry-After", "").strip()
    return float(said) if said.isdecimal() else None
