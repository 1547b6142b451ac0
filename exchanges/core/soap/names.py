"""Namespaces and algorithms of the profile. Nothing outside these is made, and nothing else is taken (spec transport,
section 3: WB007, WB009, SIGN001 to SIGN004)."""

from __future__ import annotations

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_WSS}wssecurity-secext-1.0.xsd"
WSU = f"{_WSS}wssecurity-utility-1.0.xsd"
WSSE11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
X509 = f"{_WSS}x509-token-profile-1.0#X509v3"
BASE64 = f"{_WSS}soap-message-security-1.0#Base64Binary"

ANONYMOUS = f"{WSA}/anonymous"
NONE = f"{WSA}/none"
REPLY = f"{WSA}/reply"

DIGESTS = frozenset(
    ("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384",
     "http://www.w3.org/2001/04/xmlenc#sha512")
)  # fmt: skip
SIGNATURES = frozenset(f"http://www.w3.org/2001/04/xmldsig-more#rsa-sha{bits}" for bits in (256, 384, 512))
ID = f"{{{WSU}}}Id"
