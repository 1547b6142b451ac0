"""An SFTP server on loopback, in this process: no system package, no root. Only a key of its own gets in."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED
from paramiko.message import Message
from paramiko.sftp import CMD_EXTENDED, CMD_VERSION, SFTP_FAILURE, SFTP_OP_UNSUPPORTED

from exchanges.simulators.sftp_files import Site, SiteFiles

_LOG = "ketensluis.simulator.paramiko"
_SFTP_VERSION = 3
_WEAK = {
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"],
}


class SftpServer:
    """Serves ``site`` to whoever holds the private part of ``client_key`` and calls itself ``username``."""

    def __init__(self, site: Site, host_key: paramiko.PKey, username: str, client_key: paramiko.PKey,
                 host: str = "127.0.0.1", port: int = 0) -> None:
        self.site = site
        self.host_key = host_key
        self.login = _Login(username, client_key, refuse=site.faults.refuse_auth)
        self._listener = socket.create_server((host, port))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[paramiko.Transport] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._accept, name="sftp-simulator", daemon=True)
        logger = logging.getLogger(_LOG)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.CRITICAL)  # a client that goes away is no news

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # close alone does not wake accept
        self._listener.close()
        if self._thread.is_alive():
            self._thread.join()
        for transport in self._open:
            transport.close()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open = [transport for transport in self._open if transport.is_active()]
            with suppress(paramiko.SSHException, OSError, EOFError):
                self._open.append(self._serve(connection))

    def _serve(self, connection: socket.socket) -> paramiko.Transport:
        transport = paramiko.Transport(connection, disabled_algorithms=_WEAK)
        transport.set_log_channel(_LOG)
        transport.local_version = "SSH-2.0-Ketensluis_simulator"
        transport.add_server_key(self.host_key)

        def cut() -> None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

        transport.set_subsystem_handler("sftp", _Sftp, SiteFiles, self.site, cut)
        # With an event the handshake runs in the transport's own thread: a client that stays silent stops nobody.
        transport.start_server(event=threading.Event(), server=self.login)
        return transport


class _Login(paramiko.ServerInterface):  # type: ignore[misc]
    def __init__(self, username: str, key: paramiko.PKey, *, refuse: bool) -> None:
        self.username = username
        self.key = key
        self.refuse = refuse

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        welcome = username == self.username and key == self.key and not self.refuse
        return int(AUTH_SUCCESSFUL if welcome else AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)


class _Sftp(paramiko.SFTPServer):  # type: ignore[misc]
    """paramiko's server, saying which extensions it has, with fsync, and posix-rename as a switch."""

    def __init__(self, channel: paramiko.Channel, name: str, server: paramiko.ServerInterface, kind: type[SiteFiles],
                 site: Site, *args: object) -> None:
        super().__init__(channel, name, server, kind, site, *args)
        self.extensions = ["fsync@openssh.com"]
        if not site.faults.no_posix_rename:
            self.extensions.append("posix-rename@openssh.com")

    def _send_server_version(self) -> int:
        self._read_packet()  # the client's hello
        answer = Message()
        answer.add_int(_SFTP_VERSION)
        for extension in self.extensions:
            answer.add_string(extension)
            answer.add_string("1")
        self._send_packet(CMD_VERSION, answer)
        return _SFTP_VERSION

    def _process(self, kind: int, number: int, message: Message) -> None:
        if kind != CMD_EXTENDED:
            super()._process(kind, number, message)
            return
        name = message.get_text()
        if name not in self.extensions:
            self._send_status(number, SFTP_OP_UNSUPPORTED)
        elif name == "fsync@openssh.com":
            handle = self.file_table.get(message.get_binary())
            self._send_status(number, SFTP_FAILURE if handle is None else handle.sync())
        else:
            self._send_status(number, self.server.posix_rename(message.get_text(), message.get_text()))
