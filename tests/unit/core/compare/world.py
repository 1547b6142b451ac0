"""A toy partner: jobs, their terms and their wages, as snapshots of a few rows."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.compare.declare import Comparison, Field, Level
from exchanges.core.compare.engine import compare
from exchanges.core.compare.snapshot import ASKED, Compared, Snapshot

KEY = b"sleutel van de test, 32 bytes ..."
# Test numbers that pass the elfproef.
BSNS = ("999990007", "999990019", "999990020", "999990032", "999990044", "999990056")
_JOB = (Field("bsn"), Field("werk"), Field("nr", "number"))

TOY = Comparison(
    id="proef", first="EERSTE", same="GELIJK", per="werk",
    levels=(
        Level("baan", "banen", _JOB, "overlap", "begin", "eind", new="NIEUWE_BAAN", gone="BAAN_WEG", changed="ANDERS",
              ended="BAAN_KLAAR", traits=(Field("begin", "day"), Field("eind", "day"))),
        Level("eis", "eisen", (*_JOB, Field("begin", "day")), "overlap", "begin", "eind", new="ANDERS", gone="ANDERS",
              changed="ANDERS", parent="baan", alone=True, traits=(Field("eind", "day"), Field("soort"))),
        Level("loon", "lonen", (*_JOB, Field("begin", "day"), Field("eind", "day")), "inside", "begin", "eind",
              new="NIEUW", gone="VERVALLEN", changed="ANDERS", parent="baan", amounts=("bruto", "in_natura"),
              numbers=("uren",), filled=True, balanced=True, sums=("bruto",)),
    ),
)
LEVELS = {level.name: level for level in TOY.levels}
_TYPES = {"code": pa.string(), "number": pa.int32(), "day": pa.int32()}
Row = dict[str, Any]


@dataclass
class Month:
    """``asked``: person -> (answer, first and last day of the window or None). Rows by level."""

    asked: dict[str, tuple[str, date | None, date | None]] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in LEVELS})


def job(bsn: str, werk: str = "W1", nr: int = 1, begin: int | None = 20200101, eind: int | None = None) -> Row:
    return {"bsn": bsn, "werk": werk, "nr": nr, "begin": begin, "eind": eind}


def terms(bsn: str, werk: str = "W1", nr: int = 1, begin: int = 20200101, eind: int | None = None,
          soort: str | None = "15") -> Row:
    return {"bsn": bsn, "werk": werk, "nr": nr, "begin": begin, "eind": eind, "soort": soort}


def wage(bsn: str, begin: int, eind: int | None, bruto: int | None = 100_00, in_natura: int | None = None,
         uren: int | None = 40, werk: str = "W1", nr: int = 1) -> Row:
    return {"bsn": bsn, "werk": werk, "nr": nr, "begin": begin, "eind": eind, "bruto": bruto, "in_natura": in_natura,
            "uren": uren}


def month(*persons: str, window: tuple[date | None, date | None] = (date(2026, 1, 1), date(2026, 12, 31)),
          answer: str = "beantwoord", **rows: list[Row]) -> Month:
    found = Month(dict.fromkeys(persons, (answer, *window)))
    for name, given in rows.items():
        found.rows[name] = list(given)
    return found


def write(one: Month, folder: Path, kinds: Mapping[str, pa.DataType] | None = None) -> Snapshot:
    """``kinds``: columns in another type than usual."""
    folder.mkdir(parents=True)
    asked = [{"bsn": bsn, "antwoord": answer, "venster_begin": begin, "venster_eind": end}
             for bsn, (answer, begin, end) in one.asked.items()]
    pq.write_table(pa.Table.from_pylist(asked, schema=ASKED), folder / "gevraagd.parquet")
    levels = {}
    for name, level in LEVELS.items():
        types = {f.name: _TYPES[f.kind] for f in (*level.key, *level.traits)}
        types |= {column: pa.int64() for column in level.measured} | dict(kinds or {})
        schema = pa.schema([(c, types[c]) for c in dict.fromkeys([*(f.name for f in level.key), *level.columns])])
        pq.write_table(pa.Table.from_pylist(one.rows[name], schema=schema), folder / f"{name}.parquet")
        levels[name] = (folder / f"{name}.parquet",)
    return Snapshot((folder / "gevraagd.parquet",), levels)


@contextmanager
def workplace() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="vergelijk-"))
    try:
        yield Place(folder)
    finally:
        shutil.rmtree(folder)


class Place:
    """A folder in which months are compared one after the other; each is named after its period."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def snapshot(self, one: Month, **given: Any) -> Snapshot:
        self.count += 1
        return write(one, self.folder / f"maand-{self.count}", **given)

    def compare(self, previous: Month | Snapshot | None, current: Month | Snapshot, period: str = "2026-10",
                ledger: Sequence[Path] = (), **given: Any) -> Compared:
        then, now = (self.snapshot(one) if isinstance(one, Month) else one for one in (previous, current))
        self.count += 1
        return compare(then, now, TOY, self.folder / f"werk-{self.count}", period=period, key=KEY, ledger=ledger,
                       **given)


def rows_of(*paths: Path) -> list[Row]:
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def labels(found: Compared, which: str = "items") -> set[tuple[Any, ...]]:
    """(class, level, key) of everything that is listed."""
    return {
        (row["klasse"], name, *(row[f.name] for f in LEVELS[name].key))
        for name, path in getattr(found, which).items()
        for row in rows_of(path)
    }


def counts(found: Compared) -> dict[str, int]:
    out: dict[str, int] = {}
    for one in found.classes:
        out[one.name] = out.get(one.name, 0) + one.listed
    return out
