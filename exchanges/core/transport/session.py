"""One SSH connection with SFTP on it: who may be at the other end, and what every failure is called.

Import this late: it brings paramiko in.
"""

from __future__ import annotations

import logging
import socket
import stat
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import islice
from typing import Any

import paramiko

from exchanges.core.errors import TransportError, UsageError
from exchanges.core.reports.dutch import number
from exchanges.core.transport.files import CHUNK
from exchanges.core.transport.patience import Clock, Pace, PatientSocket
from exchanges.core.transport.sftp import SftpSettings
from exchanges.core.transport.wire import NO_SPACE, POSIX_RENAME, QUOTA_EXCEEDED, Refused, WireClient

# paramiko still offers these; no partner needs them (spec transport, section 9.2; NCSC: not "voldoende").
_WEAK = {
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"],
}
# Key type as pinned -> algorithms that prove it.
_PROOFS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
# paramiko writes stack traces at level ERROR for what we report in one line; silent unless someone sets a level.
_LOG = "ketensluis.transport.paramiko"

# Of one folder. A server that never stops naming would fill the memory.
MOST_NAMES = 100_000
_CALLED = 253  # RFC 4253, section 4.2
_LATER = "; probeer het later opnieuw, wat is aangekomen wordt niet nog eens verzonden."
# What paramiko says when it waited too long; the second is of a handshake that did not end.
_TOO_LATE = ("imeout", "No existing session", "timed out")


