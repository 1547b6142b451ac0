"""Files of LKS signals that are wrong, come again or come late; and a signal and a task worked on by people."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from exchanges.core.errors import Blocked, NothingToSend
from exchanges.core.ledger import DeliveryState
from exchanges.core.period import Period
from exchanges.core.receive.collect import REPEATED
from exchanges.simulators.ib_lks import ENDED, HANDED_OVER, Known, Office
from exchanges.simulators.uwv_responses import free_bsns
from tests.lks import Town, town
from tests.rows import write_parquet
from tests.sluis import sluis

BSNS = tuple(islice(free_bsns(), 12))
pytestmark = pytest.mark.system


@pytest.fixture
def place(tmp_path: Path) -> Town:
    people = [{"persoon_id": f"P{n}", "bsn": bsn} for n, bsn in enumerate(BSNS)]
    return town(tmp_path / "huis", write_parquet(tmp_path / "bron", {"persoon": people}))


@pytest.fixture
def office() -> Office:
    return Office(1, "0153", {bsn: Known("3") for bsn in BSNS})


def sent(place: Town, office: Office, period: str, count: int = 12) -> Path:
    return place.put(office, period, office.month(Period.parse(period), count))


def counts(place: Town, delivery: str) -> dict[str, int]:
    row = place.chain.ledger.step_result(delivery, "compare")
    assert row is not None
    return {name: row.details[name] for name in ("new", "known", "clash", "rejected")}


def kept(place: Town) -> bool:
    return any((place.chain.home / "artefacten" / "0153" / "quarantaine").glob("*.reason.json"))


def test_the_same_bytes_again_change_nothing(place: Town, office: Office) -> None:
    path = sent(place, office, "2026-10")
    first, stopped = place.receive("2026-10")
    assert stopped is None
    shutil.copy2(path, path.with_name("0153_LKS_signaalrapport_20261002.csv"))
    second, stopped = place.receive("2026-10", new=True)
    assert isinstance(stopped, NothingToSend) and first in str(stopped)
    assert place.chain.delivery(second).state is DeliveryState.nothing
    assert REPEATED in [event.action for event in place.chain.ledger.events(second)]


def test_the_same_name_with_other_content_stops(place: Town, office: Office) -> None:
    sent(place, office, "2026-10")
    place.receive("2026-10")
    sent(place, office, "2026-10")
    delivery, stopped = place.receive("2026-10", new=True)
    assert isinstance(stopped, Blocked) and place.findings(delivery) == {"IN-ANDERE-INHOUD": 1} and kept(place)


def test_a_number_that_came_before_is_known_and_with_other_content_set_apart(place: Town, office: Office) -> None:
    old = office.month(Period(2026, 9), 8)
    place.put(office, "2026-09", old)
    place.receive("2026-09")
    # Published again, on another day: that says nothing of the signal itself.
    again = [replace(one, values=one.values | {"publicatiedatum": date(2026, 10, 1)}) for one in old[:5]]
    other = replace(again[4], values=again[4].values | {"loonheffingennummer_werkgever": "812345678L09"})
    fresh = office.month(Period(2026, 10), 6)
    place.put(office, "2026-10", [*again[:4], other, *fresh])
    delivery, stopped = place.receive("2026-10")
    assert stopped is None
    assert counts(place, delivery) == {"new": 6, "known": 4, "clash": 1, "rejected": 0}
    assert place.findings(delivery)["IN-ZELFDE-NUMMER"] == 1
    listed = {row["signaalnummer"] for name in ("einde_zw", "overdracht") for row in place.listed(delivery)[name]}
    assert listed == {one.number for one in fresh}
    # What follows from a signal comes with it, and with no other.
    assert {row["signaalnummer"] for row in place.rows(delivery, "taken")} <= listed


def _column(text: str) -> str:
    return "".join(f"{line};{'Risicoscore' if n == 0 else '5'}\r\n" for n, line in enumerate(text.splitlines()))


@pytest.mark.parametrize(("change", "code"), [
    (_column, "IB-LKS-KOLOM-ONBEKEND"),
    (lambda text: text.replace(";0153;", ";0344;"), "IB-LKS-GEMEENTE"),
    (lambda text: text.replace("20261001", "20260901"), "IB-LKS-MAAND"),
])
def test_a_file_that_is_not_what_was_agreed_is_kept_and_not_read(
    place: Town, office: Office, change: Callable[[str], str], code: str
) -> None:
    path = sent(place, office, "2026-10")
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")
    delivery, stopped = place.receive("2026-10")
    assert isinstance(stopped, Blocked) and place.findings(delivery) == {code: 1} and kept(place)
    assert not (place.chain.home / "lijsten").exists()


@pytest.mark.parametrize("name", [
    "0344_LKS_signaalrapport_20261001.csv",   # another municipality
    "0153_LKS_signaalrapport_20261101.csv",   # another month
    "0153_LKS_signaalrapport_202610.csv",     # no day
    "0153_LKS_signaalrapport_20261001.csv.tmp",
])
def test_a_file_of_another_name_is_left_alone(place: Town, office: Office, name: str) -> None:
    place.put(office, "2026-10", office.month(Period(2026, 10), 3), name=name)
    _, stopped = place.receive("2026-10")
    assert type(stopped).__name__ == "PartnerSilent"


@pytest.mark.parametrize(("months", "told"), [
    (("2026-08", "2026-09"), set()),
    (("2026-08", "2026-10"), {"IN-MAAND-OVERGESLAGEN"}),
    (("2026-10", "2026-09"), {"IN-VOLGORDE"}),
])
def test_the_order_of_the_months_is_told(place: Town, office: Office, months: tuple[str, str], told: set[str]) -> None:
    delivery = ""
    for month in months:
        sent(place, office, month, 5)
        delivery, stopped = place.receive(month)
        assert stopped is None
    assert {code for code in place.findings(delivery) if code.startswith("IN-")} == told


def test_without_a_delivery_certainty_is_not_assessed_and_said_so(place: Town, office: Office) -> None:
    sent(place, office, "2026-10")
    delivery, stopped = place.receive("2026-10")
    assert stopped is None
    report = place.chain.report(delivery)
    assert {one["code"] for one in report["not_assessed"]} == {
        "IB-LKS-NIET-GELEVERD", "IB-LKS-GEEN-LKS", "IB-LKS-ZEKERHEID", "IB-LKS-LOONWAARDE", "IB-LKS-VOORZIENING",
        "IB-LKS-BETAALD", "IB-LKS-ONBEKEND"}
    assert "R-LKS-1" not in place.controls(delivery)
    assert {row["zekerheid_eigen"] for row in place.rows(delivery, "einde_zw")} == {None}


def test_what_follows_counts_as_no_signal_and_a_task_is_handled_like_one(place: Town, office: Office) -> None:
    signals = office.month(Period(2026, 10), 12)
    place.put(office, "2026-10", signals)
    home = place.chain.home
    done = sluis(home, "run", "ib_lks", "--periode", "2026-10", "--json")
    assert done.code == 0, done.err
    assert (done.json["state"], done.json["read"], done.json["new"]) == ("published", 12, 12)
    delivery = "ib_lks/0153/2026-10/0001"
    tasks = place.rows(delivery, "taken")
    whole = json.loads((home / "lijsten" / "0153" / "ib_lks_0153_2026-10_001.json").read_text(encoding="utf-8"))
    assert whole["totaal"] == 12 and {s["id"]: s["aantal"] for s in whole["bladen"]}["taken"] == len(tasks) > 6

    said = sluis(home, "signals", "status", "--gemeente", "0153", "--uitwisseling", "ib_lks", "--json")
    assert said.code == 0, "nothing waits, and tasks never do"
    received = {one["kind"]: one["received"] for one in map(json.loads, said.out.splitlines())}
    ended = sum(one.kind == ENDED for one in signals)
    assert received == {ENDED: ended, HANDED_OVER: 12 - ended, "TAAK": len(tasks)}

    def taken(on: str) -> tuple[int, dict[str, bool]]:
        shown = sluis(home, "lks", "taken", "--gemeente", "0153", "--op", on, "--binnen", "0", "--json")
        return shown.code, {one["task"]: one["late"] for one in map(json.loads, shown.out.splitlines())}

    first = min(tasks, key=lambda row: (row["datum"], row["taaknummer"]))
    number, due = first["taaknummer"], first["datum"]
    assert taken(due.isoformat()) == (0, {number: False})
    assert taken((due.fromordinal(due.toordinal() + 1)).isoformat())[0] == 1

    def move(*what: str) -> int:
        common = ("--gemeente", "0153", "--uitwisseling", "ib_lks", "--door", "J. Jansen")
        return sluis(home, "signals", "move", *what, *common).code

    assert move(number, "toegewezen") == move(number, "in_onderzoek") == 0
    assert move(number, "afgehandeld", "--uitkomst", "bekend", "--besluit", "B-1") == 0
    assert taken(due.isoformat()) == (0, {})
    assert move(signals[0].number, "toegewezen") == 0
    assert sluis(home, "signals", "status", "--gemeente", "0153", "--uitwisseling", "loonaangifte").code == 2

    stand = sluis(home, "lks", "stand", "--gemeente", "0153")
    assert stand.code == 0
    assert all(text in stand.out for text in ("oktober 2026", "later dan 70 dagen", "LKS einde ZW"))
