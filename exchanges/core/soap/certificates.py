"""Certificates: reading them from PEM files, whose they are, and how long they hold (spec transport, section 2).

An organisation is known by its OIN, in ``subject.serialNumber`` (PKI001).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from exchanges.core.errors import UsageError
from exchanges.core.reports.dutch import day

EXPIRY_WARNING = timedelta(days=30)  # ib-signalen, SEC-05
SMALLEST_KEY = 2048
_TEST_OIN = "00000099"
_TEST_ROOT = re.compile(r"\btrial\b", re.IGNORECASE)


@dataclass(frozen=True)
class Identity:
    """Who we are to a partner: the signing certificate, its key as PEM without a passphrase, and the OIN in it."""

    certificate: x509.Certificate
    key_pem: bytes = field(repr=False)
    oin: str


def load_identity(certificate: Path, key: Path, oin: str, now: datetime, passphrase: str | None = None) -> Identity:
    """``passphrase``: of the key, if it has one. Raises UsageError: unreadable, of somebody else, a key of another
    certificate or with another passphrase, not valid now."""
    found, pem = read_certificates(certificate)[0], _read(key, "sleutel")
    private, locked = _private(key, pem, passphrase)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise UsageError(f"De sleutel {key} is geen RSA-sleutel; het profiel ondertekent met RSA.")
    if private.public_key() != found.public_key():
        raise UsageError(f"De sleutel {key} hoort niet bij het certificaat {certificate}.")
    if oin_of(found) != oin:
        raise UsageError(f"Het certificaat {certificate} is niet van OIN {oin} (PKI001); kies het goede.")
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise UsageError(
            f"Het certificaat {certificate} is niet geldig: van {day(found.not_valid_before_utc.date())} tot en met "
            f"{day(found.not_valid_after_utc.date())}. Vraag een nieuw aan."
        )
    if locked:  # what signs knows no passphrase
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Identity(found, pem, oin)


def _private(key: Path, pem: bytes, passphrase: str | None) -> tuple[PrivateKeyTypes, bool]:
    """The key, and whether it has a passphrase. One may be given for a key that has none: two may share a setting."""
    for given in dict.fromkeys((passphrase.encode() if passphrase else None, None)):
        try:
            return load_pem_private_key(pem, given), given is not None
        except TypeError:
            continue
        except ValueError:
            why = ", of de wachtzin klopt niet" if given else ""
            raise UsageError(f"{key} is geen bruikbare sleutel{why}; geef een RSA-sleutel in PEM.") from None
    raise UsageError(f"De sleutel {key} heeft een wachtzin; zeg in de instellingen met wachtzin waar die staat.")


def oin_of(certificate: x509.Certificate) -> str:
    """The OIN in the subject; empty when there is none or more than one."""
    found = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    return str(found[0].value) if len(found) == 1 else ""


def read_certificates(path: Path) -> list[x509.Certificate]:
    """All of a PEM file, at least one. Raises UsageError."""
    try:
        return x509.load_pem_x509_certificates(_read(path, "certificaat"))
    except (ValueError, x509.InvalidVersion):
        raise UsageError(f"{path} is geen bruikbaar certificaat; geef het in PEM.") from None


def read_crls(path: Path) -> list[x509.CertificateRevocationList]:
    """All revocation lists of a PEM file, at least one. Raises UsageError."""
    parts = re.findall(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", _read(path, "crl"), re.DOTALL)
    try:
        found = [x509.load_pem_x509_crl(part) for part in parts]
    except ValueError:
        found = []
    if not found:
        raise UsageError(f"{path} bevat geen bruikbare intrekkingslijst; geef een of meer lijsten in PEM.")
    return found


def require_real(oin: str, trusted: list[x509.Certificate]) -> None:
    """In production no test numbers and no test root (spec transport, section 2). Raises UsageError."""
    if oin.startswith(_TEST_OIN):
        raise UsageError(f"OIN {oin} is een testnummer; in productie kan dat niet.")
    if any(_TEST_ROOT.search(one.subject.rfc4514_string()) for one in trusted):
        raise UsageError("Het bestand ca bevat een teststam (TRIAL); in productie kan dat niet. Neem haar eruit.")


def expiring(name: str, until: datetime, now: datetime, do: str = "Zorg voor een nieuw") -> str | None:
    """A sentence for people when the certificate called ``name`` has less than 30 days to go, or none; ``do`` is what
    they can do about it."""
    if until - now >= EXPIRY_WARNING:
        return None
    if until < now:
        return f"Het certificaat {name} is verlopen sinds {day(until.date())}. {do}."
    left = (until - now) // timedelta(days=1)
    when = f"over {left} {'dag' if left == 1 else 'dagen'}" if left else "binnen een dag"
    return f"Het certificaat {name} verloopt {when}, op {day(until.date())}. {do}."


def utc_now() -> datetime:
    return datetime.now(UTC)


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} ({name}) is niet te lezen ({type(error).__name__}).") from None