class SftpSession:
    """``Files`` over SFTP. Raises on construction what ``SftpChannel`` documents."""

    def __init__(self, settings: SftpSettings) -> None:
        self.settings = settings
        self._where = f"{settings.host}:{settings.port}"
        self._broken = ""  # why the connection is of no use any more
        self._overdue: Pace | None = None
        self._clock = Clock(settings.timeout, settings.least_speed)
        key = _load_key(settings)
        self._client = paramiko.SSHClient()
        self._client.set_log_channel(_LOG)
        _quiet()
        pinned = self._pin()
        try:
            with self._mapped("verbinden"):
                self._connect(key, pinned)
        except BaseException:
            self._client.close()
            raise

    def _pin(self) -> list[str]:
        """Load the pinned keys; the key types pinned for this server."""
        keys = self._client.get_host_keys()
        try:
            keys.load(str(self.settings.known_hosts))
        except Exception as error:  # paramiko raises several kinds, with the line in them
            raise UsageError(f"{self.settings.known_hosts} is niet te lezen als known_hosts-bestand "
                             f"({type(error).__name__}).") from None
        port = self.settings.port
        name = self.settings.host if port == 22 else f"[{self.settings.host}]:{port}"
        found = keys.lookup(name)
        return [] if found is None else list(found.keys())

    def _connect(self, key: paramiko.PKey, pinned: list[str]) -> None:
        settings = self.settings
        disabled = dict(_WEAK)
        if pinned:
            # Only key types that are pinned: a server free to choose another would look like an impostor.
            allowed = {algorithm for kind in pinned for algorithm in _PROOFS.get(kind, ())}
            disabled["keys"] = [a for proofs in _PROOFS.values() for a in proofs if a not in allowed]
        self._client.set_missing_host_key_policy(_Unknown())
        self._client.connect(
            settings.host, settings.port, settings.username, pkey=key, allow_agent=False, look_for_keys=False,
            timeout=settings.timeout, banner_timeout=settings.timeout, auth_timeout=settings.timeout,
            channel_timeout=settings.timeout, disabled_algorithms=disabled, transport_factory=self._transport,
        )
        transport = self._client.get_transport()
        if not transport.is_authenticated():  # paramiko goes on when our key was good and another one is wanted too
            raise _WantsMore
        transport.set_keepalive(settings.keepalive)
        self.host_key: str = transport.get_remote_server_key().fingerprint
        self.server = _printable(transport.remote_version)
        channel = transport.open_session(timeout=settings.timeout)
        channel.settimeout(settings.timeout)
        with self._clock.answer():
            channel.invoke_subsystem("sftp")
        self._sftp = WireClient(channel, self._clock)

    def _transport(self, connected: socket.socket, **more: Any) -> _Transport:
        patience = self.settings.timeout
        queued = self.settings.in_flight * CHUNK / self.settings.least_speed
        transport = _Transport(PatientSocket(connected, self._clock, self._gave_up), **more)
        transport.clear_to_send_timeout = patience + queued  # while keys are renewed, behind all that is under way
        transport.handshake_timeout = 2 * patience  # connect() itself gives up before
        return transport

    def _gave_up(self, pace: Pace) -> None:
        self._overdue = pace

    def close(self) -> None:
        with suppress(Exception):  # nothing that happens now changes what was confirmed before
            self._client.close()

    # --- Files

    def size(self, path: str) -> int | None:
        with self._mapped(f"opvragen van {path}"):
            try:
                found = self._sftp.look(path)
            except Refused as error:
                if error.code == paramiko.sftp.SFTP_NO_SUCH_FILE:
                    return None
                raise
            if found.mode is not None and stat.S_ISDIR(found.mode):
                raise TransportError(f"{path} bij {self._where} is een map, geen bestand.")
            if found.size is None:
                raise TransportError(f"{self._where} noemt geen grootte van {path}; controle is niet mogelijk.")
            return found.size

    def require_directory(self, directory: str) -> None:
        with self._mapped(f"opvragen van map {directory}"):
            self._sftp.look(directory)

    def names(self, directory: str) -> list[str]:
        with self._mapped(f"lezen van map {directory}"), closing(self._sftp.entries(directory)) as entries:
            there = list(islice(entries, MOST_NAMES + 1))
        if len(there) > MOST_NAMES:
            raise TransportError(f"Map {directory} bij {self._where} heeft meer dan {number(MOST_NAMES)} namen; vraag "
                                 "de ontvanger op te ruimen.")
        return [name for name, found in there
                if name not in (".", "..") and (found.mode is None or not stat.S_ISDIR(found.mode))]

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        with self._mapped(f"schrijven van {path}"):
            self._sftp.write_file(path, chunks, self.settings.in_flight)

    def read(self, path: str, size: int) -> Generator[bytes, None, None]:
        with self._mapped(f"lezen van {path}"):
            yield from self._sftp.read_file(path, size, self.settings.in_flight)

    def rename(self, old: str, new: str) -> None:
        """Plain rename first: it must fail when ``new`` exists (OpenSSH links, so without a race), where posix-rename
        would overwrite. Some file systems cannot link; then posix-rename, after making sure ``new`` is not there."""
        with self._mapped(f"hernoemen naar {new}"):
            try:
                self._sftp.rename(old, new)
            except Refused:
                if self._taken(new):
                    raise TransportError(f"Bij {self._where} bestaat {new} al; er is niets overschreven. Vraag de "
                                         "ontvanger het weg te halen.") from None
                if POSIX_RENAME not in self._sftp.extensions:
                    raise
                self._sftp.posix_rename(old, new)

    def _taken(self, path: str) -> bool:
        """Whether anything has that name; a link that leads nowhere too."""
        try:
            self._sftp.look(path, follow=False)
        except Refused as error:
            if error.code != paramiko.sftp.SFTP_NO_SUCH_FILE:
                raise
            return False
        return True

    def remove(self, path: str) -> None:
        with self._mapped(f"verwijderen van {path}"):
            try:
                self._sftp.remove(path)
            except Refused as error:
                if error.code != paramiko.sftp.SFTP_NO_SUCH_FILE:
                    raise

    def discard(self, path: str) -> None:
        if not self._broken:
            with suppress(TransportError):
                self.remove(path)

    # --- failures

    @contextmanager
    def _mapped(self, doing: str) -> Iterator[None]:
        """Every failure becomes one TransportError in words. The original is not chained: paramiko's exceptions carry
        key material and stack traces. After a connection was lost, whatever is tried fails by what lost it."""
        if self._broken:
            raise TransportError(self._broken)
        try:
            yield
        except Refused as error:
            raise TransportError(self._refusal(error.code, doing)) from None
        except UnicodeError:  # of a name; the connection is fine
            raise TransportError(f"{self._where} gebruikt bestandsnamen die geen UTF-8 zijn ({doing}).") from None
        except (paramiko.SSHException, paramiko.SFTPError, OSError, EOFError) as error:
            self._broken = self._failure(error, doing)
            self.close()  # a late answer must not be taken for that to something else
            raise TransportError(self._broken) from None

    def _refusal(self, code: int, doing: str) -> str:
        if code == paramiko.sftp.SFTP_NO_SUCH_FILE:
            why = "map of bestand bestaat niet; controleer in en uit in de instellingen"
        elif code == paramiko.sftp.SFTP_PERMISSION_DENIED:
            why = "geen rechten; vraag de ontvanger erom"
        elif code == paramiko.sftp.SFTP_EOF:
            why = "het bestand is korter geworden; probeer opnieuw"
        elif code in {NO_SPACE, QUOTA_EXCEEDED}:
            why = "geen ruimte meer; meld het de ontvanger"
        else:
            why = (f"geweigerd (status {code}), misschien is de schijf vol of het quotum bereikt; meld het de "
                   "ontvanger")
        return f"{self._where}, {doing}: {why}."

    def _failure(self, error: Exception, doing: str) -> str:
        where = self._where
        known = self.settings.known_hosts
        if isinstance(error, _UnknownHost):
            return (f"De hostsleutel van {where} staat niet in {known} (aangeboden: {error.key}); er is niet "
                    "aangemeld. Vergelijk de vingerafdruk met die van de ontvanger en leg de sleutel vast.")
        if isinstance(error, paramiko.BadHostKeyException):
            return (f"De hostsleutel van {where} is een andere dan in {known} (aangeboden: {_name(error.key)}, "
                    f"vastgelegd: {_name(error.expected_key)}); er is niet aangemeld. Vraag de ontvanger waarom.")
        if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
            return (f"{where} kent geen van onze veilige algoritmen of geen van de vastgelegde soorten hostsleutel; er "
                    "is niet aangemeld.")
        if "protocol banner" in str(error):
            return f"{where} meldt zich niet binnen {self.settings.timeout:g} seconden als SSH-server{_LATER}"
        if self._overdue is not None and self._overdue.speed is not None:
            least = number(round(self.settings.least_speed / 1000))
            return f"{where} gaat te langzaam, minder dan {least} kB per seconde ({doing}){_LATER}"
        too_late = self._overdue is not None or isinstance(error, TimeoutError)
        if too_late or any(words in str(error) for words in _TOO_LATE):
            return f"{where} antwoordt niet binnen {self.settings.timeout:g} seconden ({doing}){_LATER}"
        if isinstance(error, _WantsMore):
            return (f"{where} vraagt naast onze sleutel om meer, zoals een wachtwoord of code, en dat hebben wij niet; "
                    "vraag de ontvanger om aanmelden met de sleutel alleen.")
        if isinstance(error, paramiko.AuthenticationException):
            return (f"{where} weigert de aanmelding van {self.settings.username}; klopt de gebruikersnaam en kent de "
                    "ontvanger onze sleutel?")
        if isinstance(error, socket.gaierror):
            return f"{where} is niet te vinden in het netwerk; klopt host in de instellingen?"
        if isinstance(error, ConnectionRefusedError | paramiko.ssh_exception.NoValidConnectionsError):
            return f"{where} neemt geen verbinding aan; kloppen host en poort? Zo ja, probeer het later opnieuw."
        return f"De verbinding met {where} is verbroken ({doing}){_LATER}"


