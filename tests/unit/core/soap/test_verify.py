"""What is refused of an answer. Every answer here is signed by code that shares nothing with what verifies it."""

from __future__ import annotations

import copy
from base64 import b64encode, encodebytes
from datetime import timedelta

import pytest
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from exchanges.core.soap.envelope import parse
from exchanges.core.soap.errors import Refused, Unanswered
from exchanges.core.soap.names import BASE64, DS, ID, SOAP, WSA, WSSE, WSU, X509
from exchanges.core.soap.verify import Verifier, canonical
from exchanges.simulators.soap_message import Answer, _text

LATER = timedelta(seconds=2)


@pytest.fixture
def judged(verifier, request_, now):
    """The verdict on the bytes of an answer: ``ok``, or the protection that refused."""

    def judge(data: bytes, by: Verifier = verifier) -> str:
        try:
            payload, _ = by.verify(parse(data, "w"), request_, now + LATER)
        except Refused as refused:
            assert "\n" not in str(refused) and "1234" not in str(refused)
            return refused.what
        assert canonical(payload).startswith(b"<v:Antwoord ")
        return "ok"

    return judge


@pytest.fixture
def signed(answer, keys):
    answer.sign(keys.signer, answer.parts)
    return answer


def test_a_good_answer_is_taken_and_is_the_element_alone(signed, verifier, request_, keys, now):
    payload, signer = verifier.verify(parse(signed.data(), "w"), request_, now + LATER)
    assert canonical(payload) == (
        b'<v:Antwoord xmlns:v="urn:voorbeeld"><Bedrag>1234</Bedrag><Naam>De Sluis</Naam></v:Antwoord>'
    )
    assert signer == keys.signer.certificate


def test_the_same_content_has_the_same_bytes_whatever_the_envelope(signed):
    other = b'<?xml version="1.0"?><e xmlns:x="urn:x"><v:Antwoord\n xmlns:v="urn:voorbeeld"><Bedrag\n>1234</Bedrag>' \
        b"<Naam><!-- c -->De Sluis</Naam></v:Antwoord></e>"  # fmt: skip
    assert canonical(parse(other, "w")[0]) == canonical(parse(signed.data(), "w").find(f"{{{SOAP}}}Body")[0])


@pytest.mark.parametrize("bits", [256, 384, 512])
def test_what_xmlsec_signs_with_any_of_the_algorithms_is_taken(answer, keys, judged, bits):
    holder = keys.signer
    token = _text(answer.security, WSSE, "BinarySecurityToken", "")
    token.text = encodebytes(holder.certificate.public_bytes(Encoding.DER)).decode()  # in lines, as many do
    for name, value in (("ValueType", X509), ("EncodingType", BASE64), (ID, "T")):
        token.set(name, value)
    template = xmlsec.template.create(
        answer.security, xmlsec.Transform.EXCL_C14N, getattr(xmlsec.Transform, f"RSA_SHA{bits}")
    )  # fmt: skip
    answer.security.append(template)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(holder.key_pem, xmlsec.KeyFormat.PEM)
    for number, part in enumerate([*answer.parts, token]):
        part.set(ID, f"p{number}")
        context.register_id(part, "Id", WSU)
        reference = xmlsec.template.add_reference(template, getattr(xmlsec.Transform, f"SHA{bits}"), uri=f"#p{number}")
        xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    named = etree.SubElement(xmlsec.template.ensure_key_info(template), f"{{{WSSE}}}SecurityTokenReference")
    etree.SubElement(named, f"{{{WSSE}}}Reference", URI="#" + token.get(ID), ValueType=X509)
    context.sign(template)
    assert judged(answer.data()) == "ok"


# --- what is signed


@pytest.mark.parametrize("named", [False, True], ids=["without an id", "with an id"])
@pytest.mark.parametrize("left_out", range(7))
def test_every_part_must_be_signed(answer, keys, judged, left_out, named):
    parts = answer.parts
    assert len(parts) == 7
    if named:
        parts[left_out].set(ID, "los")
    answer.sign(keys.signer, parts[:left_out] + parts[left_out + 1 :])
    assert judged(answer.data()) == "ondertekend"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_no_character_can_be_changed_unseen(signed, judged, data):
    root = etree.fromstring(signed.data())
    texts = [one for one in root.iter() if one.text and one.text.strip() and not one.tag.startswith(f"{{{DS}}}")]
    values = [(one, name) for one in root.iter() for name in one.attrib if "mustUnderstand" not in name]
    element = data.draw(st.sampled_from(texts))
    place = data.draw(st.integers(0, len(element.text) - 1))
    character = data.draw(st.sampled_from("AZaz09").filter(lambda c: c != element.text[place]))
    if data.draw(st.booleans()):
        element.text = element.text[:place] + character + element.text[place + 1 :]
    else:
        one, name = data.draw(st.sampled_from(values))
        one.set(name, one.get(name) + character)
    assert judged(etree.tostring(root)) != "ok"


