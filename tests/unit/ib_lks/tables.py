"""Signals, payments and what was delivered as rows, in a session where the tables that follow from them are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from exchanges.administration.model import TABLES
from exchanges.core.intake import Intake
from exchanges.core.period import Period
from exchanges.core.sql import fill, period_parameters, session
from exchanges.ib_lks.exchange import EXCHANGE
from exchanges.ib_lks.layout import layout
from exchanges.ib_lks.rows import schemas

PERIOD = Period(2026, 10)
PUBLISHED = date(2026, 10, 1)
INTAKE = EXCHANGE.flows["bestand"]
assert isinstance(INTAKE, Intake)
SIGNAL = schemas(layout(PERIOD))["signaal"]
_SENT = {
    "client": pa.schema([("_volgorde", pa.int64()), ("_rij", pa.int64()), ("bsn", pa.string())]),
    "atl_relatie": pa.schema([("_volgorde", pa.int64()), ("_rij", pa.int64()), ("_boven", pa.int64())]),
    "voorziening": pa.schema([
        ("_volgorde", pa.int64()), ("_boven", pa.int64()), ("registratienummer", pa.string()), ("type", pa.string()),
        ("datum_begin", pa.int32()), ("datum_einde", pa.int32()), ("lks", pa.bool_()), ("loonwaarde", pa.int32()),
    ]),
}
Row = Mapping[str, Any]


def signal(rij: int, **values: Any) -> dict[str, Any]:
    """An end of illness, published on the first of October, unless said otherwise."""
    usual = {
        "rij": rij, "regel": rij + 1, "signaalnummer": f"S{rij}", "signaalsoort": "LKS_EINDE_ZW", "bsn": "999990019",
        "zekerheid": "1", "gemeentecode": "0153", "loonheffingennummer_werkgever": "001000275L01",
        "datum_eerste_ziektedag": date(2026, 6, 1), "datum_begin_zw": date(2026, 6, 1),
        "datum_einde_zw": date(2026, 8, 31), "publicatiedatum": PUBLISHED,
    }
    return usual | values


def payment(id: str, begin: date, end: date, cents: int, *, of: str | None = None, voorziening: str = "V1") -> Row:
    """A payment, or with ``of`` what was taken back of one."""
    return {
        "betaling_id": id, "voorziening_id": voorziening, "soort": "terugvordering" if of else "betaling",
        "datum_tijdvak_begin": begin, "datum_tijdvak_einde": end, "bedrag_cent": -cents if of else cents,
        "datum_betaald": end, "terug_op_betaling_id": of, "gewijzigd_op": None,
    }


PERSON = {"persoon_id": "P1", "bsn": "999990019", "gemeentecode": "0153"}
PROVISION = {"voorziening_id": "V1", "persoon_id": "P1", "registratienummer": "R1"}


@contextmanager
def worked(
    work: Path, signals: Sequence[Row], *, earlier: Sequence[Row] = (), payments: Sequence[Row] | None = (),
    sent: Mapping[str, Sequence[Row]] | None = None, refused: Sequence[str] = (), persons: Sequence[Row] = (PERSON,),
    provisions: Sequence[Row] = (PROVISION,),
) -> Iterator[duckdb.DuckDBPyConnection]:  # fmt: skip
    """``payments`` None: the administration has no such table. The tables that follow are ``werk.<name>``."""
    there = {"gestuurd"} if sent else set()
    parameters = {"laat_dagen": 70, **period_parameters("0153", PERIOD)}
    with session(work, rows=0) as con:
        _table(con, "signaal", pa.Table.from_pylist(list(signals), schema=SIGNAL))
        _table(con, "eerder.signaal", pa.Table.from_pylist(list(earlier), schema=SIGNAL))
        _table(con, "geweigerd.record", pa.table({"sleutel": pa.array(refused, pa.string())}))
        order = max((row["_volgorde"] for row in (sent or {}).get("client", ())), default=0)
        _table(con, "gestuurd.levering_van", pa.table({
            "_volgorde": pa.array(range(1, order + 1), pa.int32()), "_tijdvak": ["2026-09"] * order,
            "antwoordt": pa.array([False] * order, pa.bool_()), "bekend": pa.array([True] * order, pa.bool_()),
        }))  # fmt: skip
        for name, schema in _SENT.items():
            _table(con, f"gestuurd.{name}", pa.Table.from_pylist(list((sent or {}).get(name, ())), schema=schema))
        source = {"persoon": persons, "voorziening": provisions, "lks_betaling": payments}
        for name, rows in source.items():
            if rows is not None:
                schema = pa.schema([field.with_nullable(True) for field in TABLES[name].schema])
                _table(con, f"bron.{name}", pa.Table.from_pylist(list(rows), schema=schema))
                there.add(f"bron.{name}")
        for one in INTAKE.work:
            sql = one.sql if set(one.needs) <= there else one.without
            con.execute(f"CREATE TABLE werk.{one.name} AS {fill(sql, parameters)}")
        yield con


def _table(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    con.register("rijen", rows)
    con.execute(f"CREATE TABLE {name} AS FROM rijen")
    con.unregister("rijen")


def rows(con: duckdb.DuckDBPyConnection, name: str, order: str = "ALL") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = con.execute(f"FROM werk.{name} ORDER BY {order}").to_arrow_table().to_pylist()
    return found
