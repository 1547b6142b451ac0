"""A clean re-integration record with its surroundings, to be broken in one place and judged by the rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from exchanges.core.dated import code_lists, parameters
from exchanges.core.declare import Rule
from exchanges.core.period import Period
from exchanges.core.rules.engine import Outcome, evaluate
from exchanges.core.sql import period_parameters

Row = dict[str, Any]
Tables = dict[str, list[Row]]
PERIOD = Period(2026, 10)
BSN, OTHER = "999990007", "999990019"
NEWER, OLDER = datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 10, tzinfo=UTC)

_TEXT, _INT, _LONG, _BOOL = pa.string(), pa.int32(), pa.int64(), pa.bool_()
_MOMENT, _DAY = pa.timestamp("ms", tz="UTC"), pa.date32()
_PLACE = {"_row": _LONG, "_root": _LONG, "_line": _LONG, "_file": _INT}
SCHEMAS: dict[str, dict[str, pa.DataType]] = {
    "client": _PLACE | {"bsn": _TEXT, "geslacht": _TEXT, "geboortedatum": _INT},
    "atl_relatie": _PLACE
    | {"_parent": _LONG, "arbeidsvermogen": _TEXT, "doel": _TEXT, "bron_partij": _TEXT, "bron_vestiging": _TEXT},
    "voorziening": _PLACE
    | {"_parent": _LONG, "registratienummer": _TEXT, "datum_begin": _INT, "datum_einde": _INT, "type": _TEXT,
       "omschrijving": _TEXT, "lks": _BOOL, "loonwaarde": _INT},
    "bron.persoon": {"persoon_id": _TEXT, "bsn": _TEXT},
    "bron.voorziening": {"voorziening_id": _TEXT, "persoon_id": _TEXT, "gewijzigd_op": _MOMENT},
    "bron.traject": {"persoon_id": _TEXT, "gewijzigd_op": _MOMENT},
    "bron.loonkostensubsidie": {"voorziening_id": _TEXT, "gewijzigd_op": _MOMENT},
    "bron.koppelvlak_instelling": {"gemeentecode": _TEXT, "cluster": _TEXT, "methode": _TEXT, "berichtversie": _TEXT,
                                   "url": _TEXT},
    "bron.verwijsindex": {"bsn": _TEXT, "gemeentecode": _TEXT, "cluster": _TEXT, "ind_dkd": _BOOL,
        "gewijzigd_op": _MOMENT},
    "bron.bevraging": {"gemeentecode": _TEXT, "cluster": _TEXT, "bsn_vraag": _TEXT, "bsn_antwoord": _TEXT,
                       "uitkomst": _TEXT, "duur_ms": _INT},
    "bron.levering_monitor": {"gemeentecode": _TEXT, "cluster": _TEXT, "verwacht_op": _DAY, "ontvangen_op": _DAY},
    "bron.srg_voorziening": {"bsn": _TEXT, "registratienummer": _TEXT, "periode": _TEXT, "type": _TEXT,
                             "datum_begin": _INT, "datum_einde": _INT, "loonwaarde": pa.int16()},
}  # fmt: skip
SOURCES = [name.removeprefix("bron.") for name in SCHEMAS if name.startswith("bron.")]
_OURS = {"gemeentecode": "0153", "cluster": "04"}


def clean() -> Tables:
    """One person, one trajectory, one provision with subsidy, and everything around it in order."""
    return {
        "client": [{"bsn": BSN, "geslacht": "2", "geboortedatum": 19850612}],
        "atl_relatie": [{"arbeidsvermogen": "10", "doel": "1", "bron_partij": "0153", "bron_vestiging": "0000"}],
        "voorziening": [{
            "registratienummer": "RV-1", "datum_begin": 20250601, "datum_einde": None, "type": "10",
            "omschrijving": "Werk", "lks": True, "loonwaarde": 6250,
        }],
        "bron.persoon": [{"persoon_id": "P1", "bsn": BSN}],
        "bron.voorziening": [{"voorziening_id": "V1", "persoon_id": "P1", "gewijzigd_op": OLDER}],
        "bron.traject": [{"persoon_id": "P1", "gewijzigd_op": OLDER}],
        "bron.loonkostensubsidie": [{"voorziening_id": "V1", "gewijzigd_op": OLDER}],
        "bron.koppelvlak_instelling": [_OURS | {
            "methode": "verzamelbestand", "berichtversie": "v0200",
            "url": "https://voorbeeld.invalid/GSDDossierReintegratie-v0200",
        }],
        "bron.verwijsindex": [_OURS | {"bsn": BSN, "ind_dkd": True, "gewijzigd_op": NEWER}],
        "bron.bevraging": [_OURS | {"bsn_vraag": BSN, "bsn_antwoord": BSN, "uitkomst": "DATA", "duur_ms": 5000}],
        "bron.levering_monitor": [_OURS | {"verwacht_op": date(2026, 9, 30), "ontvangen_op": date(2026, 10, 1)}],
        "bron.srg_voorziening": [{
            "bsn": BSN, "registratienummer": "RV-1", "periode": "2026-10", "type": "10", "datum_begin": 20250601,
            "datum_einde": None, "loonwaarde": 62,
        }],
    }  # fmt: skip


def judge(con: Any, rules: tuple[Rule, ...], tables: Tables, *, sources: list[str] | None = None) -> Outcome:
    """``con`` has the macros and the code lists. Rows get their place: all belong to the first record of the first
    file, unless they say otherwise; in the record table every row is a record."""
    for name, schema in SCHEMAS.items():
        rows = []
        for number, row in enumerate(tables.get(name, [])):
            place = {
                "_row": number,
                "_root": number if name == "client" else 0,
                "_parent": 0,
                "_file": 0,
                "_line": None,
            }
            rows.append({key: value for key, value in {**place, **row}.items() if key in schema})
        con.register("tabel_" + name.replace(".", "_"), pa.Table.from_pylist(rows, pa.schema(schema)))
        con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM tabel_{name.replace('.', '_')}")
    given: Any = {name: row.value for name, row in parameters("dkd_reintegratie", PERIOD).items()}
    given |= period_parameters("0153", PERIOD) | {"methode": "verzamelbestand"}
    return evaluate(con, rules, given, record="client", key="bsn", sources=SOURCES if sources is None else sources)


def add_code_lists(con: Any) -> None:
    con.executemany("INSERT INTO codelijst VALUES (?, ?, ?)", [(c.tag, c.code, c.complete) for c in code_lists(PERIOD)])
