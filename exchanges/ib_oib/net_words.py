"""Why a record has no net amount, in words, and the table that tells it on the list. Standard library only:
declarations read this."""

from __future__ import annotations

from exchanges.core.intake import Work
from exchanges.ib_oib.list_layout import NUMBER, TABLE, WITHOUT_NET

# Why there is no net amount; the order is the one in which they are told.
REASONS = {
    "VERVALLEN": "De loonperiode is vervallen; er is geen inkomen om te berekenen.",
    "GEEN_LOONPERIODE": "De regel gaat over de inkomstenverhouding en heeft geen loon.",
    "LOON_IN_NATURA": "Er is alleen loon in natura; zoek uit wat het waard is.",
    "VT_EN_EPS": "Vakantietoeslag en een andere bijzondere beloning zijn in dezelfde loonperiode uitbetaald.",
    "ONVOLLEDIG": "Het IB kon de berekening niet volledig maken.",
    "GEEN_LOON": "Het loon voor de loonheffing ontbreekt.",
    "GEEN_INHOUDING": "De ingehouden loonheffing ontbreekt.",
    "GEEN_ZVW": "De ingehouden premie Zvw staat er niet in totaal.",
    "GEEN_WGA": "De inhouding voor WGA/WHK ontbreekt.",
    "FORMULE_WIJKT_AF": "Het netto bedrag in de lijst is niet dat van de formule.",
    "DELEN_SLUITEN_NIET": "Normaal en bijzonder tarief zijn samen niet het totaal.",
}  # fmt: skip
_SAID = " ".join(f"WHEN '{code}' THEN '{text}'" for code, text in REASONS.items())

# More of the records on the sheet of the same name.
WHY_NOT = Work(
    WITHOUT_NET,
    f"SELECT rij, regel, {NUMBER}, array_to_string(list_transform(netto_redenen, lambda x: CASE x {_SAID} END), ' ')"
    f" AS netto_uitleg FROM {TABLE} WHERE blad = '{WITHOUT_NET}'",
)
