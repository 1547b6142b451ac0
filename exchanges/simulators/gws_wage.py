"""What a benefits system makes of its payments: wage, tax and Zvw per relation and month, and the herrekening.

Written from the text (spec loonaangifte 7.3 and 7.4), person by person, for the simulated GWS: whoever computes the
same in another way can be held against it. Only the rates come from the dated parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

_WHOLE = 10_000


@dataclass
class Month:
    """Cents. ``known`` is false where wage and tax had to be worked out from the net amount."""

    wage: int = 0
    tax: int = 0
    withheld: int = 0
    employer: int = 0
    net: int = 0
    credit: int = 0
    rate: int = 0
    known: bool = True
    paid: bool = False


@dataclass
class Relation:
    """One right of one person. ``terms`` are its history, oldest first; ``payments`` those of the year."""

    code: str
    begin: date
    end: date | None
    born: int
    terms: Sequence[Mapping[str, Any]]
    payments: list[Mapping[str, Any]] = field(default_factory=list)

    def term(self, day: date) -> Mapping[str, Any] | None:
        found = None
        for one in self.terms:
            if one["datum_begin"] <= day:
                found = one
        return found


@dataclass(frozen=True)
class Rates:
    """The dated parameters of the year."""

    values: Mapping[str, Any]

    def credit(self, aow: bool) -> int:
        return (int(self.values["ahk_jaar_aow_cent" if aow else "ahk_jaar_cent"]) + 6) // 12

    def on_net(self, aow: bool, withholds: bool) -> int:
        name = "pct_netto_aow_zvw" if withholds else "pct_netto_aow" if aow else "pct_netto"
        return int(self.values[name])

    def __getitem__(self, name: str) -> int:
        return int(self.values[name])


def months(of: Relation, year: int, rates: Rates, without: str = "") -> dict[int, Month]:
    """By month (1 to 12) in which the relation stood or was paid; payments of the kind ``without`` are left out."""
    made = {}
    for number in range(1, 13):
        first = date(year, number, 1)
        last = date(year + number // 12, number % 12 + 1, 1)
        lines = [one for one in of.payments if one["periode"] == f"{year}-{number:02}"]
        stands = of.begin < last and (of.end is None or of.end >= first)
        if lines or stands:
            made[number] = _month(of, first, [one for one in lines if one["soort"] != without], rates)
    return made


def _month(of: Relation, first: date, lines: list[Mapping[str, Any]], rates: Rates) -> Month:
    term = of.term(max(first, of.begin))
    reached = _aow_month(of.born, rates["aow_maanden"])
    aow, withholds = first >= reached, first > reached
    made = Month(net=sum(one["netto_cent"] for one in lines), rate=rates.on_net(aow, withholds), paid=bool(lines))
    if term is not None and term["loonheffingskorting"] and of.code != "42":
        made.credit = max(0, rates.credit(aow) - term["korting_elders_cent"])
    names = ("loon_cent", "loonheffing_cent", "zvw_ingehouden_cent", "zvw_werkgever_cent")
    made.known = all(one[name] is not None for one in lines for name in names)
    if made.known:
        made.wage, made.tax, made.withheld, made.employer = (sum(one[name] for one in lines) for name in names)
        return made
    made.tax = _tax(made)
    before = made.net + made.tax
    if withholds:
        highest = min(before * _WHOLE // (_WHOLE - rates["zvw_ingehouden"]), rates["zvw_hoogste_cent"])
        made.withheld = (highest * rates["zvw_ingehouden"] + _WHOLE // 2) // _WHOLE
    made.wage = before + made.withheld
    made.employer = 0 if withholds else _employer(made.wage, rates)
    return made


def _tax(of: Month) -> int:
    if of.net < 0:  # gives back what it took, without credit
        return -((-of.net * of.rate + _WHOLE // 2) // _WHOLE)
    return max(0, _on(of.net, of.credit, of.rate))


def _on(net: int, credit: int, rate: int) -> int:
    return ((net - credit) * rate + _WHOLE // 2) // _WHOLE - credit


def _employer(wage: int, rates: Rates) -> int:
    base = min(wage, rates["zvw_hoogste_cent"]) * rates["zvw_werkgever"]
    return (base + _WHOLE // 2) // _WHOLE if wage >= 0 else -((-base + _WHOLE // 2) // _WHOLE)


def recalculate(of: Relation, made: dict[int, Month], year: int, rates: Rates) -> None:
    """Over the whole year, due over December; not for who is gone by then, and not twice."""
    if of.code != "43" or 12 not in made or any(one["soort"] == "herrekening" for one in of.payments):
        return
    groups: dict[int, list[Month]] = {}
    for number, month in made.items():
        term = of.term(max(date(year, number, 1), of.begin))
        if term is not None and term["loonbelastingtabel"] == "250":
            groups.setdefault(month.rate, []).append(month)
    extra = 0
    for rate, group in groups.items():
        net, credit = sum(month.net for month in group), sum(month.credit for month in group)
        extra += max(0, _on(net, credit, rate)) - sum(month.tax for month in group)
    if extra:
        december = made[12]
        december.tax += extra
        december.wage += extra
        reached = _aow_month(of.born, rates["aow_maanden"])
        december.employer = 0 if date(year, 12, 1) > reached else _employer(december.wage, rates)


def _aow_month(born: int, months_: int) -> date:
    """The first of the month in which the AOW age is reached; ``born`` as jjjjmmdd, unknown month as January."""
    year, month = divmod(born // 10_000 * 12 + max(born // 100 % 100, 1) - 1 + months_, 12)
    return date(year, month + 1, 1)
