"""A server that cannot be reached is called that, and not slow."""

from __future__ import annotations

import socket
import ssl

import pytest

from exchanges.core.soap.wire import Unanswered, Wire


def said(port: int) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    url = f"https://127.0.0.1:{port}/x"
    with (
        Wire(url, context, connections=1, seconds=30, most_bytes=1, seen=lambda shown: None) as wire,
        pytest.raises(Unanswered) as told,
    ):
        wire.post(b"")
    return str(told.value)


def test_nobody_listens() -> None:
    with socket.socket() as taken:  # bound and not listening: nobody else gets the port meanwhile
        taken.bind(("127.0.0.1", 0))
        assert "neemt geen verbinding aan; klopt url" in said(taken.getsockname()[1])


def test_no_such_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*asked: object, **more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "is niet te vinden in het netwerk; klopt url" in said(1)