def test_elements_put_in_or_taken_out_are_seen(signed, judged):
    for change in ("in", "uit", "kenmerk"):
        root = etree.fromstring(signed.data())
        payload = root.find(f"{{{SOAP}}}Body")[0]
        if change == "in":
            etree.SubElement(payload, "Bedrag").text = "9"
        elif change == "uit":
            payload.remove(payload[0])
        else:
            payload[0].set("nul", "1")
        assert judged(etree.tostring(root)) == "handtekening", change


def test_a_comment_cannot_cut_a_value_in_two(signed, judged):
    """Canonical form has no comments; who reads the text up to the first comment reads less than was signed."""
    data = signed.data().replace(b"De Sluis", b"De <!-- -->Sluis")
    assert judged(data) == "ok"
    root = parse(data, "w")
    assert root.find(f"{{{SOAP}}}Body")[0].findtext("Naam") == "De Sluis"


# --- signature wrapping: the signed Body is somewhere, another in its place


def wrapped(signed: Answer, where: str, false_id: str | None) -> bytes:
    root = etree.fromstring(signed.data())
    body, header = root.find(f"{{{SOAP}}}Body"), root.find(f"{{{SOAP}}}Header")
    false = copy.deepcopy(body)
    false[0][0].text = "9999"
    if false_id == "none":
        del false.attrib[ID]
    elif false_id is not None:
        false.set(ID, false_id)
    root.replace(body, false)
    security = header.find(f"{{{WSSE}}}Security")
    signature = security.find(f"{{{DS}}}Signature")
    {
        "object": lambda: etree.SubElement(signature, f"{{{DS}}}Object").append(body),
        "keyinfo": lambda: signature.find(f"{{{DS}}}KeyInfo").append(body),
        "header": lambda: header.insert(0, body),
        "security": lambda: security.append(body),
        "own header": lambda: etree.SubElement(header, "{urn:voorbeeld}W").append(body),
        "in To": lambda: header.find(f"{{{WSA}}}To").append(body),
        "in the false one": lambda: false[0].append(body),
        "before": lambda: root.insert(1, body),
        "after": lambda: root.append(body),
    }[where]()
    return etree.tostring(root)


@pytest.mark.parametrize("false_id", [None, "anders", "none"], ids=["same id", "other id", "no id"])
@pytest.mark.parametrize(
    "where",
    ["object", "keyinfo", "header", "security", "own header", "in To", "in the false one", "before", "after"],
)  # fmt: skip
def test_a_wrapped_body_is_refused(signed, judged, where, false_id):
    data = wrapped(signed, where, false_id)
    assert b"9999" in data and b"1234" in data
    assert judged(data) in ("ids", "ondertekend", "vorm", "koppen")


def test_an_id_that_the_parser_knows_by_itself_is_no_way_around(signed, judged):
    root = etree.fromstring(wrapped(signed, "object", "anders"))
    (moved,) = root.xpath("//d:Object/s:Body", namespaces={"d": DS, "s": SOAP})
    moved.set("{http://www.w3.org/XML/1998/namespace}id", moved.attrib.pop(ID))
    root.find(f"{{{SOAP}}}Body").set(ID, moved.get("{http://www.w3.org/XML/1998/namespace}id"))
    assert judged(etree.tostring(root)) == "ids"
    root.find(f"{{{SOAP}}}Body").set(ID, "anders")
    assert judged(etree.tostring(root)) == "ondertekend"


def test_a_wrapped_header_is_refused(signed, judged):
    root = etree.fromstring(signed.data())
    header = root.find(f"{{{SOAP}}}Header")
    relates = header.find(f"{{{WSA}}}RelatesTo")
    false = copy.deepcopy(relates)
    false.set(ID, "anders")
    header.replace(relates, false)
    etree.SubElement(header.find(f".//{{{DS}}}Signature"), f"{{{DS}}}Object").append(relates)
    assert judged(etree.tostring(root)) == "ondertekend"


# --- how it is signed


@pytest.mark.parametrize(
    "uri", ["", "#", "#xpointer(/)", "#xpointer(id('x'))", "https://elders.invalid/x", "file:///etc/x", "#elders",
            "x{id}"],
)  # fmt: skip
def test_a_reference_is_to_a_part_of_this_message(signed, judged, uri):
    root = etree.fromstring(signed.data())
    info = root.find(f".//{{{DS}}}SignedInfo")
    extra = copy.deepcopy(info.find(f"{{{DS}}}Reference"))
    extra.set("URI", uri.format(id=extra.get("URI")[1:]))
    info.append(extra)
    assert judged(etree.tostring(root)) == "ondertekend"


