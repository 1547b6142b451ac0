"""A real OpenSSH server behind a line that lets almost nothing through: whatever is under way ends in time, in one
line, and nothing that is half there counts. A line that is only slow is good enough."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from exchanges.core.transport import SftpChannel, SftpSettings
from exchanges.core.transport.patience import PatientSocket
from exchanges.core.transport.session import SftpSession
from tests.servers.drip import Drip
from tests.servers.sshd import OpenSsh, sshd
from tests.system.test_sftp_openssh import MB, NAME, delivered_once, large, local, make, once, sha, there
from tests.system.test_sftp_silent import fails_in_time

__all__ = ["large", "local", "sshd"]
pytestmark = pytest.mark.system

DRIP = 50  # bytes per second: an answer takes a second, a file hours
SILENT = "antwoordt niet binnen 1 seconden ("


@pytest.fixture
def line(sshd: OpenSsh) -> Iterator[Drip]:
    with Drip(sshd.port) as line:
        yield line


def over(line: Drip, sshd: OpenSsh, **changes: object) -> SftpSettings:
    pinned = sshd.pin(sshd.keys / "line", "ed25519", host=f"[127.0.0.1]:{line.port}")
    good: dict[str, Any] = {"port": line.port, "known_hosts": pinned, "timeout": 1.0, "least_speed": 400_000.0}
    return sshd.settings(**{**good, **changes})


def slow_before(monkeypatch: pytest.MonkeyPatch, name: str, line: Drip, when: Callable[..., bool] = bool) -> None:
    """From the first call of this method of a session that ``when`` is true of, the line is slow."""
    real = getattr(SftpSession, name)

    def slowed(self: SftpSession, *given: Any) -> Any:
        if when(*given):
            line.slow(DRIP)
        return real(self, *given)

    monkeypatch.setattr(SftpSession, name, slowed)


def test_while_keys_are_agreed_on(sshd: OpenSsh, line: Drip) -> None:
    line.slow(DRIP)
    said = fails_in_time(SftpChannel(over(line, sshd)).__enter__)
    assert "binnen 1 seconden" in said and "\n" not in said


def test_while_the_names_in_a_folder_are_asked(sshd: OpenSsh, line: Drip, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_before(monkeypatch, "names", line)

    def ask() -> None:
        with SftpChannel(over(line, sshd)) as channel:
            channel.listdir("uit")

    assert SILENT + "lezen van map uit)" in fails_in_time(ask)


def test_what_went_wrong_first_is_what_is_told(sshd: OpenSsh, line: Drip, local: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """A partner may forbid to list, so a delivery goes on without; not on a connection that is gone."""
    slow_before(monkeypatch, "names", line)

    def send() -> None:
        with SftpChannel(over(line, sshd)) as channel:
            channel.deliver(local, "in", NAME, sha(local))

    assert SILENT + "lezen van map in)" in fails_in_time(send)


def test_many_names_that_come_slowly(sshd: OpenSsh, line: Drip) -> None:
    """Every answer is there in time, and all of them would be long after."""
    for number in range(3000):
        (sshd.home / "uit" / f"{'n' * 100}{number}.xml").touch()

    def ask() -> None:
        with SftpChannel(over(line, sshd, least_speed=4_000_000.0)) as channel:
            line.slow(100_000)
            channel.listdir("uit")

    assert "minder dan 4.000 kB per seconde (lezen van map uit)" in fails_in_time(ask)


def test_the_answer_to_a_new_name(sshd: OpenSsh, line: Drip, local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_before(monkeypatch, "rename", line, lambda old, new: new.endswith(NAME))

    def send() -> None:
        with SftpChannel(over(line, sshd)) as channel:
            channel.deliver(local, "in", NAME, sha(local))

    assert SILENT + f"hernoemen naar in/{NAME})" in fails_in_time(send)
    with SftpChannel(sshd.settings()) as channel:
        channel.deliver(local, "in", NAME, sha(local))
    assert delivered_once(sshd, local)


def test_a_line_that_takes_a_little_now_and_then(sshd: OpenSsh, line: Drip, large: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """All requests go at once: it is the network that takes next to nothing, and not we who wait for an answer."""
    keep = PatientSocket.__init__

    def narrow(self: PatientSocket, connected: socket.socket, *more: Any) -> None:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        keep(self, connected, *more)

    monkeypatch.setattr(PatientSocket, "__init__", narrow)

    def send() -> None:
        with SftpChannel(over(line, sshd, in_flight=1000)) as channel:
            channel.deliver(large, "in", NAME, sha(large), once(500_000, lambda: line.slow(40_000)))

    assert "minder dan 400 kB per seconde (schrijven van in/." in fails_in_time(send)
    assert NAME not in there(sshd)


def test_a_file_that_leaves_too_slowly(sshd: OpenSsh, line: Drip, large: Path) -> None:
    def send() -> None:
        # The network takes megabytes before it tells that it cannot pass them on.
        with SftpChannel(over(line, sshd, least_speed=4_000_000.0)) as channel:
            channel.deliver(large, "in", NAME, sha(large), once(100_000, lambda: line.slow(100_000)))

    assert "minder dan 4.000 kB per seconde (schrijven van in/." in fails_in_time(send)
    assert NAME not in there(sshd)


def test_a_file_that_comes_too_slowly(sshd: OpenSsh, line: Drip, large: Path, tmp_path: Path) -> None:
    (sshd.home / "uit" / "v.xml").write_bytes(large.read_bytes())
    to = tmp_path / "map"
    to.mkdir()

    def get() -> None:
        with SftpChannel(over(line, sshd)) as channel:
            channel.fetch("uit", "v.xml", to, 10 * MB, once(100_000, lambda: line.slow(100_000)))

    assert "minder dan 400 kB per seconde (lezen van uit/v.xml)" in fails_in_time(get)
    assert list(to.iterdir()) == []


def test_a_line_that_is_slow_all_the_way_is_good_enough(sshd: OpenSsh, line: Drip, tmp_path: Path) -> None:
    """It takes longer than the waiting time, there and back, and every byte of it counts."""
    small = make(tmp_path / "klein.xml", 400_000)
    with SftpChannel(over(line, sshd, least_speed=100_000.0)) as channel:
        line.slow(400_000)
        channel.deliver(small, "in", NAME, sha(small))
        line.slow(4 * MB)
    assert delivered_once(sshd, small)


def test_keys_are_renewed_behind_all_that_is_under_way(sshd: OpenSsh, line: Drip, tmp_path: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """After half a gigabyte; here after one and a half megabytes, when two are under way: longer than for an answer."""
    monkeypatch.setattr(paramiko.packet.Packetizer, "REKEY_BYTES", 1_500_000)
    some = make(tmp_path / "groot.xml", 2_500_000)
    with SftpChannel(over(line, sshd, timeout=0.5, least_speed=200_000.0)) as channel:
        line.slow(1_000_000)
        channel.deliver(some, "in", NAME, sha(some), once(2_500_000, lambda: line.slow(100 * MB)))
    assert delivered_once(sshd, some)
