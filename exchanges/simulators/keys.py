"""Key pairs for one run of a simulator."""

from __future__ import annotations

from pathlib import Path

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def new_key(path: Path) -> paramiko.PKey:
    """A new Ed25519 key, private part in ``path`` (mode 600, OpenSSH form)."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    return paramiko.PKey.from_path(path)


def pin(path: Path, host: str, port: int, key: paramiko.PKey) -> None:
    """Write ``path`` as the known-hosts file with this one key."""
    name = host if port == 22 else f"[{host}]:{port}"
    path.write_text(f"{name} {key.get_name()} {key.get_base64()}\n", encoding="ascii")
