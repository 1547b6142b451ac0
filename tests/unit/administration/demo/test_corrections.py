"""What becomes known late: only what is planted and labelled, of every kind, month after month the same story."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from exchanges.administration.demo import generate
from exchanges.administration.demo.bsns import bsn_numbers, mistaken_numbers
from exchanges.administration.demo.corrections import KINDS
from exchanges.administration.demo.draws import Draws
from exchanges.administration.door import strangers
from tests.unit.administration.demo.made import Town, town

MONTHS = [f"2026-{month:02d}" for month in range(1, 13)]
CLIENTS = 2000
KEPT = {"betaling": "betaling_id", "inkomstenverhouding": "ikv_id", "inkomstenperiode": "periode_id",
        "betaling_component": None}
Row = dict[str, Any]
State = dict[str, dict[Any, Row]]


def state(folder: Path) -> State:
    """Rows by key per table; of a person only the BSN and the death."""
    made: State = {}
    for name, key in KEPT.items():
        rows = pq.read_table(folder / f"{name}.parquet").to_pylist()
        made[name] = {row[key] if key else (row["betaling_id"], row["volgnummer"]): row for row in rows}
        assert len(made[name]) == len(rows)
    persons = pq.read_table(folder / "persoon.parquet", columns=["persoon_id", "bsn", "overlijdensdatum"])
    made["persoon"] = {row["persoon_id"]: row for row in persons.to_pylist()}
    return made


class Year:
    def __init__(self, root: Path, corrections: bool) -> None:
        self.folders = [root / month for month in MONTHS]
        for month, folder in zip(MONTHS, self.folders, strict=True):
            generate(folder, "0153", CLIENTS, 3, corrections=corrections, period=month)
        self.states = [state(folder) for folder in self.folders]
        cases = self.folders[-1] / "correcties.json"
        self.cases: list[Row] = json.loads(cases.read_text(encoding="utf-8")) if corrections else []

    def steps(self) -> Iterator[tuple[str, State, State]]:
        yield from zip(MONTHS[1:], self.states, self.states[1:], strict=False)

    def about(self, month: str) -> list[Row]:
        return [case for case in self.cases if case["bekend_in"] == month]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Year:
    return Year(tmp_path_factory.mktemp("plain"), corrections=False)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    return Year(tmp_path_factory.mktemp("year"), corrections=True)


def month_of(value: Any) -> str:
    return str(value.strftime("%Y-%m"))


def test_without_corrections_nothing_is_known_late(plain: Year) -> None:
    assert not any((folder / "correcties.json").exists() for folder in plain.folders)
    for row in plain.states[-1]["betaling"].values():
        assert row["periode"] == month_of(row["datum_betaalbaar"]) == month_of(row["gewijzigd_op"])
    for month, before, after in plain.steps():
        for name in ("betaling", "betaling_component", "inkomstenperiode"):
            assert before[name].items() <= after[name].items(), f"{name} {month}"
        new = [row for key, row in after["betaling"].items() if key not in before["betaling"]]
        assert {row["periode"] for row in new} == {month}
        for key, row in after["inkomstenperiode"].items():
            assert key in before["inkomstenperiode"] or month_of(row["datum_begin"]) == month
        for key, row in after["inkomstenverhouding"].items():
            was = before["inkomstenverhouding"].get(key)
            if was is None:
                assert month_of(row["datum_aanvang"]) == month
            elif was != row:
                assert was | {"datum_einde": row["datum_einde"], "gewijzigd_op": row["gewijzigd_op"]} == row
                assert month_of(row["datum_einde"]) == month
        assert all(after["persoon"][key]["bsn"] == row["bsn"] for key, row in before["persoon"].items())


def test_every_kind_is_planted(year: Year) -> None:
    counts = Counter(case["kind"] for case in year.cases)
    assert set(counts) == set(KINDS[1:])
    assert min(counts.values()) >= 5, counts
    retro = [case for case in year.cases if case["kind"] == "retroactive_grant"]
    assert any(case["tijdvakken"][0] < "2026" for case in retro), "none from the year before"
    assert any(len(case["tijdvakken"]) > 1 for case in year.cases)
    for case in year.cases:
        assert list(case) == ["kind", "persoon_id", "ikv_id", "tijdvakken", "bekend_in", "netto_cent",
                              "loonheffing_cent", "was"]
        assert max(case["tijdvakken"]) < case["bekend_in"] <= "2026-12"
        assert case["ikv_id"] in year.states[-1]["inkomstenverhouding"]


def test_a_state_is_the_one_before_and_what_became_known(year: Year) -> None:
    """Rows of earlier months change, come or go through a labelled case only."""
    for month, before, after in year.steps():
        cases = year.about(month)
        named = {case["ikv_id"] for case in cases} | {
            case["was"]["ikv_id"] for case in cases if case["was"] and "ikv_id" in case["was"]}
        old, new = before["betaling"], after["betaling"]
        touched = set()
        for key in old.keys() | new.keys():
            was, row = old.get(key), new.get(key)
            if was == row or (was is None and row and row["periode"] == month):
                continue
            assert row is not None, "a payment went away"
            assert row["ikv_id"] in named, (month, was, row)
            assert month_of(row["gewijzigd_op"]) == month
            touched.add(row["ikv_id"])
        for key in before["inkomstenverhouding"].keys() | after["inkomstenverhouding"].keys():
            was, row = before["inkomstenverhouding"].get(key), after["inkomstenverhouding"].get(key)
            if was == row or key in named:
                continue
            assert row is not None
            assert month_of(row["datum_einde"] if was else row["datum_aanvang"]) == month
        for key, row in after["inkomstenperiode"].items():
            if before["inkomstenperiode"].get(key) != row and row["ikv_id"] not in named:
                assert month_of(row["datum_begin"]) == month
        money = {case["ikv_id"] for case in cases if case["netto_cent"] or case["loonheffing_cent"]}
        assert money <= touched
        changed = {key for key, row in before["persoon"].items() if after["persoon"][key]["bsn"] != row["bsn"]}
        assert changed == {case["persoon_id"] for case in cases if case["kind"] == "bsn_changed"}


def test_the_labels_say_what_was_added(year: Year) -> None:
    """Per month and relation: net of the earlier months after, less before."""
    for month, before, after in year.steps():
        for case in year.about(month):
            ikvs = {case["ikv_id"], (case["was"] or {}).get("ikv_id", case["ikv_id"])}
            totals = []
            for rows in (before["betaling"], after["betaling"]):
                mine = [row for row in rows.values() if row["ikv_id"] in ikvs and row["periode"] < month]
                tax = [row["loonheffing_cent"] for row in mine]
                totals.append((sum(row["netto_cent"] for row in mine), None if None in tax else sum(tax),
                               {row["periode"] for row in mine}))
            (net, tax, _), (net_after, tax_after, touched) = totals
            assert net_after - net == case["netto_cent"], case
            assert set(case["tijdvakken"]) <= touched | set(case["tijdvakken"][1:])
            if case["loonheffing_cent"] is not None and case["kind"] != "inkomenscode_changed":
                assert (tax_after or 0) - (tax or 0) == case["loonheffing_cent"], case
            if case["kind"] == "inkomenscode_changed":
                # The other table leaves the net amount as it is; its percentage is the same but for the rounding.
                assert abs(tax_after - tax) <= 5 * len(case["tijdvakken"])


def of_kind(year: Year, kind: str) -> Iterator[tuple[Row, State, State]]:
    found = 0
    for month, before, after in year.steps():
        for case in year.about(month):
            if case["kind"] == kind:
                found += 1
                yield case, before, after
    assert found


def added(case: Row, before: State, after: State) -> list[Row]:
    return [row for key, row in after["betaling"].items()
            if key not in before["betaling"] and row["ikv_id"] == case["ikv_id"] and row["periode"] < case["bekend_in"]]


def test_late_payment_and_refund(year: Year) -> None:
    for case, before, after in of_kind(year, "late_payment"):
        (line,) = added(case, before, after)
        assert (line["soort"], [line["periode"]]) == ("nabetaling", case["tijdvakken"])
        assert line["netto_cent"] == case["netto_cent"] > 0
    for case, before, after in of_kind(year, "refund"):
        (line,) = added(case, before, after)
        assert (line["soort"], [line["periode"]]) == ("terugbetaling", case["tijdvakken"])
        assert line["netto_cent"] == case["netto_cent"] < 0


def test_retroactive_grant(year: Year) -> None:
    for case, before, after in of_kind(year, "retroactive_grant"):
        assert case["ikv_id"] not in before["inkomstenverhouding"]
        begin = after["inkomstenverhouding"][case["ikv_id"]]["datum_aanvang"]
        assert month_of(begin) == case["tijdvakken"][0]
        assert sorted(row["periode"] for row in added(case, before, after)) == case["tijdvakken"]
        assert {row["soort"] for row in added(case, before, after)} == {"nabetaling"}


def test_death(year: Year) -> None:
    for case, before, after in of_kind(year, "death"):
        was, now = (states["inkomstenverhouding"][case["ikv_id"]] for states in (before, after))
        assert was["datum_einde"] is None
        assert month_of(now["datum_einde"]) == case["tijdvakken"][0]
        assert case["netto_cent"] < 0
        left: dict[str, int] = defaultdict(int)
        for row in after["betaling"].values():
            if row["ikv_id"] == case["ikv_id"]:
                left[row["periode"]] += row["netto_cent"]
        assert all(left[month] == 0 for month in left if month > case["tijdvakken"][0])
    heads = [case for case, _, after in of_kind(year, "death")
             if after["persoon"][case["persoon_id"]]["overlijdensdatum"]]
    assert heads


def test_ikv_withdrawn(year: Year) -> None:
    for case, before, after in of_kind(year, "ikv_withdrawn"):
        wrong, was = case["was"]["persoon_id"], case["was"]["ikv_id"]
        assert wrong != case["persoon_id"]
        assert was in before["inkomstenverhouding"] and was not in after["inkomstenverhouding"]
        assert case["ikv_id"] not in before["inkomstenverhouding"]
        assert after["inkomstenverhouding"][case["ikv_id"]]["persoon_id"] == case["persoon_id"]
        assert before["inkomstenverhouding"][was]["persoon_id"] == wrong
        numbers = [row["nummer"] for row in before["inkomstenverhouding"].values() if row["persoon_id"] == wrong]
        assert len(numbers) == len(set(numbers))


def test_bsn_changed(year: Year) -> None:
    for case, before, after in of_kind(year, "bsn_changed"):
        assert before["persoon"][case["persoon_id"]]["bsn"] == case["was"]["bsn"]
        assert after["persoon"][case["persoon_id"]]["bsn"] != case["was"]["bsn"]
    every = [row["bsn"] for states in year.states for row in states["persoon"].values()]
    by_number: dict[str, set[str]] = defaultdict(set)
    for states in year.states:
        for row in states["persoon"].values():
            by_number[row["bsn"]].add(row["persoon_id"])
    assert all(len(persons) == 1 for persons in by_number.values())
    assert strangers(pq.read_table(year.folders[0] / "persoon.parquet")["bsn"]) == 0
    assert every


def test_elders(year: Year) -> None:
    for case, before, after in of_kind(year, "elders"):
        new = [row for key, row in after["inkomstenperiode"].items()
               if row["ikv_id"] == case["ikv_id"] and key not in before["inkomstenperiode"]]
        assert [row["korting_elders_cent"] > 0 for row in new] == [True]
        assert month_of(new[0]["datum_begin"]) == case["tijdvakken"][0]
        lines = added(case, before, after)
        assert all(row["netto_cent"] == 0 and row["loonheffing_cent"] > 0 for row in lines)
        assert sum(row["loonheffing_cent"] for row in lines) == (case["loonheffing_cent"] or 0)


def test_inkomenscode_changed(year: Year) -> None:
    for case, before, after in of_kind(year, "inkomenscode_changed"):
        old, new = (after["inkomstenverhouding"][key] for key in (case["was"]["ikv_id"], case["ikv_id"]))
        assert (old["inkomenscode"], new["inkomenscode"], old["nummer"], new["nummer"]) == ("43", "45", 1, 2)
        assert (new["datum_aanvang"] - old["datum_einde"]).days == 1
        assert before["inkomstenverhouding"][old["ikv_id"]]["datum_einde"] is None
        moved = {row["periode"] for row in after["betaling"].values() if row["ikv_id"] == new["ikv_id"]}
        assert set(case["tijdvakken"]) <= moved
        assert not any(row["ikv_id"] == old["ikv_id"] and row["periode"] >= case["tijdvakken"][0]
                       for row in after["betaling"].values())


def test_the_year_after_has_cases_of_the_year_before(tmp_path: Path) -> None:
    made = town(tmp_path, clients=4000, period="2027-01", corrections=True)
    cases = json.loads((made.folder / "correcties.json").read_text(encoding="utf-8"))
    assert {case["bekend_in"] for case in cases} == {"2027-01"}
    assert {case["kind"] for case in cases} == {"retroactive_grant"}
    assert {month for case in cases for month in case["tijdvakken"]} <= {"2026-10", "2026-11", "2026-12"}


def test_corrections_are_the_same_in_any_batch_and_with_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.administration.demo import municipality

    one = town(tmp_path / "a", clients=900, corrections=True)
    monkeypatch.setattr(municipality, "BATCH", 200)
    other = Town(tmp_path / "b", generate(tmp_path / "b", "0153", 900, 1, corrections=True, errors=True))
    cases = [json.loads((made.folder / "correcties.json").read_text(encoding="utf-8")) for made in (one, other)]
    assert sorted(map(str, cases[0])) == sorted(map(str, cases[1]))
    assert one.summary.corrections == other.summary.corrections == Counter(case["kind"] for case in cases[0])
    assert other.summary.planted
    generate(tmp_path / "a", "0153", 900, 1)
    assert not (tmp_path / "a" / "correcties.json").exists()


def test_mistaken_numbers_are_of_nobody() -> None:
    draws = Draws("0153", 1)
    wrong, right = set(mistaken_numbers(draws, 50_000).tolist()), set(bsn_numbers(draws, 50_000).tolist())
    assert len(wrong) == 50_000
    assert not wrong & right
