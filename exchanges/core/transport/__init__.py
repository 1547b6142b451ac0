"""Channels to partners: SFTP and a local folder. Importing this brings no library in."""

from exchanges.core.transport.channel import Channel, Progress, Sent
from exchanges.core.transport.folder import FolderChannel
from exchanges.core.transport.sftp import SftpChannel, SftpSettings

__all__ = ["Channel", "FolderChannel", "Progress", "Sent", "SftpChannel", "SftpSettings"]
