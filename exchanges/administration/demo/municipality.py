"""Puts the municipality together, batch by batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from exchanges.administration.demo import benefits, debts, integration, payments, persons, provisions, surroundings
from exchanges.administration.demo import reintegration as work
from exchanges.administration.demo.draws import Ints
from exchanges.administration.demo.errors import Labels, chosen, plant
from exchanges.administration.demo.world import BASE, People, World, people
from exchanges.administration.demo.writer import Writer
from exchanges.core.period import Period

BATCH = 20_000       # persons; even, because partners stand side by side

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


def generate(out: Path, gemeente: str, clients: int, seed: int, *, errors: bool | set[str] = False,
             period: str | Period = BASE, progress: Progress | None = None) -> Summary:
    """Write the municipality ``gemeente`` with ``clients`` persons to the folder ``out``, as known at the end of
    ``period``; same arguments, same bytes.

    In October 2026 there are exactly ``clients`` persons; every month one percent comes in. ``errors`` plants errors
    of every kind, or of the codes given, on persons of their own, and labels them in ``planted.json``. ``progress``
    is called with (persons written, persons in all). Raises UsageError for a wrong gemeente, number, period or code.
    """
    world = World(gemeente, clients, seed, period if isinstance(period, Period) else Period.parse(period))
    codes = chosen(errors)
    reserved, bsns = world.bsns()
    special, labels = plant(world, codes, reserved)
    total = world.population
    with Writer(Path(out)) as writer:
        for first in range(0, total, BATCH):
            last = min(first + BATCH, total)
            writer.write(batch(world, people(world, bsns, first, last)))
            if progress:
                progress(last, total)
        writer.write(special)
    _write_labels(Path(out) / "planted.json", labels)
    return Summary(gemeente, str(world.period), clients, seed, writer.rows, writer.hashes(), labels)


def _write_labels(path: Path, labels: Labels) -> None:
    """The labels of what was planted; a clean municipality has no such file."""
    if labels:
        path.write_text(json.dumps(list(labels), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    else:
        path.unlink(missing_ok=True)


def batch(world: World, who: People) -> dict[str, pa.Table]:
    """All tables about these persons."""
    tables = administration(world, who)
    return tables | around(world, tables, who.number)


def administration(world: World, who: People) -> dict[str, pa.Table]:
    plan = provisions.plan(world, who)
    known = provisions.as_known(world, who, plan)
    homes = benefits.households(who)
    granted = benefits.benefits(world, homes)
    owed = debts.debts(world, granted)
    months = payments.payments(world, homes, granted, owed)
    return {
        "persoon": persons.persoon(world, who),
        "adres": persons.adres(world, who),
        "dossier": benefits.dossier(world, who, homes),
        "inburgering": integration.inburgering(world, who),
        "aanvraag": benefits.aanvraag(world, who, homes, granted),
        "uitkering": benefits.uitkering(world, who, homes, granted),
        "betaling": pa.concat_tables([payments.betaling(world, who, homes, granted, m) for m in months]),
        "betaling_component": pa.concat_tables([payments.betaling_component(world, owed, m) for m in months]),
        "inkomstenopgave": pa.concat_tables([payments.inkomstenopgave(world, who, homes, granted, m) for m in months]),
        "vordering": debts.vordering(world, who, homes, granted, owed),
        "traject": work.traject(world, who, provisions.trajects(world, who, plan)),
        "voorziening": work.voorziening(world, who, known),
        "loonkostensubsidie": work.loonkostensubsidie(world, known, provisions.subsidies(world, known)),
    }


def around(world: World, tables: dict[str, pa.Table], numbers: Ints) -> dict[str, pa.Table]:
    """The koppelvlak tables that follow from those of the administration."""
    index = surroundings.index(world, tables)
    return {"verwijsindex": index, "bevraging": surroundings.questions(world, tables, index, numbers),
            "srg_voorziening": surroundings.srg(world, tables)}
