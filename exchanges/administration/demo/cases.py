"""The persons on whom errors are planted: clean, certainly selected, and small enough to edit by hand.

Every case has one trajectory with two running provisions: a wage-cost subsidy (``subsidised``) and a coaching
(``coached``), and no benefit: of what is wrong with them the wage tax declaration must not hear. Cases have numbers and
BSNs of their own, so that the clean municipality around them is byte for byte the one without errors.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from exchanges.administration.demo import integration, persons, provisions
from exchanges.administration.demo import reintegration as work
from exchanges.administration.demo.columns import NEVER, to_days
from exchanges.administration.demo.draws import Ints
from exchanges.administration.demo.world import People, World
from exchanges.administration.model import TABLES

Row = dict[str, Any]
FIRST_NUMBER = 90_000_000

_ENTRY, _TRAJECT = to_days(date(2022, 3, 1)), to_days(date(2025, 2, 3))
_SUBSIDY, _COACHING = to_days(date(2025, 3, 3)), to_days(date(2025, 6, 2))
_EDITED = ("persoon", "traject", "voorziening", "loonkostensubsidie")


@dataclass(frozen=True)
class Case:
    """One person as editable rows; ``periods`` are the periods of subsidy, oldest first."""

    persoon: Row
    traject: Row
    subsidised: Row
    coached: Row
    periods: list[Row]


@dataclass
class Sheet:
    """All rows of the cases, per table, and the labels of what was planted. ``spare`` are BSNs of nobody."""

    world: World
    rows: dict[str, list[Row]]
    spare: list[str]
    labels: list[dict[str, str | None]] = field(default_factory=list)

    def label(self, code: str, table: str, key: str, what: str, person: Row | None = None,
              bsn: str | None = None) -> None:
        """Note what was planted. ``bsn`` is only needed where there is no person."""
        self.labels.append({"code": code, "table": table, "key": key, "bsn": person["bsn"] if person else bsn,
                            "persoon_id": person["persoon_id"] if person else None, "what": what})

    def table(self, name: str) -> pa.Table:
        return pa.Table.from_pylist(self.rows[name], schema=TABLES[name].schema)


def make(world: World, places: Ints, reserved: Ints) -> tuple[dict[str, pa.Table], Sheet, list[Case]]:
    """(tables of the cases, the sheet to edit, the cases in the order of ``places``).

    ``places`` say which of the reserved BSNs and numbers the cases have."""
    who = reserved_people(world, places, reserved)
    given = _provisions(world, who)
    periods = provisions.subsidies(world, given)
    # Whole percents: the SRG delivery has every case.
    periods = replace(periods, perc=periods.perc // 100 * 100)
    tables = {name: TABLES[name].schema.empty_table() for name in ("uitkering", "vordering")} | {
        "persoon": persons.persoon(world, who), "adres": persons.adres(world, who),
        "inburgering": integration.inburgering(world, who), "traject": work.traject(world, who, _trajects(who)),
        "voorziening": work.voorziening(world, who, given),
        "loonkostensubsidie": work.loonkostensubsidie(world, given, periods),
    }
    rows = {name: tables[name].to_pylist() for name in _EDITED}
    spare = [str(value) for value in reserved[::-1][:32]]
    return tables, Sheet(world, rows, spare), _cases(rows)


def reserved_people(world: World, places: Ints, reserved: Ints) -> People:
    """Alone in their household, below the AOW age; ``places`` say which of the reserved BSNs and numbers they have."""
    count = len(places)
    number = FIRST_NUMBER + places * 2
    age = world.draws.whole("leeftijd geval", number, 24, 58)
    return People(
        number=number, bsn=reserved[places], entry=np.full(count, _ENTRY), death=np.full(count, NEVER),
        dies=np.full(count, NEVER), birth=to_days(date(2026, 1, 1)) - age * 365, household=number,
        head=np.ones(count, bool), partner=np.full(count, -1), former=reserved[places],
        touched=np.zeros(count, np.int64),
    )


def _provisions(world: World, who: People) -> provisions.Provisions:
    count = len(who)
    begin = np.tile([_SUBSIDY, _COACHING], count)
    registered = begin + 2
    kind = np.tile([provisions.LKS, provisions.COACHING], count)
    number = (who.number[:, None] * provisions.SLOTS + np.arange(2)).ravel()
    never = np.full(2 * count, NEVER)
    return provisions.Provisions(
        person=np.repeat(np.arange(count), 2), number=number, traject=np.repeat(who.number * provisions.SLOTS, 2),
        kind=kind, wording=world.draws.whole("omschrijving", number, 0, 2), begin=begin, end=never, final=never,
        registered=registered, changed=registered,
    )


def _trajects(who: People) -> provisions.Trajects:
    count, begin = len(who), np.full(len(who), _TRAJECT)
    none = np.zeros(count, np.int64)
    return provisions.Trajects(np.arange(count), who.number * provisions.SLOTS, none, none, begin,
                               np.full(count, NEVER), begin)


def _cases(rows: dict[str, list[Row]]) -> list[Case]:
    pairs = zip(rows["voorziening"][::2], rows["voorziening"][1::2], strict=True)
    return [
        Case(person, traject, subsidised, coached,
             [row for row in rows["loonkostensubsidie"] if row["voorziening_id"] == subsidised["voorziening_id"]])
        for person, traject, (subsidised, coached) in zip(rows["persoon"], rows["traject"], pairs, strict=True)
    ]
