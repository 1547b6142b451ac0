"""Every local refusal: what it must find, and what lies just beside it and is fine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from exchanges.ib_rechtmatigheid.rules import RULES
from tests.unit.ib_rechtmatigheid.dossiers import (
    BSN,
    OTHER,
    THIRD,
    Tables,
    benefit,
    clean,
    codes,
    judge,
    lines,
    person,
    selected,
)

Change = Callable[[Tables], Any]


def partner(**values: Any) -> Change:
    return lambda tables: tables["persoon"][1].update(values)


def of(**values: Any) -> Change:
    """Another benefit than the clean one."""
    return lambda tables: tables["uitkering"][0].update(values)


def also(*rows: dict[str, Any]) -> Change:
    return lambda tables: tables["uitkering"].extend(rows)


HITS: list[tuple[str, str, int, Change]] = [
    ("RM-E02", "elfproef", 1, partner(bsn="999990018")),
    ("RM-E02", "nullen", 1, partner(bsn="000000000")),
    ("RM-E02", "acht cijfers", 1, partner(bsn="99999001")),
    ("RM-E02", "Arabisch-Indische cijfers", 1, partner(bsn="٩٩٩٩٩٠٠١٩")),
    ("RM-E02", "spatie", 1, partner(bsn="99999001 ")),
    ("RM-E02", "persoon die er niet is", 1, of(partner_persoon_id="P9")),
    ("RM-E03", "aanvrager is ook partner", 2, of(partner_persoon_id="P1")),
    ("RM-E03", "uitkering dubbel in de bron", 4, also(benefit("U2", "P1", "P2", registratienummer="R-U1"))),
    ("RM-E03", "twee perioden onder hetzelfde nummer", 2, also(
        benefit("U2", "P1", registratienummer="R-U1", datum_begin=date(2025, 9, 1), datum_einde=date(2025, 9, 30)))),
    ("RM-E03", "twee personen met een BSN", 2, partner(bsn=BSN)),
    ("RM-E04", "een dag", 2, of(datum_begin=date(2026, 5, 2), datum_einde=date(2026, 5, 1))),
    ("RM-E05", "partner in een andere gemeente", 1, partner(gemeentecode="0344")),
    ("RM-E05", "code zonder voorloopnul", 1, partner(gemeentecode="153")),
    ("RM-W01", "geen achternaam", 1, partner(achternaam=None)),
    ("RM-W01", "geen geboortedatum", 1, partner(geboortedatum=None)),
    ("RM-W01", "geboren op 31 april", 1, partner(geboortedatum=19900431)),
]  # fmt: skip
FINE: list[tuple[str, Change]] = [
    ("einde op de eerste dag", of(datum_begin=date(2026, 5, 1), datum_einde=date(2026, 5, 1))),
    ("einde in de toekomst", of(datum_einde=date(2028, 1, 1))),
    ("zelfde dossiernummer, andere regeling", also(benefit("U2", "P1", registratienummer="R-U1", regeling="BBZ"))),
    ("zelfde persoon, ander dossier", also(benefit("U2", "P1"))),
    ("zelfde nummer buiten het venster", also(
        benefit("U2", "P1", registratienummer="R-U1", datum_begin=date(2020, 1, 1), datum_einde=date(2021, 1, 1)))),
    ("alleenstaand", of(partner_persoon_id=None)),
    ("zonder leefvorm", of(leefvorm=None)),
    ("alleen het geboortejaar bekend", partner(geboortedatum=19900000)),
    ("geboortedatum onbekend in de BRP", partner(geboortedatum=0)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "what", "count", "change"), HITS, ids=[f"{c}: {w}" for c, w, _, _ in HITS])
def test_what_is_wrong_is_found_in_as_many_lines_and_nothing_else_is(tmp_path, code, what, count, change):
    tables = clean()
    change(tables)
    con, chosen = selected(tmp_path, tables)
    assert codes(judge(con, chosen)) == [code] * count
    con.close()


@pytest.mark.parametrize(("what", "change"), FINE, ids=[what for what, _ in FINE])
def test_what_lies_beside_it_is_fine(tmp_path, what, change):
    tables = clean()
    change(tables)
    con, chosen = selected(tmp_path, tables)
    assert codes(judge(con, chosen)) == []
    con.close()


def test_one_line_is_refused_and_not_the_other_of_the_couple(tmp_path):
    tables = clean()
    partner(bsn="999990018")(tables)
    con, chosen = selected(tmp_path, tables)
    rejected = judge(con, chosen).rejected().to_pylist()
    con.close()
    assert [lines(chosen, "rol")[row] for row in rejected] == [("partner",)]


@pytest.mark.parametrize(("rol", "bsn"), [("aanvrager", BSN), ("partner", OTHER)])
def test_a_running_dossier_that_the_selection_lost_stops_the_delivery(tmp_path, rol, bsn):
    """R-RM 2: what no rule leaves out and is not there, is told by the person it is about."""
    tables = clean() | {"uitkering": [benefit("U1", "P1", "P2"), benefit("U2", "P3")]}
    tables["persoon"].append(person("P3", THIRD))
    con, chosen = selected(tmp_path, tables)
    con.execute(f"COPY (SELECT * FROM read_parquet('{chosen.paths['regel']}') WHERE dossiernummer <> 'R-U1'"
                f" OR rol <> '{rol}') TO '{tmp_path}/minder.parquet' (FORMAT parquet)")  # fmt: skip
    chosen.paths["regel"] = tmp_path / "minder.parquet"
    outcome = judge(con, chosen)
    con.close()
    assert codes(outcome) == ["RM-R02"]
    assert outcome.rules[outcome.hits["rule"][0].as_py()].severity == "blocker"
    assert outcome.hits["key"].to_pylist() == [bsn]
    assert len(outcome.rejected()) == 0


@pytest.mark.parametrize("end", [date(2026, 10, 30), date(2024, 1, 1)])
def test_a_dossier_that_does_not_run_on_the_reference_date_need_not_be_there(tmp_path, end):
    con, chosen = selected(
        tmp_path, clean() | {"uitkering": [benefit("U1", "P1", datum_einde=end), benefit("U2", "P2")]}
    )
    con.execute(f"COPY (SELECT * FROM read_parquet('{chosen.paths['regel']}') WHERE dossiernummer = 'R-U2')"
                f" TO '{tmp_path}/minder.parquet' (FORMAT parquet)")  # fmt: skip
    chosen.paths["regel"] = tmp_path / "minder.parquet"
    assert "RM-R02" not in codes(judge(con, chosen))
    con.close()


@pytest.mark.parametrize(
    "changed",
    [
        "* REPLACE ('999990019' AS bsn)",
        "* REPLACE (NULL::VARCHAR AS bsn)",
        "* REPLACE ('R-9' AS dossiernummer)",
        "* REPLACE ('IOAW' AS regeling)",
        "* REPLACE (CASE rol WHEN 'partner' THEN 'aanvrager' ELSE 'partner' END AS rol)",
        "* REPLACE (datum_aanvang + 1 AS datum_aanvang)",
        "* REPLACE (DATE '2026-12-31' AS datum_einde)",
        "* REPLACE (NULL AS leefvorm)",
        "* REPLACE (NOT lopend AS lopend)",
    ],
)
def test_a_line_that_is_not_as_administered_stops_the_delivery(tmp_path, changed):
    con, chosen = selected(tmp_path, clean() | {"uitkering": [benefit("U1", "P1", "P3")]})
    con.execute(f"COPY (SELECT {changed} FROM read_parquet('{chosen.paths['regel']}') WHERE rol = 'aanvrager')"
                f" TO '{tmp_path}/anders.parquet' (FORMAT parquet)")  # fmt: skip
    chosen.paths["regel"] = tmp_path / "anders.parquet"
    assert "RM-P01" in codes(judge(con, chosen))
    con.close()


def test_every_rule_says_what_to_do_and_all_are_tried_here():
    assert {rule.code for rule in RULES} == {code for code, _, _, _ in HITS} | {"RM-R02", "RM-R03", "RM-P01"}
    assert all(rule.action and rule.source for rule in RULES)
