"""Lines of text to items, batch by batch: what can be read goes to its table, the rest is set apart with its line.

Tables, in Parquet: ``regel_oib`` as :func:`schemas` gives it, one row per line that was read; ``geweigerd`` has the
lines set apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchanges.core.arrow import give_back
from exchanges.core.bsn import pseudonyms
from exchanges.core.receive.listed import Listed
from exchanges.core.receive.values import Mask, arrow_type, filled, plain, read
from exchanges.core.xml.readback import ParquetSink
from exchanges.ib_oib.list_identity import item, number, pads
from exchanges.ib_oib.list_layout import NUMBER, OF_FILE, TABLE, WITHOUT_NET, Field, Layout
from exchanges.ib_oib.list_month import month, reason
from exchanges.ib_oib.list_notation import Notations
from exchanges.ib_oib.list_tags import tagged
from exchanges.ib_oib.list_trouble import BSN, CLASS, LABEL, ORDER, RAGGED, REQUIRED, UNREADABLE, said
from exchanges.ib_oib.net import BY_HAND, VARIANTS, assessed
from exchanges.ib_oib.net_findings import problems

if TYPE_CHECKING:
    import duckdb

REFUSED = "geweigerd"
# Lines that are concluded about at one moment: few enough to be small, enough that starting does not count.
AT_ONCE = 16_384
_BSN_SHAPE = "^[0-9]{8,9}$"
_BSN_IN_LINE = r"(?:^|[^0-9])(?P<bsn>[0-9]{9})(?:[^0-9]|$)"
# Of these a day that means open or unknown is written in several ways, or left out: that is the same (spec 6.3 step 1).
_OF_RELATION = (
    ("datum_aanvang_inkomstenverhouding", "datum_einde_inkomstenverhouding"),
    ("datum_begin_inkomstenperiode", "datum_einde_inkomstenperiode"),
)
# Of this why it counts to no month is told (see list_month).
_OF_WAGES = ("datum_aanvang_inkomstenopgave", "datum_einde_inkomstenopgave")
_PERIODS = (*_OF_RELATION, _OF_WAGES)
_LAST_REAL = 60_000_000  # a year from 6000 on is no date (spec polisadministratie-inkomsten 6)
_APART = pa.schema([("regel", pa.int64()), ("code", pa.string()), ("veld", pa.string()), ("record", pa.string())])


def schemas(layout: Layout) -> dict[str, pa.Schema]:
    """``rij`` numbers the lines of the file that hold an item from 1, ``regel`` is the line; then the columns of the
    list (money in eurocents, dates jjjjmmdd, perhaps partial; of a wage period also with a year from 6000), and what
    follows from them."""
    return {TABLE: pa.schema([*_read_schema(layout), *(
        (name, pa.string()) for name in ("sleutel", NUMBER, "maand", "maand_reden")
    ), *((f"netto_{what}_{variant}", pa.int64()) for what in ("berekend", "verschil") for variant in VARIANTS),
        ("netto_met_vt", pa.int64()), ("netto_vakantietoeslag", pa.int64()),
        ("delen_fout", pa.list_(pa.string())), ("delen_sluiten", pa.bool_()),
        ("netto_stand", pa.string()), ("netto_redenen", pa.list_(pa.string())), ("blad", pa.string()),
    ]), REFUSED: _APART}  # fmt: skip


def _read_schema(layout: Layout) -> pa.Schema:
    return pa.schema([("rij", pa.int64()), ("regel", pa.int64()),
                      *((one.name, arrow_type(one.type)) for one in layout.fields),
                      ("klasse", pa.string()), ("labels", pa.list_(pa.string()))])  # fmt: skip


class Judge:
    """Takes the lines of one file. ``con`` is a session of :mod:`exchanges.core.sql`, ``other`` the kinds of income
    that are no wages, ``key`` that of the pseudonyms. ``rows`` counts what was offered."""

    def __init__(self, layout: Layout, con: duckdb.DuckDBPyConnection, other: tuple[str, ...], key: bytes,
                 folder: Path) -> None:  # fmt: skip
        self._layout, self._con, self._key = layout, con, key
        self._schemas = schemas(layout)
        self._sink = ParquetSink(folder, self._schemas)
        self._waiting: list[pa.Table] = []
        own = [one.name for one in layout.fields if one.name not in OF_FILE]
        begin, end = _OF_WAGES
        worked_out = (f"{item()} AS sleutel, {number(own)} AS {NUMBER}, {month(end)} AS maand,"
                      f" {reason(begin, end)} AS maand_reden")  # fmt: skip
        # Records without a net amount are split off, as the IB keeps them apart (spec ib-signalen 6.4).
        sheet = f"CASE WHEN netto_stand = '{BY_HAND}' THEN '{WITHOUT_NET}' ELSE klasse END AS blad"
        columns = ", ".join(sheet if name == "blad" else name for name in self._schemas[TABLE].names)
        self._sql = f"SELECT {columns} FROM {assessed(f'(SELECT *, {worked_out} FROM gelezen_regels)', other)}"
        self.notations = Notations(layout)
        self.findings, self.rows = Listed(said, "Kolom"), 0

    @property
    def paths(self) -> dict[str, Path]:
        return self._sink.paths

    def add(self, lines: NDArray[np.int64], texts: dict[str, Any]) -> Batch:
        """``texts`` by name of the field, every field. The batch is kept by :meth:`keep`, when the file may be read."""
        batch = Batch(self.rows + 1, lines, {name: plain(column) for name, column in texts.items()})
        self.notations.look(batch.texts)
        self.rows += len(lines)
        for field in self._layout.fields:
            batch.take(field, self.notations.of(field.type))
        return batch

    def keep(self, batch: Batch) -> None:
        batch.classify(self._layout)
        batch.check_periods()
        for code, field, mask in batch.problems:
            self._report(code, field, mask, batch.lines, batch.bsn)
        good = pa.array(~batch.bad)
        table = pa.table({"rij": pa.array(batch.numbers), "regel": pa.array(batch.lines), **batch.values},
                         schema=_read_schema(self._layout))  # fmt: skip
        self._waiting.append(table.filter(good))
        if sum(part.num_rows for part in self._waiting) >= AT_ONCE:
            self._conclude()
        if batch.bad.any():
            at = np.flatnonzero(batch.bad)
            why = [batch.problems[number] for number in batch.first[at]]
            self._sink.add({REFUSED: pa.table({
                "regel": pa.array(batch.lines[at]), "code": pa.array([code for code, _, _ in why]),
                "veld": pa.array([field for _, field, _ in why]), "record": self._records(batch.bsn.take(pa.array(at))),
            }, schema=_APART)})  # fmt: skip

    def refuse(self, lines: list[int], texts: list[str]) -> None:
        """Lines that never came as columns, and their text as it stands."""
        self.rows += len(lines)
        # The pseudonym is of the first thing in the line that can be a BSN.
        found = pc.struct_field(pc.extract_regex(pa.array(texts, pa.string()), _BSN_IN_LINE), "bsn")
        records = pseudonyms(found, self._key)
        self.findings.add(RAGGED, "", len(lines), lines, records.to_pylist())
        self._sink.add({REFUSED: pa.table({
            "regel": pa.array(lines, pa.int64()), "code": pa.repeat(RAGGED, len(lines)),
            "veld": pa.repeat("", len(lines)), "record": records,
        }, schema=_APART)})  # fmt: skip

    def close(self) -> None:
        """Everything that waits is concluded about and written."""
        try:
            self._conclude()
        finally:
            self._sink.close()

    def abandon(self) -> None:
        """Nothing of the file stays behind."""
        self._waiting = []
        self._sink.close()
        for path in self.paths.values():
            path.unlink(missing_ok=True)

    def _conclude(self) -> None:
        waiting = [part for part in self._waiting if part.num_rows]
        self._waiting = []
        if not waiting:
            return
        self._con.register("gelezen_regels", pa.concat_tables(waiting))
        table = self._con.execute(self._sql, pads(self._key)).to_arrow_table().cast(self._schemas[TABLE])
        self._con.unregister("gelezen_regels")
        lines = table["regel"].to_numpy()
        for code, field, mask in problems(table):
            self._report(code, field, mask, lines, table["bsn"])
        self._sink.add({TABLE: table})
        # What the engine and the columns leave behind in pieces adds up over a large file.
        give_back()

    def _report(self, code: str, field: str, mask: Mask, lines: NDArray[np.int64], bsn: Any) -> None:
        at = np.flatnonzero(mask)
        if len(at):
            shown = at[: self.findings.room(code, field)]
            records = self._records(bsn.take(pa.array(shown)))
            self.findings.add(code, field, len(at), lines[shown].tolist(), records.to_pylist())

    def _records(self, bsn: Any) -> pa.Array:
        """Pseudonyms of what looks like a BSN; null for other text."""
        shaped = pc.fill_null(pc.match_substring_regex(bsn, _BSN_SHAPE), False)
        return pseudonyms(pc.if_else(shaped, bsn, pa.scalar(None, pa.string())), self._key)


class Batch:
    """Lines on their way: values that are read, and per line whether and why it is bad."""

    def __init__(self, first: int, lines: NDArray[np.int64], texts: dict[str, pa.Array]) -> None:
        self.lines = np.asarray(lines, np.int64)
        self.numbers = np.arange(first, first + len(lines), dtype=np.int64)
        self.texts, self.bsn = texts, texts["bsn"]
        self.values: dict[str, pa.Array] = {}
        self.bad = np.zeros(len(lines), bool)
        self.first = np.full(len(lines), -1)             # number of the first problem of each line
        self.problems: list[tuple[str, str, Mask]] = []

    def take(self, field: Field, notation: str) -> None:
        text = self.texts[field.name]
        self.values[field.name], wrong = read(text, field.type, notation, field.length)
        self._problem(BSN if field.type == "bsn" else UNREADABLE, field.column, wrong)
        if field.required:
            self._problem(REQUIRED, field.column, ~filled(text))

    def classify(self, layout: Layout) -> None:
        found = tagged(self.values["tag"], tuple(layout.classes), tuple(layout.labels))
        self.values |= {"tag": found.tags, "klasse": found.classes, "labels": found.labels}
        self._problem(CLASS, "tag", ~filled(found.classes) & filled(self.texts["tag"]))
        self._problem(LABEL, "tag", found.strange & ~self.bad, fatal=False)

    def check_periods(self) -> None:
        """Only days that are wholly known can be in the wrong order. What means open or unknown becomes null."""
        for name in (name for names in _OF_RELATION for name in names):
            days = self.values[name]
            real = pc.less(days, pa.scalar(_LAST_REAL, pa.int32()))
            self.values[name] = pc.if_else(real, days, pa.scalar(None, pa.int32()))
        for names in _PERIODS:
            begin, end = (pc.fill_null(self.values[name], 0).to_numpy() for name in names)
            known = (_whole(begin)) & (_whole(end))
            self._problem(ORDER, names[1], known & (begin > end))

    def _problem(self, code: str, field: str, mask: Mask, *, fatal: bool = True) -> None:
        if mask.any():
            self.problems.append((code, field, mask))
            if fatal:
                self.first[mask & ~self.bad] = len(self.problems) - 1
                self.bad |= mask


def _whole(day: NDArray[np.int32]) -> Mask:
    return (day >= 10_000) & (day < _LAST_REAL) & (day // 100 % 100 > 0) & (day % 100 > 0)
