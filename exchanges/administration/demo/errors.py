"""Chooses which errors to plant, plants them, and hands over tables and labels."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from exchanges.administration.demo import cases, surroundings
from exchanges.administration.demo.planted import ADMINISTRATION, AROUND
from exchanges.administration.demo.world import RESERVED_BSNS, World
from exchanges.core.errors import UsageError

CODES = (*ADMINISTRATION, *AROUND)
_PLANS = ADMINISTRATION | AROUND
# Every code has its own place among the reserved persons, whichever other codes are asked for.
_ENDS = np.cumsum([count for count, _ in _PLANS.values()])
_PLACES = {code: np.arange(end - _PLANS[code][0], end) for code, end in zip(_PLANS, _ENDS, strict=True)}
assert _ENDS[-1] <= RESERVED_BSNS - 32

Labels = tuple[dict[str, str | None], ...]


def chosen(errors: bool | set[str]) -> tuple[str, ...]:
    """The codes asked for, in fixed order. Raises UsageError for a code that cannot be planted."""
    if isinstance(errors, bool):
        return CODES if errors else ()
    unknown = sorted(set(errors) - set(CODES))
    if unknown:
        raise UsageError(f"Fout {unknown[0]!r} is niet bekend; kies uit: {', '.join(CODES)}.")
    return tuple(code for code in CODES if code in errors)


def plant(world: World, codes: tuple[str, ...], reserved: np.ndarray) -> tuple[dict[str, pa.Table], Labels]:
    """(tables of the planted persons, settings and monitor; labels). Without codes only settings and monitor, clean."""
    clean = {"koppelvlak_instelling": surroundings.settings(world), "levering_monitor": surroundings.monitor(world)}
    if not codes:
        return clean, ()
    places = np.concatenate([_PLACES[code] for code in codes])
    tables, sheet, everyone = cases.make(world, places.astype(np.int64), reserved)
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


def _deal(codes: tuple[str, ...], everyone: list[cases.Case]) -> dict[str, list[cases.Case]]:
    """Each code its own cases: disjoint."""
    rest = iter(everyone)
    return {code: [next(rest) for _ in _PLACES[code]] for code in codes}
