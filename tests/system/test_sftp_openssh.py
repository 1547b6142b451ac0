"""Our channel against a real OpenSSH server: the happy path, and everything that goes wrong on a network."""

from __future__ import annotations

import hashlib
import logging
import os
import random
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from exchanges.core.errors import BusinessError, InputRefused, TransportError, UsageError
from exchanges.core.transport import Progress, Sent, SftpChannel, SftpSettings
from exchanges.simulators.ib import IbSimulator
from tests.needs import need
from tests.servers.sshd import OpenSsh, sshd, write_key
from tests.unit.simulators.files import bsns, collection, put, sidecar

__all__ = ["sshd"]
pytestmark = pytest.mark.system

NAME = "LEVERING_0153_202610_001.xml"
MB = 1_000_000


def make(path: Path, size: int, seed: int = 1) -> Path:
    path.write_bytes(random.Random(seed).randbytes(size))
    return path


def sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return make(tmp_path / "klein.xml", 100_000)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    return make(tmp_path / "groot.xml", 8 * MB)


def send(settings: SftpSettings, local: Path, progress: Progress | None = None) -> Sent:
    with SftpChannel(settings) as channel:
        return channel.deliver(local, "in", NAME, sha(local), progress)


def there(server: OpenSsh) -> set[str]:
    return {path.name for path in (server.home / "in").iterdir()}


def delivered_once(server: OpenSsh, local: Path) -> bool:
    return there(server) == {NAME, f"{NAME}.sha256"} and sha(server.home / "in" / NAME) == sha(local)


def once(at: int, action: Callable[[], None]) -> Progress:
    """A progress callback that acts one time, when ``at`` bytes have gone."""
    fired = False

    def progress(done: int, total: int) -> None:
        nonlocal fired
        if done >= at and not fired:
            fired = True
            action()

    return progress


# --- what should work


def test_a_delivery(sshd: OpenSsh, local: Path) -> None:
    sent = send(sshd.settings(), local)
    assert delivered_once(sshd, local)
    key = sshd.keys / "host_ed25519.pub"
    told = subprocess.run(["ssh-keygen", "-lf", key], capture_output=True, text=True, check=True)
    assert sent.host_key == told.stdout.split()[1]
    assert "OpenSSH" in sent.server
    assert (sent.size, sent.sha256, sent.already, sent.seen) == (100_000, sha(local), False, True)


def test_the_sidecar_is_what_sha256sum_checks(sshd: OpenSsh, local: Path) -> None:
    send(sshd.settings(), local)
    subprocess.run(["sha256sum", "-c", f"{NAME}.sha256"], cwd=sshd.home / "in", check=True, stdout=subprocess.DEVNULL)


