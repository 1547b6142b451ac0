"""To which month a wage period counts: that of its last day, also for periods of four weeks (SQL expressions).

An assumption on a known rule: income counts in the period in which it becomes available (spec ib-signalen 6.3,
bvv-and-settlement T-01). Begin and end stay beside it, so that another rule can be applied. For sessions of
:mod:`exchanges.core.sql`.
"""

from __future__ import annotations

NO_PERIOD, NO_END, OPEN_END, PARTIAL_END = "GEEN_LOONPERIODE", "EINDE_ONTBREEKT", "EINDE_OPEN", "EINDE_ONVOLLEDIG"
# Why a wage period has no month, for people.
REASONS = {
    NO_PERIOD: "De regel gaat niet over een loonperiode.",
    NO_END: "De loonperiode heeft geen einddatum.",
    OPEN_END: "De einddatum van de loonperiode staat voor nog lopend of onbekend.",
    PARTIAL_END: "De einddatum van de loonperiode is niet volledig bekend, of bestaat niet.",
}
_SENTINEL = 60_000_000  # from this year on a date means open or unknown (spec polisadministratie-inkomsten 6)


def month(end: str) -> str:
    """``2026-10`` of a whole date jjjjmmdd; null for every other end."""
    return (
        f"CASE WHEN {end} < {_SENTINEL} AND datum_volledig({end})"
        f" THEN printf('%04d-%02d', {end} // 10000, {end} // 100 % 100) END"
    )


def reason(begin: str, end: str) -> str:
    """Why :func:`month` gives nothing, a key of REASONS; null where it gives a month."""
    return (
        f"CASE WHEN {begin} IS NULL AND {end} IS NULL THEN '{NO_PERIOD}' WHEN {end} IS NULL THEN '{NO_END}'"
        f" WHEN {end} >= {_SENTINEL} THEN '{OPEN_END}'"
        f" WHEN NOT datum_volledig({end}) THEN '{PARTIAL_END}' END"
    )
