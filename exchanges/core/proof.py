"""Proof by record: what was read back from the file against what it should hold.

Both sides are sorted alike, so slice after slice must be equal; only where one is not does a full comparison by
key tell what is missing, extra or changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.mapping.table import MessageMapping
from exchanges.core.tables import Cursor


@dataclass
class Comparison:
    """``missing``: in the selection, not in the file; ``extra`` the other way; ``changed``: records with another
    value; ``fields``: per table and field how many values differ."""

    records: int = 0
    missing: int = 0
    extra: int = 0
    changed: int = 0
    fields: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return self.missing == self.extra == self.changed == 0 and not any(self.fields.values())


def columns_of(mapping: MessageMapping) -> dict[str, list[str]]:
    """The columns per table that the message carries, in order, each once."""
    found: dict[str, dict[str, None]] = {name: {} for name in mapping.tables}

    def walk(node, table: str) -> None:  # type: ignore[no-untyped-def]
        for child in node.children:
            if child.kind == "lijst":
                walk(child, child.column)
            else:
                if child.column:
                    found[table][child.column] = None
                walk(child, table)

    record = mapping.list_node(mapping.record)
    walk(record, record.column)
    return {name: list(columns) for name, columns in found.items() if name != mapping.scalar}


def normaliser(mapping: MessageMapping) -> dict[tuple[str, str], object]:
    """Per table and text column its format: what the file holds is the text as the format writes it."""
    found: dict[tuple[str, str], object] = {}

    def walk(node, table: str) -> None:  # type: ignore[no-untyped-def]
        for child in node.children:
            walk(child, child.column if child.kind == "lijst" else table)
            if child.format is not None and child.format.name == "tekst":
                found[table, child.column] = child.format

    record = mapping.list_node(mapping.record)
    walk(record, record.column)
    return found


def compare(mapping: MessageMapping, expected: Iterable[Mapping[str, pa.Table]], paths: Mapping[str, Path]) -> Comparison:
    """``expected`` are slices of records (rows numbered within the slice), ``paths`` the read-back as Parquet."""
    columns, formats = columns_of(mapping), normaliser(mapping)
    cursors = {name: Cursor(path) for name, path in paths.items()}
    out = Comparison()
    key = mapping.tables[mapping.record].key[0]
    unequal = False
    keys_expected: list[pa.Array] = []
    for part in expected:
        keys_expected.append(part[mapping.record][key].combine_chunks())
        out.records += part[mapping.record].num_rows
        if unequal:
            continue
        start: dict[str, int] = {}
        for name, want in part.items():
            start[name], have = cursors[name].take(want.num_rows)
            wrong = _differing(want, have, columns[name], formats, name)
            parent = mapping.tables[name].parent
            if parent is not None and name != mapping.record and have.num_rows == want.num_rows:
                up = have["_parent"].to_numpy() - start[parent]
                wrong["_parent"] = up != want["_parent"].to_numpy()
            for column, mask in wrong.items():
                if mask.any():
                    unequal = True
                    out.fields[name, column] = out.fields.get((name, column), 0) + int(mask.sum())
            if have.num_rows != want.num_rows:
                unequal = True
    for name, cursor in cursors.items():
        if cursor.take(1)[1].num_rows:
            unequal = True
            out.fields.setdefault((name, "_rijen"), 1)
    if unequal:
        _by_key(out, pa.chunked_array(keys_expected, pa.string()), Cursor(paths[mapping.record]).column(key))
    return out


def _differing(want: pa.Table, have: pa.Table, columns: list[str], formats: Mapping[tuple[str, str], object], table: str
               ) -> dict[str, np.ndarray]:
    if want.num_rows != have.num_rows:
        return {"_rijen": np.ones(1, bool)}
    wrong: dict[str, np.ndarray] = {}
    for name in columns:
        left, right = want[name], have[name]
        format_ = formats.get((table, name))
        if format_ is not None:
            left = format_.normalise(left)  # type: ignore[attr-defined]
        if left.type != right.type:
            left = left.cast(right.type)
        if not left.equals(right):
            same = pc.fill_null(pc.equal(left, right), False)
            both = pc.and_(pc.is_null(left), pc.is_null(right))
            wrong[name] = ~pc.or_(same, both).to_numpy()
    return wrong


def _by_key(out: Comparison, want: pa.ChunkedArray, have: pa.ChunkedArray) -> None:
    """Counts by key: each key as often as it stands there, so that a doubled record shows."""
    left, right = (dict(zip(*map(_list, pc.value_counts(side).flatten()), strict=True)) for side in (want, have))
    out.missing = sum(max(0, count - right.get(key, 0)) for key, count in left.items())
    out.extra = sum(max(0, count - left.get(key, 0)) for key, count in right.items())
    out.changed = 0 if out.missing or out.extra else max(1, max(out.fields.values(), default=1))


def _list(array: pa.Array) -> list[object]:
    return array.to_pylist()
