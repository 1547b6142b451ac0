"""An answer of the simulated polisadministratie as text: UWVDossierInkomstenGSD v0200 (polisadministratie-inkomsten.md
3 and 6).

Written by hand and not by the mapping, so that a fault there cannot hide itself. What can be written in more than one
way and means the same (a number, a sign, an open end, a name) is written by the style of the relation.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from xml.sax.saxutils import escape

from exchanges.simulators.uwv_polis_book import Window
from exchanges.simulators.uwv_polis_days import NO_BEGIN, NO_END
from exchanges.simulators.uwv_polis_people import AMOUNTS, Relation, Shown, Terms, Wage
from exchanges.simulators.uwv_responses import AMOUNTS as ELEMENTS

_NAMES = ("Bakkerij De Sluis", "Zorg & Zo", "Uitzendbureau Vlug BV", "Café 't Ankertje")
_ELEMENT = dict(zip(AMOUNTS, ELEMENTS, strict=True))
# Of each the element, in the order of the schema; what UWV has no place for is not told.
_TRAITS = (
    ("soort", "CdSrtIkv"), ("invloed_verzekeringsplicht", "CdInvloedVerzekeringsplicht"),
    ("loonheffingskorting", "IndLoonheffingskortingToegepast"), ("regelmatig_patroon", "IndRegelmatigArbeidspatroon"),
    ("mede_aow_alleenstaande", "IndLoonIsMedeAowAlleenstaande"),
    ("inclusief_wajong", "IndLoonInclusiefWajongUitkering"), ("vakantiebonnen", "IndVakantiebonnenToegepast"),
    ("aard", "CdAardIkv"), ("incidentele_vermindering", "CdIncidInkomstenvermindering"),
)  # fmt: skip
# A relation must hold a wage period; one without wages has this (spec ib-signalen 6.2).
_NO_WAGES = Wage(20110101, 20231123, {})


def client(bsn: str, shown: Sequence[Shown], window: Window, remark: str = "") -> str:
    """The data of one person over the window; ``remark`` is what UWV says beside it."""
    begin, end = (f"<Dat{name}Periode>{day}</Dat{name}Periode>" for name, day in zip("BE", window, strict=True))
    return (
        f"<ClientSuwi><Burgerservicenr>{bsn}</Burgerservicenr>{''.join(_relation(one) for one in shown)}</ClientSuwi>"
        f"<PeriodeGegevensleveringIko>{begin}{end}</PeriodeGegevensleveringIko>{remark}"
    )


def _relation(one: Shown) -> str:
    relation, style = one.relation, random.Random(one.relation.style)
    number = relation.number
    written = "" if number is None else style.choice((f"{number}", f"{number:02d}", f"{number:04d}"))
    fiscal = relation.employer[:9]
    name = escape(style.choice(_NAMES))
    return (
        "<Inkomstenverhouding>" + _if("VolgnrIkv", written)
        + _if("AanduidingIkvWerkgever", style.choice(("", f"P-{style.randrange(9999)}")))
        + _if("DatBIkv", _day(relation.begin, style.choice(NO_BEGIN)))
        + _if("DatEIkv", _day(relation.end, style.choice(NO_END)))
        + f"<AdministratieveEenheid><NaamAdministratieveEenheid>{name}</NaamAdministratieveEenheid>"
        f"<Loonheffingennr>{relation.employer}</Loonheffingennr>"
        f"<RechtspersoonAdministratieveEenh><FiNr>{fiscal}</FiNr></RechtspersoonAdministratieveEenh>"
        f"<FeitelijkAdresAeh><Straatadres><Postcd>7511AA</Postcd><Huisnr>{style.randint(1, 99)}</Huisnr></Straatadres>"
        "</FeitelijkAdresAeh></AdministratieveEenheid>"
        + "".join(_terms(terms, relation) for terms in one.terms)
        + "".join(_wage(wage, relation) for wage in sorted(one.wages, key=_place) or [_NO_WAGES])
        + "</Inkomstenverhouding>"
    )


def _place(wage: Wage) -> tuple[int, int]:
    return wage.begin, wage.end or 0


def _terms(terms: Terms, relation: Relation) -> str:
    style = random.Random(f"{relation.style} {terms.begin}")
    return (
        f"<Inkomstenperiode><DatBIkp>{_day(terms.begin, NO_BEGIN[1])}</DatBIkp>"
        + _if("DatEIkp", _day(terms.end, style.choice(NO_END)))
        + "".join(_if(element, terms.traits.get(name, "")) for name, element in _TRAITS)
        + "</Inkomstenperiode>"
    )


def _wage(wage: Wage, relation: Relation) -> str:
    style = random.Random(f"{relation.style} {wage.begin}")
    parts = [_amount(name, wage, style) for name in AMOUNTS]
    return (
        f"<Inkomstenopgave><DatBIko>{wage.begin}</DatBIko>{_if('DatEIko', _day(wage.end, ''))}"
        + _if("AantVerloondeUrenIko", "" if wage.hours is None else str(wage.hours))
        + "".join(parts) + "</Inkomstenopgave>"
    )


def _amount(name: str, wage: Wage, style: random.Random) -> str:
    cents, element = wage.amounts.get(name), f"Bedr{_ELEMENT[name]}"
    plus = style.choice(("", "<CdPositiefNegatief>+</CdPositiefNegatief>"))
    if cents is None:
        return f"<{element}></{element}>" if name in wage.hollow else ""
    sign = "<CdPositiefNegatief>-</CdPositiefNegatief>" if cents < 0 else plus
    return f"<{element}><CdMunteenheid>EUR</CdMunteenheid>{sign}<WaardeBedr>{abs(cents)}</WaardeBedr></{element}>"


def _day(day: int | None, unknown: str) -> str:
    return unknown if day is None else f"{day:08d}"


def _if(element: str, text: str) -> str:
    return f"<{element}>{text}</{element}>" if text else ""
