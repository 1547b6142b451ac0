"""Certificates and revocation lists of the settings that run out: told thirty days ahead, an alarm in the last week
(SEC-05). What a partner shows is told when it is seen, by who speaks to it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from exchanges.core.errors import UsageError
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.reports.dutch import day
from exchanges.core.run import gemeenten, open_ledger
from exchanges.core.settings import OwnSoapSettings, Settings
from exchanges.core.soap.certificates import expiring, read_certificates, read_crls

EXPIRES = "certificaat.verloopt"
URGENT = timedelta(days=7)
_log = logging.getLogger(__name__)
_CERTIFICATES = ("certificaat", "certificaat_ondertekening", "certificaat_partner")


@dataclass(frozen=True)
class Expiring:
    """``where`` in the settings, ``text`` a sentence for people, ``until`` the day it ends, empty when it cannot be
    read. ``urgent``: a week or less, already over, or unreadable: nothing goes, or soon will not."""

    where: str
    text: str
    until: str
    urgent: bool


def tell_expiring(exchange_id: str, moment: datetime, settings: Settings) -> list[str]:
    """Put what runs out in the log and, once per file and end, in the ledger; gives the sentences that are urgent."""
    partner, towns = exchange_by_id(exchange_id).partner, gemeenten(exchange_id, settings)
    found = expiring_of(partner, exchange_id, towns, settings, moment)
    ledger = open_ledger(settings) if found else None
    for one in found:
        _log.warning("%s: %s", exchange_id, one.text)
        assert ledger is not None
        ledger.event_once(None, "ketensluis", EXPIRES, f"{one.where} {one.until}".strip(), one.text)
    return [one.text for one in found if one.urgent]


def expiring_of(partner: str, exchange: str, towns: list[str], settings: Settings, now: datetime) -> list[Expiring]:
    """What runs out of all that an exchange uses over SOAP, with this partner and for these municipalities."""
    known = settings.municipalities()
    places: list[tuple[str, OwnSoapSettings | None]] = [
        (f"partner.{partner}.soap", known.partner[partner].soap if partner in known.partner else None)
    ]
    for code in towns:
        own = known.gemeente[code]
        places += [(f"gemeente.{code}.soap", own.soap),
                   (f"gemeente.{code}.dienst.{exchange}", own.dienst.get(exchange))]  # fmt: skip
    return [found for where, one in places if one is not None for found in _of(where, one, now)]


def _of(where: str, given: OwnSoapSettings, now: datetime) -> Iterator[Expiring]:
    for name in _CERTIFICATES:
        path: Path | None = getattr(given, name, None)
        if path is not None:
            yield from _certificates(f"{where}.{name}", path, now)
    lists: Path | None = getattr(given, "crl", None)
    if lists is not None:
        yield from _lists(f"{where}.crl", lists, now)


def _certificates(where: str, path: Path, now: datetime) -> Iterator[Expiring]:
    try:
        found = read_certificates(path)
    except UsageError as error:
        yield Expiring(where, str(error), "", True)
        return
    until = min(one.not_valid_after_utc for one in found)
    if (text := expiring(f"in {where}", until, now)) is not None:
        yield Expiring(where, text, f"{until:%Y-%m-%d}", until - now <= URGENT)


def _lists(where: str, path: Path, now: datetime) -> Iterator[Expiring]:
    """A list of revoked certificates holds for days, not years: it is renewed by a job, and told when that failed."""
    try:
        ends = [one.next_update_utc for one in read_crls(path)]
    except UsageError as error:
        yield Expiring(where, str(error), "", True)
        return
    until = min((one for one in ends if one is not None), default=None)
    if until is None or len(ends) != sum(one is not None for one in ends):
        yield Expiring(where, f"De intrekkingslijst in {where} zegt niet tot wanneer zij geldt.", "", True)
    elif until <= now:
        text = (
            f"De intrekkingslijst in {where} is verlopen sinds {day(until.date())}: elk bericht wordt geweigerd. "
            "Ververs het bestand."
        )
        yield Expiring(where, text, f"{until:%Y-%m-%d}", True)
