"""SFTP as a channel. paramiko is imported when a connection is made, not before."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from exchanges.core.errors import UsageError
from exchanges.core.transport.channel import Naming, Outgoing, Progress, Sent
from exchanges.core.transport.delivery import deliver
from exchanges.core.transport.names import PART, is_plain, require_directory
from exchanges.core.transport.pickup import fetch

if TYPE_CHECKING:
    from exchanges.core.transport.session import SftpSession

__all__ = ["Sent", "SftpChannel", "SftpSettings"]


@dataclass(frozen=True)
class SftpSettings:
    """How to reach one partner.

    ``known_hosts``: pinned host keys in OpenSSH form, all key types of the server; a port other than 22 is written
    ``[host]:port``. ``timeout`` in seconds holds for connect, banner, authentication and every answer as a whole.
    ``least_speed`` in bytes per second: a file, or the names in a folder, that on average comes slower than this is
    given up, from twice ``timeout`` on; so every transfer ends in a time that follows from its size.
    ``readback_limit``: above this many bytes the upload is checked on size only; None reads everything back.
    ``in_flight``: requests under way at once; lower it for a server that cannot follow.
    Raises UsageError for settings that cannot work.
    """

    host: str
    port: int
    username: str
    key_file: Path
    known_hosts: Path
    key_passphrase: str | None = field(default=None, repr=False)
    timeout: float = 20.0
    keepalive: int = 15
    readback_limit: int | None = None
    in_flight: int = 64
    least_speed: float = 16_000.0

    def __post_init__(self) -> None:
        if not self.host or not self.username:
            raise UsageError("SFTP-instellingen: host en gebruikersnaam zijn verplicht.")
        if not 0 < self.port < 65536:
            raise UsageError(f"SFTP-instellingen: poort {self.port} bestaat niet.")
        if self.timeout <= 0 or self.keepalive < 0 or self.in_flight < 1:
            raise UsageError("SFTP-instellingen: wachttijd (timeout) en in_flight moeten groter dan nul zijn.")
        if self.least_speed <= 0:  # or a partner that lets one byte through now and then is waited for without end
            raise UsageError("SFTP-instellingen: snelheid_min moet groter dan nul zijn.")


class SftpChannel:
    """An SFTP connection to a partner; see ``Channel`` for what it does. Open it inside the task that uses it.

    Entering raises TransportError when there is no connection to the right server, UsageError when the key or the
    known-hosts file cannot be used.
    """

    def __init__(self, settings: SftpSettings) -> None:
        self.settings = settings
        self._session: SftpSession | None = None

    def __enter__(self) -> SftpChannel:
        from exchanges.core.transport.session import SftpSession

        self._session = SftpSession(self.settings)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def deliver(self, local: Outgoing, directory: str, name: str, sha256: str, progress: Progress | None = None,
                naming: Naming | None = None) -> Sent:
        return deliver(self._open(), local, directory, name, sha256, self.settings.readback_limit, progress, naming)

    def fetch(self, directory: str, name: str, to: Path, max_bytes: int,
              progress: Progress | None = None) -> Path | None:
        return fetch(self._open(), directory, name, to, max_bytes, progress)

    def listdir(self, directory: str) -> list[str]:
        return visible(self._open().names(require_directory(directory)))

    def _open(self) -> SftpSession:
        if self._session is None:
            raise RuntimeError("SftpChannel is used outside its with block")
        return self._session


def visible(names: list[str]) -> list[str]:
    """Finished files only, sorted: no hidden names, no uploads under way, and nothing that cannot be a file."""
    return sorted(name for name in names if is_plain(name) and not name.startswith(".") and not name.endswith(PART))
