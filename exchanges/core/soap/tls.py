"""The TLS side of a connection: both ends show a certificate, the partner's leads to a pinned root (TLS002, TLS004).

One context per partner; the system's own roots play no part. Python never fetches revocation lists: they are a file.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from exchanges.core.errors import UsageError
from exchanges.core.soap.errors import Refused
from exchanges.core.soap.timed import TimedSocket

# Forward secrecy and AEAD only (NCSC: "goed"); among them ECDHE-RSA-AES128-GCM-SHA256, that SuwiML prescribes (SEC-06).
SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"

# OpenSSL's verify codes, X509_V_ERR_*: what a person can do something about.
_WHY = {
    3: "van een uitgever ontbreekt de intrekkingslijst; ververs crl",
    9: "het certificaat is nog niet geldig",
    10: "het certificaat is verlopen",
    11: "de intrekkingslijst is nog niet geldig; ververs crl",
    12: "de intrekkingslijst is te oud; ververs crl",
    18: "het certificaat is niet uitgegeven door wie wij vertrouwen",
    19: "het certificaat is niet uitgegeven door wie wij vertrouwen",
    20: "het certificaat is niet uitgegeven door wie wij vertrouwen",
    21: "het certificaat is niet uitgegeven door wie wij vertrouwen",
    23: "het certificaat is ingetrokken",
    62: "het certificaat is van een andere server",
    64: "het certificaat is van een andere server",
}
_OURS = ("CERTIFICATE_REQUIRED", "UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED",
         "CERTIFICATE_UNKNOWN", "UNSUPPORTED_CERTIFICATE", "ACCESS_DENIED")  # fmt: skip
_OLD = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE", "WRONG_SSL_VERSION",
        "VERSION_TOO_LOW", "INSUFFICIENT_SECURITY", "HANDSHAKE_FAILURE")  # fmt: skip


def tls_context(
    certificate: Path, key: Path, authorities: Path, revoked: Path | None, passphrase: str | None = None
) -> ssl.SSLContext:
    """Of who connects: the host name is checked, a certificate is required. Raises UsageError for a file that cannot be
    used."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, certificate, key, authorities, revoked, passphrase)


def server_context(
    certificate: Path, key: Path, authorities: Path, revoked: Path | None, passphrase: str | None = None
) -> ssl.SSLContext:
    """Who connects must show a certificate that leads to a pinned root and is not revoked. Raises UsageError for a file
    that cannot be used."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, certificate, key, authorities, revoked, passphrase)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _context(
    side: ssl._SSLMethod, certificate: Path, key: Path, authorities: Path, revoked: Path | None, passphrase: str | None
) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.sslsocket_class = TimedSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(SUITES)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    for path in (authorities, *([revoked] if revoked else [])):
        try:
            context.load_verify_locations(cafile=str(path))
        except (OSError, ssl.SSLError):
            raise UsageError(f"{path} is niet te lezen als PEM.") from None
    if revoked is not None:
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    try:
        # A passphrase is never asked: there is nobody at the keyboard.
        context.load_cert_chain(str(certificate), str(key), password=lambda: (passphrase or "").encode())
    except (OSError, ssl.SSLError):
        why = "" if passphrase is None else ", of de wachtzin klopt niet"
        raise UsageError(f"Certificaat {certificate} en sleutel {key} zijn samen niet te gebruiken{why}.") from None
    return context


def refusal(error: ssl.SSLError, where: str) -> Refused | None:
    """What a failed handshake says, or None when it may go well another time."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = _WHY.get(error.verify_code, f"het certificaat klopt niet (OpenSSL {error.verify_code})")
        return Refused("server", f"De server {where} is niet te vertrouwen: {why}. Er is niets gevraagd.")
    reason = (error.reason or "").upper()
    if any(word in reason for word in _OURS):
        return Refused("toegang", f"De server {where} neemt ons certificaat niet aan; kent de partner het?")
    if any(word in reason for word in _OLD):
        return Refused("tls", f"De server {where} kent geen veilige verbinding die wij aangaan (TLS 1.2 of nieuwer).")
    return None
