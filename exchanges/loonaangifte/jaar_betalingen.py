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

from exchanges.loonaangifte.jaar_lijnen import COMPUTED, LINES, SIDE

_COLUMNS = {
    "loon": "loon_cent", "loonheffing": "loonheffing_cent", "bijdrage_zvw": "zvw_ingehouden_cent",
    "werkgeversheffing_zvw": "zvw_werkgever_cent", "netto": "netto_cent", "alimentatie": "alimentatie_in_cent",
    "alimentatie_rechtstreeks": "alimentatie_rechtstreeks_cent",
}  # fmt: skip
_READ = ["ikv_id", "uitkering_id", "periode", *_COLUMNS.values()]
_UNTAXED = "BB"
_BATCH = 65_536


class Payments:
    """The payments of one year, a file per month in ``work``; one pass over the source, however large it is."""

    def __init__(self, tables: Mapping[str, Path], year: int, work: Path) -> None:
        self._relations = _relations(tables)
        self.files = _by_month(tables, [f"{year}-{month:02}" for month in range(1, 13)], work)

    def of_month(self, month: str) -> pa.Table:
        """SIDE, one row per relation that was paid."""
        read = pq.read_table(self.files[month])
        whose = pc.coalesce(read["ikv_id"], pc.binary_join_element_wise("uitkering ", read["uitkering_id"], ""))
        table = read.select(list(_COLUMNS.values())).append_column("ikv", whose)
        grouped = table.group_by("ikv").aggregate(
            [(column, "sum") for column in _COLUMNS.values()]
            + [(_COLUMNS[name], "count", pc.CountOptions(mode="only_null")) for name in COMPUTED]
        )
        unknown = grouped[f"{_COLUMNS[COMPUTED[0]]}_count"]
        for name in COMPUTED[1:]:
            unknown = pc.add(unknown, grouped[f"{_COLUMNS[name]}_count"])
        given = pc.equal(unknown, 0)
        sums = {name: pc.fill_null(grouped[f"{column}_sum"], 0) for name, column in _COLUMNS.items()}
        sums |= {name: pc.if_else(given, sums[name], 0) for name in COMPUTED}
        place = pc.index_in(grouped["ikv"], value_set=self._relations["ikv_id"].combine_chunks())
        key = pc.coalesce(self._relations["sleutel"].take(place), grouped["ikv"])
        return pa.table([key, *(sums[name] for name in LINES)], schema=SIDE)


def _relations(tables: Mapping[str, Path]) -> pa.Table:
    """``ikv_id`` and ``sleutel``: the number of the person and that of the relation."""
    relation = pq.read_table(tables["inkomstenverhouding"], columns=["ikv_id", "persoon_id", "nummer",
                                                                     "personeelsnummer"])
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
        schema = pa.schema([source.schema_arrow.field(name) for name in _READ if name != "periode"]).remove_metadata()
        writers = {month: stack.enter_context(pq.ParquetWriter(path, schema, compression="lz4"))
                   for month, path in files.items()}
        for batch in source.iter_batches(_BATCH, columns=_READ):
            table = pa.table(batch)
            taxed = pc.or_(pc.is_valid(table["ikv_id"]), pc.invert(pc.is_in(table["uitkering_id"], value_set=untaxed)))
            for month, writer in writers.items():
                rows = table.filter(pc.and_(taxed, pc.equal(table["periode"], month)))
                if rows.num_rows:
                    writer.write_table(rows.drop_columns("periode").cast(schema))
    return files
