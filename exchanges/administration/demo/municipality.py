"""Puts the municipality together, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from exchanges.administration.demo import benefits, debts, integration, payments, persons, provisions, surroundings
from exchanges.administration.demo import reintegration as work
from exchanges.administration.demo.draws import Ints
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
    planted: tuple[dict[str, str | None], ...] = field(default=())


def generate(out: Path, gemeente: str, clients: int, seed: int, *, errors: bool | set[str] = False,
             period: str | Period = BASE, progress: Progress | None = None) -> Summary:
    """Write the municipality ``gemeente`` with ``clients`` persons to the folder ``out``, as known at the end of
    ``period``; same arguments, same bytes.

    In October 2026 there are exactly ``clients`` persons; every month one percent comes in. ``progress`` is called
    with (persons written, persons in all). Raises UsageError for a wrong gemeente, number or period.
    """
    world = World(gemeente, clients, seed, period if isinstance(period, Period) else Period.parse(period))
    _, bsns = world.bsns()
    total = world.population
    with Writer(Path(out)) as writer:
        writer.write({"koppelvlak_instelling": surroundings.settings(world),
                      "levering_monitor": surroundings.monitor(world)})
        for first in range(0, total, BATCH):
            last = min(first + BATCH, total)
            writer.write(batch(world, people(world, bsns, first, last)))
            if progress:
                progress(last, total)
    return Summary(gemeente, str(world.period), clients, seed, writer.rows, writer.hashes())


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
