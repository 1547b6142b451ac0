"""The koppelvlak tables, derived from the tables of the administration: index, questions, SRG delivery, settings.

Derived from tables and not from the facts behind them, so that a planted error in the administration is carried into
its surroundings as a real system would carry it, and provokes nothing but itself.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.administration.demo.columns import constant, keys, to_days, whole_column
from exchanges.administration.demo.draws import Ints
from exchanges.administration.demo.world import World
from exchanges.administration.model import TABLES
from exchanges.core.period import Period

CLUSTERS = ("01", "02", "03", "04", "05")
REINTEGRATION, BENEFITS, DEBTORS = "04", "01", "02"
# Who had a provision or a trajectory in these months before the period is in the index; what ended earlier is history.
WINDOW_MONTHS = 24
IB = "https://connect.diginetwerk.inlichtingenbureau.nl/"


def as_number(day: date) -> int:
    """jjjjmmdd."""
    return day.year * 10000 + day.month * 100 + day.day


def refreshed(period: Period) -> datetime:
    """When the index was last made anew: the evening of the last day, after office hours."""
    return datetime.combine(period.end, time(22, 30), UTC)


def running(table: pa.Table, first: date, last: date) -> pa.Array:
    """Whether a provision runs on any day of ``first`` to ``last`` (jjjjmmdd compares as a date does)."""
    begun = pc.less_equal(table["datum_begin"], as_number(last))
    open_or_later = pc.fill_null(pc.greater_equal(table["datum_einde"], as_number(first)), True)
    return pc.and_(begun, open_or_later)


def _bsn_of(persons: pa.Table, ids: pa.ChunkedArray) -> pa.Array:
    """The BSN of each person id; null for who is not in this batch."""
    rows = pc.index_in(ids, value_set=persons["persoon_id"].combine_chunks())
    return _flat(persons["bsn"]).take(_flat(rows))


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def current_loonwaarde(provisions: pa.Table, subsidies: pa.Table, period: Period) -> pa.Array:
    """Loonwaarde (hundredths) per provision: of the newest period of subsidy that begins on or before the end."""
    begun = subsidies.filter(pc.less_equal(subsidies["datum_begin"], pa.scalar(period.end, pa.date32())))
    newest = begun.sort_by([("voorziening_id", "ascending"), ("datum_begin", "descending")])
    names = _flat(newest["voorziening_id"])
    if not len(names):
        return pa.nulls(provisions.num_rows, pa.int32())
    first = np.ones(len(names), bool)
    first[1:] = pc.not_equal(names.slice(1), names.slice(0, len(names) - 1)).to_numpy(zero_copy_only=False)
    top = newest.filter(pa.array(first))
    rows = pc.index_in(provisions["voorziening_id"], value_set=_flat(top["voorziening_id"]))
    return _flat(top["loonwaarde_perc"]).take(_flat(rows))


def index(world: World, tables: dict[str, pa.Table]) -> pa.Table:
    """One row per BSN and cluster; ind_dkd is false where there is history, or future, only."""
    persons, provisions = tables["persoon"], tables["voorziening"]
    dead = pc.is_valid(_flat(persons["overlijdensdatum"])).to_numpy(zero_copy_only=False)
    parts = []
    window = world.period.shift(-WINDOW_MONTHS).start
    trajects = tables["traject"]
    open_or_later = pc.fill_null(pc.greater_equal(trajects["datum_einde"], pa.scalar(window)), True)
    bsn = pa.concat_arrays([_bsn_of(persons, provisions["persoon_id"]), _bsn_of(persons, trajects["persoon_id"])])
    inside = pa.concat_arrays([_flat(running(provisions, window, world.period.end)), _flat(open_or_later)])
    parts.append((REINTEGRATION, bsn.filter(inside), bsn))
    benefits = tables["uitkering"]
    holder = pa.concat_arrays([_bsn_of(persons, benefits["persoon_id"]),
                               _bsn_of(persons, benefits["partner_persoon_id"])])
    alive = _flat(pc.fill_null(pc.greater_equal(benefits["datum_einde"], pa.scalar(world.period.start)), True))
    parts.append((BENEFITS, holder.filter(pa.concat_arrays([alive, alive])), holder))
    owed = tables["vordering"]
    debtor = _bsn_of(persons, owed["persoon_id"])
    parts.append((DEBTORS, debtor.filter(_flat(pc.greater(owed["saldo_cent"], 0))), debtor))

    gone = _flat(persons["bsn"]).filter(pa.array(dead))
    made = []
    for cluster, present, ever in parts:
        known = ever.unique().drop_null()
        known = known.filter(pc.invert(pc.is_in(known, value_set=gone)))
        there = pc.is_in(known, value_set=present.drop_null())
        made.append(pa.Table.from_arrays([
            known, constant(world.gemeente, len(known)), constant(cluster, len(known)), there,
            pa.repeat(pa.scalar(refreshed(world.period), pa.timestamp("ms", tz="UTC")), len(known)),
        ], schema=TABLES["verwijsindex"].schema))
    return pa.concat_tables(made)


def questions(world: World, tables: dict[str, pa.Table], indexed: pa.Table, numbers: Ints) -> pa.Table:
    """A sample of the persons was asked for; who is not in the index at all was not found.

    ``numbers`` are the numbers of the persons in the batch, in the order of the table."""
    draws, persons = world.draws, tables["persoon"]
    bsn = _flat(persons["bsn"])
    mine = indexed.filter(pc.equal(indexed["cluster"], REINTEGRATION))
    have = mine.filter(mine["ind_dkd"])
    in_index = pc.is_in(bsn, value_set=_flat(have["bsn"])).to_numpy(zero_copy_only=False)
    nowhere = ~pc.is_in(bsn, value_set=_flat(mine["bsn"])).to_numpy(zero_copy_only=False)
    asked = ((in_index & draws.chance(f"bevraagd {world.period}", numbers, 0.03))
             | (nowhere & draws.chance(f"vergeefs bevraagd {world.period}", numbers, 0.01)))
    number, found, who = numbers[asked], in_index[asked], bsn.filter(pa.array(asked))
    remark = draws.chance("opmerking", number, 0.05)
    outcome = pc.if_else(pa.array(found), pc.if_else(pa.array(remark), "DATA_WITH_REMARK", "DATA"), "NOT_FOUND")
    took = 90 + np.floor(1900 * draws.unit("duur", number) ** 3).astype(np.int64)
    day = world.begin + draws.whole("dag van vraag", number, 0, world.end - world.begin)
    second = (day * 86_400 + draws.whole("tijd van vraag", number, 7 * 3600, 19 * 3600)) * 1000
    return pa.Table.from_arrays([
        keys("B", number), constant(world.gemeente, len(number)), constant(REINTEGRATION, len(number)), who,
        pc.if_else(pa.array(found), who, pa.scalar(None, pa.string())), outcome, whole_column(took, pa.int32()),
        pa.array(second).cast(pa.timestamp("ms")).cast(pa.timestamp("ms", tz="UTC")),
    ], schema=TABLES["bevraging"].schema)


def srg(world: World, tables: dict[str, pa.Table]) -> pa.Table:
    """What was delivered to CBS for the same month: every provision that really began and runs.

    A provision whose loonwaarde has a fraction is left out: SRG has whole percents, and how a gemeente rounds is
    not public, so equality cannot be demanded of it."""
    provisions = tables["voorziening"]
    perc = current_loonwaarde(provisions, tables["loonkostensubsidie"], world.period)
    whole = pc.divide(perc, 100)
    exact = pc.fill_null(pc.equal(pc.multiply(whole, 100), perc), True)
    now = _flat(running(provisions, world.period.start, world.period.end))
    rows = pc.and_(now, exact)
    chosen = provisions.filter(rows)
    return pa.Table.from_arrays([
        _bsn_of(tables["persoon"], chosen["persoon_id"]), _flat(chosen["registratienummer"]),
        constant(str(world.period), chosen.num_rows), _flat(chosen["type"]), _flat(chosen["datum_begin"]),
        _flat(chosen["datum_einde"]), whole.filter(rows),
    ], schema=TABLES["srg_voorziening"].schema)


def settings(world: World) -> pa.Table:
    """How the clusters are set at the partner: all in the batch file, in the latest version."""
    rows = [
        {"gemeentecode": world.gemeente, "cluster": cluster, "methode": "verzamelbestand",
         "berichtversie": "v0200" if cluster == REINTEGRATION else "v0500", "applicatie": "Ketensluis",
         "url": IB + ("GSDDossierReintegratie-v0200" if cluster == REINTEGRATION else "Bijstandsregelingen-v0500"),
         "gewijzigd_op": datetime(2025, 11, 3, 9, 0, tzinfo=UTC)}
        for cluster in CLUSTERS
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["koppelvlak_instelling"].schema)


def monitor(world: World) -> pa.Table:
    """Deliveries of the half year before, all received in time, and the one of this month, not yet due."""
    rows = []
    for back in range(6, -1, -1):
        month = world.period.shift(-back)
        due = month.shift(1).start.replace(day=10)
        early = int(world.draws.whole("aangeleverd", np.array([to_days(month.start)]), 4, 8)[0])
        for cluster in CLUSTERS:
            rows.append({"gemeentecode": world.gemeente, "cluster": cluster, "periode": str(month), "verwacht_op": due,
                         "ontvangen_op": due.replace(day=early) if back else None,
                         "status": "verwerkt" if back else "verwacht"})
    return pa.Table.from_pylist(rows, schema=TABLES["levering_monitor"].schema)
