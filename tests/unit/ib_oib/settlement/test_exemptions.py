"""Which exemption comes first, what must have come before it, and how long it lasts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from exchanges.core.period import Period
from exchanges.ib_oib.settlement.parameters import Choices
from tests.settlement import OWN, Households

NEW = Choices(exemptions_from=Period(2026, 1), own_numbers=(OWN,))
_DONE = date(2024, 1, 1), date(2024, 6, 30), 6


def _worker(born: int = 19900115, net: int = 100_000, months: range = range(7, 8)) -> tuple[Households, str]:
    """A single client with the same wage in every one of the ``months`` of 2026."""
    world = Households()
    person = world.person(born)
    dossier = world.client(person)
    for month in months:
        period = Period(2026, month)
        world.paid(dossier, str(period))
        world.wage(person, net, int(period.start.strftime("%Y%m%d")), int(period.end.strftime("%Y%m%d")))
    return world, person


def _subsidised(world: Households, person: str) -> None:
    world.add("voorziening", voorziening_id="v1", persoon_id=person)
    world.add("loonkostensubsidie", voorziening_id="v1", datum_begin=date(2024, 1, 1))


def _free(world: Households, folder: Path, choices: Choices | None = None) -> list[tuple[str, int]]:
    """Rule and cents left free, by month."""
    rows = world.propose(folder, choices=choices).rows("berekening")
    return [(row["regel"], -row["bedrag"]) for row in rows if row["regel"].startswith("E-") and row["bedrag"]]


def _by_day_of_birth(days: Iterable[int], folder: Path) -> dict[int, set[str]]:
    """The codes of July and the rule that leaves something free, of a worker with E-01 granted, by day of birth."""
    world, of = Households(), {}
    for born in days:
        person = world.person(born)
        of[world.client(person)] = born
        world.paid(f"d{len(of) - 1}")
        world.wage(person, 100_000)
        world.right(person, "31n")
    said = world.propose(folder)
    found = {of[row["dossier_id"]]: set(row["codes"].split()) for row in said.rows()}
    for line in said.rows("berekening"):
        if line["regel"].startswith("E-") and line["bedrag"]:
            found[of[line["dossier_id"]]].add(line["regel"])
    return found


def _codes(world: Households, folder: Path, choices: Choices | None = None) -> list[str]:
    return str(world.propose(folder, choices=choices).one()["codes"]).split()


@pytest.mark.parametrize(
    ("grounds", "medical", "expected"),
    [
        (("31n", "31z", "31aa", "31r"), True, ("E-01", 25_000)),
        (("31z", "31aa", "31r"), True, ("E-04", 15_000)),
        (("31z", "31aa", "31r"), False, ("E-05", 15_000)),
        (("31aa", "31r"), False, ("E-06", 15_000)),
        (("31r",), False, ("E-03", 12_500)),
    ],
)
def test_the_first_that_holds_is_taken(
    tmp_path: Path, grounds: tuple[str, ...], medical: bool, expected: tuple[str, int]
) -> None:
    world, person = _worker()
    _subsidised(world, person)
    world.add("omstandigheid", persoon_id=person, soort="alleenstaande_ouder", datum_begin=date(2024, 1, 1))
    if medical:
        world.add("omstandigheid", persoon_id=person, soort="medisch_urenbeperkt", datum_begin=date(2024, 1, 1))
    if "31n" not in grounds:
        world.right(person, "31n", _DONE[0], _DONE[1])
        world.tables["vrijlating"][-1]["maanden_gebruikt"] = _DONE[2]
    if "31z" not in grounds:
        world.right(person, "31z", date(2024, 7, 1), date(2025, 6, 30), used=12)
    for ground in grounds:
        world.right(person, ground)
    assert _free(world, tmp_path) == [expected]


def test_six_months_are_counted_over_all_spells(tmp_path: Path) -> None:
    world, person = _worker(months=range(1, 8))
    world.right(person, "31n", date(2026, 1, 1), date(2026, 2, 28), used=1)
    world.right(person, "31n", date(2026, 5, 1), used=1)
    said = world.propose(tmp_path)
    free = {row["maand"]: row["vrij"] for row in said.rows()}
    # One elsewhere, two in the first spell, and after that three: with those the six are used.
    assert [month for month, cents in sorted(free.items()) if cents] == [
        "2026-01", "2026-02", "2026-05", "2026-06", "2026-07"]
    world.tables["vrijlating"][0]["maanden_gebruikt"] = 3
    world.tables["vrijlating"][1]["maanden_gebruikt"] = 5
    said = world.propose(tmp_path / "more")
    free = {row["maand"]: row["vrij"] for row in said.rows()}
    assert [month for month, cents in sorted(free.items()) if cents] == ["2026-01", "2026-02", "2026-05"]
    assert "VRIJ-OP" in said.one("2026-07")["codes"]


def test_months_before_those_that_are_calculated_are_those_of_the_administration(tmp_path: Path) -> None:
    world, person = _worker()
    world.right(person, "31n", date(2025, 1, 1))
    for month in range(2, 7):
        world.add("inkomstenopgave", opgave_id=f"o{month}", uitkering_id="d0", persoon_id=person,
                  periode=f"2025-{month:02d}", vrijgelaten_cent=5_000, verrekend_cent=0)
    assert _free(world, tmp_path / "five") == [("E-01", 25_000)]
    world.tables["inkomstenopgave"].append(world.tables["inkomstenopgave"][0] | {"periode": "2025-07"})
    assert _free(world, tmp_path / "six") == []


def test_a_subsidised_job_is_free_for_twelve_months(tmp_path: Path) -> None:
    world, person = _worker(months=range(5, 8))
    _subsidised(world, person)
    world.right(person, "31n", *_DONE[:2], used=6)
    world.right(person, "31z", date(2026, 5, 1), used=10)
    assert _free(world, tmp_path) == [("E-05", 15_000), ("E-05", 15_000)]


def test_a_month_that_is_free_for_medical_reasons_is_none_of_those_twelve(tmp_path: Path) -> None:
    world, person = _worker(months=range(4, 8))
    _subsidised(world, person)
    world.right(person, "31n", *_DONE[:2], used=6)
    world.right(person, "31z", date(2026, 4, 1), used=10)
    world.add("omstandigheid", persoon_id=person, soort="medisch_urenbeperkt", datum_begin=date(2026, 4, 1),
              datum_einde=date(2026, 5, 31))  # fmt: skip
    assert _free(world, tmp_path) == [("E-04", 15_000), ("E-04", 15_000), ("E-05", 15_000), ("E-05", 15_000)]


@pytest.mark.parametrize(("begin", "expected"), [(date(2024, 2, 1), [("E-03", 12_500)]), (date(2024, 1, 1), [])])
def test_a_single_parent_has_thirty_months_in_a_row(
    tmp_path: Path, begin: date, expected: list[tuple[str, int]]
) -> None:
    world, person = _worker()
    world.add("omstandigheid", persoon_id=person, soort="alleenstaande_ouder", datum_begin=date(2024, 1, 1))
    world.right(person, "31n", date(2023, 1, 1), date(2023, 6, 30), used=6)
    world.right(person, "31r", begin)
    assert _free(world, tmp_path) == expected


@pytest.mark.parametrize(
    ("second", "used", "expected"),
    [(date(2026, 7, 1), 0, "E-11"), (date(2026, 3, 1), 0, "VRIJ-OPNIEUW"), (date(2026, 3, 1), 8, "VRIJ-OP")],
)
def test_art_34a_begins_again_only_after_its_term(tmp_path: Path, second: date, used: int, expected: str) -> None:
    world, person = _worker()
    world.right(person, "34a", date(2025, 7, 1))
    world.right(person, "34a", second, used=used)
    said = world.propose(tmp_path, choices=NEW)
    found = said.one()["codes"].split() + [row["regel"] for row in said.rows("berekening") if row["bedrag"]]
    assert expected in found


def test_age_is_that_on_the_first_day_of_the_month(tmp_path: Path) -> None:
    expected = {19590701: "E-02", 19590702: "E-01", 19990701: "E-01", 19990702: "VRIJ-LEEFTIJD"}
    found = _by_day_of_birth(expected, tmp_path)
    assert {born: found[born] - {"LAAT"} for born in expected} == {born: {code} for born, code in expected.items()}


def test_a_day_of_birth_that_is_not_known_matters_only_near_a_limit(tmp_path: Path) -> None:
    known = {19800000: True, 19900700: True, 19590000: False, 19590700: False, 0: False}
    found = _by_day_of_birth(known, tmp_path)
    assert {born: "GEBOORTEDATUM" not in found[born] for born in known} == known


@pytest.mark.parametrize(
    ("ground", "before", "code"),
    [("31r", True, "VRIJ-OUDER"), ("31r", False, "VRIJ-NA"), ("31z", False, "VRIJ-LKS"), ("31aa", True, "VRIJ-LKS")],
)
def test_what_does_not_meet_its_conditions_is_for_a_person(
    tmp_path: Path, ground: str, before: bool, code: str
) -> None:
    world, person = _worker()
    if before:
        world.right(person, "31n", *_DONE[:2], used=6)
    world.right(person, ground)
    row = world.propose(tmp_path).one()
    assert code in row["codes"].split() and row["te_verrekenen"] is None


def test_without_a_start_of_art_34a_a_person_must_judge(tmp_path: Path) -> None:
    world, _ = _worker()
    assert "VRIJ-BEGIN" in _codes(world, tmp_path, NEW)


def test_an_amount_that_was_not_published_is_not_made_up(tmp_path: Path) -> None:
    """Caps of art. 31 are known up to and including 2026; a municipality of 2025 with art. 34a has no amount either."""
    world, person = _worker()
    for row in world.income:
        row.update(begin=20251101, eind=20251130)
    world.tables["betaling"][0]["periode"] = "2025-11"
    world.right(person, "34a", date(2025, 11, 1))
    early = Choices(exemptions_from=Period(2025, 11), reserve_from=Period(2025, 1), own_numbers=(OWN,))
    row = world.propose(tmp_path, Period(2025, 11), early).one("2025-11")
    assert "VRIJ-BEDRAG" in row["codes"].split() and row["te_verrekenen"] is None


def test_a_spouse_without_a_right_has_no_exemption(tmp_path: Path) -> None:
    world = Households()
    person, spouse = world.person(), world.person()
    world.paid(world.client(person, spouse=spouse, entitled=False), norm=101_390, reserved=5_070)
    world.wage(spouse, 120_000)
    world.right(spouse, "31n")
    assert _free(world, tmp_path) == []
