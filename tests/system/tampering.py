"""Hands that change a delivery between two steps: in the tables of a message, and in the file itself."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.steps.context import Context, Result
from exchanges.core.store.artefact import artefact_key

Record = dict[str, Any]
Hand = Callable[[list[Record]], None]
CHILDREN = {"client": "atl_relatie", "atl_relatie": "voorziening"}


def built(context: Context, result: Result) -> bytes:
    """What the builder wrote, which lies sealed already."""
    draft, gemeente = result.files["bericht"].draft, context.delivery.gemeente
    assert draft is not None and context.store.sealing is not None
    there = draft.path.read_bytes()
    return context.store.sealing.open_text(gemeente, there, artefact_key(gemeente, draft.sha256))


def rebuilt(context: Context, result: Result, data: bytes) -> None:
    """Other bytes in its place, said to be what was built."""
    made = result.files["bericht"]
    assert made.draft is not None
    _rebuilt(context, result, data, made.draft.sha256)


def built_wrong(context: Context, result: Result, data: bytes) -> None:
    """Other bytes in its place, by a builder that believes in them: hash and size are those of what it wrote."""
    sha256 = hashlib.sha256(data).hexdigest()
    _rebuilt(context, result, data, sha256)
    result.details |= {"sha256": sha256, "bytes": len(data)}


def _rebuilt(context: Context, result: Result, data: bytes, sha256: str) -> None:
    with context.store.draft(context.delivery.gemeente, context.work / "anders.xml") as draft:
        draft.write(data)
        draft.end(sha256)
    result.files["bericht"] = replace(result.files["bericht"], path=draft.path, draft=draft)


def unfold(tables: Mapping[str, pa.Table]) -> list[Record]:
    """The records with their rows inside them."""
    rows = {name: table.to_pylist() for name, table in tables.items()}
    for name, child in CHILDREN.items():
        for row in rows[name]:
            row[child] = []
        for row in rows[child]:
            rows[name][row["_parent"]][child].append(row)
    return rows["client"]


def fold(records: list[Record], schemas: Mapping[str, pa.Schema]) -> dict[str, pa.Table]:
    """The tables again, rows numbered anew: nothing shows that there was a hand in it."""
    rows: dict[str, list[Record]] = {name: [] for name in schemas}
    for root, record in enumerate(records):
        rows["client"].append(record)
        for relation in record["atl_relatie"]:
            up = len(rows["atl_relatie"])
            rows["atl_relatie"].append({**relation, "_parent": root, "_root": root})
            rows["voorziening"] += [{**row, "_parent": up, "_root": root} for row in relation["voorziening"]]
    return {name: pa.Table.from_pylist(rows[name], schema) for name, schema in schemas.items()}


def tamper_files(paths: Mapping[str, Path], hand: Hand) -> None:
    """Parquet files of a message, changed in place; a hand that changes nothing is no test."""
    tables = {name: pq.read_table(path) for name, path in paths.items()}
    records = unfold(tables)
    before = copy.deepcopy(records)
    hand(records)
    assert (records == before) == (hand is nothing)
    for name, table in fold(records, {name: table.schema for name, table in tables.items()}).items():
        paths[name].unlink()  # what stands in the store is read-only, and may be linked elsewhere
        pq.write_table(table, paths[name])


def nothing(records: list[Record]) -> None:
    """Takes it apart and puts it together."""


def drop(records: list[Record]) -> None:
    del records[1]


def double(records: list[Record]) -> None:
    records.insert(1, copy.deepcopy(records[1]))


def drop_child(records: list[Record]) -> None:
    del records[0]["atl_relatie"][0]["voorziening"][0]


def double_child(records: list[Record]) -> None:
    rows = records[0]["atl_relatie"][0]["voorziening"]
    rows.insert(0, copy.deepcopy(rows[0]))


def move_child(records: list[Record]) -> None:
    """To another person: every count and every sum stays what it was."""
    records[1]["atl_relatie"][0]["voorziening"].append(records[0]["atl_relatie"][0]["voorziening"].pop())


def swap_values(records: list[Record]) -> None:
    """Two persons get each other's loonwaarde: the sum stays what it was."""
    one, other = (records[place]["atl_relatie"][0]["voorziening"][0] for place in (0, 1))
    one["loonwaarde"], other["loonwaarde"] = other["loonwaarde"], one["loonwaarde"]


def change(table: str, column: str) -> Hand:
    """Another value of the same kind in the first row of ``table``."""

    def hand(records: list[Record]) -> None:
        relation = records[0]["atl_relatie"][0]
        row = {"client": records[0], "atl_relatie": relation, "voorziening": relation["voorziening"][0]}[table]
        old = row[column]
        row[column] = not old if isinstance(old, bool) else old + 100 if isinstance(old, int) else other_text(old)

    return hand


def other_text(old: str) -> str:
    """Of the same form: another digit for a digit, another letter for a letter."""
    place = next(at for at, character in enumerate(old) if character.isalnum())
    before = {"0": "1", "a": "b", "A": "B"}
    return old[:place] + before.get(old[place], chr(ord(old[place]) - 1)) + old[place + 1 :]


HANDS: dict[str, Hand] = {
    "record weg": drop, "record dubbel": double, "naam anders": change("client", "achternaam"),
    "voorziening weg": drop_child, "voorziening dubbel": double_child, "voorziening bij een ander": move_child,
    "loonwaarde anders": change("voorziening", "loonwaarde"), "loonwaarden verwisseld": swap_values,
    "omschrijving anders": change("voorziening", "omschrijving"),
}  # fmt: skip

# The same in the file: a record is a line.
_RECORD = re.compile(rb"<gsd:GSDReintegratieInfoResponse>.*?</gsd:GSDReintegratieInfoResponse>\n", re.DOTALL)


def in_file(what: str, data: bytes) -> bytes:
    """The message file with one record dropped, doubled or changed, and the count in its head made to fit."""
    records = _RECORD.findall(data)
    if what == "record weg":
        data = data.replace(records[1], b"")
    elif what == "record dubbel":
        data = data.replace(records[1], records[1] * 2)
    else:
        data = data.replace(b"<OmsRv>Werk", b"<OmsRv>Zerk", 1)
    count = str(len(_RECORD.findall(data))).encode()
    return re.sub(rb"<AantalBerichten>\d+", b"<AantalBerichten>" + count, data)


IN_FILE = ("record weg", "record dubbel", "omschrijving anders")
