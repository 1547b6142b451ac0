"""Whom we believe: the chain of a signing certificate to a pinned root, what was revoked, and whose it is.

What TLS does for the connection, this does for the signature of a message (WB013, PKI003).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from exchanges.core.soap.certificates import SMALLEST_KEY, oin_of
from exchanges.core.soap.errors import Refused

# cryptography reads a part of a certificate when it is asked for, and only then finds that it is none.
_UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
               x509.UnsupportedGeneralNameType)  # fmt: skip


@dataclass(frozen=True)
class Trust:
    """``authorities`` are the roots and what is between them and a certificate; ``revoked`` revocation lists, of which
    there must be one of every authority in the chain, or none at all. ``oin`` is the one partner that may sign; with
    ``pinned`` only by these certificates."""

    authorities: list[x509.Certificate]
    oin: str
    revoked: list[x509.CertificateRevocationList] = field(default_factory=list)
    pinned: list[x509.Certificate] = field(default_factory=list)

    def require(self, certificate: x509.Certificate, now: datetime) -> None:
        """Raises Refused, with the reason: not of the partner, not issued by whom we trust, expired, revoked, weak."""
        try:
            self._require(certificate, now)
        except _UNREADABLE:
            raise Refused("certificaat", "Het certificaat van de ondertekenaar is niet te lezen.") from None

    def _require(self, certificate: x509.Certificate, now: datetime) -> None:
        if self.pinned and certificate not in self.pinned:
            raise Refused("certificaat", "De ondertekenaar gebruikt een ander certificaat dan is vastgelegd.")
        if oin_of(certificate) != self.oin:
            raise Refused("oin", f"Het certificaat van de ondertekenaar is niet van OIN {self.oin}.")
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise Refused("geldigheid", "Het certificaat van de ondertekenaar is niet (meer) geldig.")
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY:
            raise Refused("certificaat", f"De ondertekenaar heeft geen RSA-sleutel van ten minste {SMALLEST_KEY} bits.")
        if not _may_sign(certificate):
            raise Refused("certificaat", "Het certificaat van de ondertekenaar is er niet om mee te ondertekenen.")
        chain = self._chain(certificate, now)
        if self.revoked:
            for one, issuer in pairwise(chain):
                self._require_not_revoked(one, issuer, now)

    def _chain(self, certificate: x509.Certificate, now: datetime) -> list[x509.Certificate]:
        roots = [one for one in self.authorities if one.subject == one.issuer]
        between = [one for one in self.authorities if one.subject != one.issuer]
        if not roots:
            raise Refused("keten", "Er is geen stamcertificaat vastgelegd waarmee de ondertekenaar te toetsen is.")
        # The purpose of a signing certificate is looked at in _may_sign; a name of a server is not asked of it.
        policy = PolicyBuilder().store(Store(roots)).time(now).extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )  # fmt: skip
        try:
            return policy.build_client_verifier().verify(certificate, between).chain
        except VerificationError:
            raise Refused("keten", "Het certificaat van de ondertekenaar is niet uitgegeven door wie wij vertrouwen.") \
                from None

    def _require_not_revoked(self, one: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
        known = [crl for crl in self.revoked if crl.issuer == issuer.subject and _signed_by(crl, issuer)]
        current = [crl for crl in known if crl.next_update_utc is not None and crl.next_update_utc >= now]
        if not current:
            raise Refused("intrekking", "De intrekkingslijst van de ondertekenaar ontbreekt of is te oud; ververs crl.")
        if any(crl.get_revoked_certificate_by_serial_number(one.serial_number) is not None for crl in current):
            raise Refused("intrekking", "Het certificaat van de ondertekenaar is ingetrokken.")


def _signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # a CA's key is of a kind that signs
    except (InvalidSignature, TypeError, ValueError):
        return False


def _may_sign(certificate: x509.Certificate) -> bool:
    """Not a CA, and its key usage, where it has one, says signing."""
    try:
        if certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment
