"""Servers that mean harm: over real SSH, with what no SFTP server says."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
from paramiko.common import AUTH_FAILED, AUTH_PARTIALLY_SUCCESSFUL
from paramiko.sftp import CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_STATUS

from exchanges.core.errors import TransportError
from exchanges.core.transport import SftpChannel
from tests.servers.hostile_sftp import HostileSftp, Talk, Wire
from tests.system.test_sftp_silent import fails_in_time

pytestmark = pytest.mark.system


def lists(server: HostileSftp) -> str:
    def ask() -> None:
        with SftpChannel(server.settings()) as channel:
            channel.listdir("uit")

    return fails_in_time(ask)


def friendly(wire: Wire) -> None:
    wire.greet()
    wire.asked()


# --- who never gets to the point


@pytest.mark.parametrize(("before", "doing"), [(lambda wire: None, "verbinden"), (friendly, "lezen van map uit")],
                         ids=["greeting", "answer"])  # fmt: skip
def test_what_comes_a_byte_at_a_time(tmp_path: Path, before: Talk, doing: str) -> None:
    def talk(wire: Wire) -> None:
        before(wire)
        wire.raw(struct.pack(">I", 100_000))
        while True:
            wire.raw(b"x")
            time.sleep(0.05)

    with HostileSftp(tmp_path, talk) as server:
        assert f"antwoordt niet binnen 1 seconden ({doing})" in lists(server)


def test_answers_to_what_was_not_asked(tmp_path: Path) -> None:
    def talk(wire: Wire) -> None:
        wire.greet()
        _, number = wire.asked()
        while True:
            wire.say(CMD_STATUS, number + 1000, 0)
            time.sleep(0.01)

    with HostileSftp(tmp_path, talk) as server:
        assert "antwoordt niet binnen 1 seconden" in lists(server)


def test_an_answer_larger_than_any(tmp_path: Path) -> None:
    """It is refused when it says how large it is, not when it is there."""
    def talk(wire: Wire) -> None:
        wire.greet()
        wire.asked()
        wire.raw(struct.pack(">I", 10_000_000))
        wire.asked()

    with HostileSftp(tmp_path, talk) as server:
        assert "is verbroken (lezen van map uit)" in lists(server)


# --- names that are none


def naming(*names: bytes) -> Talk:
    def talk(wire: Wire) -> None:
        wire.greet()
        given = False
        while True:
            kind, number = wire.asked()
            if kind == CMD_OPENDIR:
                wire.say(CMD_HANDLE, number, b"h")
            elif given:
                wire.say(CMD_STATUS, number, 1)
            else:
                given = True
                wire.say(CMD_NAME, number, len(names), *[part for name in names for part in (name, b"", 0)])

    return talk


def test_names_that_lead_elsewhere_or_hide_a_line_are_not_there(tmp_path: Path) -> None:
    bad = (b"../../etc/passwd", b"/etc/passwd", b"a\nb.xml", b"a\x00.xml", b"\x1b[2J.xml", b"", b"x" * 256)
    with HostileSftp(tmp_path, naming(b"goed.xml", *bad)) as server, SftpChannel(server.settings()) as channel:
        assert channel.listdir("uit") == ["goed.xml"]


def test_a_name_longer_than_any(tmp_path: Path) -> None:
    with HostileSftp(tmp_path, naming(b"x" * 100_000)) as server:
        assert "is verbroken (lezen van map uit)" in lists(server)


# --- who wants something else than our key


@pytest.mark.parametrize("wants", ["keyboard-interactive", "password", "publickey"])
def test_who_wants_more_than_our_key_does_not_get_a_person_to_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wants: str
) -> None:
    monkeypatch.setattr("builtins.input", lambda *shown: pytest.fail("somebody is asked"))
    with HostileSftp(tmp_path, friendly, login=AUTH_PARTIALLY_SUCCESSFUL, wants=wants) as server:
        assert "vraagt naast onze sleutel om meer" in lists(server)
        assert server.tried == ["publickey"]
    assert capsys.readouterr().out == ""


def test_who_takes_a_password_only_gets_none(tmp_path: Path) -> None:
    with HostileSftp(tmp_path, friendly, login=AUTH_FAILED, wants="password") as server:
        assert "weigert de aanmelding van gemeente" in lists(server)
        assert "password" not in server.tried


def test_what_a_server_calls_itself_cannot_write_over_a_screen(tmp_path: Path) -> None:
    name = "SSH-2.0-Vreemd\x1b[2J\x07" + "x" * 1000
    with HostileSftp(tmp_path, friendly, name=name) as server, SftpChannel(server.settings()) as channel:
        assert channel._open().server == "SSH-2.0-Vreemd[2J" + "x" * 234


def test_a_host_key_that_changes_between_two_connections(tmp_path: Path) -> None:
    """Of one delivery: whatever was proven before, the second is refused."""
    (tmp_path / "eerst").mkdir()
    (tmp_path / "dan").mkdir()
    with HostileSftp(tmp_path / "eerst", friendly) as first, HostileSftp(tmp_path / "dan", friendly) as then:
        with SftpChannel(first.settings()):
            pass
        known = tmp_path / "known_hosts"
        pinned = (tmp_path / "eerst" / "host.pub").read_text()
        known.write_text(f"[127.0.0.1]:{then.port} {pinned}")
        settings = then.settings(known_hosts=known)
        with pytest.raises(TransportError, match="een andere dan in"), SftpChannel(settings):
            pass
        assert then.tried == []