def test_delivering_again_sends_nothing(sshd: OpenSsh, local: Path) -> None:
    send(sshd.settings(), local)
    before = (sshd.home / "in" / NAME).stat()
    again = send(sshd.settings(), local)
    after = (sshd.home / "in" / NAME).stat()
    assert again.already and (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert delivered_once(sshd, local)


def test_no_overwrite(sshd: OpenSsh, local: Path, tmp_path: Path) -> None:
    send(sshd.settings(), local)
    with pytest.raises(BusinessError, match="zelfde naam, andere inhoud") as raised:
        send(sshd.settings(), make(tmp_path / "anders.xml", 100_000, seed=2))
    assert raised.value.exit_code == 1
    assert delivered_once(sshd, local)


def test_no_overwrite_of_a_link_that_leads_nowhere(sshd: OpenSsh, local: Path) -> None:
    link = sshd.home / "in" / NAME
    link.symlink_to("nergens")
    refused(sshd.settings(), local, "bestaat .* al; er is niets overschreven")
    assert link.is_symlink()


def test_fifty_megabytes_arrive_and_come_back_equal(sshd: OpenSsh, tmp_path: Path) -> None:
    big = make(tmp_path / "groot.xml", 50 * MB + 7)
    with SftpChannel(sshd.settings()) as channel:
        channel.deliver(big, "in", NAME, sha(big))
        back = channel.fetch("in", NAME, tmp_path / "terug.xml", 60 * MB)
    assert delivered_once(sshd, big)
    assert back is not None and sha(back) == sha(big)


def test_fetch_and_list(sshd: OpenSsh, tmp_path: Path) -> None:
    report = make(sshd.home / "uit" / "verslag.xml", 70_000)
    sidecar = report.with_name("verslag.xml.sha256")
    (sshd.home / "uit" / ".bezig.xml.part").touch()
    with SftpChannel(sshd.settings()) as channel:
        assert channel.listdir("uit") == ["verslag.xml"]
        assert channel.fetch("uit", "straks.xml", tmp_path / "v.xml", MB) is None
        with pytest.raises(InputRefused):
            channel.fetch("uit", "verslag.xml", tmp_path / "v.xml", 69_999)
        sidecar.write_text(f"{'0' * 64}  verslag.xml\n")
        with pytest.raises(TransportError, match="klopt niet"):
            channel.fetch("uit", "verslag.xml", tmp_path / "v.xml", MB)
        assert not (tmp_path / "v.xml").exists()
        sidecar.write_text(f"{sha(report)}  verslag.xml\n")
        assert channel.fetch("uit", "verslag.xml", tmp_path / "v.xml", MB) == tmp_path / "v.xml"
        with pytest.raises(TransportError, match="bestaat niet"):
            channel.listdir("nergens")


def test_hundreds_of_names_are_all_listed(sshd: OpenSsh) -> None:
    for number in range(500):
        (sshd.home / "uit" / f"v{number:03d}.xml").touch()
    with SftpChannel(sshd.settings()) as channel:
        assert channel.listdir("uit") == [f"v{number:03d}.xml" for number in range(500)]


def test_names_that_are_not_utf8_are_a_message_not_a_crash(sshd: OpenSsh) -> None:
    (sshd.home / "uit" / os.fsdecode(b"caf\xe9.xml")).touch()
    with pytest.raises(TransportError, match="UTF-8"), SftpChannel(sshd.settings()) as channel:
        channel.listdir("uit")


def test_one_request_at_a_time_for_a_server_that_cannot_follow(sshd: OpenSsh, local: Path) -> None:
    send(sshd.settings(in_flight=1), local)
    assert delivered_once(sshd, local)


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_one_pinned_key_type_is_enough_whatever_the_server_prefers(sshd: OpenSsh, local: Path, kind: str) -> None:
    pinned = sshd.pin(sshd.keys / "one", kind)
    assert send(sshd.settings(known_hosts=pinned), local).host_key.startswith("SHA256:")


def test_hashed_known_hosts(sshd: OpenSsh, local: Path) -> None:
    hashed = sshd.pin(sshd.keys / "hashed", "ed25519")
    subprocess.run(["ssh-keygen", "-H", "-f", hashed], check=True, capture_output=True)
    assert sshd.host not in hashed.read_text()
    assert not send(sshd.settings(known_hosts=hashed), local).already


def test_a_key_with_a_passphrase(sshd: OpenSsh, local: Path) -> None:
    locked = sshd.keys / "locked"
    assert not send(sshd.settings(key_file=locked, key_passphrase="wachtzin"), local).already
    with pytest.raises(UsageError, match="wachtzin klopt niet"):
        send(sshd.settings(key_file=locked, key_passphrase="fout"), local)


# --- who may be at the other end


def refused(settings: SftpSettings, local: Path, match: str) -> TransportError:
    with pytest.raises(TransportError, match=match) as raised:
        send(settings, local)
    assert (raised.value.exit_code, raised.value.retryable) == (3, True)
    assert "\n" not in str(raised.value)
    return raised.value


def test_a_changed_host_key(sshd: OpenSsh, local: Path, capfd: pytest.CaptureFixture[str],
                            caplog: pytest.LogCaptureFixture) -> None:
    # The stranger's key stands where the server's own should be.
    path = sshd.keys / "changed"
    path.write_text(f"[{sshd.host}]:{sshd.port} {(sshd.keys / 'stranger.pub').read_text()}")
    before = path.read_bytes()
    with caplog.at_level(logging.DEBUG, logger="paramiko"):
        error = refused(sshd.settings(known_hosts=path), local, "andere dan in")
    said = str(error) + caplog.text + "".join(capfd.readouterr())
    for key in ("stranger", "host_ed25519"):
        assert (sshd.keys / f"{key}.pub").read_text().split()[1] not in said
    assert path.read_bytes() == before and there(sshd) == set()


@pytest.mark.parametrize("host", [None, "127.0.0.1", "[127.0.0.1]:1"], ids=["empty", "no port", "other port"])
def test_an_unknown_host_is_never_added(sshd: OpenSsh, local: Path, host: str | None) -> None:
    path = sshd.keys / "unknown"
    path.touch()
    if host:
        sshd.pin(path, "ed25519", host=host)
    before = path.read_bytes()
    assert "SHA256:" in str(refused(sshd.settings(known_hosts=path), local, "staat niet in"))
    assert path.read_bytes() == before and there(sshd) == set()


def test_a_wrong_key_or_user(sshd: OpenSsh, local: Path) -> None:
    refused(sshd.settings(key_file=sshd.keys / "stranger"), local, "weigert de aanmelding")
    refused(sshd.settings(username="bestaat-niet"), local, "weigert de aanmelding")


def test_no_other_key_is_tried(sshd: OpenSsh, local: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right key lies in ~/.ssh, the settings name another: then there is no way in."""
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").write_bytes((sshd.keys / "client").read_bytes())
    monkeypatch.setenv("HOME", str(tmp_path))
    refused(sshd.settings(key_file=sshd.keys / "stranger"), local, "weigert de aanmelding")
    assert sshd.log().count("Failed publickey") == 1


def test_nobody_there(sshd: OpenSsh, local: Path) -> None:
    sshd.shut_down()
    refused(sshd.settings(), local, "neemt geen verbinding aan")
    refused(sshd.settings(host="bestaat-niet.invalid"), local, "niet te vinden")


# --- what breaks on the way


def test_cut_in_mid_upload_then_again(sshd: OpenSsh, large: Path) -> None:
    with pytest.raises(TransportError, match="verbroken"):
        send(sshd.settings(), large, once(3 * MB, lambda: sshd.signal_sessions(signal.SIGKILL)))
    (left,) = there(sshd)
    assert left.startswith(f".{NAME}.") and left.endswith(".part")
    assert not send(sshd.settings(), large).already
    assert delivered_once(sshd, large)


def test_cut_in_mid_read_back_then_again(sshd: OpenSsh, large: Path) -> None:
    with pytest.raises(TransportError, match="verbroken"):
        send(sshd.settings(), large, once(12 * MB, lambda: sshd.signal_sessions(signal.SIGKILL)))
    assert NAME not in there(sshd)
    send(sshd.settings(), large)
    assert delivered_once(sshd, large)


def test_cut_in_mid_fetch_then_again(sshd: OpenSsh, large: Path, tmp_path: Path) -> None:
    (sshd.home / "uit" / "v.xml").write_bytes(large.read_bytes())
    to = tmp_path / "map"
    to.mkdir()
    cut = once(3 * MB, lambda: sshd.signal_sessions(signal.SIGKILL))
    with pytest.raises(TransportError, match="verbroken"), SftpChannel(sshd.settings()) as channel:
        channel.fetch("uit", "v.xml", to, 10 * MB, cut)
    assert list(to.iterdir()) == []
    with SftpChannel(sshd.settings()) as channel:
        assert channel.fetch("uit", "v.xml", to, 10 * MB) == to / "v.xml"
    assert sha(to / "v.xml") == sha(large)


def test_a_server_that_stops_answering_in_mid_upload(sshd: OpenSsh, large: Path) -> None:
    stop = once(2 * MB, lambda: sshd.signal_sessions(signal.SIGSTOP))
    with pytest.raises(TransportError, match="antwoordt niet binnen"), SftpChannel(sshd.settings()) as channel:
        # Shortened only now: a busy machine may need longer to connect.
        channel._open()._sftp.get_channel().settimeout(1.0)
        channel.deliver(large, "in", NAME, sha(large), stop)
    assert NAME not in there(sshd)


def test_a_read_only_directory(sshd: OpenSsh, local: Path) -> None:
    if sshd.user.pw_uid == 0:
        pytest.fail("the server runs as root: permissions mean nothing")
    (sshd.home / "in").chmod(0o555)
    refused(sshd.settings(), local, "geen rechten")
    assert there(sshd) == set()


def test_a_directory_that_is_not_there(sshd: OpenSsh, local: Path) -> None:
    with pytest.raises(TransportError, match="bestaat niet"), SftpChannel(sshd.settings()) as channel:
        channel.deliver(local, "nergens", NAME, sha(local))


def test_a_quota(local: Path, large: Path) -> None:
    """The server may write 2 MB a file: a full disk, for the server's own system calls."""
    with OpenSsh(need("sshd"), file_limit=2 * MB) as server:
        refused(server.settings(), large, "schijf vol")
        assert there(server) == set()
        send(server.settings(), local)
        assert delivered_once(server, local)


@pytest.fixture
def full(sshd: OpenSsh) -> Iterator[OpenSsh]:
    """A server with a file system of 2 MB under its inbox; where mounting is not allowed, with a quota of 2 MB."""
    inbox = sshd.home / "in"
    options = f"size=2m,uid={sshd.user.pw_uid},gid={sshd.user.pw_gid}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", inbox]
    if os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        yield sshd
        subprocess.run(["umount", "-l", inbox], check=True)
    else:
        with OpenSsh(need("sshd"), file_limit=2 * MB) as server:
            yield server


def test_a_full_disk(full: OpenSsh, local: Path, large: Path) -> None:
    refused(full.settings(), large, "schijf vol")
    assert there(full) == set()
    send(full.settings(), local)
    assert delivered_once(full, local)


# --- servers that keep silent


class Silent:
    """Accepts connections, says at most ``banner``, and keeps silent."""

    def __init__(self, banner: bytes) -> None:
        self.banner = banner
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._kept: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.sendall(self.banner)
            self._kept.append(connection)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._kept:
            connection.close()


@pytest.mark.parametrize("banner", [b"", b"SSH-2.0-Stil\r\n", b"220 mail.example\r\n"],
                         ids=["nothing", "banner", "mail"])
def test_a_server_that_never_speaks(local: Path, tmp_path: Path, banner: bytes) -> None:
    write_key(tmp_path / "key", ed25519.Ed25519PrivateKey.generate())
    (tmp_path / "known_hosts").touch()
    server = Silent(banner)
    try:
        settings = SftpSettings("127.0.0.1", server.port, "gemeente", tmp_path / "key", tmp_path / "known_hosts",
                                timeout=1.0)
        refused(settings, local, "niet binnen 1 seconden")
    finally:
        server.close()


# --- what is left behind


def test_no_threads_and_no_connections_remain(sshd: OpenSsh, large: Path) -> None:
    with pytest.raises(TransportError):
        send(sshd.settings(), large, once(12 * MB, lambda: sshd.signal_sessions(signal.SIGKILL)))
    send(sshd.settings(), large)
    left = [thread for thread in threading.enumerate() if "paramiko" in type(thread).__module__]
    for thread in left:
        thread.join(30)  # closing does not wait for it
    assert not any(thread.is_alive() for thread in left)


# --- the other way round


def test_the_client_of_openssh_delivers_to_the_simulator(tmp_path: Path) -> None:
    """The simulator is a real SFTP server: somebody else's client can use it."""
    need("sshd")  # comes with the client
    data = put(tmp_path, collection(bsns(3)))
    put(tmp_path, sidecar(data.read_bytes()), f"{data.name}.sha256")
    with IbSimulator(tmp_path / "ib") as ib:
        batch = (f"put {data}.sha256 in/\nput {data} in/.tijdelijk\nrename in/.tijdelijk in/{data.name}\nls -l in\n")
        done = subprocess.run(
            ["sftp", "-b", "-", "-P", str(ib.port), "-i", ib.client_key, "-o", f"UserKnownHostsFile={ib.known_hosts}",
             "-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes", f"{ib.username}@{ib.host}"],
            input=batch, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        report = ib.wait_for_report(data.name)
        assert report is not None and "<Bestandsstatus>verwerkt<" in report.read_text()
