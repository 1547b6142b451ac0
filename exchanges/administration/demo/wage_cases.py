"""The persons on whom errors of the wage tax declaration are planted: each alone, with one benefit and one payment.

The relation of income begins in the month itself, so that nothing of earlier months has a part in it. They have no
trajectory: for the re-integration they do not exist, as those of :mod:`cases` have no benefit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from exchanges.administration.demo import persons
from exchanges.administration.demo.benefits import PAY_DAY, norm_cents
from exchanges.administration.demo.cases import Row, Sheet, reserved_people
from exchanges.administration.demo.columns import to_days
from exchanges.administration.demo.draws import Ints
from exchanges.administration.demo.wage import CREDIT, NET, wages
from exchanges.administration.demo.world import World

TABLES = ("persoon", "adres", "dossier", "uitkering", "inkomstenverhouding", "inkomstenperiode", "betaling",
          "betaling_component")  # fmt: skip


@dataclass(frozen=True)
class WageCase:
    """One person as editable rows."""

    persoon: Row
    adres: Row
    uitkering: Row
    relation: Row
    period: Row
    payment: Row


def make(world: World, places: Ints, reserved: Ints) -> tuple[Sheet, list[WageCase]]:
    """(all rows of the cases, the cases in the order of ``places``)."""
    who = reserved_people(world, places, reserved)
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    everyone = zip(persons.persoon(world, who).to_pylist(), persons.adres(world, who).to_pylist(), strict=True)
    made = [_case(world, person, address, rows) for person, address in everyone]
    return Sheet(world, rows, []), made


def _case(world: World, person: Row, address: Row, rows: dict[str, list[Row]]) -> WageCase:
    key = person["persoon_id"][1:]
    start = world.period.start
    moment = datetime.combine(start.replace(day=12), datetime.min.time(), UTC)
    known: dict[str, Any] = {"persoon_id": person["persoon_id"], "gewijzigd_op": moment}
    # A birth date that is not whole would be an error of its own.
    person |= {"geboortedatum": person["geboortedatum"] if person["geboortedatum"] % 100 else 19850612}
    benefit: Row = known | {
        "uitkering_id": f"U{key}", "registratienummer": f"U{key}", "dossier_id": f"D{key}", "regeling": "PW",
        "statistiekcode": "01", "kostendelers": 1, "inkomenscode": "43", "loonbelastingtabel": "250",
        "volgnummer_inkomstenverhouding": 1, "loonheffingskorting": True, "datum_begin": start,
    }  # fmt: skip
    relation: Row = known | {
        "ikv_id": f"K{key}", "uitkering_id": f"U{key}", "nummer": 1, "inkomenscode": "43",
        "personeelsnummer": f"C{key}", "datum_aanvang": start,
    }  # fmt: skip
    period: Row = {
        "periode_id": f"Z{key}", "ikv_id": f"K{key}", "datum_begin": start, "loonbelastingtabel": "250",
        "loonheffingskorting": True, "korting_elders_cent": 0, "gewijzigd_op": moment,
    }  # fmt: skip
    payment: Row = known | {
        "betaling_id": f"B{key}", "uitkering_id": f"U{key}", "ikv_id": f"K{key}", "periode": str(world.period),
        "soort": "periodiek", "datum_betaalbaar": start.replace(day=PAY_DAY), **amounts(start),
    }  # fmt: skip
    file: Row = known | {
        "dossier_id": f"D{key}", "dossiernummer": f"{start.year}-{key}", "huishouden_id": person["huishouden_id"],
        "leefvorm": "01", "kostendelers": 1, "datum_begin": start,
    }  # fmt: skip
    part: Row = {
        "betaling_id": f"B{key}", "volgnummer": 1, "soort": "norm", "bedrag_cent": payment["netto_cent"],
        "gewijzigd_op": moment,
    }  # fmt: skip
    for name, row in zip(TABLES, (person, address, file, benefit, relation, period, payment, part), strict=True):
        rows[name].append(row)
    return WageCase(person, address, benefit, relation, period, payment)


def amounts(day: date) -> dict[str, int]:
    """The norm of a single person, with what belongs to it."""
    net = norm_cents(np.zeros(1, bool), to_days(day))
    no = np.zeros(1, bool)
    of = wages(net, np.array([NET]), np.array([CREDIT[0]]), no, no)
    return {"netto_cent": int(of.net[0]), "loon_cent": int(of.wage[0]), "loonheffing_cent": int(of.tax[0]),
            "zvw_werkgever_cent": int(of.employer[0]), "zvw_ingehouden_cent": int(of.withheld[0])}  # fmt: skip
