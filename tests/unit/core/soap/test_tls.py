"""The connection: what it offers, whom it believes, and what it says when it fails."""

from __future__ import annotations

import os
import ssl
import warnings
from types import SimpleNamespace

import pytest

from exchanges.core.errors import UsageError
from exchanges.core.soap import tls
from exchanges.core.soap.tls import refusal, server_context, tls_context
from exchanges.simulators.soap_keys import write


@pytest.fixture
def files(keys, tmp_path):
    return {
        "certificate": write(tmp_path / "c.pem", keys.municipality.pem),
        "key": write(tmp_path / "k.pem", keys.municipality.key_pem),
        "authorities": write(tmp_path / "ca.pem", keys.authority.pem),
        "revoked": write(tmp_path / "crl.pem", keys.authority.revocations()),
    }


def test_what_is_offered_and_demanded(files):
    context = tls_context(**files)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED
    assert context.verify_flags & ssl.VERIFY_CRL_CHECK_CHAIN
    assert context.options & ssl.OP_NO_COMPRESSION and context.options & ssl.OP_NO_RENEGOTIATION
    names = {one["name"] for one in context.get_ciphers()}
    assert "ECDHE-RSA-AES128-GCM-SHA256" in names  # prescribed by SuwiML (SEC-06)
    for one in context.get_ciphers():
        assert one["aead"] and (one["protocol"] == "TLSv1.3" or one["name"].startswith("ECDHE-")), one["name"]


@pytest.mark.parametrize("make", [tls_context, server_context])
def test_no_older_tls_whatever_the_library_would_allow(files, monkeypatch, make):
    """TLS004. This library begins at 1.2 by itself; an older or another one need not."""
    def lenient(protocol):
        context = ssl.SSLContext(protocol)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
        return context

    monkeypatch.setattr(tls, "ssl", SimpleNamespace(**{**vars(ssl), "SSLContext": lenient}))
    assert make(**files).minimum_version is ssl.TLSVersion.TLSv1_2


def test_without_lists_nothing_is_checked_against_them(files):
    context = tls_context(**{**files, "revoked": None})
    assert not context.verify_flags & ssl.VERIFY_CRL_CHECK_CHAIN


def test_only_what_was_pinned_is_believed(files, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", os.environ.get("SSL_CERT_FILE", str(files["certificate"])))
    assert len(tls_context(**files).get_ca_certs()) == 2


@pytest.mark.parametrize("name", ["certificate", "key", "authorities", "revoked"])
@pytest.mark.parametrize("content", [None, b"onzin"])
def test_a_file_that_cannot_be_used_is_named(files, name, content):
    files[name].unlink() if content is None else files[name].write_bytes(content)
    with pytest.raises(UsageError, match=str(files[name])):
        tls_context(**files)


def test_a_protected_key_asks_nobody_for_a_password(files, keys):
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    sealed = keys.municipality.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x1"))
    files["key"].write_bytes(sealed)
    for make, phrase in ((tls_context, None), (server_context, None), (tls_context, "x2"), (server_context, "")):
        with pytest.raises(UsageError) as told:
            make(**files, passphrase=phrase)
        assert ("of de wachtzin klopt niet" in str(told.value)) == (phrase is not None)
    assert tls_context(**files, passphrase="x1") and server_context(**files, passphrase="x1")


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", "toegang"), ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "toegang"),
        ("SSLV3_ALERT_CERTIFICATE_REVOKED", "toegang"), ("TLSV1_ALERT_PROTOCOL_VERSION", "tls"),
        ("UNSUPPORTED_PROTOCOL", "tls"), ("SSLV3_ALERT_HANDSHAKE_FAILURE", "tls"),
        ("UNEXPECTED_EOF_WHILE_READING", None), (None, None),
    ],
)  # fmt: skip
def test_what_a_failed_handshake_says(reason, what):
    error = ssl.SSLError()
    error.reason = reason
    found = refusal(error, "w")
    assert (found.what if found else None) == what
