"""Certificates for one run of the simulator: a root, an issuer below it, what they issued and what they revoked.

As PKIoverheid does it: the OIN in ``subject.serialNumber``, an issuer between the root and everybody else, a revocation
list of each. Nobody trusts this root but who is given it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

OIN_MUNICIPALITY = "00000099000000015300"
OIN_PARTNER = "00000099000000002000"
OIN_OTHER = "00000099000000009900"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """A root and its issuer. ``now`` is what validity is reckoned from."""

    def __init__(self, name: str, now: datetime) -> None:
        self.now = now
        self._serial = 1000
        self.root = self._authority(f"{name} stam", None)
        self.issuer = self._authority(f"{name} uitgever", self.root)

    @property
    def pem(self) -> bytes:
        """What a municipality pins."""
        return self.root.pem + self.issuer.pem

    def issue(self, name: str, oin: str, *, host: str = "", days: int = 365, since: int = 1,
              key_of: Holder | None = None, signs: bool = True) -> Holder:
        """A certificate for ``days`` from ``since`` days ago; for ``host`` (a name or an address) that of a server."""
        key = key_of.key if key_of else _new_key()
        usage = ExtendedKeyUsageOID.SERVER_AUTH if host else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = self._builder(name, oin, key, self.issuer, since, days).add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        ).add_extension(_usage(digital_signature=signs, key_encipherment=True), critical=True).add_extension(
            x509.ExtendedKeyUsage([usage]), critical=False
        )  # fmt: skip
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([_general(host)]), critical=False)
        return Holder(builder.sign(self.issuer.key, hashes.SHA256()), key)

    def revocations(self, *revoked: Holder, days: int = 7) -> bytes:
        """The lists of root and issuer as PEM; that of the issuer names ``revoked``. Negative ``days``: too old."""
        return b"".join(
            self._list(by, [one for one in revoked if by is self.issuer], days) for by in (self.root, self.issuer)
        )

    def _list(self, by: Holder, revoked: list[Holder], days: int) -> bytes:
        builder = x509.CertificateRevocationListBuilder().issuer_name(by.certificate.subject).last_update(
            self.now - 30 * _DAY
        ).next_update(self.now + days * _DAY)  # fmt: skip
        for one in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
                .revocation_date(self.now - _DAY).build()
            )  # fmt: skip
        return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _authority(self, name: str, by: Holder | None) -> Holder:
        key = _new_key()
        issuer = by or Holder(None, key)  # type: ignore[arg-type]  # a root is its own issuer
        builder = self._builder(name, "", key, issuer, 100, 3650).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        ).add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)  # fmt: skip
        return Holder(builder.sign(issuer.key, hashes.SHA256()), key)

    def _builder(self, name: str, oin: str, key: rsa.RSAPrivateKey, by: Holder, since: int,
                 days: int) -> x509.CertificateBuilder:
        self._serial += 1
        parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ketensluis simulator"),
                 x509.NameAttribute(NameOID.COMMON_NAME, name)]  # fmt: skip
        if oin:
            parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, oin))
        subject = x509.Name(parts)
        begin = self.now - since * _DAY
        return (
            x509.CertificateBuilder().subject_name(subject)
            .issuer_name(by.certificate.subject if by.certificate else subject)
            .public_key(key.public_key()).serial_number(self._serial)
            .not_valid_before(begin).not_valid_after(begin + days * _DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
        )  # fmt: skip


class Keys:
    """All that one simulator needs, or several one after the other; made when first asked for."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    @cached_property
    def authority(self) -> Authority:
        return Authority("Simulator", self.now)

    @cached_property
    def stranger(self) -> Authority:
        """A root that nobody pinned."""
        return Authority("Vreemde", self.now)

    @cached_property
    def municipality(self) -> Holder:
        return self.authority.issue("gemeente.voorbeeld.invalid", OIN_MUNICIPALITY)

    @cached_property
    def signer(self) -> Holder:
        return self.authority.issue("partner.voorbeeld.invalid", OIN_PARTNER)

    @cached_property
    def server(self) -> Holder:
        """Whose key all servers have; their certificates have a number of their own, so one of them can be revoked."""
        return self.authority.issue("server", OIN_PARTNER, host="127.0.0.1")


def write(path: Path, *parts: bytes) -> Path:
    """A file only its owner may read."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(b"".join(parts))
    return path


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(**named: bool) -> x509.KeyUsage:
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{name: named.get(name, False) for name in every})
