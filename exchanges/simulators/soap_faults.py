"""What can be wrong at a partner that is asked over SOAP, as switches."""

from __future__ import annotations

from dataclasses import dataclass

from exchanges.simulators.faults import Switches, switch


@dataclass(frozen=True)
class ServerFaults(Switches):
    """All off by default; the texts are those of the command line."""

    # The connection.
    expired_server: bool = switch(False, "toon een verlopen servercertificaat")
    revoked_server: bool = switch(False, "toon een ingetrokken servercertificaat")
    strange_server: bool = switch(False, "toon een servercertificaat van een andere stam")
    other_host: bool = switch(False, "toon het certificaat van een andere server")
    other_server: bool = switch(False, "toon het servercertificaat van een andere organisatie (OIN)")
    old_list: bool = switch(False, "geef een intrekkingslijst die te oud is")
    soon_expired: bool = switch(False, "toon certificaten die over een week verlopen")
    tls11: bool = switch(False, "spreek alleen TLS 1.1")
    # HTTP.
    http_500: int = switch(0, "antwoord n keer met HTTP 500, daarna gaat het goed")
    http_503: int = switch(0, "antwoord n keer met HTTP 503 en Retry-After, daarna gaat het goed")
    forbidden: bool = switch(False, "antwoord met HTTP 403")
    redirect: bool = switch(False, "verwijs naar een ander adres")
    break_off: int = switch(0, "verbreek n keer de verbinding, daarna gaat het goed")
    break_after: int = switch(0, "verwerk, en verbreek n keer de verbinding zonder te antwoorden")
    slow: int = switch(0, "wacht zoveel seconden met antwoorden")
    drip: int = switch(0, "geef zoveel bytes per seconde")
    huge: int = switch(0, "geef een antwoord van zoveel MiB")
    web_page: bool = switch(False, "geef een webpagina in plaats van XML")
    packed: bool = switch(False, "geef het antwoord ingepakt (gzip)")
    # SOAP.
    server_fault: bool = switch(False, "antwoord met SOAP-fout Server")
    client_fault: bool = switch(False, "antwoord met SOAP-fout Client")
    security_fault: bool = switch(False, "antwoord met de SOAP-fout dat de beveiliging niet klopt")
    declared_fault: bool = switch(False, "antwoord met de afgesproken fout (AanvraagNietOk)")
    extra_header: bool = switch(False, "zet een eigen kop in het antwoord")
    two_bodies: bool = switch(False, "zet twee elementen in de inhoud")
    doctype: bool = switch(False, "zet een DOCTYPE in het antwoord")
    # The signature.
    tampered_body: bool = switch(False, "verander de inhoud na het ondertekenen")
    unsigned: bool = switch(False, "onderteken niet")
    unsigned_body: bool = switch(False, "onderteken de inhoud niet")
    unsigned_timestamp: bool = switch(False, "onderteken het tijdstempel niet")
    unsigned_header: bool = switch(False, "onderteken RelatesTo niet")
    wrapped_body: bool = switch(False, "verplaats de ondertekende inhoud en zet er een andere neer")
    sha1: bool = switch(False, "onderteken met SHA-1")
    other_transform: bool = switch(False, "onderteken een ander deel van de inhoud (XPath)")
    other_certificate: bool = switch(False, "onderteken met het certificaat van een ander (OIN)")
    strange_certificate: bool = switch(False, "onderteken met een certificaat van een andere stam")
    expired_certificate: bool = switch(False, "onderteken met een verlopen certificaat")
    revoked_certificate: bool = switch(False, "onderteken met een ingetrokken certificaat")
    no_confirmation: bool = switch(False, "bevestig onze handtekening niet")
    wrong_confirmation: bool = switch(False, "bevestig een andere handtekening")
    # What it is about.
    wrong_relates_to: bool = switch(False, "noem het kenmerk van een andere vraag")
    wrong_action: bool = switch(False, "noem een andere actie")
    stale_timestamp: bool = switch(False, "geef een tijdstempel van een uur geleden")


@dataclass(frozen=True)
class SoapFaults(ServerFaults):
    """Those of a partner whose answer is about the person it was asked about."""

    other_person: bool = switch(False, "antwoord over een ander")