class _WantsMore(paramiko.AuthenticationException):  # type: ignore[misc]
    """Our key is good, and not enough."""


class _Transport(paramiko.Transport):  # type: ignore[misc]
    """Never asks a person: paramiko shows what the server wants to know, and waits at the keyboard."""

    def auth_interactive_dumb(self, *given: Any, **more: Any) -> list[str]:
        raise _WantsMore


class _UnknownHost(paramiko.SSHException):  # type: ignore[misc]
    def __init__(self, key: str) -> None:
        super().__init__("unknown host key")
        self.key = key


class _Unknown(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    """Never accept, never add; remember the fingerprint for the message."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        raise _UnknownHost(_name(key))


def _name(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.fingerprint}"


def _printable(called: str) -> str:
    """What a server calls itself, for books and screens: at most as long as the protocol lets it be."""
    return "".join(one for one in called[:_CALLED] if one.isprintable())


def _quiet() -> None:
    logger = logging.getLogger(_LOG)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.CRITICAL)


def _load_key(settings: SftpSettings) -> paramiko.PKey:
    passphrase = settings.key_passphrase
    try:
        return paramiko.PKey.from_path(settings.key_file, passphrase.encode() if passphrase is not None else None)
    except FileNotFoundError:
        why = "bestaat niet"
    except PermissionError:
        why = "mag niet gelezen worden"
    except Exception:  # cryptography and paramiko raise many kinds; one of them holds the key itself
        why = "is geen bruikbare privésleutel" + (
            ", of de wachtzin klopt niet" if passphrase is not None else
            " zonder wachtzin; heeft zij die, zeg dan in de instellingen met wachtzin waar die staat")
    # Outside the except block, so that no traceback carries the exception above.
    raise UsageError(f"SFTP-sleutel {settings.key_file} {why}.")
