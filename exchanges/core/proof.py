"""Proof by record: what was read back from the file against what the selection says it should hold.

The records that were rejected are left out here by code of its own, table by table: what builds the file (slices of
records, parents with their children) has no part in it, so a fault there cannot hide itself. Both sides stand in the
same order; after equal keys and equal numbers of rows per record, column after column must be equal.

Of the envelope nothing is rejected: its lists and its one row are compared whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.mapping.formats import Format
from exchanges.core.mapping.plan import scalar_leaves
from exchanges.core.mapping.table import MessageMapping, Node
from exchanges.core.tables import Cursor, parents_first

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
BATCH = 65536
# Names of differences that are not those of a column.
ROWS, PARENT = "aantal rijen", "plaats in het bericht"


@dataclass
class Comparison:
    """``missing``: in the selection, not in the file; ``extra`` the other way; ``changed``: records with another
    value, place or number of rows; ``fields``: per table and field in how many rows (``ROWS``: records, in the envelope
    rows) it differs. Where keys are missing or extra nothing else is compared than the envelope."""

    records: int = 0
    missing: int = 0
    extra: int = 0
    changed: int = 0
    fields: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def equal(self) -> bool:
        return self.missing == self.extra == self.changed == 0 and not self.fields


def columns_of(mapping: MessageMapping) -> dict[str, list[str]]:
    """The columns per table that the message carries, in order, each once: the records' tables, then the lists of the
    envelope."""
    found: dict[str, dict[str, None]] = {name: {} for name in (*mapping.record_tables, *mapping.envelope_tables)}
    for table, node in _nodes(mapping):
        if node.column and node.kind != "lijst":
            found[table][node.column] = None
    return {name: list(columns) for name, columns in found.items()}


def text_formats(mapping: MessageMapping) -> dict[tuple[str, str], Format]:
    """Per table and text column its format: what the file holds is the text as the format writes it."""
    return {
        (table, node.column): node.format
        for table, node in _nodes(mapping)
        if node.format is not None and node.format.name == "tekst"
    }


def _nodes(mapping: MessageMapping) -> Iterator[tuple[str, Node]]:
    """Every element below a list, with its table."""

    def walk(node: Node, table: str) -> Iterator[tuple[str, Node]]:
        for child in node.children:
            inner = child.column if child.kind == "lijst" else table
            if table:
                yield table, child
            yield from walk(child, inner)

    root = mapping.root
    yield from walk(root, root.column if root.kind == "lijst" else "")


def compare(
    mapping: MessageMapping, selection: Mapping[str, Path], rejected: Ints, readback: Mapping[str, Path]
) -> Comparison:
    """``selection`` and ``readback`` are Parquet files per table, ``rejected`` the row numbers, sorted, of the records
    of the selection that are not in the file."""
    record, key = mapping.record, mapping.tables[mapping.record].key[0]
    parents = {name: mapping.tables[name].parent for name in selection if name in mapping.record_tables}
    want = Cursor(selection[record]).column(key)
    if len(rejected):
        want = want.take(pa.array(np.delete(np.arange(len(want)), rejected)))
    have = Cursor(readback[record]).column(key)
    out = Comparison(records=len(want))
    columns, formats = columns_of(mapping), text_formats(mapping)
    for name in mapping.envelope_tables:
        _compare_list(out, name, columns[name], formats, selection.get(name), readback[name])
    if mapping.scalar is not None and mapping.scalar in selection:
        _compare_scalar(out, mapping, selection[mapping.scalar], readback[mapping.scalar])
    if not want.equals(have):
        _by_key(out, want, have)
        return out
    # Per table the rows of the selection that are not in the file; per record whether it differs.
    left_out: dict[str, Ints] = {record: rejected}
    changed = np.zeros(out.records, bool)
    uneven: set[str] = set()
    for name in parents_first(parents):
        parent = None if name == record else parents[name]
        if parent is not None:
            left_out[name] = _below(selection[name], rejected)
            if _count_rows(out, name, changed, selection[name], readback[name], rejected):
                uneven.add(name)
        moved = None if parent is None or parent in uneven else left_out[parent]
        _compare_table(out, name, columns[name], formats, selection[name], readback[name], rejected, moved, changed)
    out.changed = int(changed.sum())
    return out


def _compare_list(
    out: Comparison,
    name: str,
    columns: list[str],
    formats: Mapping[tuple[str, str], Format],
    selection: Path | None,
    readback: Path,
) -> None:
    """A table of the envelope, that of which nothing was selected too: then nothing may be in the file."""
    have = pq.read_table(readback)
    want = pq.read_table(selection) if selection else have.slice(0, 0)
    if want.num_rows != have.num_rows:
        out.fields[name, ROWS] = abs(want.num_rows - have.num_rows)
        return
    for column, mask in _unequal(want, have, name, columns, formats):
        out.fields[name, column] = int(mask.sum())
    if "_parent" in have.column_names:
        moved = want["_parent"].to_numpy() != have["_parent"].to_numpy()
        if moved.any():
            out.fields[name, PARENT] = int(moved.sum())


def _compare_scalar(out: Comparison, mapping: MessageMapping, selection: Path, readback: Path) -> None:
    """The columns of the envelope's row that were selected."""
    assert mapping.scalar is not None
    want, have = pq.read_table(selection), pq.read_table(readback)
    formats = {leaf.node.column: leaf.node.format for leaf in scalar_leaves(mapping)}
    texts = {(mapping.scalar, name): form for name, form in formats.items() if form and form.name == "tekst"}
    if want.num_rows != have.num_rows:
        out.fields[mapping.scalar, ROWS] = abs(want.num_rows - have.num_rows)
        return
    columns = [name for name in formats if name in want.column_names]
    for column, _ in _unequal(want, have, mapping.scalar, columns, texts):
        out.fields[mapping.scalar, column] = 1


