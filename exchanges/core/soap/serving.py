"""The HTTPS side of being asked: certificates on both sides, one path, messages of a bounded size, and no more at the
same time than agreed (TLS002, TLS004, GB009; transport.md, section 2)."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self

from cryptography import x509

from exchanges.core.errors import UsageError
from exchanges.core.settings import ServiceSettings
from exchanges.core.soap.answering import Reply, fault
from exchanges.core.soap.certificates import oin_of
from exchanges.core.soap.own import to_connect
from exchanges.core.soap.timed import TimedSocket
from exchanges.core.soap.tls import server_context

MOST_BYTES = 1024**2  # of a question: it names one person


class SoapService:
    """``with SoapService(settings, reply) as service``: listens on ``service.port`` until the end of the block.

    ``reply`` is called by many threads, as :meth:`exchanges.core.soap.answering.Answerer.reply`; ``status`` gets a line
    without personal data for what went wrong outside it. Raises UsageError when it cannot listen."""

    def __init__(self, settings: ServiceSettings, reply: Callable[[bytes], Reply], *,
                 status: Callable[[str], None] = lambda text: None) -> None:
        self.settings, self.reply, self.status = settings, reply, status
        self.slots = threading.BoundedSemaphore(settings.gelijktijdig)
        context = _context(settings)
        try:
            self._http = _Server(self, context)
        except OSError as error:
            raise UsageError(f"Luisteren op {settings.adres}:{settings.poort} gaat niet: {error.strerror}.") from None
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="soap-dienst", daemon=True)

    def renew(self) -> None:
        """Read certificates and lists again, for connections to come. Raises UsageError, and then changes nothing."""
        self._http.context = _context(self.settings)

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _context(own: ServiceSettings) -> ssl.SSLContext:
    return server_context(own.certificaat, own.sleutel, own.ca, own.crl, to_connect(own))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, service: SoapService, context: ssl.SSLContext) -> None:
        self.service, self.context = service, context
        super().__init__((service.settings.adres, service.settings.poort), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the thread of the connection: who is slow to shake hands holds nobody up.
        request.settimeout(self.service.settings.tijdslimiet)
        with suppress(OSError), self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up is nothing to tell of, and a traceback could hold what was asked."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    _AGAIN: ClassVar[dict[str, str]] = {"Retry-After": "1"}

    connection: TimedSocket

    def handle_one_request(self) -> None:
        self.connection.give(self.server.service.settings.tijdslimiet)
        super().handle_one_request()

    def do_POST(self) -> None:
        service = self.server.service
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self._refuse(413 if length.isdecimal() else 411)
        elif not self._is_partner():
            self._refuse(403)
        elif self.path != service.settings.pad:
            self._refuse(404)
        elif self.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "text/xml":
            self._refuse(415)
        else:
            self._answer(self.rfile.read(int(length)))

    def _answer(self, data: bytes) -> None:
        service = self.server.service
        if not service.slots.acquire(timeout=service.settings.tijdslimiet):
            self._refuse(503, **self._AGAIN)
            return
        try:
            reply = service.reply(data)
        except Exception as error:  # whatever it is, nothing is given, and the next question is answered
            service.status(f"vraag niet beantwoord door een fout ({type(error).__name__})")
            reply = Reply(500, fault("Server", "de dienst kan nu niet antwoorden"))
        finally:
            service.slots.release()
        self._give(reply.status, reply.data)

    def _is_partner(self) -> bool:
        """The certificate of the connection is of who may ask: valid is not enough (GB009)."""
        shown = self.connection.getpeercert(binary_form=True)
        return shown is not None and oin_of(x509.load_der_x509_certificate(shown)) == \
            self.server.service.settings.oin_partner

    def _refuse(self, status: int, **headers: str) -> None:
        # What was not read must not be taken for the next question.
        self.close_connection = True
        self._give(status, b"", "text/plain", Connection="close", **headers)

    def _give(self, status: int, data: bytes, kind: str = "text/xml; charset=utf-8", **headers: str) -> None:
        self.connection.give(self.server.service.settings.tijdslimiet)
        with suppress(OSError):
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    def version_string(self) -> str:
        return "Ketensluis"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the books have it, by pseudonym."""
