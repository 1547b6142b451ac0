"""The payment side: straight sums over the payments of the frozen source, in Arrow, without a line of SQL.

A payment counts when it belongs to a relation of income, or to a benefit that is not special assistance. Wage, tax and
Zvw count in the months of a relation where every payment gives them; where one does not, only the net amount is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.arrow import give_back
from exchanges.loonaangifte.jaar_lijnen import COMPUTED, LINES, SIDE

_COLUMNS = {
    "loon": "loon_cent", "loonheffing": "loonheffing_cent", "bijdrage_zvw": "zvw_ingehouden_cent",
    "werkgeversheffing_zvw": "zvw_werkgever_cent", "netto": "netto_cent", "alimentatie": "alimentatie_in_cent",
    "alimentatie_rechtstreeks": "alimentatie_rechtstreeks_cent",
}  # fmt: skip
_READ = ["ikv_id", "uitkering_id", "periode", *_COLUMNS.values()]
_KEPT = pa.schema([("ikv", pa.string()), *((name, pa.int64()) for name in LINES), ("onbekend", pa.bool_())])
_UNTAXED = "BB"
_BATCH = 65_536


class Payments:
    """The payments of one year, a file per month in ``work``; one pass over the source, however large it is."""

    def __init__(self, tables: Mapping[str, Path], year: int, work: Path) -> None:
        self._relations = _relations(tables)
        self._files = _by_month(tables, [f"{year}-{month:02}" for month in range(1, 13)], work)
        give_back()

    def of_month(self, month: str) -> pa.Table:
        """SIDE, one row per relation that was paid."""
        # With threads every thread would have the sums of every relation.
        grouped = pq.read_table(self._files[month], use_threads=False).group_by("ikv", use_threads=False).aggregate(
            [*((name, "sum") for name in LINES), ("onbekend", "any")]
        )
        sums = {name: pc.fill_null(grouped[f"{name}_sum"], 0) for name in LINES}
        sums |= {name: pc.if_else(grouped["onbekend_any"], 0, sums[name]) for name in COMPUTED}
        place = pc.index_in(grouped["ikv"], value_set=self._relations["ikv_id"].combine_chunks())
        key = pc.coalesce(self._relations["sleutel"].take(place), grouped["ikv"])
        return pa.table([key, *(sums[name] for name in LINES)], schema=SIDE)


def _relations(tables: Mapping[str, Path]) -> pa.Table:
    """``ikv_id`` and ``sleutel``: the number of the person and that of the relation."""
    columns = ["ikv_id", "persoon_id", "nummer", "personeelsnummer"]
    relation = pq.read_table(tables["inkomstenverhouding"], columns=columns)
    person = pq.read_table(tables["persoon"], columns=["persoon_id", "bsn"])
    place = pc.index_in(relation["persoon_id"], value_set=person["persoon_id"].combine_chunks())
    who = pc.coalesce(person["bsn"].take(place), relation["personeelsnummer"])
    key = pc.binary_join_element_wise(who, pc.cast(relation["nummer"], pa.string()), "/")
    return pa.table({"ikv_id": relation["ikv_id"], "sleutel": key})


def _untaxed_benefits(tables: Mapping[str, Path]) -> pa.Array:
    benefit = pq.read_table(tables["uitkering"], columns=["uitkering_id", "regeling"])
    return benefit.filter(pc.equal(benefit["regeling"], _UNTAXED))["uitkering_id"].combine_chunks()


def _by_month(tables: Mapping[str, Path], months: list[str], work: Path) -> dict[str, Path]:
    work.mkdir(parents=True, exist_ok=True)
    files = {month: work / f"{month}.parquet" for month in months}
    untaxed = _untaxed_benefits(tables)
    with ExitStack() as stack:
        source = stack.enter_context(pq.ParquetFile(tables["betaling"]))
        writers = {month: stack.enter_context(pq.ParquetWriter(path, _KEPT, compression="lz4", use_dictionary=False))
                   for month, path in files.items()}
        for batch in source.iter_batches(_BATCH, columns=_READ):
            taxed = pc.or_(batch["ikv_id"].is_valid(), pc.invert(pc.is_in(batch["uitkering_id"], value_set=untaxed)))
            kept = _kept(batch)
            for month, writer in writers.items():
                rows = kept.filter(pc.and_(taxed, pc.equal(batch["periode"], month)))
                if rows.num_rows:
                    writer.write_table(rows)
    return files


def _kept(batch: pa.RecordBatch) -> pa.Table:
    """Whose it is (without a relation: the benefit), the amounts, and whether wage, tax or Zvw is not given."""
    whose = pc.coalesce(batch["ikv_id"], pc.binary_join_element_wise("uitkering ", batch["uitkering_id"], ""))
    unknown = batch[_COLUMNS[COMPUTED[0]]].is_null()
    for name in COMPUTED[1:]:
        unknown = pc.or_(unknown, batch[_COLUMNS[name]].is_null())
    return pa.table([whose, *(batch[column] for column in _COLUMNS.values()), unknown], schema=_KEPT)