def unlike_head(mapping: MessageMapping, expected: Mapping[str, Any], readback: Path) -> list[str]:
    """The columns of the envelope's row, of those in ``expected``, that are not what is expected. ``readback`` is that
    row as it was read from the file."""
    assert mapping.scalar is not None
    have = pq.read_table(readback)
    formats = {leaf.node.column: leaf.node.format for leaf in scalar_leaves(mapping) if leaf.node.column in expected}
    texts = {(mapping.scalar, name): form for name, form in formats.items() if form and form.name == "tekst"}
    if have.num_rows != 1:
        return list(formats)
    want = pa.Table.from_pylist(
        [{name: expected[name] for name in formats}], pa.schema([have.schema.field(name) for name in formats])
    )
    return [name for name, _ in _unequal(want, have, mapping.scalar, list(formats), texts)]


def _below(path: Path, rejected: Ints) -> Ints:
    """Row numbers of a child table that belong to rejected records."""
    if not len(rejected):
        return rejected
    return np.flatnonzero(_among(Cursor(path).column("_root").to_numpy(), rejected))


def _among(values: Ints, ordered: Ints) -> Mask:
    place = np.searchsorted(ordered, values)
    hit: Mask = ordered[np.minimum(place, len(ordered) - 1)] == values if len(ordered) else np.zeros(len(values), bool)
    return hit


def _count_rows(out: Comparison, name: str, changed: Mask, selection: Path, readback: Path, rejected: Ints) -> bool:
    """Mark the records that have more or fewer rows in the file than in the selection."""
    roots = Cursor(selection).column("_root").to_numpy()
    if len(rejected):
        roots = roots[~_among(roots, rejected)]
    want = np.bincount(roots - np.searchsorted(rejected, roots), minlength=len(changed))
    have = np.bincount(Cursor(readback).column("_root").to_numpy(), minlength=len(changed))
    differs = want != have
    if differs.any():
        out.fields[name, ROWS] = int(differs.sum())
        changed |= differs
    return bool(differs.any())


