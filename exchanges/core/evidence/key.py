"""The key that signs anchors (Ed25519): a file beside the store, made once; its public part is given to the auditor."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from exchanges.core.disk import sync_folder
from exchanges.core.errors import UsageError
from exchanges.core.store.failures import storage_failures
from exchanges.core.store.whole import whole_file

_PEM = serialization.Encoding.PEM
_END = b"-----END PUBLIC KEY-----"


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key in that file; made when there is none, readable by the owner only. Raises UsageError for another file."""
    with storage_failures("de sleutel van de ankers lezen"):
        if not path.exists():
            _make(path)
        content = path.read_bytes()
    try:
        key = serialization.load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"Bestand {path.name} is geen sleutel voor ankers (Ed25519, PEM, zonder wachtwoord).")
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_id(key: Ed25519PublicKey) -> str:
    """The first 20 hex digits of the SHA-256 of the 32 bytes of the public key."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:20]


def public_keys(files: Iterable[Path]) -> dict[str, Ed25519PublicKey]:
    """By id; a file may hold several, one after another. Raises UsageError for a file that holds none."""
    found: dict[str, Ed25519PublicKey] = {}
    for path in files:
        if not path.is_file():
            raise UsageError(f"Bestand {path} is er niet; geef met --public-key de openbare sleutel van de ankers.")
        with storage_failures("een openbare sleutel lezen"):
            pieces = path.read_bytes().split(_END)[:-1]
        for piece in pieces or [b""]:
            try:
                key = serialization.load_pem_public_key(piece + _END)
            except (ValueError, UnsupportedAlgorithm):
                key = None
            if not isinstance(key, Ed25519PublicKey):
                raise UsageError(f"Bestand {path.name} is geen openbare sleutel (Ed25519, PEM); vraag die op met "
                                 "sluis ledger key.")
            found[key_id(key)] = key
    return found


def _make(path: Path) -> None:
    made = Ed25519PrivateKey.generate().private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with whole_file(fresh) as file:
        file.write(made)
    try:
        os.link(fresh, path)
    except FileExistsError:  # another process was first; its key counts
        pass
    finally:
        fresh.unlink()
    sync_folder(path.parent)
