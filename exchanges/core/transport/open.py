"""The channel a partner is reached by, from settings."""

from __future__ import annotations

from pathlib import Path

from exchanges.core.errors import UsageError
from exchanges.core.transport.channel import Channel
from exchanges.core.transport.folder import FolderChannel


def open_channel(
    kind: str, *, host: str, port: int, username: str, key_file: Path, known_hosts: Path, timeout: float, folder: Path,
    least_speed: float, passphrase: str,
) -> Channel:
    """``sftp`` or ``map`` (a local folder); ``passphrase`` says where it is, see ``passphrase_of``. Raises UsageError
    for anything else, and where the settings do not say which key, known hosts or folder."""
    if kind == "sftp":
        if Path() in (key_file, known_hosts):
            raise UsageError("SFTP-instellingen: sleutel en known_hosts zijn verplicht.")
        from exchanges.core.transport.passphrase import passphrase_of
        from exchanges.core.transport.sftp import SftpChannel, SftpSettings

        return SftpChannel(SftpSettings(
            host=host, port=port, username=username, key_file=key_file, known_hosts=known_hosts, timeout=timeout,
            least_speed=least_speed, key_passphrase=passphrase_of(passphrase),
        ))
    if kind == "map":
        if folder == Path():  # or personal data would be put wherever the program was started
            raise UsageError("Kanaal map: zet in de instellingen met map welke map dat is.")
        return FolderChannel(folder)
    raise UsageError(f"Kanaal {kind!r} bestaat niet; kies sftp of map.")
