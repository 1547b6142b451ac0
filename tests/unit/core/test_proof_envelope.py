"""The proof of what lies around the records: its lists and its one row are those of the selection, row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core.mapping.table import load_mapping
from exchanges.core.proof import PARENT, ROWS, Comparison, compare, unlike_head
from exchanges.core.steps.check import readback_schemas

MAPPING = load_mapping("Loonaangifte", "2026v2.0")
SCHEMAS = readback_schemas(MAPPING)
HEAD = MAPPING.scalar or ""


def filled(schema: pa.Schema, rows: int) -> pa.Table:
    """``rows`` rows; of each number its own, of each text its own, the nth row under the nth above it."""
    values = {name: pa.array(range(rows)) for name in schema.names}
    return pa.table(
        [values[f.name].cast(pa.string()).cast(f.type) if pa.types.is_string(f.type)
         else values[f.name].cast(f.type) if pa.types.is_integer(f.type) else pa.nulls(rows, f.type) for f in schema],
        schema=schema,
    )  # fmt: skip


@pytest.fixture
def made() -> dict[str, pa.Table]:
    around = {*MAPPING.envelope_tables}
    return {name: filled(one, 2 if name in around else name == HEAD) for name, one in SCHEMAS.items()}


def proven(folder: Path, selected: dict[str, pa.Table], read: dict[str, pa.Table]) -> Comparison:
    sides = []
    for side, tables in (("gekozen", selected), ("gelezen", read)):
        (folder / side).mkdir()
        sides.append({name: folder / side / f"{name}.parquet" for name in tables})
        for name, table in tables.items():
            pq.write_table(table, sides[-1][name])
    return compare(MAPPING, sides[0], np.zeros(0, np.int64), sides[1])


def changed(table: pa.Table, column: str, value: int) -> pa.Table:
    """The same with ``value`` in the first row."""
    field = table.schema.field(column)
    new = pa.chunked_array([pa.array([value]).cast(field.type), table[column][1:].combine_chunks()])
    return table.set_column(table.schema.get_field_index(column), field, new)


def test_the_same_is_equal(tmp_path, made):
    assert proven(tmp_path, made, made) == Comparison()


@pytest.mark.parametrize("table", MAPPING.envelope_tables)
def test_a_row_less_or_more_is_seen(tmp_path, made, table):
    (tmp_path / "min").mkdir()
    less = {**made, table: made[table][:1]}
    assert proven(tmp_path / "min", made, less).fields[table, ROWS] == 1
    assert proven(tmp_path, less, made).fields[table, ROWS] == 1


def test_of_what_was_not_selected_nothing_may_be_there(tmp_path, made):
    without = {name: table for name, table in made.items() if name != "saldo"}
    assert proven(tmp_path, without, made).fields["saldo", ROWS] == 2


@pytest.mark.parametrize("table", [name for name in MAPPING.envelope_tables if MAPPING.tables[name].parent])
def test_a_row_under_another_is_seen(tmp_path, made, table):
    moved = {**made, table: changed(made[table], "_parent", 1)}
    assert proven(tmp_path, made, moved).fields == {(table, PARENT): 1}


def test_a_head_that_is_there_twice_or_not_at_all_is_seen(tmp_path, made):
    for rows in (0, 2):
        folder = tmp_path / str(rows)
        folder.mkdir()
        read = {**made, HEAD: filled(SCHEMAS[HEAD], rows)}
        assert proven(folder, made, read).fields == {(HEAD, ROWS): 1}
        name = SCHEMAS[HEAD].names[0]
        assert unlike_head(MAPPING, {name: None}, folder / "gelezen" / f"{HEAD}.parquet") == [name]
