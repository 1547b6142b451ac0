"""Who may sign: chain, revocation, OIN, and whatever else a certificate says of itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from exchanges.core.errors import UsageError
from exchanges.core.soap.certificates import expiring, load_identity, read_certificates, read_crls, require_real
from exchanges.core.soap.errors import Refused
from exchanges.core.soap.trust import Trust
from exchanges.simulators.soap_keys import OIN_MUNICIPALITY, OIN_OTHER, OIN_PARTNER, Authority, Holder, write
from tests.locked import PASSPHRASE, locked


def lists(data: bytes, tmp_path) -> list[x509.CertificateRevocationList]:
    return read_crls(write(tmp_path / "crl.pem", data))


@pytest.fixture
def trusted(keys) -> list[x509.Certificate]:
    return [keys.authority.root.certificate, keys.authority.issuer.certificate]


def verdict(trust: Trust, certificate: x509.Certificate, now) -> str:
    try:
        trust.require(certificate, now)
    except Refused as refused:
        return refused.what
    return "ok"


def test_the_partner_itself(keys, trusted, now, tmp_path):
    assert verdict(Trust(trusted, OIN_PARTNER), keys.signer.certificate, now) == "ok"
    revoked = lists(keys.authority.revocations(), tmp_path)
    assert verdict(Trust(trusted, OIN_PARTNER, revoked), keys.signer.certificate, now) == "ok"


def test_two_generations_of_roots_are_trusted_at_once(keys, trusted, now):
    both = [*trusted, keys.stranger.root.certificate, keys.stranger.issuer.certificate]
    theirs = keys.stranger.issue("partner", OIN_PARTNER)
    assert verdict(Trust(both, OIN_PARTNER), theirs.certificate, now) == "ok"
    assert verdict(Trust(trusted, OIN_PARTNER), theirs.certificate, now) == "keten"


def test_without_a_root_nobody_is_trusted(keys, trusted, now):
    assert verdict(Trust(trusted[1:], OIN_PARTNER), keys.signer.certificate, now) == "keten"
    assert verdict(Trust(trusted[:1], OIN_PARTNER), keys.signer.certificate, now) == "keten"


def test_a_name_is_not_enough(keys, now):
    """An authority with the same names and other keys."""
    false = Authority("Simulator", now)
    theirs = false.issue("partner", OIN_PARTNER)
    trust = Trust([keys.authority.root.certificate, keys.authority.issuer.certificate], OIN_PARTNER)
    assert verdict(trust, theirs.certificate, now) == "keten"


@pytest.mark.parametrize(
    ("days", "expected"), [(-2, "geldigheid"), (0, "ok"), (363, "ok"), (366, "geldigheid")]
)  # fmt: skip
def test_it_must_be_valid_now(keys, trusted, now, days, expected):
    trust = Trust(trusted, OIN_PARTNER)
    assert verdict(trust, keys.signer.certificate, now + timedelta(days=days)) == expected


@pytest.mark.parametrize("oin", [OIN_OTHER, ""])
def test_another_organisation(keys, trusted, now, oin):
    other = keys.authority.issue("ander", oin, key_of=keys.signer)
    assert verdict(Trust(trusted, OIN_PARTNER), other.certificate, now) == "oin"


def test_a_certificate_of_two_organisations_is_of_none(keys, trusted, now):
    by = keys.authority.issuer
    name = x509.Name([x509.NameAttribute(x509.NameOID.SERIAL_NUMBER, oin) for oin in (OIN_PARTNER, OIN_OTHER)])
    both = x509.CertificateBuilder().subject_name(name).issuer_name(by.certificate.subject).public_key(
        keys.signer.key.public_key()).serial_number(5).not_valid_before(now).not_valid_after(
        now + timedelta(days=1)).sign(by.key, hashes.SHA256())  # fmt: skip
    assert verdict(Trust(trusted, OIN_PARTNER), both, now) == "oin"


def test_pinned_means_this_certificate_and_no_other_of_the_partner(keys, trusted, now):
    renewed = keys.authority.issue("partner", OIN_PARTNER, key_of=keys.signer).certificate
    pinned = Trust(trusted, OIN_PARTNER, pinned=[keys.signer.certificate])
    assert verdict(pinned, keys.signer.certificate, now) == "ok"
    assert verdict(pinned, renewed, now) == "certificaat"
    assert verdict(Trust(trusted, OIN_PARTNER, pinned=[keys.signer.certificate, renewed]), renewed, now) == "ok"


def test_not_for_signing(keys, trusted, now):
    closed = keys.authority.issue("partner", OIN_PARTNER, signs=False, key_of=keys.signer)
    assert verdict(Trust(trusted, OIN_PARTNER), closed.certificate, now) == "certificaat"


@pytest.mark.parametrize("key", ["ec", "short"])
def test_a_key_that_the_profile_does_not_know_or_is_too_short(keys, trusted, now, key):
    made = ec.generate_private_key(ec.SECP256R1()) if key == "ec" else rsa.generate_private_key(65537, 1024)
    weak = keys.authority.issue("partner", OIN_PARTNER, key_of=Holder(keys.signer.certificate, made))
    assert verdict(Trust(trusted, OIN_PARTNER), weak.certificate, now) == "certificaat"


def test_an_authority_does_not_sign_messages(keys, now):
    by = keys.authority.root
    name = x509.Name([x509.NameAttribute(x509.NameOID.SERIAL_NUMBER, OIN_PARTNER)])
    ca = x509.CertificateBuilder().subject_name(name).issuer_name(by.certificate.subject).public_key(
        keys.signer.key.public_key()).serial_number(6).not_valid_before(now).not_valid_after(
        now + timedelta(days=1)).add_extension(x509.BasicConstraints(True, None), critical=True).sign(
        by.key, hashes.SHA256())  # fmt: skip
    assert verdict(Trust([by.certificate], OIN_PARTNER), ca, now) == "certificaat"


# --- what was revoked


def test_revoked_is_revoked(keys, trusted, now, tmp_path):
    other = keys.authority.issue("partner", OIN_PARTNER, key_of=keys.signer)
    trust = Trust(trusted, OIN_PARTNER, lists(keys.authority.revocations(other), tmp_path))
    assert verdict(trust, other.certificate, now) == "intrekking"
    assert verdict(trust, keys.signer.certificate, now) == "ok"


def test_a_list_that_is_too_old_says_nothing(keys, trusted, now, tmp_path):
    trust = Trust(trusted, OIN_PARTNER, lists(keys.authority.revocations(days=-1), tmp_path))
    assert verdict(trust, keys.signer.certificate, now) == "intrekking"


@pytest.mark.parametrize("place", [0, 1])
def test_a_list_of_every_authority_in_the_chain(keys, trusted, now, tmp_path, place):
    one = lists(keys.authority.revocations(), tmp_path)[place : place + 1]
    assert verdict(Trust(trusted, OIN_PARTNER, one), keys.signer.certificate, now) == "intrekking"


def test_a_list_by_somebody_else_of_that_name_counts_for_nothing(keys, trusted, now, tmp_path):
    """Who could put a list of their own in its place would have nothing revoked."""
    false = Authority("Simulator", now)
    trust = Trust(trusted, OIN_PARTNER, lists(false.revocations(), tmp_path))
    assert verdict(trust, keys.signer.certificate, now) == "intrekking"


def test_an_authority_in_the_chain_can_be_revoked(keys, trusted, now, tmp_path):
    root, issuer = keys.authority.root, keys.authority.issuer
    builder = x509.CertificateRevocationListBuilder().issuer_name(root.certificate.subject).last_update(
        now - timedelta(days=1)).next_update(now + timedelta(days=1)).add_revoked_certificate(
        x509.RevokedCertificateBuilder().serial_number(issuer.certificate.serial_number).revocation_date(now).build()
    )  # fmt: skip
    own = [builder.sign(root.key, hashes.SHA256()), lists(keys.authority.revocations(), tmp_path)[1]]
    assert verdict(Trust(trusted, OIN_PARTNER, own), keys.signer.certificate, now) == "intrekking"


# --- our own, and the files


@pytest.fixture
def files(keys, tmp_path):
    holder = keys.municipality
    return write(tmp_path / "c.pem", holder.pem), write(tmp_path / "k.pem", holder.key_pem)


def test_our_own_is_read(files, keys, now):
    found = load_identity(*files, OIN_MUNICIPALITY, now)
    assert (found.certificate, found.oin) == (keys.municipality.certificate, OIN_MUNICIPALITY)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("oin", "niet van OIN"), ("late", "niet geldig"), ("early", "niet geldig"), ("key", "hoort niet bij"),
        ("protected", "waar die staat"), ("wrong", "of de wachtzin klopt niet"),
        ("garbage", "geen bruikbare sleutel"), ("ec", "geen RSA"),
        ("absent", "niet te lezen"), ("no certificate", "geen bruikbaar certificaat"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_ours_is_told_in_one_line(files, keys, now, tmp_path, change, says):
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption
    from cryptography.hazmat.primitives.serialization import PrivateFormat as Form

    certificate, key = files
    oin, moment, phrase = OIN_MUNICIPALITY, now, None
    match change:
        case "oin":
            oin = OIN_OTHER
        case "late":
            moment = now + timedelta(days=400)
        case "early":
            moment = now - timedelta(days=400)
        case "key":
            key = write(tmp_path / "k2.pem", keys.signer.key_pem)
        case "protected" | "wrong":
            key = write(tmp_path / "k2.pem", locked(keys.municipality))
            phrase = "een ander geheim" if change == "wrong" else None
        case "garbage":
            key = write(tmp_path / "k2.pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        case "ec":
            other = ec.generate_private_key(ec.SECP256R1())
            key = write(tmp_path / "k2.pem", other.private_bytes(Encoding.PEM, Form.PKCS8, NoEncryption()))
        case "absent":
            key = tmp_path / "weg.pem"
        case "no certificate":
            certificate = key
    with pytest.raises(UsageError, match=says) as told:
        load_identity(certificate, key, oin, moment, phrase)
    assert "\n" not in str(told.value) and "BEGIN" not in str(told.value) and "geheim" not in str(told.value)


def test_a_key_with_a_passphrase_is_one_without_to_who_signs(files, keys, now, tmp_path):
    key = write(tmp_path / "k2.pem", locked(keys.municipality))
    found = load_identity(files[0], key, OIN_MUNICIPALITY, now, PASSPHRASE.decode())
    assert load_pem_private_key(found.key_pem, None).private_numbers() == keys.municipality.key.private_numbers()
    assert "PRIVATE" not in repr(found)
    # One that has none: two keys may share what the settings say.
    assert load_identity(*files, OIN_MUNICIPALITY, now, "iets").key_pem == keys.municipality.key_pem


@pytest.mark.parametrize("data", [b"", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"])
def test_a_file_without_lists_is_no_file_of_lists(tmp_path, data):
    """Read as 'no lists', nothing would be checked at all."""
    with pytest.raises(UsageError, match="intrekkingslijst"):
        read_crls(write(tmp_path / "crl.pem", data))


def test_a_bundle_is_read_whole(keys, tmp_path):
    assert len(read_certificates(write(tmp_path / "ca.pem", keys.authority.pem))) == 2


def test_in_production_no_test_number_and_no_test_root(keys, now):
    real = "00000001002220647000"
    require_real(real, [keys.authority.root.certificate])
    with pytest.raises(UsageError, match="testnummer"):
        require_real(OIN_PARTNER, [])
    with pytest.raises(UsageError, match="TRIAL"):
        require_real(real, [Authority("TRIAL PKIoverheid", now).root.certificate])


@pytest.mark.parametrize(
    ("left", "says"),
    [
        (timedelta(days=30), None), (timedelta(days=29, hours=23), "over 29 dagen"), (timedelta(days=1), "over 1 dag,"),
        (timedelta(hours=3), "binnen een dag,"), (timedelta(days=-1), "is verlopen sinds"),
    ],
)  # fmt: skip
def test_thirty_days_ahead_it_is_told(now, left, says):
    told = expiring("van ons", now + left, now)
    assert told is None if says is None else says in told
