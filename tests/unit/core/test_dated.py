"""Dated lists: the version of the period, one at a time, and the files that are there now."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from exchanges.core.data import data_dir
from exchanges.core.dated import Code, code_lists, parameters
from exchanges.core.errors import CatalogueError
from exchanges.core.period import Period

CODES = "tag;code;omschrijving;geldig_van;geldig_tot;volledig;zekerheid;bron"
PARAMETERS = "parameter;waarde;geldig_van;geldig_tot;zekerheid;bron;omschrijving"


def write(path: Path, head: str, *lines: str) -> Path:
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path.parent


def test_a_code_counts_from_its_first_to_its_last_period(tmp_path):
    folder = write(
        tmp_path / "suwi.csv", CODES,
        "Doel;1;re-integratie;2019-01-01;;ja;verified;x", "Doel;2;oud;2019-01-01;2026-09-30;ja;verified;x",
        "Doel;2;nieuw;2026-10-01;;nee;assumed;x", "Doel;3;later;2026-11-01;;ja;verified;x",
    )  # fmt: skip
    assert code_lists(Period(2026, 9), folder) == [
        Code("Doel", "1", "re-integratie", True, "verified"), Code("Doel", "2", "oud", True, "verified"),
    ]  # fmt: skip
    assert [(code.code, code.title, code.complete) for code in code_lists(Period(2026, 10), folder)] == [
        ("1", "re-integratie", True), ("2", "nieuw", False),
    ]  # fmt: skip
    assert code_lists(Period(2018, 12), folder) == []


def test_the_last_day_of_the_period_decides(tmp_path):
    folder = write(
        tmp_path / "a.csv",
        CODES,
        "D;1;halverwege begonnen;2026-10-15;;ja;v;x",
        "D;2;gestopt;2019-01-01;2026-10-15;ja;v;x",
    )
    assert [code.code for code in code_lists(Period(2026, 10), folder)] == ["1"]


def test_a_code_that_is_valid_twice_is_refused_by_name(tmp_path):
    write(tmp_path / "a.csv", CODES, "Doel;1;x;2019-01-01;2026-12-31;ja;v;x")
    folder = write(tmp_path / "b.csv", CODES, "Doel;1;y;2026-10-01;;ja;v;x")
    with pytest.raises(CatalogueError, match=r"b\.csv: Doel '1' geldt in 2026-10 twee keer"):
        code_lists(Period(2026, 10), folder)
    assert len(code_lists(Period(2026, 9), folder)) == 1


def test_parameters_are_numbers_or_codes_with_their_zeros(tmp_path):
    folder = write(
        tmp_path / "proef.csv", PARAMETERS, "maanden;24;2019-01-01;;assumed;spec;uitleg",
            "kolom;03;2019-01-01;;verified;;",
        "nul;0;2019-01-01;;verified;;", "vestiging;0000;2019-01-01;;verified;;",
            "patroon;%v0200%;2019-01-01;;verified;;",
    )  # fmt: skip
    found = parameters("proef", Period(2026, 10), folder)
    assert {name: row.value for name, row in found.items()} == {
        "maanden": 24, "kolom": "03", "nul": 0, "vestiging": "0000", "patroon": "%v0200%"}  # fmt: skip
    assert (found["maanden"].certainty, found["maanden"].source, found["maanden"].remark) == (
        "assumed",
        "spec",
        "uitleg",
    )


def test_a_parameter_that_is_valid_twice_is_refused_by_name(tmp_path):
    folder = write(tmp_path / "proef.csv", PARAMETERS, "a;1;2019-01-01;;v;;", "a;2;2026-10-01;;v;;")
    with pytest.raises(CatalogueError, match="Parameter a van proef geldt in 2026-10 twee keer"):
        parameters("proef", Period(2026, 10), folder)


def test_an_exchange_without_a_file_has_no_parameters(tmp_path):
    assert parameters("proef", Period(2026, 10), tmp_path) == {}


@pytest.mark.parametrize("year", range(2019, 2031))
def test_the_lists_and_parameters_of_the_repository_have_no_overlap(year):
    """Exactly one version on every date: the errors above are how an overlap shows."""
    day = date(year, 1, 1)
    while day.year == year:
        period = Period(day.year, day.month)
        assert {code.tag for code in code_lists(period)} >= {"CdTypeRvGsd", "CdDoelRv", "CdArbeidsvermogen", "Geslacht"}
        assert {"venster_maanden", "cluster", "berichtversie"} <= set(parameters("dkd_reintegratie", period))
        day = period.end + timedelta(days=1)


@pytest.mark.parametrize(("text", "said"), [
    (f"{CODES}\nDoel;1;x;01-01-2019;;ja;v;x\n", r"a\.csv, regel 2: geldig_van en geldig_tot zijn datums"),
    (f"{CODES}\nDoel;1;x;2019-01-01;;ja;v\n", r"a\.csv, regel 2: 8 kolommen verwacht"),
    (f"{CODES}\nDoel;1;x;2019-01-01;;ja;v;x;meer\n", r"a\.csv, regel 2: 8 kolommen verwacht"),
    (CODES.replace(";", ",") + "\n", r"a\.csv: de eerste regel moet tag;code;"),
    ("", r"a\.csv: de eerste regel moet tag;code;"),
    (f"{CODES}\nDoel;1;één;2019-01-01;;ja;v;x\n".encode("cp1252"), r"a\.csv is geen UTF-8"),
])
def test_what_a_spreadsheet_program_made_of_it_is_told_with_its_line(tmp_path, text, said):
    (tmp_path / "a.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CatalogueError, match=said):
        code_lists(Period(2026, 10), tmp_path)


def test_the_mark_that_a_spreadsheet_program_begins_with_is_passed_over(tmp_path):
    (tmp_path / "proef.csv").write_text(f"{PARAMETERS}\nmaanden;24;2019-01-01;;v;x;y\n", encoding="utf-8-sig")
    assert parameters("proef", Period(2026, 10), tmp_path)["maanden"].value == 24


@pytest.mark.parametrize("path", sorted(data_dir("mappings").rglob("*.csv")), ids=lambda path: path.stem)
def test_no_cell_of_ours_falls_off_its_row(path):
    """A semicolon in a source or a remark without quotes: what comes after it is not read."""
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file, delimiter=";")
    assert [number for number, row in enumerate(rows, 2) if len(row) != len(head)] == []
