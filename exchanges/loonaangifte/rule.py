"""How the rules of a declaration are made, and the words they share."""

from __future__ import annotations

from typing import Literal

from exchanges.core.declare import Rule, Severity

TIJDVAK = "Loonaangifte/AdministratieveEenheid/TijdvakAangifte"
COLLECTIVE = f"{TIJDVAK}/VolledigeAangifte/CollectieveAangifte"
IKV = f"{TIJDVAK}/VolledigeAangifte/InkomstenverhoudingInitieel"
CORRECTIE = "Loonaangifte/AdministratieveEenheid/TijdvakCorrectie"
CORRECTIE_IKV = f"{CORRECTIE}/InkomstenverhoudingInitieel"
SPEC = "loonaangifte 5"

FIX = "Verbeter het in de uitkeringsadministratie en begin opnieuw."
SETTING = "Verbeter de gegevens van de gemeente voor deze uitwisseling in de instellingen."
BACK = "Ga na of de terugboekingen bij dit tijdvak horen."
WHOLE = "Meld dit aan de beheerder: het programma maakt een aangifte die niet sluit."


def rule(
    number: str,
    table: str,
    element: str,
    broken: str,
    text: str,
    action: str = FIX,
    *,
    severity: Severity = "error",
    scope: Literal["record", "delivery"] = "record",
    key: str = "",
    source: str = "",
) -> Rule:
    """``number`` is the one in the specification, or a word; the code of the finding is that with LA before it."""
    return Rule(
        f"LA-{number}", severity, table, element, broken, text, action, source or f"{SPEC} {number}", scope, key=key
    )


def without(table: str, source: str, key: str, same: str) -> str:
    """SQL: for a row ``r`` of ``table`` no row of ``source`` has its ``key`` and all that must be the ``same``.

    The rows that have one are looked up by themselves, with an ``r`` of their own: asked of every row with EXISTS, the
    engine first gathers all columns compared, of all rows, which takes three times as long."""
    return f"r._row NOT IN (SELECT r._row FROM {table} r JOIN ({source}) ON {key} WHERE {same})"
