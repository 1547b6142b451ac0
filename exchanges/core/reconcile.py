"""Control totals on both sides, and the selection against the source, by paths of their own.

The selection is made by SQL on the snapshot. What is proven here uses other code: Arrow over the read-back of the
file, SQL that shares nothing with the selection, and Arrow lookups straight in the source files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from exchanges.core.dated import Code
from exchanges.core.declare import Selection, Total
from exchanges.core.errors import CatalogueError
from exchanges.core.select import listed_tables
from exchanges.core.sql import Parameter, execute, fill, parquet

if TYPE_CHECKING:
    import duckdb


Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TotalResult:
    """A control total: whole numbers in its unit."""

    total: Total
    source: int
    file: int

    @property
    def equal(self) -> bool:
        return self.source == self.file


def totals(
    con: duckdb.DuckDBPyConnection,
    declared: Sequence[Total],
    parameters: Mapping[str, Parameter],
    chosen: Path,
    readback: Mapping[str, Path],
    record: str,
    key: str,
) -> list[TotalResult]:
    """``con`` has ``bron.*``. ``chosen`` is the record table as selected: it says which of the persons with a key was
    meant, for a source may hold one twice. Totals over the same source rows are computed in one scan."""
    con.execute(f"CREATE TABLE verzonden.sleutel AS SELECT {key} AS sleutel FROM {parquet(readback[record])}")
    # Of the keys of a million records the engine would hold fifty MB that it needs for what is asked.
    if any("verzonden.record" in text for total in declared for text in (total.rows, total.source)):
        con.execute(
            f"CREATE TABLE verzonden.record AS SELECT s._id AS id FROM {parquet(chosen)} s"
            f" SEMI JOIN verzonden.sleutel k ON k.sleutel = s.{key}"
        )
    source: dict[str, int] = {}
    for rows in dict.fromkeys(total.rows for total in declared):
        own = [total for total in declared if total.rows == rows]
        found = execute(
            con, fill(f"SELECT {', '.join(total.source for total in own)} FROM {rows}", parameters)
        ).fetchone()
        assert found is not None
        source |= {total.id: int(value or 0) for total, value in zip(own, found, strict=True)}
    file = file_totals(declared, readback)
    return [TotalResult(total, source[total.id], file[total.id]) for total in declared]


def of_each_code(
    declared: Sequence[Total], codes: Sequence[Code], parameters: Mapping[str, Parameter]
) -> list[Total]:
    """Those that are asked: one that is ``per`` a code list becomes one for each of its ``codes``, in their order.

    Raises CatalogueError for a list without codes: nothing would be proven, and nobody told.
    """
    found = []
    for total in declared:
        if total.per is None:
            found.append(total)
            continue
        column, name = total.per
        own = [
            replace(total, id=f"{total.id}_{one.code}", title=f"{total.title} {one.code}, {one.title}", per=None,
                    source=fill(total.source, {**parameters, "code": one.code}), where=(column, (one.code,)))
            for one in codes if one.tag == name
        ]  # fmt: skip
        if not own:
            raise CatalogueError(f"Codelijst {name} heeft in deze periode geen codes; vul mappings/codelijsten aan.")
        found += own
    return found


def file_totals(declared: Sequence[Total], readback: Mapping[str, Path]) -> dict[str, int]:
    """The totals over the read-back by their id, by Arrow. Columns that several totals are of are read once."""
    asked: dict[tuple[str, ...], list[Total]] = {}
    for total in declared:
        columns = (total.column, *total.minus, total.where and total.where[0])
        asked.setdefault((total.table, *(name for name in columns if name)), []).append(total)
    found: dict[str, int] = {}
    for (table, *names), own in asked.items():
        file = pq.ParquetFile(readback[table])
        # How many there are of all, the footer says.
        found |= dict.fromkeys((total.id for total in own), 0 if names else file.metadata.num_rows)
        for batch in file.iter_batches(columns=names, use_threads=False) if names else ():
            part = _Part(pa.Table.from_batches([batch]))
            for total in own:
                found[total.id] += part.total(total)
    return found


class _Part:
    """Some rows of a table of the read-back."""

    def __init__(self, rows: pa.Table) -> None:
        self._rows = rows
        self._counts: dict[str, dict[str, int]] = {}

    def total(self, total: Total) -> int:
        if total.column is None and total.where is not None:
            column, wanted = total.where
            return sum(self._counted(column).get(value, 0) for value in wanted)
        rows = self._rows
        if total.where is not None:
            column, wanted = total.where
            rows = rows.filter(pc.is_in(pc.cast(rows[column], pa.string()), value_set=pa.array(wanted, pa.string())))
        assert total.column is not None
        if total.filled:
            return int(rows.num_rows - rows[total.column].null_count)
        return _sum(rows, total.column) - sum(_sum(rows, name) for name in total.minus)

    def _counted(self, column: str) -> dict[str, int]:
        """How many rows have each value, as text."""
        if column not in self._counts:
            values, counts = pc.value_counts(pc.cast(self._rows[column], pa.string())).flatten()
            self._counts[column] = dict(zip(values.to_pylist(), counts.to_pylist(), strict=True))
        return self._counts[column]


def _sum(table: pa.Table, column: str) -> int:
    return int(pc.sum(table[column]).as_py() or 0)


def unlike_source(selection: Selection, tables: Mapping[str, Path], sources: Mapping[str, Path]) -> dict[str, int]:
    """Columns of the selection that should equal the source and do not: ``table.column`` and how many rows.

    ``table._id`` counts selected rows that the source does not have, or that come twice; ``table._parent`` those that
    hang under another row than the one their source row refers to (by a column named as the parent's technical key).
    """
    idents = dict(selection.idents)
    origins = {table.name: table.origin for table in selection.tables}
    wrong: dict[str, int] = {}
    for table in listed_tables(selection):
        chosen, source = pq.ParquetFile(tables[table.name]), pq.ParquetFile(sources[table.origin])
        place = _place(wrong, table.name, chosen, _column(source, idents[table.origin]))
        # One column at a time: the source may be much wider than memory.
        for column in table.unchanged:
            _note(wrong, f"{table.name}.{column}", _column(source, column), place, chosen, column)
        if table.parent is not None:
            above, reference = pq.ParquetFile(tables[table.parent]), idents.get(origins[table.parent], "")
            if reference in source.schema_arrow.names:
                wanted, there = _column(source, reference), _column(above, "_id")
                for first, up in _groups(chosen, "_parent"):
                    want = wanted.take(place.slice(first, len(up)))
                    _count(wrong, f"{table.name}._parent", want, there.take(up))
                del wanted, there
            # The record a row belongs to is that of its parent; the rows of the record table are the records.
            up = _column(chosen, "_parent")
            root = _column(above, "_root").take(up) if "_root" in above.schema_arrow.names else up
            _count(wrong, f"{table.name}._root", root, _column(chosen, "_root"))
    return wrong


def unlike_elsewhere(
    con: duckdb.DuckDBPyConnection,
    selection: Selection,
    parameters: Mapping[str, Parameter],
    tables: Mapping[str, Path],
) -> dict[str, int]:
    """Columns of the selection that come from other rows than their own, and are not what those say: ``table.column``
    and how many rows. ``con`` has ``bron.*``."""
    wrong: dict[str, int] = {}
    for table in selection.tables:
        for column, sql in table.elsewhere:
            found = execute(
                con,
                fill(
                    f"SELECT count(*) FROM {parquet(tables[table.name])} s LEFT JOIN ({sql}) w ON w.id = s._id"
                    f" WHERE s.{column} IS DISTINCT FROM w.waarde",
                    parameters,
                ),
            ).fetchone()
            assert found is not None
            if found[0]:
                wrong[f"{table.name}.{column}"] = int(found[0])
    return wrong


def _place(wrong: dict[str, int], table: str, chosen: pq.ParquetFile, source_ids: pa.Array) -> pa.Array:
    """The source row of every selected row. The number that the selection gives is believed when the technical key
    that stands there is that of the row; otherwise the keys are looked up, which takes much more memory."""
    if "_bronrij" in chosen.schema_arrow.names:
        place = _column(chosen, "_bronrij")
        if (
            not place.null_count
            and _each_once(place.to_numpy(), len(source_ids))
            and all(source_ids.take(place.slice(at, len(own))).equals(own) for at, own in _groups(chosen, "_id"))
        ):
            return place
    ids = _column(chosen, "_id")
    place = pc.index_in(ids, value_set=source_ids)
    twice = len(ids) - len(ids.unique())
    if place.null_count or twice:
        wrong[f"{table}._id"] = place.null_count + twice
    return place


def _each_once(rows: Ints, most: int) -> bool:
    """Whether they are numbers of rows of a table of ``most``, and none comes twice."""
    if len(rows) and (rows.min() < 0 or rows.max() >= most):
        return False
    seen = np.zeros(most, bool)
    seen[rows] = True
    return bool(np.count_nonzero(seen) == len(rows))


def _note(
    wrong: dict[str, int], name: str, source: pa.Array, place: pa.Array, chosen: pq.ParquetFile, column: str
) -> None:
    """Compare a selected column with the source column."""
    for first, have in _groups(chosen, column):
        _count(wrong, name, source.take(place.slice(first, len(have))), have)


def _groups(file: pq.ParquetFile, column: str) -> Iterator[tuple[int, pa.Array]]:
    """The column a row group at a time, each with the number of its first row: two tables of texts side by side would
    be most of the memory of a delivery."""
    first = 0
    for group in range(file.num_row_groups):
        part = file.read_row_group(group, columns=[column], use_threads=False)[column].combine_chunks()
        yield first, part
        first += len(part)


def _count(wrong: dict[str, int], name: str, want: pa.Array, have: pa.Array) -> None:
    if not want.equals(have):
        same = pc.or_(pc.fill_null(pc.equal(want, have), False), pc.and_(pc.is_null(want), pc.is_null(have)))
        wrong[name] = wrong.get(name, 0) + int(np.count_nonzero(~same.to_numpy(zero_copy_only=False)))


def _column(file: pq.ParquetFile, name: str) -> pa.Array:
    return file.read(columns=[name], use_threads=False)[name].combine_chunks()
