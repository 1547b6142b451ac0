"""UWVDossierInkomstenGSD, both variants: what is easily thought otherwise, in both engines and in both schemas.

polisadministratie-inkomsten.md sections 3, 4 and 6.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from exchanges.core.schemas import Catalogue
from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.schemas.diagnostic import accepts, diagnostic
from exchanges.core.schemas.verify import locate, official_xsd

pytestmark = pytest.mark.contract

GSD, DIGITAL = "UWVDossierInkomstenGSD", "UWVDossierInkomstenGSDDigitaleDiensten"
ANSWER, QUESTION = "UWVPersoonsIkvInfoResponse", "UWVPersoonsIkvInfo"
BSN = "<Burgerservicenr>999990019</Burgerservicenr>"
PERIOD, STATEMENT = "<Inkomstenperiode><DatBIkp>20260101</DatBIkp>{}</Inkomstenperiode>", (
    "<Inkomstenopgave><DatBIko>20260101</DatBIko>{}</Inkomstenopgave>"
)
MESSAGE = "<f:FWI><Fout><Code>x</Code><Tekst>x</Tekst><Bron><DN>x</DN></Bron></Fout></f:FWI>"
EMPLOYER = (
    "<AdministratieveEenheid><Loonheffingennr>001000275L01</Loonheffingennr>{}</AdministratieveEenheid>"
)
LEGAL = "<RechtspersoonAdministratieveEenh><FiNr>001000275</FiNr></RechtspersoonAdministratieveEenh>"
DELIVERED = "<PeriodeGegevensleveringIko><DatBPeriode>20260101</DatBPeriode></PeriodeGegevensleveringIko>"


def client(*relations: str) -> str:
    within = "".join(f"<Inkomstenverhouding>{relation}</Inkomstenverhouding>" for relation in relations)
    return f"<ClientSuwi>{BSN}{within}</ClientSuwi>"


def relation(before: str = "", period: str = "", statement: str = "", between: str = "") -> str:
    return before + PERIOD.format(period) + between + STATEMENT.format(statement)


def amount(inner: str) -> str:
    return client(relation(statement=f"<BedrBrutoloonSv>{inner}</BedrBrutoloonSv>"))


BOTH = {
    "no relation at all": (client(), True),
    "a relation with the least": (client(relation()), True),
    "a relation without a wage period": (client(PERIOD.format("")), False),
    "a relation without a characteristic": (client(STATEMENT.format("")), False),
    "data and messages": (client() + MESSAGE, True),
    "data, the window, messages": (client() + DELIVERED + MESSAGE, True),
    "the window without data": (DELIVERED, False),
    "messages alone": (MESSAGE, True),
    "nothing found": ("<f:NietsGevonden/>", True),
    "nothing found, with content": ("<f:NietsGevonden><x y='1'>z</x></f:NietsGevonden>", True),
    "nothing found and data": (client() + "<f:NietsGevonden/>", False),
    "nothing found and messages": (MESSAGE + "<f:NietsGevonden/>", False),
    "an answer without anything": ("", False),
    "an empty amount": (amount(""), True),
    "an amount": (amount("<CdPositiefNegatief>-</CdPositiefNegatief><WaardeBedr>1</WaardeBedr>"), True),
    "the sign behind it": (amount("<WaardeBedr>1</WaardeBedr><CdPositiefNegatief>-</CdPositiefNegatief>"), False),
    "an amount below zero": (amount("<WaardeBedr>-1</WaardeBedr>"), False),
    "an amount with a plus": (amount("<WaardeBedr>+1</WaardeBedr>"), True),
    "an amount with many zeros": (amount(f"<WaardeBedr>{'0' * 30}1</WaardeBedr>"), True),
    "an amount of nineteen digits": (amount(f"<WaardeBedr>{'1' * 19}</WaardeBedr>"), False),
    "an amount with a comma": (amount("<WaardeBedr>1,00</WaardeBedr>"), False),
    "text for an amount": (amount("100"), False),
    "hours below zero": (client(relation(statement="<AantVerloondeUrenIko>-12</AantVerloondeUrenIko>")), True),
    "half an hour": (client(relation(statement="<AantVerloondeUrenIko>0.5</AantVerloondeUrenIko>")), False),
    **{f"number {text}": (client(relation(f"<VolgnrIkv>{text}</VolgnrIkv>")), ok) for text, ok in
       (("0", True), ("0000", True), ("9999", True), ("00001", False), ("+1", False), ("", False))},
    **{f"end {text}": (client(relation(f"<DatEIkv>{text}</DatEIkv>")), ok) for text, ok in
       (("66660101", True), ("88881231", True), ("99991230", True), ("20190100", True), ("2026-01-01", False))},
    "a kind of one digit": (client(relation(period="<CdSrtIkv>3</CdSrtIkv>")), False),
}  # fmt: skip
INSURED = "<IndVerzekerdWw>1</IndVerzekerdWw>"
INFLUENCE = "<CdInvloedVerzekeringsplicht>ABC</CdInvloedVerzekeringsplicht>"
WAGE = "<BedrVakantietoeslag/>"
# Verdict of the variant for case workers, of that for forms.
EITHER = {
    "an employer": (client(relation(EMPLOYER.format(LEGAL))), True, False),
    "an employer who is nobody": (client(relation(EMPLOYER.format(""))), False, False),
    "an employer of both kinds": (
        client(relation(EMPLOYER.format("<PersoonAdministratieveEenheid/>" + LEGAL))), False, False),
    "a person as employer": (client(relation(EMPLOYER.format("<PersoonAdministratieveEenheid/>"))), True, False),
    "an address of no form": (client(relation(EMPLOYER.format(LEGAL + "<FeitelijkAdresAeh/>"))), False, False),
    "other amounts": (client(relation(statement=WAGE)), True, False),
    "insurance": (client(relation(period=INSURED)), False, True),
    "influence": (client(relation(period=INFLUENCE)), True, False),
    "a sector": (client(relation(between="<SectorRisicogroepIkv/>")), True, False),
}  # fmt: skip
ASKED = "<PeriodeGegevensvraagIko><DatEPeriode>20260131</DatEPeriode></PeriodeGegevensvraagIko>"
CASES = [
    *((GSD, ANSWER, what, body, ok) for what, (body, ok) in BOTH.items()),
    *((DIGITAL, ANSWER, what, body, ok) for what, (body, ok) in BOTH.items()),
    *((GSD, ANSWER, what, body, ok) for what, (body, ok, _) in EITHER.items()),
    *((DIGITAL, ANSWER, what, body, ok) for what, (body, _, ok) in EITHER.items()),
    *((message, QUESTION, what, body, ok) for message in (GSD, DIGITAL) for what, body, ok in (
        ("no window", BSN, True),
        ("half a window", BSN + ASKED, True),
        ("a window and nobody", "<PeriodeGegevensvraagIko/>", False),
    )),
]  # fmt: skip


@pytest.mark.parametrize("whose", ["ours", "official"])
@pytest.mark.parametrize("message", [GSD, DIGITAL])
def test_measured_behaviour(request: pytest.FixtureRequest, message: str, whose: str) -> None:
    entry = Catalogue.load().version(message, "v0200")
    for root in entry.roots:
        xsd = entry.xsd_of(root)
        if whose == "official":
            official = Path(request.getfixturevalue("official"))
            xsd = official_xsd(entry, locate(entry, official), root)
        first, second = compile_xsd(xsd), diagnostic(xsd)
        for _, _, what, body, ok in [case for case in CASES if case[:2] == (message, root)]:
            xml = (
                f'<r:{root} xmlns:r="{entry.namespace}" xmlns:f="http://bkwi.nl/SuwiML/FWI/v0205">{body}</r:{root}>'
            ).encode()
            assert first.validate(etree.fromstring(xml)) is ok, what
            assert accepts(second, xml) is ok, what


def test_the_variants_share_no_type_they_do_not_both_have() -> None:
    """A type more would change the verdict on xsi:type (dkd-gsd.md section 9)."""
    of_gsd, of_digital = (
        set(diagnostic(Catalogue.load().version(message, "v0200").xsd).maps.types) for message in (GSD, DIGITAL)
    )
    assert {name for name in of_digital - of_gsd if "Basisschema" in name} == set()
    more = {name.rpartition("}")[2] for name in of_gsd - of_digital}
    assert more >= {"Straatadres", "Loonheffingennr", "StdInd"}
