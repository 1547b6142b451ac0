"""What was planted as corrections: one label per relation of income that changed, written as ``correcties.json``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import numpy as np

from exchanges.administration.demo.benefits import Benefits
from exchanges.administration.demo.columns import NEVER, months_of
from exchanges.administration.demo.corrections import (
    BSN,
    CODE,
    ELSEWHERE,
    KINDS,
    LATE,
    NONE,
    REFUND,
    WITHDRAWN,
    Plan,
)
from exchanges.administration.demo.payments import Lines
from exchanges.administration.demo.relations import Holders, placed
from exchanges.administration.demo.world import People, World

Label = dict[str, Any]
NAME = "correcties.json"


def labels(world: World, who: People, given: Benefits, plan: Plan, holders: Holders, lines: Lines) -> list[Label]:
    """The cases that became known this year, up to the period, in the form of the file:

    ``kind``; ``persoon_id`` and ``ikv_id`` as they are now; ``tijdvakken`` it concerns; ``bekend_in``; ``netto_cent``:
    what it adds to the net amounts of those months (negative: takes away); ``loonheffing_cent``: the tax on that, null
    where only net amounts are known. ``was`` has what was administered before: persoon_id, ikv_id or bsn.
    """
    benefit = holders.benefit
    kind, known = plan.kind[benefit], plan.known[benefit]
    # Of a couple these concern the head only.
    alone = np.isin(kind, (WITHDRAWN, BSN, ELSEWHERE)) & holders.partner
    ours = (kind != NONE) & (known <= world.month) & (known // 12 == world.period.year) & ~alone
    # The lines of a case are those paid after the month they belong to.
    late = (lines.holder >= 0) & (months_of(lines.paid) > lines.month)
    net, tax, count = (np.zeros(len(benefit), np.int64) for _ in range(3))
    for total, cents in ((net, lines.net), (tax, lines.tax), (count, np.ones_like(lines.net))):
        np.add.at(total, lines.holder[late], cents[late])
    # Nothing could be paid back where nothing had been paid.
    rows = np.flatnonzero(ours & ~(np.isin(kind, (LATE, REFUND)) & (count == 0)))
    ikv, person, _ = placed(world, given, plan, holders, rows, NEVER)
    made = []
    for place, row in enumerate(rows):
        case, first, until = int(kind[row]), int(plan.since[benefit[row]]), int(known[row])
        last = first if case in (LATE, REFUND) else until - 1
        made.append({
            "kind": KINDS[case], "persoon_id": f"P{who.number[person[place]]:08d}", "ikv_id": f"K{ikv[place]:010d}",
            "tijdvakken": [_month(month) for month in range(first, last + 1)], "bekend_in": _month(until),
            "netto_cent": int(net[row]), "loonheffing_cent": None if holders.net_only[row] else int(tax[row]),
            "was": _was(case, who, int(plan.wrong[benefit[row]]), int(person[place]), int(holders.number[row])),
        })
    return made


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02d}"


def _was(case: int, who: People, wrong: int, person: int, number: int) -> dict[str, str] | None:
    if case == WITHDRAWN:
        return {"persoon_id": f"P{who.number[wrong]:08d}", "ikv_id": f"K{number + 4:010d}"}
    if case == CODE:
        return {"ikv_id": f"K{number:010d}"}
    return {"bsn": str(who.former[person])} if case == BSN else None


class LabelFile:
    """The file of labels, written batch by batch; it gets its name when all is written."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._part = folder / (NAME + ".deel")
        self._file: TextIO | None = None
        self.counts: Counter[str] = Counter()

    def __enter__(self) -> LabelFile:
        self._part.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("w", encoding="utf-8")
        self._file.write("[")
        return self

    def write(self, made: Sequence[Label]) -> None:
        assert self._file is not None
        for label in made:
            self._file.write((",\n" if self.counts.total() else "\n") + json.dumps(label))
            self.counts[label["kind"]] += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        assert self._file is not None
        try:
            with nullcontext() if kind is None else suppress(OSError), self._file as file:  # the first error is heard
                file.write("\n]\n")
            if kind is None:
                self._part.replace(self._path)
        finally:
            self._part.unlink(missing_ok=True)
