"""Chooses which errors to plant, plants them, and hands over tables and labels.

There is a group of errors per exchange; those of one group are on persons that the other exchange does not see.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pyarrow as pa

from exchanges.administration.demo import cases, surroundings, wage_cases
from exchanges.administration.demo.draws import Ints
from exchanges.administration.demo.planted import ADMINISTRATION, AROUND
from exchanges.administration.demo.planted_wage import WAGE
from exchanges.administration.demo.world import RESERVED_BSNS, World
from exchanges.administration.model import TABLES
from exchanges.core.errors import UsageError

GROUPS: dict[str, tuple[str, ...]] = {"dkd_reintegratie": (*ADMINISTRATION, *AROUND), "loonaangifte": (*WAGE,)}
CODES = tuple(code for group in GROUPS.values() for code in group)
_COUNTS = {code: count for plans in (ADMINISTRATION, AROUND, WAGE) for code, (count, _) in plans.items()}
# Every code has its own place among the reserved persons, whichever other codes are asked for.
_ENDS = np.cumsum(list(_COUNTS.values()))
_PLACES = {code: np.arange(end - _COUNTS[code], end) for code, end in zip(_COUNTS, _ENDS, strict=True)}
assert _ENDS[-1] <= RESERVED_BSNS - 32

Labels = tuple[dict[str, str | None], ...]
Tables = dict[str, pa.Table]
_Case = TypeVar("_Case", cases.Case, wage_cases.WageCase)


def chosen(errors: bool | set[str]) -> tuple[str, ...]:
    """The codes asked for, by themselves or by their group, in fixed order. Raises UsageError for one that is not
    known."""
    if isinstance(errors, bool):
        return CODES if errors else ()
    unknown = sorted(set(errors) - set(CODES) - set(GROUPS))
    if unknown:
        raise UsageError(f"Fout {unknown[0]!r} is niet bekend; kies uit: {', '.join((*GROUPS, *CODES))}.")
    asked = set(errors).union(*(GROUPS[name] for name in errors if name in GROUPS))
    return tuple(code for code in CODES if code in asked)


def plant(world: World, codes: tuple[str, ...], reserved: np.ndarray) -> tuple[Tables, Labels]:
    """(tables of the planted persons, settings and monitor; labels). Without codes only settings and monitor, clean."""
    clean = {"koppelvlak_instelling": surroundings.settings(world), "levering_monitor": surroundings.monitor(world)}
    mine = [tuple(code for code in codes if code in group) for group in GROUPS.values()]
    made, labels = _reintegration(world, mine[0], reserved, clean) if mine[0] else (clean, ())
    more, others = _wage(world, mine[1], reserved) if mine[1] else ({}, ())
    both = {name: pa.concat_tables([made[name], more[name]]) for name in made.keys() & more.keys()}
    return made | more | both, labels + others


def _reintegration(world: World, codes: tuple[str, ...], reserved: np.ndarray, clean: Tables) -> tuple[Tables, Labels]:
    tables, sheet, everyone = cases.make(world, _places(codes), reserved)
    mine = _deal(codes, everyone)
    for code in codes:
        if code in ADMINISTRATION:
            ADMINISTRATION[code][1](sheet, mine[code])
    tables |= {name: sheet.table(name) for name in list(sheet.rows)}
    derived = clean | {"verwijsindex": surroundings.index(world, tables),
                       "srg_voorziening": surroundings.srg(world, tables)}
    sheet.rows |= {name: table.to_pylist() for name, table in derived.items()} | {"bevraging": []}
    for code in codes:
        if code in AROUND:
            AROUND[code][1](sheet, mine[code])
    return tables | {name: sheet.table(name) for name in (*derived, "bevraging")}, tuple(sheet.labels)


def _wage(world: World, codes: tuple[str, ...], reserved: np.ndarray) -> tuple[Tables, Labels]:
    sheet, everyone = wage_cases.make(world, _places(codes), reserved)
    mine = _deal(codes, everyone)
    for code in codes:
        WAGE[code][1](sheet, mine[code])
    tables = {name: sheet.table(name) for name in list(sheet.rows)}
    none = {name: TABLES[name].schema.empty_table() for name in ("traject", "voorziening", "vordering")}
    return tables | {"verwijsindex": surroundings.index(world, tables | none)}, tuple(sheet.labels)


def _places(codes: tuple[str, ...]) -> Ints:
    return np.concatenate([_PLACES[code] for code in codes]).astype(np.int64)


def _deal(codes: tuple[str, ...], everyone: list[_Case]) -> dict[str, list[_Case]]:
    """Each code its own cases: disjoint."""
    rest = iter(everyone)
    return {code: [next(rest) for _ in _PLACES[code]] for code in codes}
