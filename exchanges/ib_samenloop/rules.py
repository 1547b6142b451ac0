"""Rules over the signals that are new: are they about persons that were asked about (spec ib-signalen 5, R-SIG 2)."""

from __future__ import annotations

from exchanges.core.declare import Rule

_SENT = "gestuurd.regel g WHERE g.bsn = r.bsn"

RULES = (
    Rule(
        "IB-SL-WEES",
        "warning",
        "signaal",
        "bsn",
        f"NOT EXISTS (SELECT 1 FROM {_SENT})",
        "Er is een signaal over iemand die niet is aangeleverd in de maanden waar de controle op terugkijkt.",
        "Ga na waarom het IB deze persoon heeft onderzocht; verwerk het signaal pas daarna.",
        "ib-signalen 5, R-SIG 2",
        needs=("gestuurd",),
        certainty="assumed",
    ),
    Rule(
        "IB-SL-BEEINDIGD",
        "info",
        "signaal",
        "dossiernummer",
        "r.periode_begin > (SELECT max(coalesce(g.datum_einde, DATE '9999-12-31'))"
        f" FROM {_SENT} AND g._volgorde = (SELECT max(h._volgorde) FROM gestuurd.regel h WHERE h.bsn = r.bsn))",
        "Het signaal gaat over een tijd waarin de uitkering al was beëindigd.",
        "Kijk of de uitkering is heropend; anders is er niets te doen.",
        "ib-signalen 5",
        needs=("gestuurd",),
        certainty="assumed",
    ),
)
