"""The Inlichtingenbureau, simulated: the monthly list of OIB, as a layout says, in any way of writing a CSV.

The columns are those of ``mappings/IBOIB``: they are the agreement, and the only thing shared with who reads the file.
An item is a row of values by the names of that mapping: text, truth, jjjjmmdd integers, whole cents, a list of tags.
:mod:`exchanges.simulators.ib_oib_items` makes items, with what is true of each.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from exchanges.core.data import data_dir
from exchanges.core.period import Period

Item = Mapping[str, object]
# What the levels of a comparison of UWV answers call the columns of the list.
_OF_LEVEL = {
    "ikv": {"begin": "datum_aanvang_inkomstenverhouding", "eind": "datum_einde_inkomstenverhouding"},
    "ikp": {"begin": "datum_begin_inkomstenperiode", "eind": "datum_einde_inkomstenperiode",
            "soort": "code_soort_inkomstenverhouding", "loonheffingskorting": "loonheffingskorting_toegepast"},
    "iko": {"begin": "datum_aanvang_inkomstenopgave", "eind": "datum_einde_inkomstenopgave",
            "uren": "aantal_verloonde_uren", "loon_sv": "loon_sv", "loon_lb": "loon_lbph_totaal",
            "ingehouden_lb": "inhouding_lbph_totaal", "vakantietoeslag": "vakantietoeslag",
            "recht_vakantietoeslag": "opgb_recht_vakantietoeslag", "extra_periode": "extra_periode_salaris",
            "recht_extra_periode": "opgb_recht_eps"},
}  # fmt: skip
_OF_ALL = {"bsn": "bsn", "loonheffingennummer": "loonheffingennummer", "volgnummer": "volgnummer_ikv"}


@dataclass(frozen=True)
class Writing:
    """How a list is written. ``quote``: ``"``, ``'`` or empty; ``quote_all`` puts it around every value. ``amounts``,
    ``days`` and ``months`` are notations of the layout; ``newline`` is one of ``\\n`` and ``\\r\\n``."""

    delimiter: str = ";"
    quote: str = '"'
    quote_all: bool = False
    encoding: str = "utf-8"
    amounts: str = "komma"
    days: str = "jjjjmmdd"
    months: str = "jjjjmm"
    newline: str = "\r\n"


def write(path: Path, gemeente: str, period: Period, items: Iterable[Item], writing: Writing | None = None) -> Path:
    """The list of ``gemeente`` over ``period``. Raises ValueError when nothing can quote what must be quoted."""
    how = writing or Writing()
    columns = _columns()
    whole: dict[str, object] = {"gemeentecode": gemeente, "rapportagemaand": str(period)}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=how.encoding, newline="") as file:
        out = csv.writer(
            file, delimiter=how.delimiter, lineterminator=how.newline, quotechar=how.quote or None,
            quoting=csv.QUOTE_NONE if not how.quote else csv.QUOTE_ALL if how.quote_all else csv.QUOTE_MINIMAL,
        )
        out.writerow([column for column, _ in columns.values()])
        try:
            for item in items:
                row = {**whole, **item}
                out.writerow([_written(row.get(name), kind, how) for name, (_, kind) in columns.items()])
        except csv.Error:
            raise ValueError("a value needs a quote, and this way of writing has none") from None
    return path


def items_of(levels: Mapping[str, pa.Table]) -> list[dict[str, object]]:
    """Items from what a comparison of successive UWV answers lists, by level (``ikv``, ``ikp``, ``iko``).

    Of a change the list has the values of now, of a withdrawal none. A Suwinet answer has no Zvw, car and split, so no
    calculation is complete."""
    out: list[dict[str, object]] = []
    for level, table in levels.items():
        names = {**_OF_ALL, **_OF_LEVEL[level]}
        for row in table.to_pylist():
            item = {ours: _yes_no(row.get(theirs)) if theirs == "loonheffingskorting" else row.get(theirs)
                    for theirs, ours in names.items()}  # fmt: skip
            before = _before(row) if row["verandering"] == "anders" else None
            out.append({**item, "tag": [row["klasse"]], "berekening_volledig": False, "vorige_waarde_hash": before})
    return out


def _before(row: Mapping[str, object]) -> str:
    text = "|".join(f"{name}={value}" for name, value in sorted(row.items()) if name.endswith("_oud"))
    return hashlib.sha256(text.encode()).hexdigest()


def _yes_no(code: object) -> bool | None:
    return {"1": True, "2": False}.get(str(code))


def _written(value: Any, kind: str, how: Writing) -> str:
    if value is None:
        return ""
    match kind:
        case "lijst":
            return ",".join(value)
        case "jn":
            return "J" if value else "N"
        case "maand":
            return str(value).replace("-", "") if how.months == "jjjjmm" else str(value)
        case "datum":
            year, month, day = value // 10000, value // 100 % 100, value % 100
            return {"jjjjmmdd": f"{value:08d}", "jjjj-mm-dd": f"{year:04d}-{month:02d}-{day:02d}",
                    "d-m-jjjj": f"{day}-{month}-{year:04d}"}[how.days]  # fmt: skip
        case "bedrag":
            euros, cents = divmod(abs(value), 100)
            return f"{'-' if value < 0 else ''}{euros}{',' if how.amounts == 'komma' else '.'}{cents:02d}"
        case _:
            return str(value)


@cache
def _columns() -> dict[str, tuple[str, str]]:
    """(column, type) by name, in the order of the list."""
    with (data_dir("mappings") / "IBOIB" / "v0001" / "velden.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter=";")
        return {row["veld"]: (row["kolom"], row["type"].partition("(")[0]) for row in rows}
