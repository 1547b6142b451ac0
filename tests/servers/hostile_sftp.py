"""A server that anybody may connect to and that says what a test makes it say: SSH is real, what it carries is not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paramiko
from cryptography.hazmat.primitives.asymmetric import ed25519
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.message import Message
from paramiko.sftp import CMD_VERSION

from exchanges.core.transport import SftpSettings
from tests.servers.sshd import write_key

Talk = Callable[["Wire"], None]


class Wire(paramiko.sftp.BaseSFTP):  # type: ignore[misc]
    """The server's end of SFTP, request by request."""

    def __init__(self, channel: paramiko.Channel) -> None:
        super().__init__()
        self.sock = channel

    def greet(self) -> None:
        self._read_packet()
        hello = Message()
        hello.add_int(3)
        self._send_packet(CMD_VERSION, hello)

    def asked(self) -> tuple[int, int]:
        """Kind and number of the next request."""
        kind, data = self._read_packet()
        return kind, Message(data).get_int()

    def say(self, kind: int, number: int, *parts: int | bytes) -> None:
        answer = Message()
        for part in (number, *parts):
            if isinstance(part, int):
                answer.add_int(part)
            else:
                answer.add_string(part)
        self._send_packet(kind, answer)

    def raw(self, data: bytes) -> None:
        self.sock.sendall(data)


class HostileSftp:
    """``with HostileSftp(folder, talk) as server``. ``login`` is what a key gets for an answer and ``wants`` what else
    would do; ``tried`` has how clients tried to get in."""

    def __init__(self, folder: Path, talk: Talk, *, login: int = AUTH_SUCCESSFUL, wants: str = "publickey",
                 name: str = "SSH-2.0-Vreemd") -> None:  # fmt: skip
        self.folder, self.talk, self.login, self.wants, self.name = folder, talk, login, wants, name
        self.tried: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[paramiko.Transport] = []
        for key in ("client", "host"):
            write_key(folder / key, ed25519.Ed25519PrivateKey.generate())
        public = (folder / "host.pub").read_text()
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {public}")

    def settings(self, **changes: Any) -> SftpSettings:
        good: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "username": "gemeente", "timeout": 1.0,
                                "key_file": self.folder / "client", "known_hosts": self.folder / "known_hosts"}
        return SftpSettings(**{**good, **changes})

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for transport in self._open:
            transport.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                transport = paramiko.Transport(self._listener.accept()[0])
                transport.set_log_channel("ketensluis.vreemd")
                transport.local_version = self.name
                transport.add_server_key(paramiko.PKey.from_path(self.folder / "host"))
                transport.set_subsystem_handler("sftp", _Subsystem, self.talk)
                self._open.append(transport)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(threading.Event(), _Login(self))


class _Login(paramiko.ServerInterface):  # type: ignore[misc]
    def __init__(self, of: HostileSftp) -> None:
        self.of = of

    def get_allowed_auths(self, username: str) -> str:
        return self.of.wants

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.of.tried.append("publickey")
        return self.of.login

    def check_auth_password(self, username: str, password: str) -> int:
        self.of.tried.append("password")
        return int(AUTH_SUCCESSFUL)

    def check_auth_interactive(self, username: str, submethods: str) -> paramiko.InteractiveQuery:
        self.of.tried.append("keyboard-interactive")
        return paramiko.InteractiveQuery("", "", "Wachtwoord:")

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return int(AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(OPEN_SUCCEEDED)


class _Subsystem(paramiko.SubsystemHandler):  # type: ignore[misc]
    def __init__(self, channel: paramiko.Channel, name: str, server: paramiko.ServerInterface, talk: Talk) -> None:
        super().__init__(channel, name, server)
        self.talk = talk

    def start_subsystem(self, name: str, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        with suppress(OSError, EOFError):
            self.talk(Wire(channel))
