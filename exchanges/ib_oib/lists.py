"""The list that is made of answers of UWV: a sheet per class of change (spec ib-signalen 6.3, 6.4)."""

from __future__ import annotations

from exchanges.core.lists.declare import Column, Kind, Sheet, SignalList
from exchanges.ib_oib.without_outcome import SHEET

_WHO = (
    Column("bsn", "BSN", "bsn", 12),
    Column("dossiernummer", "Dossiernummer", "code", 16),
    Column("loonheffingennummer", "Loonheffingennummer", "code", 20),
    Column("werkgever", "Werkgever of uitkeringsinstantie", "tekst", 34),
    Column("volgnummer", "Volgnummer", "getal", 12),
    Column("soort_inkomen", "Soort inkomen", "code", 14),
)
_RELATION = (Column("begin", "Begin", "deeldatum", 18), Column("eind", "Eind", "deeldatum", 18))
_PERIOD = (
    Column("begin", "Begin loonperiode", "deeldatum", 20),
    Column("eind", "Eind loonperiode", "deeldatum", 20),
    Column("maand", "Telt mee in maand", "code", 18, "assumed"),
)
_AMOUNTS: tuple[tuple[str, str, Kind], ...] = (
    ("loon_lb", "Loon loonheffing", "bedrag"),
    ("ingehouden_lb", "Ingehouden loonheffing", "bedrag"),
    ("loon_sv", "Loon SV", "bedrag"),
    ("vakantietoeslag", "Vakantietoeslag betaald", "bedrag"),
    ("recht_vakantietoeslag", "Vakantietoeslag opgebouwd", "bedrag"),
    ("extra_periode", "Extra periode betaald", "bedrag"),
    ("recht_extra_periode", "Extra periode opgebouwd", "bedrag"),
    ("reiskosten", "Reiskosten onbelast", "bedrag"),
    ("alimentatie_in_uitkering", "Alimentatie in uitkering", "bedrag"),
    ("alimentatie_rechtstreeks", "Alimentatie rechtstreeks", "bedrag"),
    ("uren", "Verloonde uren", "getal"),
)
_TRAITS = (
    ("soort", "Soort inkomen"),
    ("aard", "Aard"),
    ("loonheffingskorting", "Loonheffingskorting"),
    ("invloed_verzekeringsplicht", "Invloed verzekeringsplicht"),
    ("regelmatig_patroon", "Regelmatig patroon"),
    ("mede_aow_alleenstaande", "Mede AOW alleenstaande"),
    ("inclusief_wajong", "Inclusief Wajong"),
    ("vakantiebonnen", "Vakantiebonnen"),
    ("incidentele_vermindering", "Incidentele vermindering"),
)
# What the comparison calls things, and people.
TITLES = {name: title for name, title, *_ in (*_AMOUNTS, *_TRAITS, ("begin", "Begin"), ("eind", "Eind"))}
LEVELS = {"ikv": "verhouding", "ikp": "kenmerken", "iko": "loonperiode"}
CORRECTIONS = {"BEDRAG": "bedrag", "KENMERK": "kenmerk"}
_WITHOUT = Sheet(
    SHEET, "Zonder uitkomst",
    (
        *_WHO[:2], Column("soort", "Wat er is", width=16), Column("reden", "Waarom", width=70),
        Column("actie", "Wat te doen", width=80), Column("fouten", "Foutcode van UWV", "code", 20),
        Column("code", "Bevinding", "code", 22),
    ),
    sort=("soort", "bsn"), extra=True,
)  # fmt: skip
_NET = Column("netto", "Netto bedrag", "tekst", 16, "assumed")


def signal_list() -> SignalList:
    """A sheet for every class; corrections with what was, what is, and the difference; and whom nothing is known of."""
    return SignalList(
        title="Inkomsten uit de polisadministratie",
        sheets=(
            _relations("NIEUWE_INKOMSTENVERHOUDING", "Nieuwe verhouding"),
            _relations("BEEINDIGDE_INKOMSTENVERHOUDING", "Beëindigde verhouding"),
            _relations("INGETROKKEN_INKOMSTENVERHOUDING", "Ingetrokken verhouding"),
            _periods("NIEUWE_LOONPERIODE", "Nieuwe loonperiode", ""),
            Sheet("GECORRIGEERDE_LOONPERIODE", "Gecorrigeerde loonperiode", (*_WHO, *_PERIOD, *_corrected()), _SORT),
            _periods("VERVALLEN_LOONPERIODE", "Vervallen loonperiode", "_oud"),
            Sheet("EERSTE_LEVERING", "Eerste levering", (*_WHO, _LEVEL, *_PERIOD, *_now(""), _NET), _SORT),
            _WITHOUT,
        ),
        kind="klasse",
        retention="Het beeld van de inkomsten vijftien maanden; de lijst tot het einde van de afhandeling (aanname).",
    )


_SORT = ("bsn", "loonheffingennummer", "volgnummer", "begin", "eind")
_LEVEL = Column("wat", "Wat er is", "tekst", 14)


def _relations(kind: str, title: str) -> Sheet:
    return Sheet(kind, title, (*_WHO, *_RELATION), _SORT)


def _periods(kind: str, title: str, suffix: str) -> Sheet:
    net = (_NET,) if not suffix else ()
    return Sheet(kind, title, (*_WHO, *_PERIOD, *_now(suffix), *net), _SORT)


def _now(suffix: str) -> tuple[Column, ...]:
    return tuple(Column(name + suffix, title, kind, max(14, len(title) + 2)) for name, title, kind in _AMOUNTS)


def _corrected() -> tuple[Column, ...]:
    """What kind of correction it is, and of every value: now, before, and the difference."""
    out = [Column("wijziging", "Wat is gewijzigd", "tekst", 18), Column("velden", "Gewijzigde gegevens", "tekst", 40)]
    for name, title, kind in _AMOUNTS:
        out += [
            Column(f"{name}_oud", f"{title}: was", kind, len(title) + 7),
            Column(name, f"{title}: is", kind, len(title) + 6),
            Column(f"{name}_verschil", f"{title}: verschil", kind, len(title) + 12),
        ]
    for name, title in _TRAITS:
        out += [Column(f"{name}_oud", f"{title}: was", "code", len(title) + 7),
                Column(name, f"{title}: is", "code", len(title) + 6)]  # fmt: skip
    return tuple(out)
