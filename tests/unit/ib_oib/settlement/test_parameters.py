"""The dated rules: those of the official texts, each kind of income, one regime in a month."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from exchanges.core.data import data_dir
from exchanges.core.dated import code_lists, parameters
from exchanges.core.errors import UsageError
from exchanges.core.period import Period
from exchanges.ib_oib.settlement.parameters import FILE, Choices, buffer_runs, holiday, regime, window

_CAPS = {
    "31 lid 2 n": ("E-01", "E-02"), "31 lid 2 r": ("E-03",), "31 lid 2 y": ("E-04",), "31 lid 2 z": ("E-05",),
    "31 lid 2 aa": ("E-06",), "34a lid 1 c": ("E-13",),
}  # fmt: skip
_YEARLY = {"31 lid 2 j": "premie_jaar_cent", "31 lid 2 m": "giften_jaar_cent", "34b lid 1": "bufferbudget_jaar_cent"}
_SITUATIONS = {"21 b": "gehuwd_21", "22 b": "gehuwd_beiden_aow", "22 c": "gehuwd_een_aow"}


def _ours(name: str) -> list[dict[str, str]]:
    with (data_dir("mappings") / "verrekening" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _theirs(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "bvv" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _cents(euros: str) -> str:
    return str(int(Decimal(euros) * 100)) if euros else ""


def test_the_norms_for_couples_are_the_official_ones(official: Path) -> None:
    expected = {(_SITUATIONS[row["article"]], day): _cents(row[f"valid_from_{day}"])
                for row in _theirs(official, "bijstandsnormen") if row["article"] in _SITUATIONS
                for day in ("2025-07-01", "2026-07-01")}
    ours = {(row["situatie"], row["geldig_van"]): row["bedrag_cent"]
            for row in _ours("normen") if row["zekerheid"] == "verified"}
    assert len(expected) == 6 and ours == expected


def test_the_table_of_holiday_allowance_is_the_official_one(official: Path) -> None:
    expected = [(_cents(row["netto_inkomen_van"]), _cents(row["netto_inkomen_tot"]), _cents(row["percentage"]),
                 _cents(row["aftrek"])) for row in _theirs(official, "vakantietoeslag-aanspraak-2022-art11")]
    ours = [(row["van_cent"], row["tot_cent"], row["percentage"], row["aftrek_cent"])
            for row in _ours("vakantietoeslag")]
    assert ours == expected and {row["geldig_tot"] for row in _ours("vakantietoeslag")} == {"2022-12-31"}


def test_the_caps_of_exemptions_are_the_official_ones(official: Path) -> None:
    expected = {(code, day): _cents(row[f"valid_from_{day}"]) for row in _theirs(official, "bijstandsnormen")
                for code in _CAPS.get(row["article"], ()) for day in ("2025-07-01", "2026-07-01")
                if row[f"valid_from_{day}"]}
    ours = {(row["code"], row["geldig_van"]): row["hoogste_cent"] for row in _ours("vrijlatingen")
            if row["zekerheid"] == "verified" and row["hoogste_cent"]}
    assert len(expected) == 13 and ours == expected


@pytest.mark.parametrize(("month", "day"), [(Period(2025, 9), "2025-07-01"), (Period(2026, 9), "2026-07-01")])
def test_what_is_free_per_year_is_the_official_amount(official: Path, month: Period, day: str) -> None:
    expected = {_YEARLY[row["article"]]: int(_cents(row[f"valid_from_{day}"]))
                for row in _theirs(official, "bijstandsnormen")
                if row["article"] in _YEARLY and row[f"valid_from_{day}"]}
    ours = parameters(FILE, month)
    assert {name: ours[name].value for name in _YEARLY.values() if name in ours} == expected and expected


def test_every_kind_of_income_has_a_treatment() -> None:
    known = {code.code for code in code_lists(Period(2026, 7)) if code.tag == "CdSrtIkv"}
    assert known and known <= {row["soort"] for row in _ours("inkomens")}


def test_what_is_not_read_in_a_source_is_assumed() -> None:
    rows = [*_ours("vrijlatingen"), *_ours("normen"), *_ours("inkomens"), *_ours("vakantietoeslag")]
    assert all(row["bron"] and row["zekerheid"] in {"verified", "secondary", "assumed"} for row in rows)
    assert all(row["zekerheid"] == "assumed" for row in _ours("vrijlatingen")
               if row["geldig_van"] == "2026-01-01")  # fmt: skip


def test_an_amount_of_a_text_does_not_hold_as_verified_in_a_text_that_was_not_read() -> None:
    """Of 2026 only the text of July was read: what is verified of 2025 ends with that year."""
    with (data_dir("mappings") / "parameters" / f"{FILE}.csv").open(encoding="utf-8", newline="") as file:
        amounts = [row for row in csv.DictReader(file, delimiter=";") if row["parameter"].endswith("_cent")]
    rows = [row for row in [*_ours("vrijlatingen"), *_ours("normen"), *amounts] if row["zekerheid"] == "verified"]
    assert len(rows) > 20
    assert {row["geldig_van"] for row in rows} == {"2025-07-01", "2026-07-01"}
    assert {row["geldig_tot"] for row in rows if row["geldig_van"] == "2025-07-01"} == {"2025-12-31"}


@pytest.mark.parametrize(
    ("month", "choices", "expected"),
    [
        (Period(2026, 12), Choices(), ("OUD_31", "RESERVE", False)),
        (Period(2027, 1), Choices(), ("NIEUW_34A", "RESERVE", True)),
        (Period(2025, 12), Choices(), ("OUD_31", "TABEL", False)),
        (Period(2026, 3), Choices(exemptions_from=Period(2026, 4)), ("OUD_31", "RESERVE", False)),
        (Period(2026, 4), Choices(exemptions_from=Period(2026, 4), buffer_from=Period(2026, 4)),
         ("NIEUW_34A", "RESERVE", True)),
        (Period(2025, 10), Choices(reserve_from=Period(2025, 10)), ("OUD_31", "RESERVE", False)),
    ],
)  # fmt: skip
def test_a_municipality_may_go_over_earlier(
    month: Period, choices: Choices, expected: tuple[str, str, bool]
) -> None:
    assert (regime(month, choices), holiday(month, choices), buffer_runs(month, choices)) == expected


def test_choices_come_from_the_settings() -> None:
    said = Choices.of({"nieuw_34a_vanaf": "2026-09", "gemeente": "0153"}, ["001000275L01"])
    assert said == Choices(exemptions_from=Period(2026, 9), own_numbers=("001000275L01",))
    with pytest.raises(UsageError):
        Choices.of({"bufferbudget_vanaf": "2026-13"}, [])


def test_twelve_months_are_calculated_again() -> None:
    months = window(Period(2026, 7))
    assert (str(months[0]), str(months[-1]), len(months)) == ("2025-08", "2026-07", 12)
