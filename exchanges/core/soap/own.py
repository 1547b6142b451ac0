"""The passphrases of our own keys: of the connection, and of signing where that goes with another key."""

from __future__ import annotations

from exchanges.core.settings import OwnSoapSettings
from exchanges.core.transport.passphrase import passphrase_of


def to_connect(own: OwnSoapSettings) -> str | None:
    """Of ``sleutel``; None when the settings do not say where it is. Raises UsageError when it is not there."""
    return passphrase_of(own.wachtzin, f"sleutel {own.sleutel}")


def to_sign(own: OwnSoapSettings) -> str | None:
    """Of the key that signs; the same."""
    if own.sleutel_ondertekening is None:
        return to_connect(own)
    return passphrase_of(own.wachtzin_ondertekening or own.wachtzin, f"sleutel {own.sleutel_ondertekening}")
