"""A real OpenSSH server on loopback, for whoever runs the tests: root or an ordinary user.

Run by root it gives up root, so that file permissions mean what they mean at a partner.
"""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from exchanges.core.transport import SftpSettings
from tests.needs import need

_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
{host_keys}
PidFile none
UsePAM no
StrictModes no
AuthorizedKeysFile {authorized_keys}
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,diffie-hellman-group16-sha512
Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes128-ctr
MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512
HostKeyAlgorithms ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256
PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-512,ecdsa-sha2-nistp256
Subsystem sftp internal-sftp -d {home}
ForceCommand internal-sftp -d {home}
AllowTcpForwarding no
X11Forwarding no
LogLevel VERBOSE
"""


class OpenSsh:
    """``with OpenSsh(program) as server``: running on ``server.port`` with ``home`` as the directory a client enters.

    ``home`` holds ``in`` and ``uit``; ``keys`` the client keys (``client``, ``stranger``, ``locked`` with passphrase
    ``wachtzin``) and ``known_hosts``. ``file_limit`` in bytes is the largest file the server may write: a quota.
    """

    def __init__(self, program: Path, file_limit: int | None = None) -> None:
        self.program = program
        self.file_limit = file_limit
        self.host = "127.0.0.1"
        # Not "nobody": where systemd answers for that account, it counts as locked.
        self.user = pwd.getpwnam("daemon") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        # Not below pytest's own folder: that is closed to other users, and the server is one.
        self.base = Path(tempfile.mkdtemp(prefix="ketensluis-sshd-"))
        self.home = self.base / "home"
        self.keys = self.base / "keys"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._lay_out()
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def settings(self, **changes: object) -> SftpSettings:
        """Settings that work; change one to see it fail."""
        good = {"host": self.host, "port": self.port, "username": self.user.pw_name, "key_file": self.keys / "client",
                "known_hosts": self.keys / "known_hosts", "timeout": 10.0}
        return SftpSettings(**{**good, **changes})  # type: ignore[arg-type]

    def sessions(self) -> list[psutil.Process]:
        """The processes that serve connections, the listener left out."""
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def signal_sessions(self, number: signal.Signals) -> None:
        for session in self.sessions():
            with suppress(psutil.NoSuchProcess):
                session.send_signal(number)

    def log(self) -> str:
        return (self.base / "log").read_text(errors="replace")

    def shut_down(self) -> None:
        """End the server and all connections; the files stay."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)  # so that it starts no session behind our back
            self.signal_sessions(signal.SIGKILL)
            self._process.kill()
            self._process.wait()
            self._process = None
            while self._answers():  # a session just started still holds the port
                time.sleep(0.01)

    def stop(self) -> None:
        self.shut_down()
        for folder, _, _ in os.walk(self.base):
            Path(folder).chmod(0o700)
        shutil.rmtree(self.base, ignore_errors=True)

    def _lay_out(self) -> None:
        for folder in (self.home / "in", self.home / "uit", self.keys):
            folder.mkdir(parents=True)
        for name in ("client", "stranger"):
            write_key(self.keys / name, ed25519.Ed25519PrivateKey.generate())
        write_key(self.keys / "locked", ed25519.Ed25519PrivateKey.generate(), passphrase=b"wachtzin")
        for name, key in (("ed25519", ed25519.Ed25519PrivateKey.generate()),
                          ("rsa", _rsa_key()),
                          ("ecdsa", ec.generate_private_key(ec.SECP256R1()))):
            write_key(self.keys / f"host_{name}", key)
        shutil.copyfile(self.keys / "client.pub", self.keys / "authorized_keys")
        with (self.keys / "authorized_keys").open("a") as file:
            file.write((self.keys / "locked.pub").read_text())
        if os.geteuid() == 0:
            for path in [self.base, *self.base.rglob("*")]:
                os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _start(self) -> None:
        # A port found free may be taken before sshd has it; then try the next.
        for _ in range(5):
            self.port = free_port()
            self._write_config()
            with (self.base / "log").open("wb") as log:
                self._process = subprocess.Popen(
                    [self.program, "-D", "-e", "-f", self.base / "sshd_config"], stdin=subprocess.DEVNULL, stdout=log,
                    stderr=log, preexec_fn=self._become, restore_signals=False,
                )
            if self._listens():
                return
            self._process = None
        raise RuntimeError(f"sshd does not start: {self.log()}")

    def _become(self) -> None:
        """In the child, before sshd: the quota, and another user than root."""
        if self.file_limit is not None:
            # Python ignores SIGXFSZ and a child inherits that: writing too much is an error, not a death.
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.file_limit, self.file_limit))
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(self.user.pw_gid)
            os.setuid(self.user.pw_uid)

    def _write_config(self) -> None:
        host_keys = "\n".join(f"HostKey {self.keys}/host_{kind}" for kind in ("ed25519", "rsa", "ecdsa"))
        (self.base / "sshd_config").write_text(_CONFIG.format(
            port=self.port, host_keys=host_keys, authorized_keys=self.keys / "authorized_keys", home=self.home))
        self.pin(self.keys / "known_hosts", "ed25519", "rsa", "ecdsa")

    def pin(self, path: Path, *kinds: str, host: str | None = None) -> Path:
        """Write a known-hosts file with these kinds of this server's host keys."""
        host = host or f"[{self.host}]:{self.port}"
        path.write_text("".join(f"{host} {(self.keys / f'host_{kind}.pub').read_text()}" for kind in kinds))
        return path

    def _listens(self) -> bool:
        assert self._process is not None
        while self._process.poll() is None:
            if self._answers():
                return True
            time.sleep(0.01)
        return False

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((self.host, self.port)) == 0


@cache
def _rsa_key() -> rsa.RSAPrivateKey:
    """Made once: it takes as long as all the rest of a server."""
    return rsa.generate_private_key(65537, 3072)


def write_key(path: Path, key: PrivateKeyTypes, passphrase: bytes | None = None) -> None:
    """``path`` and ``path.pub`` in OpenSSH form."""
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, how))
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    path.with_name(path.name + ".pub").write_bytes(public + b"\n")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def sshd() -> Iterator[OpenSsh]:
    with OpenSsh(need("sshd")) as server:
        yield server
