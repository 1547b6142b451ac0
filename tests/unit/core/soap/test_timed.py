"""Who is connected by TLS and lets a byte through now and then: neither asking nor being asked waits for ever."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from exchanges.core.settings import ServiceSettings
from exchanges.core.soap.answering import Reply
from exchanges.core.soap.serving import SoapService
from exchanges.core.soap.tls import server_context, tls_context
from exchanges.core.soap.wire import Unanswered, Wire
from exchanges.simulators.soap_keys import OIN_PARTNER, write

EVERY = 0.05
LIMIT = 0.5
ENOUGH = 5.0


@pytest.fixture
def files(keys, tmp_path):
    authority = keys.authority
    issued = {"ours": keys.municipality, "theirs": authority.issue("server", OIN_PARTNER, host="127.0.0.1")}
    return {
        name: (
            write(tmp_path / f"{name}.pem", holder.pem + authority.issuer.pem),
            write(tmp_path / f"{name}.key", holder.key_pem),
            write(tmp_path / "ca.pem", authority.pem),
            write(tmp_path / "crl.pem", authority.revocations()),
        )
        for name, holder in issued.items()
    }


def drip(connection: socket.socket, start: bytes) -> None:
    """``start``, and then a byte at a time, until the other hangs up."""
    with suppress(OSError):
        connection.sendall(start)
        while True:
            time.sleep(EVERY)
            connection.sendall(b"x")


@pytest.fixture(params=["headers", "size of a piece", "body"])
def partner(files, request) -> Iterator[int]:
    """Takes a question, and answers so far that the rest of it can be dripped."""
    start = {
        "headers": b"HTTP/1.1 200 OK\r\nX-Long: ",
        "size of a piece": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        "body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
    }[request.param]
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with server_context(*files["theirs"]).wrap_socket(connection, server_side=True) as secured:
                secured.recv(65536)
                drip(secured, start)

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def ends(thread: threading.Thread) -> bool:
    thread.start()
    thread.join(ENOUGH)
    return not thread.is_alive()


def test_an_answer_that_drips(files, partner):
    said = []

    def ask() -> None:
        with Wire(f"https://127.0.0.1:{partner}/x", tls_context(*files["ours"]), connections=1, seconds=LIMIT,
                  most_bytes=10**6, seen=lambda shown: None) as wire:  # fmt: skip
            try:
                wire.post(b"<x/>")
            except Unanswered as error:
                said.append(str(error))

    assert ends(threading.Thread(target=ask, daemon=True))
    assert said == [f"127.0.0.1:{partner} antwoordt niet binnen 0.5 seconden."]


@pytest.mark.parametrize("start", [b"POST /vraag HTTP/1.1\r\nX-Long: ",
                                   b"POST /vraag HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: 1000\r\n\r\n"],
                         ids=["headers", "body"])  # fmt: skip
def test_a_question_that_drips(files, start):
    certificate, key, authorities, revoked = files["theirs"]
    settings = ServiceSettings(
        oin=OIN_PARTNER, certificaat=certificate, sleutel=key, ca=authorities, crl=revoked, poort=0, pad="/vraag",
        oin_partner="00000099000000015300", tijdslimiet=LIMIT,
    )  # fmt: skip
    with SoapService(settings, lambda data: Reply(200, b"<x/>")) as service:
        plain = socket.create_connection(("127.0.0.1", service.port))
        with tls_context(*files["ours"]).wrap_socket(plain, server_hostname="127.0.0.1") as secured:
            assert ends(threading.Thread(target=drip, args=(secured, start), daemon=True))