def _compare_table(
    out: Comparison,
    name: str,
    columns: list[str],
    formats: Mapping[tuple[str, str], Format],
    selection: Path,
    readback: Path,
    rejected: Ints,
    moved: Ints | None,
    changed: Mask,
) -> None:
    """Row by row, without the records that have other numbers of rows. ``moved`` are the rows of the parent's table
    that are not in the file; None: parents are not compared."""
    skip = changed.copy() if (name, ROWS) in out.fields else np.zeros(0, bool)
    ours, theirs = _rows(selection, rejected, skip), _rows(readback, None, skip)
    for want, have in _abreast(ours, theirs):
        for column, mask in _differing(want, have, name, columns, formats, rejected, moved):
            out.fields[name, column] = out.fields.get((name, column), 0) + int(mask.sum())
            roots = have["_root"].to_numpy() if "_root" in have.column_names else have["_row"].to_numpy()
            changed[roots[mask]] = True


def _rows(path: Path, rejected: Ints | None, skip: Mask) -> Iterator[pa.Table]:
    """The rows of a table with their number ``_row``; without those of the records ``rejected`` or, by their place
    in the file, ``skip``."""
    cursor = Cursor(path, BATCH)
    while True:
        first, part = cursor.take(BATCH)
        if not part.num_rows:
            return
        rows = np.arange(first, first + part.num_rows)
        part = part.append_column("_row", pa.array(rows))
        keep = np.ones(len(rows), bool)
        roots = part["_root"].to_numpy() if "_root" in part.column_names else rows
        if rejected is not None and len(rejected):
            keep = ~_among(roots, rejected)
            roots = roots - np.searchsorted(rejected, roots)
        if len(skip):
            keep[keep] = ~skip[roots[keep]]
        yield part if keep.all() else part.filter(pa.array(keep))


def _abreast(left: Iterator[pa.Table], right: Iterator[pa.Table]) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Equally long parts of both; they have as many rows in all."""
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        rows = min(one.num_rows, other.num_rows)
        if rows:
            yield one.slice(0, rows), other.slice(0, rows)
        one = one.slice(rows) if one.num_rows > rows else next(left, None)
        other = other.slice(rows) if other.num_rows > rows else next(right, None)


def _differing(
    want: pa.Table,
    have: pa.Table,
    table: str,
    columns: list[str],
    formats: Mapping[tuple[str, str], Format],
    rejected: Ints,
    moved: Ints | None,
) -> Iterator[tuple[str, Mask]]:
    yield from _unequal(want, have, table, columns, formats)
    if moved is not None:
        up, root = want["_parent"].to_numpy(), want["_root"].to_numpy()
        mask = (have["_parent"].to_numpy() != up - np.searchsorted(moved, up)) | (
            have["_root"].to_numpy() != root - np.searchsorted(rejected, root)
        )
        if mask.any():
            yield PARENT, mask


def _unequal(
    want: pa.Table, have: pa.Table, table: str, columns: list[str], formats: Mapping[tuple[str, str], Format]
) -> Iterator[tuple[str, Mask]]:
    """The columns that differ, and in which rows."""
    for name in columns:
        left, right = want[name], have[name]
        format_ = formats.get((table, name))
        if format_ is not None:
            left = format_.normalise(left)
        if left.type != right.type:
            left = left.cast(right.type)
        if not left.equals(right):
            mask = ~_same(left, right)
            if mask.any():
                yield name, mask


def _same(left: Any, right: Any) -> Mask:
    equal = pc.fill_null(pc.equal(left, right), False)
    same: Mask = pc.or_(equal, pc.and_(pc.is_null(left), pc.is_null(right))).to_numpy()
    return same


def _by_key(out: Comparison, want: pa.ChunkedArray, have: pa.ChunkedArray) -> None:
    """Counts by key: each key as often as it stands there, so that a doubled record shows."""
    left, right = (_counts(side) for side in (want, have))
    out.missing = sum(max(0, count - right.get(key, 0)) for key, count in left.items())
    out.extra = sum(max(0, count - left.get(key, 0)) for key, count in right.items())
    if not (out.missing or out.extra):  # the same keys in another order
        out.changed = int((~_same(want, have)).sum())


def _counts(keys: pa.ChunkedArray) -> dict[Any, int]:
    values, counts = pc.value_counts(keys).flatten()
    return dict(zip(values.to_pylist(), counts.to_pylist(), strict=True))
