"""A partner that is spoken to over SOAP: an HTTPS server on loopback, certificates on both sides, signed messages both
ways (spec transport, sections 2 to 4).

What it says of a question it has read is its subclass's; all that can be wrong on the way is here.
"""

from __future__ import annotations

import gzip
import os
import signal
import socket
import ssl
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from lxml import etree

from exchanges.core.settings import SoapSettings
from exchanges.simulators.soap_answer import made
from exchanges.simulators.soap_faults import ServerFaults
from exchanges.simulators.soap_keys import OIN_MUNICIPALITY, OIN_OTHER, OIN_PARTNER, Holder, Keys, write
from exchanges.simulators.soap_message import WSSE, NotAgreed, Question, fault, read_question

FWI = "http://bkwi.nl/SuwiML/FWI/v0205"
_DECLINED = f'<f:Fout xmlns:f="{FWI}"><Code>FWI0009</Code><Tekst>x</Tekst><Bron><DN>CN=x</DN></Bron></f:Fout>'.encode()


class SoapPartner:
    """``with …(root, …) as partner``: listens on ``partner.url`` until the end of the block; ``partner.settings`` is
    what a client needs. ``requests`` counts all that came in, whatever became of it.

    A subclass says where it listens (``path``), what it is called (``name``), the actions of a question and its answer,
    and answers (``respond``)."""

    name: ClassVar[str]
    path: ClassVar[str]
    action: ClassVar[str]
    answer_action: ClassVar[str]

    def __init__(self, root: Path, faults: ServerFaults | None = None, *, port: int = 0, keys: Keys | None = None,
                 status: Callable[[str], None] | None = None) -> None:
        self.faults = faults or ServerFaults()
        self.status = status or (lambda _: None)
        self.keys = keys or Keys(datetime.now(UTC))
        self._folder = root / ".sleutels"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.requests = 0
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.signer = self._signer()
        server, revoked = self._server_certificate(), []
        if self.faults.revoked_server:
            revoked.append(server)
        if self.faults.revoked_certificate:
            revoked.append(self.signer)
        authority = self.keys.authority
        self._ca = self._write("ca.pem", authority.pem)
        self._crl = self._write("crl.pem", authority.revocations(*revoked, days=-1 if self.faults.old_list else 7))
        self._certificate = self._write("gemeente.pem", self._municipality().pem, authority.issuer.pem)
        self._key = self._write("gemeente.key", self.keys.municipality.key_pem)
        self._http = _Server(self, port, self._tls(server))
        serve = self._http.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.05,), name="soap-simulator", daemon=True)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._http.server_address[1]}{self.path}"

    @property
    def settings(self) -> SoapSettings:
        return SoapSettings(
            url=self.url, certificaat=self._certificate, sleutel=self._key, ca=self._ca, crl=self._crl,
            oin=OIN_MUNICIPALITY, oin_partner=OIN_PARTNER,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    # --- in the thread of a connection

    def first(self, times: int) -> bool:
        """Whether this request is one of the first ``times``."""
        with self.lock:
            return self.requests <= times

    def arrived(self) -> None:
        with self.lock:
            self.requests += 1

    def reply(self, data: bytes) -> tuple[int, bytes]:
        """HTTP status and message."""
        now = datetime.now(UTC)
        try:
            question = read_question(data, self.keys.authority, self.action, now)
            self.understood(question)
        except NotAgreed as why:
            self.status(f"vraag geweigerd: {why}")
            return 500, fault("FailedCheck", WSSE)
        except (etree.XMLSyntaxError, ValueError, AttributeError, IndexError, TypeError):
            self.status("vraag geweigerd: niet te lezen")
            return 500, fault("Client")
        return self._answered(question, now)

    def understood(self, question: Question) -> None:
        """A question that is as the profile says. Raises NotAgreed when it is refused for another reason."""

    def respond(self, question: Question) -> Any:
        """The element for the Body of the answer. Called at most once at a time for a question."""
        raise NotImplementedError

    def _answered(self, question: Question, now: datetime) -> tuple[int, bytes]:
        faults = self.faults
        if faults.server_fault:
            return 500, fault("Server")
        if faults.client_fault:
            return 500, fault("Client")
        if faults.security_fault:
            return 500, fault("InvalidSecurity", WSSE)
        if faults.declared_fault:
            return 500, fault("Server", detail=_DECLINED)
        try:
            payload = self.respond(question)
        except Exception as error:  # it may be somebody of whom it says nothing
            self.status(f"vraag niet beantwoord: {type(error).__name__}")
            return 500, fault("Server")
        self.status("vraag beantwoord")
        return 200, made(payload, question, self.signer, self.keys, faults, self.answer_action, now)

    # --- certificates

    def _write(self, name: str, *parts: bytes) -> Path:
        return write(self._folder / name, *parts)

    def _server_certificate(self) -> Holder:
        keys, faults = self.keys, self.faults
        authority = keys.stranger if faults.strange_server else keys.authority
        host = "elders.voorbeeld.invalid" if faults.other_host else "127.0.0.1"
        oin = OIN_OTHER if faults.other_server else OIN_PARTNER
        if faults.expired_server:
            return authority.issue("server", oin, host=host, since=40, days=30, key_of=keys.server)
        days = 8 if faults.soon_expired else 365
        return authority.issue("server", oin, host=host, days=days, key_of=keys.server)

    def _signer(self) -> Holder:
        keys, faults = self.keys, self.faults
        if faults.strange_certificate:
            return keys.stranger.issue("partner.voorbeeld.invalid", OIN_PARTNER)
        if faults.expired_certificate:
            return keys.authority.issue("partner.voorbeeld.invalid", OIN_PARTNER, since=40, days=30)
        if faults.soon_expired:
            return keys.authority.issue("partner.voorbeeld.invalid", OIN_PARTNER, days=8)
        return keys.signer

    def _municipality(self) -> Holder:
        keys = self.keys
        if self.faults.soon_expired:
            return keys.authority.issue("gemeente", OIN_MUNICIPALITY, days=8, key_of=keys.municipality)
        return keys.municipality

    def _tls(self, server: Holder) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.faults.tls11:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers("ALL:@SECLEVEL=0")
        issuer = (self.keys.stranger if self.faults.strange_server else self.keys.authority).issuer
        chain = self._write("server.pem", server.pem, issuer.pem)
        context.load_cert_chain(chain, self._write("server.key", server.key_pem))
        context.load_verify_locations(self._ca)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, simulator: SoapPartner, port: int, context: ssl.SSLContext) -> None:
        self.simulator, self._context = simulator, context
        super().__init__(("127.0.0.1", port), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the thread of the connection: a client that is slow to shake hands holds nobody up.
        with suppress(OSError), self._context.wrap_socket(
            request, server_side=True, do_handshake_on_connect=False
        ) as secured:
            secured.settimeout(_Handler.timeout)
            try:
                secured.do_handshake()
            except ssl.SSLError:
                _linger(secured.fileno())
                return
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nothing to write about."""


def _linger(handle: int) -> None:
    """Read what the client still sends: closed at once, the network would throw away the alert that says why."""
    with socket.socket(fileno=os.dup(handle)) as plain:
        plain.settimeout(1)
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(65536):
            pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout: ClassVar[float] = 30
    server: _Server

    def do_POST(self) -> None:
        simulator, faults = self.server.simulator, self.server.simulator.faults
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        simulator.arrived()
        simulator.stopping.wait(faults.slow)
        if simulator.first(faults.break_off):
            self._hang_up()
        elif simulator.first(faults.break_after):
            simulator.reply(data)
            self._hang_up()
        elif faults.forbidden:
            self._give(403, b"", "text/plain")
        elif faults.redirect:
            self._give(307, b"", "text/plain", Location=simulator.url + "/elders")
        elif simulator.first(faults.http_500):
            self._give(500, b"<html><body>Internal Server Error</body></html>", "text/html")
        elif simulator.first(faults.http_503):
            self._give(503, b"", "text/plain", **{"Retry-After": "7"})
        elif faults.web_page:
            self._give(200, b"<html><body>Welkom", "text/html")
        elif faults.huge:
            self._give(200, b"<a>" + b"x" * (faults.huge * 1024**2) + b"</a>")
        else:
            status, message = simulator.reply(data)
            if faults.packed:
                self._give(status, gzip.compress(message), **{"Content-Encoding": "gzip"})
            else:
                self._give(status, message)

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _give(self, status: int, data: bytes, kind: str = "text/xml; charset=utf-8", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} -", f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        pause = self.server.simulator.faults.drip
        with suppress(OSError):
            if not pause:
                self.wfile.write(head + data)
                return
            self.wfile.write(head)
            for start in range(0, len(data), pause):
                self.wfile.write(data[start : start + pause])
                if self.server.simulator.stopping.wait(1):
                    return

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: an address is told by whoever started it."""


def serve(partner: Callable[[], SoapPartner], stop: threading.Event | None = None) -> None:
    """Runs until ``stop`` is set, or Ctrl-C or SIGTERM comes. Tells first what to put in the settings."""
    ended = stop or threading.Event()
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set()) if in_main else None
    try:
        with partner() as one:
            tell_settings(one)
            ended.wait()
    except KeyboardInterrupt:
        pass
    finally:
        if in_main:
            signal.signal(signal.SIGTERM, before)


def tell_settings(partner: SoapPartner) -> None:
    """What a municipality puts in ketensluis.toml to reach it."""
    name = partner.name
    partner.status(
        f"{name.upper()}-simulator luistert; in ketensluis.toml:\n[partner.{name}]\nsoort = \"soap\"\n"
        f"[partner.{name}.soap]"
    )
    for key, value in partner.settings.model_dump(mode="json", exclude_defaults=True).items():
        partner.status(f'{key} = "{value}"')
