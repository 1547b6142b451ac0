"""The lists of LKS signals: a sheet per kind, and sheets for what follows from them (spec ib-signalen 7)."""

from __future__ import annotations

from dataclasses import replace

from exchanges.core.lists.declare import Column, Sheet, SignalList
from exchanges.ib_lks.derived import END, HANDOVER, TASK

_NUMBER = Column("signaalnummer", "Signaalnummer", "code", 18, "assumed")
_BSN = Column("bsn", "BSN", "bsn", 14, "assumed")
_KIND = Column("signaalsoort", "Soort", "code", 30, "assumed")
_PROVISION = Column("registratienr_rv", "Registratienummer voorziening", "code", 30, "assumed")
_CERTAINTY = Column("zekerheid", "Zekerheid IB", "code", 14, "assumed")
_OWN = Column("zekerheid_eigen", "Zekerheid volgens onze levering", "code", 32, "assumed")
_FROM = Column("eigen_uit", "Waaruit onze zekerheid volgt", width=50, certainty="assumed")
_EMPLOYER = Column("loonheffingennummer_werkgever", "Loonheffingennummer werkgever", "code", 30, "assumed")
_PERCENTAGE = Column("perc_loonwaarde", "Loonwaarde IB", "procent", 15, "assumed")
_PUBLISHED = Column("publicatiedatum", "Publicatiedatum", "datum", 18, "assumed")
_BEGIN = Column("datum_begin_zw", "Begin ziektewet", "datum", 18, "assumed")
_END = Column("datum_einde_zw", "Einde ziektewet", "datum", 18, "assumed")
_JOB = Column("datum_einde_dienstverband", "Einde dienstverband", "datum", 20, "assumed")
_ILL = Column("datum_eerste_ziektedag", "Eerste ziektedag", "datum", 18, "assumed")
_HANDED = Column("datum_overdracht", "Datum overdracht", "datum", 18, "assumed")
_OURS = replace(_PROVISION, name="registratienummer", certainty="verified")

_ENDED = Sheet(
    "einde_zw", "Einde ZW",
    (
        _BSN, _NUMBER, _CERTAINTY, _OWN, _FROM, _ILL, _BEGIN, _END,
        Column("hervatten_vanaf", "Hervatten vanaf", "datum", 18), _JOB,
        Column("dagen_betaald", "Dagen betaald in ziektewet", "getal", 28),
        Column("teveel_cent", "Te veel betaald", "bedrag", 18),
        Column("nog_cent", "Nog terug te vorderen", "bedrag", 24),
        Column("vertraging_dagen", "Dagen tot publicatie", "getal", 22),
        Column("laat", "Later dan afgesproken", "janee", 22), _EMPLOYER, _PERCENTAGE, _PROVISION, _PUBLISHED,
    ),
    sort=("bsn", "signaalnummer"), kinds=(END,),
)  # fmt: skip
_HANDED_OVER = Sheet(
    "overdracht", "Overdracht re-integratie",
    (_BSN, _NUMBER, _CERTAINTY, _OWN, _FROM, _ILL, _BEGIN, _END, _HANDED, _JOB, _EMPLOYER, _PERCENTAGE, _PROVISION,
     _PUBLISHED),
    sort=("bsn", "signaalnummer"), kinds=(HANDOVER,),
)  # fmt: skip
_TASKS = Sheet(
    "taken", "Taken",
    (
        Column("datum", "Uiterlijk", "datum", 18, "assumed"), Column("taak", "Taak", width=24),
        Column("week", "Week van ziekte", "getal", 18), _BSN,
        Column("verstreken", "Verstreken bij publicatie", "janee", 26),
        Column("voor_overdracht", "Voor de overdracht", "janee", 20), _NUMBER,
        Column("taaknummer", "Taaknummer", "code", 32), _PROVISION,
    ),
    sort=("datum", "bsn", "taaknummer"), kinds=(TASK,), extra=True,
)  # fmt: skip
_OVERPAID = Sheet(
    "terugvordering", "Terugvordering",
    (
        _BSN, _NUMBER, _OURS, Column("betaling_id", "Betaling", "code", 20),
        Column("begin", "Betaald van", "datum", 18), Column("einde", "Betaald tot en met", "datum", 20),
        Column("cent", "Betaald", "bedrag", 14),
        Column("dagen_tijdvak", "Dagen in tijdvak", "getal", 18), Column("eerste", "Eerste dag ziektewet", "datum", 22),
        Column("laatste", "Laatste dag ziektewet", "datum", 22), Column("dagen", "Dagen ziektewet", "getal", 18),
        Column("teveel_cent", "Te veel betaald", "bedrag", 18), Column("terug_cent", "Teruggehaald", "bedrag", 16),
        Column("nog_cent", "Nog terug te vorderen", "bedrag", 24),
    ),
    sort=("bsn", "begin", "betaling_id", "signaalnummer"), extra=True,
)  # fmt: skip
_UNCERTAIN = Sheet(
    "zekerheid", "Zekerheid niet 1", (_BSN, _NUMBER, _KIND, _CERTAINTY, _OWN, _FROM, _PROVISION, _EMPLOYER),
    sort=("bsn", "signaalnummer"), extra=True,
)  # fmt: skip
_BY_HAND = Sheet(
    "handmatig", "Handmatig", (_BSN, _NUMBER, _KIND, Column("reden", "Wat iemand moet nakijken", width=90)),
    sort=("bsn", "signaalnummer", "reden"), extra=True,
)  # fmt: skip
_WITHOUT = Sheet(
    "zonder_loonwaarde", "LKS zonder loonwaarde",
    (
        replace(_BSN, certainty="verified"), _OURS, Column("type", "Type voorziening", "code", 18),
        Column("datum_begin", "Begin voorziening", "deeldatum", 20),
        Column("datum_einde", "Einde voorziening", "deeldatum", 20),
    ),
    sort=("bsn", "registratienummer"), extra=True,
)  # fmt: skip


def signal_list() -> SignalList:
    return SignalList(
        title="Signalen loonkostensubsidie",
        sheets=(_ENDED, _HANDED_OVER, _TASKS, _OVERPAID, _UNCERTAIN, _BY_HAND, _WITHOUT),
        kind="signaalsoort",
        retention="Tot het einde van de afhandeling, en daarna vijftien maanden (aanname).",
    )
