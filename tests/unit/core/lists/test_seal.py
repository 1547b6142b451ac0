"""Sealed: opened by one key only, whole or not at all."""

from __future__ import annotations

import errno

import pytest
from pyrage import x25519

from exchanges.core.errors import BusinessError, TechnicalError, UsageError
from exchanges.core.lists.seal import Seal, seal, unseal

ME, OTHER = x25519.Identity.generate(), x25519.Identity.generate()
PIECES = [b"een", b"", b"x" * 200_000, b"twee"]


@pytest.fixture
def sealed(tmp_path):
    path = tmp_path / "lijst.zip.age"
    seal(iter(PIECES), str(ME.to_public()), path)
    return path


def test_what_was_sealed_comes_out(sealed, tmp_path):
    unseal(sealed, str(ME), tmp_path / "uit")
    assert (tmp_path / "uit").read_bytes() == b"".join(PIECES)
    assert sealed.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert (tmp_path / "uit").stat().st_mode & 0o777 == sealed.stat().st_mode & 0o777 == 0o600


def test_nothing_sealed_is_something_too(tmp_path):
    seal([], str(ME.to_public()), tmp_path / "leeg")
    unseal(tmp_path / "leeg", str(ME), tmp_path / "uit")
    assert (tmp_path / "uit").read_bytes() == b""


def test_another_key_opens_nothing(sealed, tmp_path):
    with pytest.raises(BusinessError, match=r"lijst\.zip\.age is niet voor deze sleutel"):
        unseal(sealed, str(OTHER), tmp_path / "uit")
    assert not (tmp_path / "uit").exists()


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:90_000], lambda data: data + b"x",
                                    lambda data: data[:100_000] + b"\x00\x01" + data[100_002:], lambda data: b"",
                                    lambda data: b"PK" + data])
def test_a_damaged_file_leaves_nothing(sealed, tmp_path, damage):
    sealed.write_bytes(damage(sealed.read_bytes()))
    with pytest.raises(BusinessError, match="beschadigd"):
        unseal(sealed, str(ME), tmp_path / "uit")
    assert not (tmp_path / "uit").exists()


@pytest.mark.parametrize(("error", "told"), [
    (OSError(errno.ENOSPC, "full"), pytest.raises(TechnicalError, match="schijf")),
    (KeyboardInterrupt(), pytest.raises(KeyboardInterrupt)),
])
def test_what_stops_opening_leaves_nothing_in_clear_and_a_full_disk_is_no_damaged_file(
    sealed, tmp_path, monkeypatch, error, told
):
    def stopped(source, sink, keys):
        sink.write(b"half")
        raise error

    monkeypatch.setattr("exchanges.core.lists.seal.pyrage.decrypt_io", stopped)
    with told:
        unseal(sealed, str(ME), tmp_path / "uit")
    assert not (tmp_path / "uit").exists()


def test_an_error_of_the_maker_is_raised_as_it_was(tmp_path):
    def pieces():
        yield b"begin"
        raise BusinessError("de tabel is veranderd")

    with pytest.raises(BusinessError, match="de tabel is veranderd"):
        seal(pieces(), str(ME.to_public()), tmp_path / "half")
    with pytest.raises(BusinessError):
        unseal(tmp_path / "half", str(ME), tmp_path / "uit")


def test_a_disk_that_cannot_is_a_technical_error(tmp_path):
    with pytest.raises(TechnicalError, match="verzegeld bestand schrijven"):
        seal([b"x"], str(ME.to_public()), tmp_path / "weg" / "lijst")


@pytest.mark.parametrize("keys", [("age1zomaar",), ("",), (str(ME),), (str(ME.to_public()), "age1zomaar"),
                                  (str(ME.to_public()), str(ME.to_public()))])
def test_a_key_that_is_none_or_is_used_twice_is_refused_without_being_told(keys):
    with pytest.raises(UsageError) as refused:
        Seal(*keys)
    assert "SECRET" not in str(refused.value) and "zomaar" not in str(refused.value)


def test_a_public_key_does_not_open(sealed, tmp_path):
    with pytest.raises(UsageError, match="geheime sleutel"):
        unseal(sealed, str(ME.to_public()), tmp_path / "uit")
