"""The dated rules of every month that is calculated, as small tables in the session.

``werk.maand`` has one row per month, ``werk.vrijregel``, ``werk.norm``, ``werk.schijf`` and ``werk.soort`` what
holds in it; ``werk.reden`` are the words of ``reasons``. A month is ``mnr``, 12 * year + month - 1.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from exchanges.core.data import data_dir
from exchanges.core.dated import code_lists, parameters
from exchanges.core.errors import CatalogueError
from exchanges.core.period import Period
from exchanges.core.sql import execute
from exchanges.ib_oib.settlement.reasons import REASONS

if TYPE_CHECKING:
    import duckdb

FILE = "ib_oib_verrekening"
OLD, NEW = "OUD_31", "NIEUW_34A"
TABLE, RESERVE = "TABEL", "RESERVE"
Value = str | int | bool | date | None


@dataclass(frozen=True)
class Choices:
    """What a municipality decides for itself (spec 2.1): the first month of art. 34a, of the bufferbudget and of
    settling holiday allowance with the reserve, where it is earlier than the dated parameters say. ``own_numbers`` are
    its loonheffingennummers."""

    exemptions_from: Period | None = None
    buffer_from: Period | None = None
    reserve_from: Period | None = None
    own_numbers: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: Mapping[str, str | int], own_numbers: Iterable[str]) -> Choices:
        """From ``gegevens.ib_oib`` of the settings: ``nieuw_34a_vanaf``, ``bufferbudget_vanaf``,
        ``vakantietoeslag_reserve_vanaf`` (jjjj-mm). Raises UsageError for a month that does not exist."""
        names = ("nieuw_34a_vanaf", "bufferbudget_vanaf", "vakantietoeslag_reserve_vanaf")
        exempt, buffer, reserve = (Period.parse(str(said[name])) if name in said else None for name in names)
        return cls(exempt, buffer, reserve, tuple(own_numbers))


def number(period: Period) -> int:
    """The month as ``mnr``."""
    return period.year * 12 + period.month - 1


def window(period: Period) -> list[Period]:
    """The months that are calculated again, the last one being ``period`` (T-09)."""
    count = int(parameters(FILE, period)["terugkijk_maanden"].value)
    return [period.shift(back) for back in range(1 - count, 1)]


def regime(month: Period, choices: Choices) -> str:
    """The exemptions that hold in ``month``: one regime, never both (spec 2.1)."""
    early = choices.exemptions_from is not None and month >= choices.exemptions_from
    return NEW if early else str(parameters(FILE, month)["vrijlatingsregime"].value)


def holiday(month: Period, choices: Choices) -> str:
    """How holiday allowance is settled in ``month``: by the yearly table (V-01) or with the reserve (V-02)."""
    early = choices.reserve_from is not None and month >= choices.reserve_from
    return RESERVE if early else str(parameters(FILE, month)["vakantietoeslag"].value)


def buffer_runs(month: Period, choices: Choices) -> bool:
    early = choices.buffer_from is not None and month >= choices.buffer_from
    return early or parameters(FILE, month)["bufferbudget_actief"].value == "ja"


def add_parameters(con: duckdb.DuckDBPyConnection, period: Period, choices: Choices) -> None:
    """Make the tables named above. Raises CatalogueError when two rows hold on the same day."""
    months = window(period)
    make(con, "maand", "mnr INTEGER, maand VARCHAR, begin DATE, eind DATE, regime VARCHAR, methode VARCHAR,"
         " aow_maanden INTEGER",
         ((number(m), str(m), m.start, m.end, regime(m, choices), holiday(m, choices), _aow(m)) for m in months))
    make(con, "vrijregel", "mnr INTEGER, code VARCHAR, artikel VARCHAR, percentage BIGINT, hoogste BIGINT,"
         " maanden INTEGER, zekerheid VARCHAR",
         ((number(m), r["code"], r["artikel"], int(r["percentage"]), whole(r["hoogste_cent"]), whole(r["maanden"]),
           r["zekerheid"]) for m, r in _in_force("vrijlatingen", ("code",), months)
          if r["regime"] == regime(m, choices)))
    make(con, "norm", "mnr INTEGER, situatie VARCHAR, bedrag BIGINT, zekerheid VARCHAR, bron VARCHAR",
         ((number(m), r["situatie"], int(r["bedrag_cent"]), r["zekerheid"], r["bron"])
          for m, r in _in_force("normen", ("situatie",), months)))
    make(con, "schijf", "mnr INTEGER, van BIGINT, tot BIGINT, percentage BIGINT, aftrek BIGINT, zekerheid VARCHAR,"
         " bron VARCHAR",
         ((number(m), int(r["van_cent"]), whole(r["tot_cent"]), int(r["percentage"]), int(r["aftrek_cent"]),
           r["zekerheid"], r["bron"]) for m, r in _in_force("vakantietoeslag", ("artikel", "van_cent"), months)))
    titles = {code.code: code.title for code in code_lists(period) if code.tag == "CdSrtIkv"}
    make(con, "soort", "soort VARCHAR, behandeling VARCHAR, titel VARCHAR",
         ((r["soort"], r["behandeling"], titles.get(r["soort"], r["omschrijving"]))
          for _, r in _in_force("inkomens", ("soort",), [period])))
    make(con, "reden", "code VARCHAR, mens BOOLEAN, tekst VARCHAR, actie VARCHAR",
         ((code, one.person, one.text, one.action) for code, one in REASONS.items()))


def longest(code: str) -> int:
    """The months an exemption lasts. Raises CatalogueError for one without a term."""
    found = [row["maanden"] for row in _rows("vrijlatingen") if row["code"] == code]
    if not found or not found[-1]:
        raise CatalogueError(f"vrijlatingen.csv: {code} heeft geen aantal maanden; herstel de lijst.")
    return int(found[-1])


def make(con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Iterable[Sequence[Value]]) -> None:
    """A table ``werk.<name>`` of the few rows given."""
    execute(con, f"CREATE TABLE werk.{name} ({columns})")
    values = ", ".join("(" + ", ".join(_literal(value) for value in row) + ")" for row in rows)
    if values:
        execute(con, f"INSERT INTO werk.{name} VALUES {values}")


def whole(text: str) -> int | None:
    return int(text) if text else None


def _aow(month: Period) -> int | None:
    row = parameters(FILE, month).get("aow_maanden")
    return int(row.value) if row else None


def _in_force(name: str, key: tuple[str, ...], months: Sequence[Period]) -> Iterator[tuple[Period, dict[str, str]]]:
    """Rows of ``mappings/verrekening/<name>.csv`` with the months on whose last day they hold."""
    rows = _rows(name)
    for month in months:
        seen: set[tuple[str, ...]] = set()
        for row in rows:
            last = row["geldig_tot"] or "9999-12-31"
            if row["geldig_van"] <= month.end.isoformat() <= last:
                place = tuple(row[column] for column in key)
                if place in seen:
                    raise CatalogueError(f"{name}.csv: {' '.join(place)} geldt in {month} twee keer; herstel de lijst.")
                seen.add(place)
                yield month, row


def _rows(name: str) -> list[dict[str, str]]:
    with (data_dir("mappings") / "verrekening" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _literal(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value)
    text = value.isoformat() if isinstance(value, date) else value
    return "'" + text.replace("'", "''") + "'"
