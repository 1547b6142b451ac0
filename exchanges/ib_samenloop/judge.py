"""Rows of text to signals, batch by batch: what can be read goes to its tables, the rest is set apart with its line.

Tables, in Parquet (columns as :func:`schemas` gives them): ``signaal`` has the common record of every signal but those
of criminal justice, which are in ``signaal_strafrecht`` (SEC-21); each kind has a table of its own with its content,
joined on ``rij``; ``geweigerd`` has the rows set apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchanges.core.bsn import pseudonyms
from exchanges.core.receive.listed import Listed
from exchanges.core.xml.readback import ParquetSink
from exchanges.ib_samenloop.head import Head
from exchanges.ib_samenloop.kinds import PER_FILE, Kind, common, kinds
from exchanges.ib_samenloop.layout import Layout, Place
from exchanges.ib_samenloop.trouble import BSN, CONTENT, KIND, ORDER, ORIGIN, REQUIRED, UNREADABLE, UNVERIFIED, said
from exchanges.ib_samenloop.values import Mask, arrow_type, filled, plain, read
from exchanges.ib_samenloop.vermogen import bank_fields

OPEN, RESTRICTED, REFUSED = "signaal", "signaal_strafrecht", "geweigerd"
_BSN_SHAPE = "^[0-9]{8,9}$"


def schemas() -> dict[str, pa.Schema]:
    """Of every table. ``rij`` numbers the signals of the file from 1 and is unique; ``regel`` is the line
    in the file (an XML may have more on one)."""
    row, line = pa.field("rij", pa.int64()), pa.field("regel", pa.int64())
    number = pa.field("signaalnummer", pa.string())
    signal = pa.schema([
        row, line, *(pa.field(one.name, arrow_type(one)) for one in common()), pa.field("formaatversie", pa.string()),
        pa.field("gemeentecode", pa.string()), pa.field("publicatiedatum", pa.date32()),
        pa.field("leveringsnummer", pa.string()),
    ])
    content = {kind.table: pa.schema([row, line, number, *((one.name, arrow_type(one)) for one in kind.content)])
               for kind in kinds().values()}
    apart = pa.schema([line, pa.field("code", pa.string()), pa.field("veld", pa.string()),
                       pa.field("record", pa.string())])
    return {OPEN: signal, RESTRICTED: signal, **content, REFUSED: apart}


class Judge:
    """Takes the rows of one file. ``key`` makes the pseudonyms; ``rows`` counts what was offered."""

    def __init__(self, layout: Layout, form: str, key: bytes, folder: Path) -> None:
        self._key = key
        self._bank = layout.unverified[form]
        places = layout.places(form)
        self._common = [place for place in places if not place.field.kind]
        self._content: dict[str, list[Place]] = {code: [] for code in kinds()}
        for place in places:
            if place.field.kind not in ("", PER_FILE):
                self._content[place.field.kind].append(place)
        self._kinds = list(kinds().values())
        self._codes = pa.array(list(kinds()))
        self._sink = ParquetSink(folder, schemas())
        self._fresh()

    def _fresh(self) -> None:
        self.findings, self.rows = Listed(said, "Veld"), 0

    @property
    def paths(self) -> dict[str, Path]:
        return self._sink.paths

    def restart(self) -> None:
        """Forget everything: the file is read again."""
        self._sink.restart()
        self._fresh()

    def close(self) -> None:
        self._sink.close()

    def add(self, lines: NDArray[np.int64], texts: dict[str, Any], head: Head) -> None:
        """``texts`` by id of the field; a field that the layout does not have is missing."""
        batch = _Batch(self.rows + 1, lines, texts, self._codes)
        self.rows += len(lines)
        for place in self._common:
            batch.take(place)
        batch.check_common(self._kinds)
        content = {}
        for number, kind in enumerate(self._kinds):
            if len(batch.rows_of(number)) or any(place.field.id in batch.foreign for place in self._content[kind.code]):
                content[kind.code] = batch.content(number, self._content[kind.code],
                                                   self._bank if kind.code == "VRM" else None)
        self._report(batch)
        self._write(batch, head, content)

    def refuse(self, code: str, lines: list[int], texts: list[str]) -> None:
        """Rows that never came as columns: lines of the file, and their text as it stands."""
        self.rows += len(lines)
        # The pseudonym is of the first thing in the line that can be a BSN.
        raw = pa.array(texts, pa.string())
        found = pc.struct_field(pc.extract_regex(raw, r"(?:^|[^0-9])(?P<bsn>[0-9]{9})(?:[^0-9]|$)"), "bsn")
        records = pseudonyms(found, self._key).to_pylist()
        self.findings.add(code, "", len(lines), lines, records)
        self._sink.add({REFUSED: pa.table({"regel": pa.array(lines, pa.int64()), "code": [code] * len(lines),
                                           "veld": pa.array([""] * len(lines), pa.string()),
                                           "record": pa.array(records, pa.string())}, schema=schemas()[REFUSED])})

    def _report(self, batch: _Batch) -> None:
        for code, field, mask in batch.problems:
            at = np.flatnonzero(mask)
            shown = at[: self.findings.room(code, field)]
            named = self._records(batch, shown)
            self.findings.add(code, field, len(at), batch.lines[shown].tolist(), named.to_pylist())

    def _records(self, batch: _Batch, at: NDArray[np.int64]) -> pa.Array:
        bsn = batch.bsn.take(pa.array(at))
        shaped = pc.fill_null(pc.match_substring_regex(bsn, _BSN_SHAPE), False)
        return pseudonyms(pc.if_else(shaped, bsn, pa.scalar(None, pa.string())), self._key)

    def _write(self, batch: _Batch, head: Head, content: dict[str, dict[str, pa.Array]]) -> None:
        good = ~batch.bad
        size = len(batch.lines)
        table = pa.table({
            "rij": pa.array(batch.numbers), "regel": pa.array(batch.lines), **batch.values,
            **({} if "bsn_geverifieerd" in batch.values else {"bsn_geverifieerd": pa.nulls(size, pa.bool_())}),
            "formaatversie": pa.repeat(head.version, size), "gemeentecode": pa.repeat(head.gemeente, size),
            "publicatiedatum": pa.repeat(pa.scalar(head.published, pa.date32()), size),
            "leveringsnummer": pa.repeat(pa.scalar(head.number, pa.string()), size),
        })
        closed = np.isin(batch.kind, [n for n, kind in enumerate(self._kinds) if kind.restricted])
        names = schemas()[OPEN].names
        out = {OPEN: table.filter(pa.array(good & ~closed)).select(names),
               RESTRICTED: table.filter(pa.array(good & closed)).select(names)}
        for number, kind in enumerate(self._kinds):
            rows = batch.rows_of(number)
            keep = good[rows]
            if keep.any():
                at = pa.array(rows[keep])
                out[kind.table] = pa.table({
                    "rij": pa.array(batch.numbers[rows[keep]]), "regel": pa.array(batch.lines[rows[keep]]),
                    "signaalnummer": batch.values["signaalnummer"].take(at),
                    **{name: column.filter(pa.array(keep)) for name, column in content[kind.code].items()},
                }, schema=schemas()[kind.table])
        if batch.bad.any():
            at = np.flatnonzero(batch.bad)
            codes = [batch.problems[which] for which in batch.first[at]]
            out[REFUSED] = pa.table({
                "regel": pa.array(batch.lines[at]), "code": pa.array([code for code, _, _ in codes]),
                "veld": pa.array([field for _, field, _ in codes]), "record": self._records(batch, at),
            }, schema=schemas()[REFUSED])
        self._sink.add(out)


class _Batch:
    """Rows on their way: values that are read, and per row whether and why it is bad."""

    def __init__(self, first: int, lines: NDArray[np.int64], texts: dict[str, Any], codes: pa.Array) -> None:
        self.lines = np.asarray(lines, np.int64)
        self.numbers = np.arange(first, first + len(lines), dtype=np.int64)
        self.texts = {name: plain(column) for name, column in texts.items()}
        self.values: dict[str, pa.Array] = {}
        self.bad = np.zeros(len(lines), bool)
        self.first = np.full(len(lines), -1)             # number of the first problem of each row
        self.problems: list[tuple[str, str, Mask]] = []
        self.bsn = self._text("bsn")
        self.kind = pc.fill_null(pc.index_in(self._text("signaaltype"), value_set=codes), -1).to_numpy()
        # Content fields that have a value anywhere in these rows.
        self.foreign = {name for name, column in self.texts.items() if column.null_count < len(column)}

    def _text(self, name: str) -> pa.Array:
        return self.texts.get(name, pa.nulls(len(self.lines), pa.string()))

    def rows_of(self, number: int) -> NDArray[np.int64]:
        return np.flatnonzero(self.kind == number)

    def problem(self, code: str, field: str, mask: Mask, *, fatal: bool = True) -> None:
        if mask.any():
            self.problems.append((code, field, mask))
            if fatal:
                self.first[mask & ~self.bad] = len(self.problems) - 1
                self.bad |= mask

    def take(self, place: Place) -> None:
        field = place.field
        text = self._text(field.id)
        self.values[field.name], wrong = read(text, place)
        self.problem(BSN if field.type == "bsn" else UNREADABLE, place.name, wrong)
        if field.required:
            self.problem(REQUIRED, place.name, ~filled(text))

    def check_common(self, kinds: list[Kind]) -> None:
        self.problem(KIND, "signaaltype", (self.kind < 0) & filled(self._text("signaaltype")))
        begin, end = self.values["periode_begin"], self.values["periode_einde"]
        self.problem(ORDER, "periode", _true(pc.greater(begin, end)))
        origin = self.values["bron"]
        usual = np.zeros(len(self.lines), bool)
        for number, kind in enumerate(kinds):
            rows = self.kind == number
            if rows.any():
                usual |= rows & _true(pc.is_in(origin, value_set=pa.array(kind.sources)))
        self.problem(ORIGIN, "bron", filled(origin) & (self.kind >= 0) & ~usual, fatal=False)

    def content(self, number: int, places: list[Place], bank: str | None) -> dict[str, pa.Array]:
        """Values of the rows of kind ``number``; of other rows nothing may stand in these fields."""
        rows = self.rows_of(number)
        own = self.kind == number
        at = pa.array(rows)
        texts = {}
        for place in places:
            text = self._text(place.field.id)
            self.problem(CONTENT, place.name, filled(text) & ~own & (self.kind >= 0))
            texts[place.field.name] = text.take(at)
        unknown = np.zeros(len(rows), bool)
        if bank is not None:
            stated = self.values.get("bsn_geverifieerd", pa.nulls(len(self.lines), pa.bool_())).take(at)
            texts, unknown, strange = bank_fields(bank, texts, stated)
            self.problem(UNVERIFIED, "Vermogen", self._spread(rows, strange))
            self._verified(rows[unknown])
        out = {}
        for place in places:
            text = texts[place.field.name]
            out[place.field.name], wrong = read(text, place)
            self.problem(BSN if place.field.type == "bsn" else UNREADABLE, place.name, self._spread(rows, wrong))
            if place.field.required:
                self.problem(REQUIRED, place.name, self._spread(rows, ~filled(text) & ~unknown))
        return out

    def _verified(self, rows: NDArray[np.int64]) -> None:
        """Of these rows the BSN was not verified."""
        if len(rows):
            known = self.values["bsn_geverifieerd"]
            mask = np.zeros(len(self.lines), bool)
            mask[rows] = True
            self.values["bsn_geverifieerd"] = pc.if_else(pa.array(mask), pa.scalar(False), known)

    def _spread(self, rows: NDArray[np.int64], mask: Mask) -> Mask:
        whole = np.zeros(len(self.lines), bool)
        whole[rows[mask]] = True
        return whole


def _true(mask: Any) -> Mask:
    out: Mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return out
