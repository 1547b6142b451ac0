"""Items for the simulated list of OIB, of every situation that a reader must tell apart, with the truth of each.

The truth is worked out from how an item was made and not by any rule of who reads it: an amount is drawn in its two
tariffs, and what is withheld from it; the net amount is what then remains.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from exchanges.core.period import Period

NATURA, SPECIALS = "Loon-in-natura", "Bereken-VT-en-EPS"
_SPLIT = ("loon_lbph", "inhouding_lbph", "inhouding_zvw_premie", "inhouding_wgawhk_premie", "netto_inkomen")


@dataclass(frozen=True)
class Planted:
    """An item and what is true of it. ``reasons`` empty: ``net`` is its net amount in cents; ``state`` as who reads it
    calls it; ``month`` that of its last day (``2026-10``), None: there is none."""

    situation: str
    values: dict[str, object]
    state: str
    net: int | None = None
    reasons: tuple[str, ...] = ()
    month: str | None = None


@dataclass
class Items:
    """IB for one gemeente; the same seed gives the same items. ``bsns`` are the persons it was asked about."""

    seed: int
    bsns: Sequence[str]
    _draw: random.Random = field(init=False)
    _period: Period = field(init=False)

    def month(self, period: Period, count: int) -> list[Planted]:
        """``count`` items, the situations in turn."""
        self._draw, self._period = random.Random(f"{self.seed} {period}"), period
        return [SITUATIONS[place % len(SITUATIONS)](self) for place in range(count)]

    def relation(self, tag: str, **values: object) -> dict[str, object]:
        """What every item has."""
        draw = self._draw
        return {
            "bsn": draw.choice(self.bsns), "dossiernummer": f"{draw.randrange(10**6):08d}", "tag": [tag],
            "loonheffingennummer": f"{draw.randrange(10**6, 10**7):09d}L{draw.randrange(1, 9):02d}",
            "naam_administratieve_eenheid": draw.choice(("Bakkerij De Zon", "Café 't Huis; en zo", "Zorg & Zo")),
            "volgnummer_ikv": draw.choice((0, 1, 2)), "code_soort_inkomstenverhouding": "15",
            "datum_aanvang_inkomstenverhouding": 20190100, "berekening_volledig": False, **values,
        }  # fmt: skip

    def wages(self, tag: str, *, normal: int, special: int = 0, zvw: int | None = None, car: int = 0, sign: int = 1,
              wages: bool = True, **values: object) -> tuple[dict[str, object], int]:  # fmt: skip
        """An item with a complete calculation over ``normal`` and ``special`` wage in cents, and its net amount."""
        begin, end = self._days()
        terms = {name: [0, 0] for name in _SPLIT}
        for place, wage in enumerate((normal, special)):
            tax, wga = wage * self._draw.randrange(5, 40) // 100, wage * 6 // 1000 if wages else 0
            insured = wage * zvw // 10_000 if zvw else 0
            rest = wage - tax - wga - insured - (car if place == 0 else 0)
            for name, cents in zip(_SPLIT, (wage, tax, insured, wga, rest), strict=True):
                terms[name][place] = sign * cents
        amounts: dict[str, object] = {}
        for name, (one, other) in terms.items():
            if (name != _SPLIT[2] or zvw) and (name != _SPLIT[3] or wages):
                amounts |= {f"{name}_totaal": one + other, f"{name}_normaal": one, f"{name}_bijzonder": other}
        item = self.relation(
            tag, datum_begin_inkomstenperiode=20190101, datum_aanvang_inkomstenopgave=begin,
            datum_einde_inkomstenopgave=end, code_loontijdvak=6, code_loonbelastingtabel="012",
            loonheffingskorting_toegepast=True, aantal_verloonde_uren=sign * (normal // 2000), loon_sv=sign * normal,
            **amounts, waarde_gebruik_auto=sign * car if car else None, berekening_volledig=True,
        )  # fmt: skip
        return item | values, sum(terms[_SPLIT[4]])

    def wage(self) -> int:
        return self._draw.randrange(40_000, 450_000)

    def _days(self) -> tuple[int, int]:
        return (int(f"{day:%Y%m%d}") for day in (self._period.start, self._period.end))  # type: ignore[return-value]

    def four_weeks(self) -> dict[str, object]:
        """A wage period that begins in the month before (section 14, 1)."""
        end = self._period.start + timedelta(days=self._draw.randrange(3, 24))
        return {"datum_aanvang_inkomstenopgave": int(f"{end - timedelta(days=27):%Y%m%d}"),
                "datum_einde_inkomstenopgave": int(f"{end:%Y%m%d}"), "code_loontijdvak": 5}  # fmt: skip

    def done(self, situation: str, made: tuple[dict[str, object], int]) -> Planted:
        return Planted(situation, made[0], "berekend", made[1], month=str(self._period))

    def by_hand(self, situation: str, values: dict[str, object], *reasons: str) -> Planted:
        return Planted(situation, values, "handmatig", reasons=reasons, month=str(self._period))

    def no_wages(self, situation: str, values: dict[str, object], reason: str = "GEEN_LOONPERIODE") -> Planted:
        return Planted(situation, values, "niet_van_toepassing", reasons=(reason,))


def _new_relation(ib: Items) -> Planted:
    return ib.no_wages("nieuwe relatie", ib.relation("NIEUWE_INKOMSTENVERHOUDING"))


def _open_relation(ib: Items) -> Planted:
    values = ib.relation("NIEUWE_INKOMSTENVERHOUDING", datum_einde_inkomstenverhouding=99991230)
    return ib.no_wages("open einde", values)


def _ended(ib: Items) -> Planted:
    values = ib.relation("BEEINDIGDE_INKOMSTENVERHOUDING", datum_einde_inkomstenverhouding=20260930)
    return ib.no_wages("beëindigd", values)


def _partial(ib: Items) -> Planted:
    values = ib.relation("EERSTE_LEVERING", datum_aanvang_inkomstenverhouding=20240000)
    return ib.no_wages("onvolledige datum", values)


def _withdrawn(ib: Items) -> Planted:
    begin, end = ib._days()
    values = ib.relation("VERVALLEN_LOONPERIODE", datum_aanvang_inkomstenopgave=begin, datum_einde_inkomstenopgave=end)
    return Planted("vervallen", values, "niet_van_toepassing", reasons=("VERVALLEN",), month=str(ib._period))


def _month(ib: Items) -> Planted:
    return ib.done("maandloon", ib.wages("NIEUWE_LOONPERIODE", normal=ib.wage()))


def _weeks(ib: Items) -> Planted:
    values, net = ib.wages("NIEUWE_LOONPERIODE", normal=ib.wage())
    return ib.done("vier weken", (values | ib.four_weeks(), net))


def _correction(ib: Items) -> Planted:
    made = ib.wages("GECORRIGEERDE_LOONPERIODE", normal=ib.wage(), sign=-1, vorige_waarde_hash="ab" * 32)
    made[0]["verschil_netto"] = made[1]
    return ib.done("correctie met min", made)


def _special(ib: Items) -> Planted:
    made = ib.wages("NIEUWE_LOONPERIODE", normal=ib.wage(), special=ib.wage())
    made[0]["vakantietoeslag"] = made[0]["loon_lbph_bijzonder"]
    return ib.done("bijzonder tarief", made)


def _car(ib: Items) -> Planted:
    return ib.done("auto van de zaak", ib.wages("NIEUWE_LOONPERIODE", normal=ib.wage(), car=18_350))


def _pension(ib: Items) -> Planted:
    made = ib.wages("EERSTE_LEVERING", normal=ib.wage(), zvw=485, wages=False, code_soort_inkomstenverhouding="56")
    return ib.done("pensioen", made)


def _own_benefit(ib: Items) -> Planted:
    made = ib.wages("NIEUWE_LOONPERIODE", normal=ib.wage(), wages=False, code_soort_inkomstenverhouding="43")
    return ib.done("eigen uitkering", made)


def _not_settled(ib: Items) -> Planted:
    made = ib.wages("NIEUWE_LOONPERIODE", normal=ib.wage(), wages=False, code_soort_inkomstenverhouding="37",
                    jgk=5_000, anw_tegemoetkoming=1_750)  # fmt: skip
    return ib.done("jonggehandicaptenkorting", made)


def _one_employer(ib: Items) -> Planted:
    """Whoever is first has more employers, and VolgnrIkv begins again with each (section 14, 2)."""
    made = ib.wages("NIEUWE_LOONPERIODE", normal=ib.wage(), bsn=ib.bsns[0], volgnummer_ikv=1)
    return ib.done("meer werkgevers", made)


def _two_specials(ib: Items) -> Planted:
    values, _ = ib.wages("NIEUWE_LOONPERIODE", normal=ib.wage(), special=250_000, vakantietoeslag=150_000,
                         extra_periode_salaris=100_000)  # fmt: skip
    return ib.by_hand("VT en EPS", values | {"tag": ["NIEUWE_LOONPERIODE", SPECIALS]}, "VT_EN_EPS")


def _in_kind(ib: Items) -> Planted:
    begin, end = ib._days()
    values = ib.relation("NIEUWE_LOONPERIODE", loon_lbph_totaal=ib.wage(), datum_aanvang_inkomstenopgave=begin,
                         datum_einde_inkomstenopgave=end)  # fmt: skip
    values["tag"] = ["NIEUWE_LOONPERIODE", NATURA]
    return ib.by_hand("loon in natura", values, "LOON_IN_NATURA", "ONVOLLEDIG", "GEEN_INHOUDING", "GEEN_WGA")


def _incomplete(ib: Items) -> Planted:
    values, _ = ib.wages("NIEUWE_LOONPERIODE", normal=ib.wage(), berekening_volledig=False)
    for name in _SPLIT[3:]:
        values |= dict.fromkeys([f"{name}_{variant}" for variant in ("totaal", "normaal", "bijzonder")])
    return ib.by_hand("onvolledig", values, "ONVOLLEDIG", "GEEN_WGA")


SITUATIONS: tuple[Callable[[Items], Planted], ...] = (
    _new_relation, _month, _weeks, _correction, _special, _two_specials, _in_kind, _incomplete, _car, _pension,
    _own_benefit, _not_settled, _one_employer, _one_employer, _open_relation, _ended, _partial, _withdrawn,
)  # fmt: skip
