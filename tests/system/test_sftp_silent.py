"""A real OpenSSH server that falls silent where paramiko itself would wait for ever: in time, and in words."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import paramiko
import pytest

from exchanges.core.errors import TransportError
from exchanges.core.transport import SftpChannel
from exchanges.core.transport.patience import PatientSocket
from tests.servers.sshd import OpenSsh, sshd
from tests.system.test_sftp_openssh import NAME, large, once, sha, there

__all__ = ["large", "sshd"]
pytestmark = pytest.mark.system


def fails_in_time(action: Callable[[], object]) -> str:
    """What it raises. In a thread: a wait without end is a failure here, and not of the whole run."""
    said: list[str] = []

    def run() -> None:
        try:
            action()
        except TransportError as error:
            said.append(str(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    return said[0]


def test_a_server_that_does_not_say_whether_it_has_sftp(sshd: OpenSsh, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = paramiko.Channel.invoke_subsystem

    def silent(channel: paramiko.Channel, name: str) -> None:
        sshd.signal_sessions(signal.SIGSTOP)
        ask(channel, name)

    monkeypatch.setattr(paramiko.Channel, "invoke_subsystem", silent)
    channel = SftpChannel(sshd.settings(timeout=2.0))
    assert "antwoordt niet binnen 2 seconden" in fails_in_time(channel.__enter__)


def test_a_server_that_no_longer_reads(sshd: OpenSsh, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All requests go at once, so that it is the network that takes no more, and not we who wait for an answer."""
    keep = PatientSocket.__init__

    def narrow(self: PatientSocket, connected: socket.socket, *more: object) -> None:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        keep(self, connected, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(PatientSocket, "__init__", narrow)
    stop = once(100_000, lambda: sshd.signal_sessions(signal.SIGSTOP))

    def send() -> None:
        with SftpChannel(sshd.settings(timeout=2.0, in_flight=1000)) as channel:
            channel.deliver(large, "in", NAME, sha(large), stop)

    assert "antwoordt niet binnen 2 seconden" in fails_in_time(send)
    assert NAME not in there(sshd)
