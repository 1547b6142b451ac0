"""Puts the municipality together, batch by batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from exchanges.administration.demo import integration, persons, provisions, surroundings
from exchanges.administration.demo import reintegration as work
from exchanges.administration.demo.draws import Ints
from exchanges.administration.demo.errors import Labels, chosen, plant
from exchanges.administration.demo.income import income
from exchanges.administration.demo.labels import NAME as CASES
from exchanges.administration.demo.labels import Label, LabelFile
from exchanges.administration.demo.subsidy_payments import lks_betaling
from exchanges.administration.demo.world import BASE, People, World, people
from exchanges.administration.demo.writer import Writer
from exchanges.core.arrow import give_back
from exchanges.core.period import Period

BATCH = 10_000       # persons; even, because partners stand side by side

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Summary:
    """What was written: rows and sha256 per table, and the labels of planted errors."""

    gemeente: str
    period: str
    clients: int
    seed: int
    rows: dict[str, int]
    sha256: dict[str, str]
    planted: Labels = ()
    corrections: dict[str, int] = field(default_factory=dict)    # cases per kind


def generate(out: Path, gemeente: str, clients: int, seed: int, *, errors: bool | set[str] = False,
             corrections: bool = False, period: str | Period = BASE, progress: Progress | None = None) -> Summary:
    """Write the municipality ``gemeente`` with ``clients`` persons to the folder ``out``, as known at the end of
    ``period``; same arguments, same bytes.

    In October 2026 there are exactly ``clients`` persons; every month one percent comes in. ``errors`` plants errors
    of every kind, or of the codes or groups (exchanges) given, on persons of their own, and labels them in
    ``planted.json``. ``corrections`` plants what becomes known after its month, labelled in ``correcties.json``;
    without it every payment is known in the month it belongs to. ``progress`` is called with (persons written,
    persons in all). Raises UsageError for a wrong gemeente, number, period or code.
    """
    world = World(gemeente, clients, seed, period if isinstance(period, Period) else Period.parse(period),
                  corrections)
    codes = chosen(errors)
    reserved, bsns = world.bsns()
    special, labels = plant(world, codes, reserved)
    total = world.population
    former = world.former_bsns() if corrections else None
    with Writer(Path(out)) as writer, LabelFile(Path(out)) as cases:
        for first in range(0, total, BATCH):
            last = min(first + BATCH, total)
            tables, made = batch(world, people(world, bsns, first, last, former))
            writer.write(tables)
            cases.write(made)
            del tables, made      # or they would still be there while the next batch is made
            give_back()
            if progress:
                progress(last, total)
        writer.write(special)
    if not corrections:
        (Path(out) / CASES).unlink()
    _write_labels(Path(out) / "planted.json", labels)
    return Summary(gemeente, str(world.period), clients, seed, writer.rows, writer.hashes(), labels,
                   dict(sorted(cases.counts.items())))


def _write_labels(path: Path, labels: Labels) -> None:
    """The labels of what was planted; a clean municipality has no such file."""
    if labels:
        path.write_text(json.dumps(list(labels), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    else:
        path.unlink(missing_ok=True)


def batch(world: World, who: People) -> tuple[dict[str, pa.Table], list[Label]]:
    """(all tables about these persons, labels of the corrections among them)."""
    tables, labels = administration(world, who)
    return tables | around(world, tables, who.number), labels


def administration(world: World, who: People) -> tuple[dict[str, pa.Table], list[Label]]:
    """(tables, labels of the corrections among these persons)."""
    money = income(world, who)
    who = money.people
    plan = provisions.plan(world, who)
    known = provisions.as_known(world, who, plan)
    granted = provisions.subsidies(world, known)
    return money.tables | {
        "persoon": persons.persoon(world, who),
        "adres": persons.adres(world, who),
        "inburgering": integration.inburgering(world, who),
        "traject": work.traject(world, who, provisions.trajects(world, who, plan)),
        "voorziening": work.voorziening(world, who, known),
        "loonkostensubsidie": work.loonkostensubsidie(world, known, granted),
        "lks_betaling": lks_betaling(world, known, granted),
    }, money.labels


def around(world: World, tables: dict[str, pa.Table], numbers: Ints) -> dict[str, pa.Table]:
    """The koppelvlak tables that follow from those of the administration."""
    index = surroundings.index(world, tables)
    return {"verwijsindex": index, "bevraging": surroundings.questions(world, tables, index, numbers),
            "srg_voorziening": surroundings.srg(world, tables)}
