"""Every look at personal data is an event: who, what, of which exchange and municipality, and why (SEC-14).

``object`` is always ``<exchange>/<gemeente>`` or the id of a delivery, so that a month can be counted without looking
at anything else. The person is a pseudonym, and stands in the details: it is seen only by who drills down.
"""

from __future__ import annotations

from exchanges.core.ledger import Ledger

# What was looked at. ``inzage`` comes first, so that the overview finds them all.
PREFIX = "inzage"
REPORT, WHY, WHERE, STANDING, REFUSED, SIGNALS, LISTS, OPENED, EXPORT, OVERVIEW = (
    f"{PREFIX} {what}"
    for what in (
        "verslag", "waarom", "waar", "stand", "afgewezen", "signalen", "lijst", "geopende lijst", "herstel", "overzicht"
    )
)  # fmt: skip
ALL = "alle"


def seen(
    ledger: Ledger, actor: str, action: str, *, gemeente: str = "", exchange: str = ALL, delivery: str | None = None,
    result: str = "getoond", reason: str = "", activity: str = "", person: str = "", restricted: bool = False,
) -> None:  # fmt: skip
    """Book it. With ``delivery`` the exchange and gemeente are those of its id. ``activity`` is the processing activity
    for which it is done, ``reason`` what the person said; raises BusinessError when that holds a BSN."""
    details = {
        name: value for name, value in (
            ("reden", " ".join(reason.split())), ("verwerkingsactiviteit", activity), ("persoon", person),
            ("strafrecht", restricted),
        ) if value
    }  # fmt: skip
    ledger.event(delivery, actor, action, delivery or f"{exchange}/{gemeente}", result, details)
