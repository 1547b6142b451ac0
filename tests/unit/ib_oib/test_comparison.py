"""What of the income is compared: against the mapping that names the columns, and a month of one client."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core.compare.engine import compare
from exchanges.core.compare.snapshot import ASKED, Snapshot
from exchanges.core.mapping.table import load_mapping
from exchanges.core.proof import columns_of
from exchanges.ib_oib.comparison import INCOME

BSN, EMPLOYER = "999990007", "001000275L01"
IKV = {"bsn": BSN, "loonheffingennummer": EMPLOYER, "volgnummer": 1, "begin": 20190100, "eind": None}
IKP = {**IKV, "begin": 20190101, "soort": "15", "aard": "01", "loonheffingskorting": "1"}
IKO = {**IKV, "begin": 20261001, "eind": 20261031, "loon_sv": 3386_48, "loon_lb": 3555_80, "uren": 160}
LEVELS = {level.name: level for level in INCOME.levels}


def test_a_declaration_imports_nothing_heavy():
    heavy = "duckdb", "pyarrow", "numpy", "lxml"
    code = f"import sys, exchanges.ib_oib.comparison; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("level", LEVELS.values(), ids=list(LEVELS))
def test_the_columns_are_those_of_the_mapping(level):
    columns = columns_of(load_mapping("UWVDossierInkomstenGSD", "v0200"))
    own = set(columns[level.name])
    assert {f.name for f in level.key} <= own | set(columns["ikv"]) | set(columns["client"])
    assert set(level.columns) <= own


def test_every_amount_of_the_message_is_compared():
    iko = load_mapping("UWVDossierInkomstenGSD", "v0200").list_node("iko")
    amounts = {node.column for node in iko.walk() if node.format and node.format.name == "bedrag"}
    assert amounts == set(LEVELS["iko"].amounts) and len(amounts) == 10


def month(folder: Path, ikv: list, ikp: list, iko: list) -> Snapshot:
    folder.mkdir()
    asked = [{"bsn": BSN, "antwoord": "beantwoord", "venster_begin": date(2025, 11, 1),
              "venster_eind": date(2026, 11, 30)}]
    pq.write_table(pa.Table.from_pylist(asked, schema=ASKED), folder / "gevraagd.parquet")
    levels = {}
    for (name, level), rows in zip(LEVELS.items(), (ikv, ikp, iko), strict=True):
        kinds = {f.name: pa.string() if f.kind == "code" else pa.int32() for f in (*level.key, *level.traits)}
        schema = pa.schema({**dict.fromkeys(level.measured, pa.int64()), **kinds}.items())
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / f"{name}.parquet")
        levels[name] = (folder / f"{name}.parquet",)
    return Snapshot((folder / "gevraagd.parquet",), levels)


def listed(found) -> set[tuple[str, str, str | None, str | None]]:
    return {
        (row["klasse"], name, row["correctie"], row["gewijzigd"])
        for name, path in found.items.items()
        for row in pq.read_table(path).to_pylist()
    }


def changed(tmp_path: Path, then: tuple[list, list, list], now: tuple[list, list, list]) -> set:
    found = compare(month(tmp_path / "toen", *then), month(tmp_path / "nu", *now), INCOME, tmp_path / "werk",
                    period="2026-11", key=bytes(32))
    assert found.closed
    return listed(found)


SAME = [IKV], [IKP], [IKO]


@pytest.mark.parametrize(("now", "expected"), [
    (SAME, set()),
    (([{**IKV, "eind": 20261031}], [IKP], [IKO]), {("BEEINDIGDE_INKOMSTENVERHOUDING", "ikv", None, "eind")}),
    (([IKV], [{**IKP, "eind": 99991230}], [IKO]), set()),
    (([IKV], [{**IKP, "loonheffingskorting": "2"}], [IKO]),
     {("GECORRIGEERDE_LOONPERIODE", "ikp", "KENMERK", "loonheffingskorting")}),
    (([IKV], [IKP], [{**IKO, "loon_lb": -12_00}]), {("GECORRIGEERDE_LOONPERIODE", "iko", "BEDRAG", "loon_lb")}),
    (([IKV], [IKP], [{**IKO, "uren": None}]), {("GECORRIGEERDE_LOONPERIODE", "iko", "BEDRAG", "uren")}),
    (([IKV], [IKP], []), {("VERVALLEN_LOONPERIODE", "iko", None, None)}),
    (([IKV], [IKP], [IKO, {**IKO, "begin": 20261101, "eind": 20261128}]), {("NIEUWE_LOONPERIODE", "iko", None, None)}),
    (([IKV, {**IKV, "loonheffingennummer": "002000275L01"}], [IKP], [IKO]),
     {("NIEUWE_INKOMSTENVERHOUDING", "ikv", None, None)}),
    (([], [], []), {("INGETROKKEN_INKOMSTENVERHOUDING", "ikv", None, None),
                    ("VERVALLEN_LOONPERIODE", "iko", None, None)}),
])
def test_a_change_has_its_class(tmp_path, now, expected):
    assert changed(tmp_path, SAME, now) == expected


def test_a_relation_without_wages_has_no_loonperiode(tmp_path):
    empty = {**IKO, "begin": 20110101, "eind": 20231123, "loon_sv": None, "loon_lb": None, "uren": None}
    assert changed(tmp_path, ([], [], []), ([IKV], [IKP], [empty])) == {
        ("NIEUWE_INKOMSTENVERHOUDING", "ikv", None, None)
    }
