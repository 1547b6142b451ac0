"""Which further deliveries of a period the Inlichtingenbureau knows. Its rules for them are not public (spec
dkd-gsd 7): all of it is assumed, and shown as such.
"""

from __future__ import annotations

from exchanges.core.declare import Correction

_SPEC = "dkd-gsd 7 (voorstel): volledig bestand per cluster; wie ontbreekt, verdwijnt uit de index"
_AGREED = Correction(
    "intrekking",
    "afspraak",
    "Het Inlichtingenbureau heeft geen bericht voor een intrekking: spreek haar af, en lever daarna opnieuw.",
    "dkd-gsd 7: er is geen bericht voor",
)

FILE = (
    Correction(
        "vervanging",
        "bestand",
        "Een volledig bestand komt in de plaats van het vorige: wie er niet in staat, verdwijnt uit de index.",
        _SPEC,
    ),
    Correction(
        "aanvulling",
        "bestand",
        "Een bestand dat in de kop zegt dat het een aanvulling is, voegt de personen toe die erin staan en raakt"
        " niemand anders.",
        _SPEC,
        key="bsn",
        # It asks whether everybody is there; in an addition they are not.
        without=("DKD-VWI-03",),
    ),
    _AGREED,
)

# Every message of the index is about one person: what is not told stays as it was.
INDEX = (
    Correction(
        "vervanging",
        "bestand",
        "Elk bericht gaat over één persoon: wie er opnieuw in staat wordt bijgewerkt, wie ontbreekt blijft zoals hij"
        " was.",
        "dkd-gsd 7: verwijderen is een bericht, geen stilte",
        whole=False,
    ),
    Correction(
        "aanvulling",
        "bestand",
        "Elk bericht gaat over één persoon; alleen wie erin staat wordt bijgewerkt.",
        "dkd-gsd 7: verwijderen is een bericht, geen stilte",
        whole=False,
        key="bsn",
    ),
    _AGREED,
)
