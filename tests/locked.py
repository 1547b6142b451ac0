"""Keys with a passphrase, as a municipality has them."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from exchanges.simulators.soap_keys import Holder

PASSPHRASE = b"een goed geheim"


def locked(holder: Holder, passphrase: bytes = PASSPHRASE) -> bytes:
    """The key of ``holder`` as PEM."""
    return holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