def test_whatever_else_is_signed_is_refused(answer, keys, judged):
    """A right signature over all that must be signed, and over something else in the message."""
    answer.sign(keys.signer, [*answer.parts, answer.body[0][0]])
    assert judged(answer.data()) == "ondertekend"


@pytest.mark.parametrize(
    ("element", "algorithm"),
    [
        ("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        ("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        ("DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1"),
        ("DigestMethod", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        ("Transform", "http://www.w3.org/TR/1999/REC-xslt-19991116"),
        ("Transform", "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        ("Transform", "http://www.w3.org/2000/09/xmldsig#enveloped-signature"),
        ("Transform", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
        ("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
    ],
)  # fmt: skip
def test_only_the_algorithms_of_the_profile(signed, judged, element, algorithm):
    root = etree.fromstring(signed.data())
    root.find(f".//{{{DS}}}{element}").set("Algorithm", algorithm)
    assert judged(etree.tostring(root)) == "algoritme"


def test_a_second_transform_is_one_too_many(signed, judged):
    root = etree.fromstring(signed.data())
    transforms = root.find(f".//{{{DS}}}Transforms")
    transforms.append(copy.deepcopy(transforms[0]))
    assert judged(etree.tostring(root)) == "algoritme"


def test_a_weak_signature_is_refused_although_it_is_right(answer, keys, judged):
    answer.sign(keys.signer, answer.parts, sha_1=True)
    assert judged(answer.data()) == "algoritme"


@pytest.mark.parametrize("change", ["other token", "no reference", "two tokens", "two signatures", "two timestamps"])
def test_one_token_one_signature_one_timestamp(signed, keys, judged, change):
    security = signed.security
    reference = security.find(f".//{{{WSSE}}}SecurityTokenReference")[0]
    expected = "koppen"
    if change == "other token":
        reference.set("URI", "#elders")
        expected = "handtekening"
    elif change == "no reference":
        reference.getparent().remove(reference)
        expected = "handtekening"
    else:
        tag = {"two tokens": f"{{{WSSE}}}BinarySecurityToken", "two signatures": f"{{{DS}}}Signature",
               "two timestamps": f"{{{WSU}}}Timestamp"}[change]  # fmt: skip
        security.append(copy.deepcopy(security.find(tag)))
    assert judged(signed.data()) == expected


def test_the_key_in_the_message_must_be_that_of_the_partner(answer, keys, judged):
    """A right signature by somebody else, who puts the partner's certificate beside it."""
    answer.sign(keys.municipality, answer.parts)
    theirs = b64encode(keys.signer.certificate.public_bytes(Encoding.DER)).decode()
    answer.security.find(f"{{{WSSE}}}BinarySecurityToken").text = theirs
    assert judged(answer.data()) == "handtekening"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(place=st.integers(0, 900), value=st.integers(0, 255))
def test_a_certificate_with_a_byte_changed_is_refused_in_words(signed, keys, judged, place, value):
    data = bytearray(keys.signer.certificate.public_bytes(Encoding.DER))
    place %= len(data)
    if data[place] == value:
        return
    data[place] = value
    signed.security.find(f"{{{WSSE}}}BinarySecurityToken").text = b64encode(data).decode()
    assert judged(signed.data()) in ("certificaat", "oin", "geldigheid", "keten", "handtekening")


def test_a_token_that_is_no_certificate(signed, judged):
    signed.security.find(f"{{{WSSE}}}BinarySecurityToken").text = "QUFB"
    assert judged(signed.data()) == "certificaat"


# --- shape and headers


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<a/>", "vorm"),
        (f'<s:Envelope xmlns:s="{SOAP}"/>'.encode(), "vorm"),
        (f'<s:Envelope xmlns:s="{SOAP}"><s:Body/></s:Envelope>'.encode(), "vorm"),
        (f'<s:Envelope xmlns:s="{SOAP}"><s:Body><a/></s:Body><s:Body><a/></s:Body></s:Envelope>'.encode(), "vorm"),
        (f'<s:Envelope xmlns:s="{SOAP}"><s:Body><a/></s:Body></s:Envelope>'.encode(), "handtekening"),
        (b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><a/></s:Body></s:Envelope>', "vorm"),
    ],
)  # fmt: skip
def test_another_shape(judged, data, expected):
    assert judged(data) == expected


@pytest.mark.parametrize("header", ["{urn:voorbeeld}Eigen", f"{{{WSA}}}Onbekend", f"{{{WSA}}}RelatesTo"])
def test_no_header_of_their_own_and_none_twice(answer, keys, judged, header):
    etree.SubElement(answer.header, header).text = "x"
    answer.sign(keys.signer, answer.parts)
    assert judged(answer.data()) == "koppen"


def test_a_doctype_is_refused_and_no_xml_is_technical(signed):
    with pytest.raises(Refused, match="DOCTYPE"):
        parse(b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "w")
    with pytest.raises(Unanswered):
        parse(signed.data()[:-20], "w")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("RelatesTo", "urn:uuid:ander", "kenmerk"), ("RelatesTo", "", "kenmerk"),
        ("Action", "urn:voorbeeld:vraag", "actie"), ("Action", "", "actie"), ("MessageID", "", "koppen"),
        ("To", "https://iemand.anders.invalid/", "koppen"), ("To", f"{WSA}/anonymous?oin=00000099000000015300", "ok"),
        ("To", f"{WSA}/none", "ok"),
    ],
)  # fmt: skip
def test_what_it_says_it_is_about(answer, keys, judged, name, text, expected):
    answer.addressing[name].text = text
    answer.sign(keys.signer, answer.parts)
    assert judged(answer.data()) == expected


@pytest.mark.parametrize(("name", "expected"), [("RelatesTo", "kenmerk"), ("Action", "actie"), ("MessageID", "koppen"),
                                                ("To", "ok")])  # fmt: skip
def test_headers_that_must_be_there(answer, keys, judged, name, expected):
    answer.header.remove(answer.addressing.pop(name))
    answer.sign(keys.signer, answer.parts)
    assert judged(answer.data()) == expected


def test_a_relation_of_another_kind_is_no_answer(answer, keys, judged):
    answer.addressing["RelatesTo"].set("RelationshipType", "urn:voorbeeld:vervangt")
    answer.sign(keys.signer, answer.parts)
    assert judged(answer.data()) == "kenmerk"


# --- time


def at(moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize(
    ("created", "expires", "expected"),
    [
        (0, None, "ok"), (-59, None, "ok"), (-61, None, "tijd"), (61, None, "ok"), (63, None, "tijd"),
        (0, 300, "ok"), (0, -57, "ok"), (0, -59, "tijd"),
    ],
)  # fmt: skip
def test_an_answer_is_of_between_the_question_and_now(answer, keys, judged, now, created, expires, expected):
    """In seconds from the question; two have passed, and clocks may be a minute apart."""
    answer.timestamp[0].text = at(now + timedelta(seconds=created))
    if expires is not None:
        _text(answer.timestamp, WSU, "Expires", at(now + timedelta(seconds=expires)))
    answer.sign(keys.signer, answer.parts)
    assert judged(answer.data()) == expected


@pytest.mark.parametrize(
    "text", ["", "gisteren", "2026-13-01T00:00:00Z", "2026-11-29T00:00:00", "2026-11-29T00:00:00+01:00",
             "0000-01-01T00:00:00Z"],
)  # fmt: skip
def test_a_moment_is_utc_and_exists(answer, keys, judged, text):
    answer.timestamp[0].text = text
    answer.sign(keys.signer, answer.parts)
    assert judged(answer.data()) == "tijd"


def test_a_timestamp_says_when_it_was_made_and_once(answer, keys, judged, now):
    _text(answer.timestamp, WSU, "Created", at(now))
    answer.sign(keys.signer, answer.parts)
    assert judged(answer.data()) == "tijd"


def test_a_timestamp_without_a_moment(answer, keys, judged):
    answer.timestamp.remove(answer.timestamp[0])
    answer.sign(keys.signer, answer.parts)
    assert judged(answer.data()) == "tijd"


# --- confirmation of our signature


def test_our_signature_is_confirmed_unless_agreed_otherwise(answer, keys, judged, verifier):
    answer.security.remove(answer.confirmation)
    answer.sign(keys.signer, [one for one in answer.parts if one is not answer.confirmation])
    assert judged(answer.data()) == "bevestiging"
    lenient = Verifier(verifier.trust, verifier.action, verifier.skew, verifier.where, confirmed=False)
    assert judged(answer.data(), lenient) == "ok"


@pytest.mark.parametrize("confirmed", [True, False])
def test_another_confirmation_is_always_wrong(answer, keys, judged, verifier, confirmed):
    answer.confirmation.set("Value", "QUFB")
    answer.sign(keys.signer, answer.parts)
    by = Verifier(verifier.trust, verifier.action, verifier.skew, verifier.where, confirmed=confirmed)
    assert judged(answer.data(), by) == "bevestiging"


def test_who_is_not_trusted_is_told_with_what_to_do(answer, keys, verifier, request_, now):
    answer.sign(keys.stranger.issue("partner", verifier.trust.oin), answer.parts)
    with pytest.raises(Refused) as told:
        verifier.verify(parse(answer.data(), "w"), request_, now + LATER)
    assert str(told.value) == (
        "Het antwoord van partner.voorbeeld.invalid:443 is niet te vertrouwen: het certificaat van de ondertekenaar is "
        "niet uitgegeven door wie wij vertrouwen. Het is niet gebruikt; vraag de partner ernaar."
    )
