"""Settings that cannot work are refused before a connection is made; secrets stay out of texts."""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from exchanges.core.errors import UsageError
from exchanges.core.transport import SftpChannel, SftpSettings


@pytest.fixture
def good(tmp_path: Path) -> dict[str, object]:
    key = ed25519.Ed25519PrivateKey.generate()
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    (tmp_path / "locked").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, BestAvailableEncryption(b"geheim-woord")))
    (tmp_path / "known_hosts").touch()
    return {"host": "127.0.0.1", "port": 9, "username": "gemeente", "key_file": tmp_path / "key",
            "known_hosts": tmp_path / "known_hosts", "timeout": 1.0}


@pytest.mark.parametrize("change", [{"host": ""}, {"username": ""}, {"port": 0}, {"port": 65536}, {"timeout": 0},
                                    {"in_flight": 0}, {"keepalive": -1}, {"least_speed": 0}])
def test_settings_that_cannot_work(good: dict[str, object], change: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        SftpSettings(**{**good, **change})


def test_the_passphrase_is_not_in_the_repr(good: dict[str, object]) -> None:
    assert "geheim-woord" not in repr(SftpSettings(**good, key_passphrase="geheim-woord"))


def open_with(good: dict[str, object], **changes: object) -> UsageError:
    with pytest.raises(UsageError) as raised, SftpChannel(SftpSettings(**{**good, **changes})):
        pass
    return raised.value


def test_key_files_that_cannot_be_used(good: dict[str, object], tmp_path: Path) -> None:
    lines = ("-----BEGIN OPENSSH PRIVATE KEY-----", "GEHEIMEREGEL", "-----END OPENSSH PRIVATE KEY-----")
    (tmp_path / "broken").write_text("\n".join(lines))
    assert "bestaat niet" in str(open_with(good, key_file=tmp_path / "weg"))
    for changes in ({"key_file": tmp_path / "broken"}, {"key_file": tmp_path / "locked"},
                    {"key_file": tmp_path / "locked", "key_passphrase": "fout-woord"}):
        error = open_with(good, **changes)
        text = "".join(traceback.format_exception(error))
        assert "geen bruikbare privésleutel" in str(error) and "\n" not in str(error)
        assert "GEHEIMEREGEL" not in text and "fout-woord" not in text


def test_known_hosts_that_cannot_be_read(good: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "garbage").write_bytes(b"host ssh-ed25519 \xff\xfe\n")
    for path in (tmp_path / "weg", tmp_path / "garbage"):
        assert "known_hosts" in str(open_with(good, known_hosts=path))


def test_a_channel_outside_its_with_block(good: dict[str, object]) -> None:
    with pytest.raises(RuntimeError):
        SftpChannel(SftpSettings(**good)).listdir(".")


def test_importing_the_channels_brings_no_library_in() -> None:
    code = ("import sys, exchanges.core.transport; "
            "sys.exit(bool({'paramiko', 'cryptography', 'pyarrow'} & set(sys.modules)))")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
