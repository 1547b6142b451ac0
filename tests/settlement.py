"""A small administration and the income of its clients, to make settlement proposals of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.administration.model import TABLES
from exchanges.core.period import Period
from exchanges.ib_oib.settlement.inputs import INCOME
from exchanges.ib_oib.settlement.parameters import Choices
from exchanges.ib_oib.settlement.propose import Proposal, propose
from exchanges.simulators.uwv_responses import free_bsns

JULY = Period(2026, 7)
OWN = "001000275L01"
SINGLE, HOLIDAY = 141_946, 7_097  # norm of 2026-07 and the part that is reserved (bijstandsnormen.csv)
BSNS = [bsn for bsn, _ in zip(free_bsns(), range(400), strict=False)]
_BESIDE = ("netto_vakantietoeslag", "recht_extra", "extra_betaald", "niet_verrekend")
_MORE = pa.schema([*INCOME, *(pa.field(name, pa.int64()) for name in _BESIDE)])


@dataclass
class Households:
    """Rows per table of the source model, and of the income."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    income: list[dict[str, Any]] = field(default_factory=list)

    def add(self, table: str, **values: Any) -> str:
        rows = self.tables.setdefault(table, [])
        rows.append(values)
        return f"{table}{len(rows)}"

    def person(self, born: int = 19900115) -> str:
        """The id; the BSN is the next free one."""
        number = len(self.tables.get("persoon", []))
        self.add("persoon", persoon_id=f"p{number}", bsn=BSNS[number], geboortedatum=born)
        return f"p{number}"

    def client(self, person: str, begin: date = date(2020, 1, 1), end: date | None = None, *, spouse: str | None = None,
               entitled: bool = True, scheme: str = "PW") -> str:
        """A dossier with one benefit; the id of both is the same."""
        id = f"d{len(self.tables.get('dossier', []))}"
        self.add("dossier", dossier_id=id, dossiernummer=f"N{id}", persoon_id=person, partner_persoon_id=spouse)
        self.add("uitkering", uitkering_id=id, dossier_id=id, persoon_id=person, regeling=scheme, datum_begin=begin,
                 partner_persoon_id=spouse if entitled else None, datum_einde=end)
        return id

    def paid(self, benefit: str, month: str = "2026-07", norm: int = SINGLE, reserved: int = HOLIDAY,
             settled: int = 0, **others: int) -> None:
        """A payment over ``month``; ``others`` are components by their kind."""
        id = f"b{len(self.tables.get('betaling', []))}"
        self.add("betaling", betaling_id=id, uitkering_id=benefit, periode=month)
        parts = {"norm": norm, "reservering_vakantietoeslag": -reserved, "inkomsten": -settled, **others}
        for number, (kind, cents) in enumerate(parts.items(), start=1):
            if cents:
                self.add("betaling_component", betaling_id=id, volgnummer=number, soort=kind, bedrag_cent=cents)

    def wage(self, person: str, net: int | None, begin: int = 20260701, end: int | None = 20260731, kind: str = "15",
             number: str = "001234567L01", **others: Any) -> None:
        row = {"bsn": self.bsn(person), "loonheffingennummer": number, "volgnummer": 1, "begin": begin, "eind": end,
               "soort": kind, "netto": net, "loon_lb": net, "vakantietoeslag_betaald": 0, "recht_vakantietoeslag": 0}
        self.income.append(row | others)

    def right(self, person: str, ground: str, begin: date = date(2026, 7, 1), end: date | None = None, used: int = 0,
              longer: int = 0) -> None:
        self.add("vrijlating", persoon_id=person, grond=ground, datum_begin=begin, datum_einde=end,
                 maanden_gebruikt=used, verlenging_maanden=longer)

    def bsn(self, person: str) -> str:
        return next(str(row["bsn"]) for row in self.tables["persoon"] if row["persoon_id"] == person)

    def propose(self, folder: Path, period: Period = JULY, choices: Choices | None = None) -> Said:
        folder.mkdir(parents=True, exist_ok=True)
        names = {*self.tables, "persoon", "dossier", "uitkering", "betaling", "betaling_component"}
        paths = {name: write(folder / f"{name}.parquet", TABLES[name].schema, self.tables.get(name, []))
                 for name in names}
        income = write(folder / "inkomen.parquet", _MORE, self.income)
        return Said(propose(income, paths, "0153", period, choices or Choices(own_numbers=(OWN,)), folder / "uit"))


@dataclass(frozen=True)
class Said:
    """What was proposed, as rows; ``kept`` are those read before the files went."""

    proposal: Proposal
    kept: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)

    def rows(self, table: str = "voorstel") -> list[dict[str, Any]]:
        return self.kept[table] if table in self.kept else pq.read_table(self.proposal.tables[table]).to_pylist()

    def one(self, month: str = "2026-07") -> dict[str, Any]:
        """The proposal for the only client with one in ``month``."""
        (row,) = [row for row in self.rows() if row["maand"] == month]
        return row

    def lines(self, month: str = "2026-07", part: str = "verrekening") -> list[tuple[str, int | None]]:
        """Rule and cents of the calculation of the only client, in order."""
        return [(row["regel"], row["bedrag"]) for row in self.rows("berekening")
                if row["maand"] == month and row["deel"] == part]


def write(path: Path, schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> Path:
    loose = pa.schema([pa.field(one.name, one.type) for one in schema])
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=loose), path)
    return path
