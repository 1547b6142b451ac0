"""Lists as JSON, as ``signaallijst.schema.json`` beside this file describes: amounts in whole eurocents, percentages in
whole hundredths, partial dates as the integer jjjjmmdd, a value that is not there as null."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.lists.cover import Cover, CoverPage
from exchanges.core.lists.declare import Column, SignalList
from exchanges.core.lists.values import Rows
from exchanges.core.mapping.columns import characters


def list_json(signals: SignalList, cover: Cover, page: CoverPage, sheets: Sequence[Rows]) -> Iterator[bytes]:
    """The file, in pieces; one row of a sheet per line."""
    head = {
        "indeling": signals.urn, "titel": page.title, "uitwisseling": cover.exchange, "gemeente": cover.gemeente,
        "maand": str(cover.period), "volgnummer": cover.number,
        "voorblad": [{"onderdeel": label, "tekst": text} for label, text in page.lines],
        "totaal": page.total,
    }
    yield (_said(head)[:-1] + ',"bladen":[').encode()
    for index, rows in enumerate(sheets):
        columns = rows.headed().columns
        sheet = {
            "id": rows.sheet.id, "titel": rows.sheet.title, "aantal": rows.count,
            "kolommen": [
                {"naam": c.name, "kop": c.heading, "soort": c.kind, "zekerheid": c.certainty} for c in columns
            ],
        }
        yield ((",\n" if index else "\n") + _said(sheet)[:-1] + ',"rijen":[').encode()
        before = "\n"
        for batch in rows.batches():
            if batch.num_rows:
                yield before.encode()
                yield from _lines(columns, batch)
                before = ",\n"
        yield b"]}"
    yield b"]}\n"


def _lines(columns: Sequence[Column], batch: pa.RecordBatch) -> Iterator[bytes]:
    parts: list[Any] = []
    for i, column in enumerate(columns):
        parts += [("," if i else "{") + _said(column.name) + ":", pc.fill_null(_value(column, batch.column(i)), "null")]
    lines = pc.binary_join_element_wise(*parts, "}", "")
    # Commas stand between rows: before every row but the first.
    rest = pc.binary_join_element_wise(",\n", lines.slice(1), "")
    for array in (lines.slice(0, 1), rest):
        yield from (part.tobytes() for part in characters(array))


def _value(column: Column, values: Any) -> Any:
    if column.kind in ("tekst", "code", "bsn"):
        # The other control characters are gone already.
        for character, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
            values = pc.replace_substring(values, character, written)
        return pc.binary_join_element_wise('"', values, '"', "")
    if column.kind == "datum":
        return pc.binary_join_element_wise('"', pc.cast(values, pa.string()), '"', "")
    if column.kind == "janee":
        return pc.if_else(values, "true", "false")
    return pc.cast(values, pa.string())


def _said(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
