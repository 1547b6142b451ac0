"""Income month after month: from the answers of UWV to the list of what changed, and whatever comes in between."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from exchanges.core import run
from exchanges.core.errors import Blocked, NothingToSend
from exchanges.core.ledger import DeliveryState
from exchanges.core.repair import refeed
from exchanges.simulators.uwv_archive import write_archive
from tests.oib import EMPTY, FAULT, Town, answer, bsns, document, relation, town, wage
from tests.stored import content

A, B, C, D = bsns(4)
SHOP, OTHER = "001234567L01", "007654321L02"
SEPTEMBER, OCTOBER = ("20260901", "20260930"), ("20261001", "20261031")


def months(*cents: int) -> list[str]:
    """Loonperioden from September 2026 on."""
    ends = ("0930", "1031", "1130", "1231")
    return [wage(f"2026{end[:2]}01", f"2026{end}", amount) for end, amount in zip(ends, cents, strict=False)]


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path / "huis")


def first(place: Town) -> None:
    place.put("2026-09", {A: answer(A, relation(SHOP, *months(200_000))), B: answer(B), C: document(EMPTY)})
    delivery, stopped = place.receive("2026-09")
    assert stopped is None and place.chain.delivery(delivery).state is DeliveryState.published


def test_the_first_time_everything_is_told_as_such(place: Town) -> None:
    first(place)
    delivery = "ib_oib/0153/2026-09/0001"
    assert {row["klasse"] for row in place.rows(delivery)} == {"EERSTE_LEVERING"}
    assert [row["reden"] for row in place.rows(delivery, "apart/inkomen")] == ["kenmerken bij een eerste levering"]
    report = place.chain.report(delivery)
    assert report["verdict"]["closed"] and report["summary"]["measures"] == report["summary"]["measures_closed"]
    assert [(i["label"], i["value"]) for i in report["waterfall"] if i["kind"] == "total"] == [
        ("In het bestand", 3), ("Ingelezen", 3), ("Beantwoord", 3)]


def test_what_is_new_corrected_withdrawn_or_ended_is_told_once(place: Town) -> None:
    first(place)
    place.put("2026-10", {
        A: answer(A, relation(SHOP, *months(210_000, 200_000), end="20261031")),
        B: answer(B, relation(OTHER, *months(90_000))),
        C: document(EMPTY),
    })  # fmt: skip
    delivery, stopped = place.receive("2026-10")
    assert stopped is None
    assert sorted((str(k), str(b), str(n)) for k, b, n, _ in place.told(delivery)) == sorted([
        ("GECORRIGEERDE_LOONPERIODE", A, "iko"), ("NIEUWE_LOONPERIODE", A, "iko"),
        ("BEEINDIGDE_INKOMSTENVERHOUDING", A, "ikv"), ("NIEUWE_INKOMSTENVERHOUDING", B, "ikv"),
        ("NIEUWE_LOONPERIODE", B, "iko"),
    ])  # fmt: skip
    corrected = next(row for row in place.rows(delivery) if row["klasse"] == "GECORRIGEERDE_LOONPERIODE")
    assert (corrected["loon_lb_oud"], corrected["loon_lb"], corrected["loon_lb_verschil"]) == (200_000, 210_000, 10_000)
    assert corrected["correctie"] == "BEDRAG" and corrected["maand"] == "2026-09"
    # On the list in words.
    assert (corrected["wat"], corrected["wijziging"]) == ("loonperiode", "bedrag")
    assert "loon_lb" in str(corrected["gewijzigd"]) and "Loon loonheffing" in str(corrected["velden"])
    assert str(corrected["velden"]).count(", ") == str(corrected["gewijzigd"]).count(",")
    place.put("2026-11", {
        A: answer(A, relation(SHOP, *months(210_000), end="20261031")), B: answer(B, relation(OTHER, *months(90_000))),
        C: document(EMPTY),
    })  # fmt: skip
    delivery, stopped = place.receive("2026-11")
    assert stopped is None
    assert [(row["klasse"], row["loon_lb_oud"], row["loon_lb_verschil"]) for row in place.rows(delivery)] == [
        ("VERVALLEN_LOONPERIODE", 200_000, -200_000)]
    assert all(proof["holds"] for proof in place.proofs(delivery))
    assert {"R-OIB 1", "R-OIB 2", "R-OIB 3"} <= {str(proof["code"]) for proof in place.proofs(delivery)}


def test_a_fault_for_one_person_leaves_what_was_known(place: Town) -> None:
    first(place)
    place.put("2026-10", {A: document(FAULT), B: answer(B), C: document(EMPTY)})
    delivery, stopped = place.receive("2026-10")
    assert stopped is None and place.rows(delivery) == [] and place.findings(delivery) == ["OIB-FOUT"]
    line = place.balances(delivery, "compare")["gevraagd"]
    assert (line.into, line.out, line.held) == (3, 2, 1)
    place.put("2026-11", {A: answer(A, relation(SHOP, *months(200_000, 5_000))), B: answer(B), C: document(EMPTY)})
    delivery, _ = place.receive("2026-11")
    assert [(row["klasse"], row["begin"]) for row in place.rows(delivery)] == [("NIEUWE_LOONPERIODE", 20261001)]


def test_a_window_that_is_cut_shorter_withdraws_nothing(place: Town) -> None:
    first(place)
    others = {B: answer(B), C: document(EMPTY)}
    place.put("2026-10", {A: answer(A, relation(SHOP), window=("20260101", "20260831")), **others})
    delivery, stopped = place.receive("2026-10")
    assert stopped is None and place.rows(delivery) == []
    assert place.findings(delivery) == ["VGL-VENSTER-KORTER"]
    # One that begins later is what a month that passes does.
    place.put("2026-11", {A: answer(A, relation(SHOP, *months(0, 9)[1:]), window=("20261001", "20261231")), **others})
    delivery, stopped = place.receive("2026-11")
    assert stopped is None
    assert [(row["klasse"], row["begin"]) for row in place.rows(delivery)] == [("NIEUWE_LOONPERIODE", 20261001)]


def test_the_same_file_again_changes_nothing(place: Town) -> None:
    first(place)
    path = next(place.outbox.glob("*2026-09*"))
    shutil.copy2(path, path.with_name("OIB_ANTWOORDEN_0153_2026-10_2.zip"))
    delivery, stopped = place.receive("2026-10")
    assert isinstance(stopped, NothingToSend)
    assert place.chain.delivery(delivery).state is DeliveryState.nothing


def test_a_month_done_anew_gives_the_same_lists_and_books_nothing(place: Town) -> None:
    first(place)
    answers = {A: answer(A, relation(SHOP, *months(1, 2))), B: answer(B), C: document(EMPTY)}
    place.put("2026-10", answers)
    place.receive("2026-10")
    folder = place.chain.home / "lijsten" / "0153"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    # From the artefacts it had, all over again, as after a crash.
    delivery = "ib_oib/0153/2026-10/0001"
    row = place.chain.ledger.step_result(delivery, "compare")
    with run.step_context(place.chain.settings, place.chain.delivery(delivery)) as context:
        again = run.FUNCTIONS["in"]["compare"](context)
        hashes = {role: made.path.read_bytes() for role, made in again.files.items()}
        stored = {role: place.stored(row.artefacts[role].sha256) for role in hashes}
        assert hashes == stored
    # And the same answers in another file: nothing is told, and nothing booked, for they say nothing new.
    place.put("2026-10", {**answers, D: answer(D)}, "3")
    later, stopped = place.receive("2026-10", new=True)
    assert stopped is None and place.rows(later) == []
    kept = place.chain.ledger.step_result(later, "compare").artefacts["grootboek/gemeld"]
    assert kept.rows in (0, None)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name in before} == before


def test_a_delivery_that_failed_leaves_the_one_before_it_to_compare_with(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first(place)
    place.put("2026-10", {A: answer(A, relation(SHOP, *months(7, 8))), B: answer(B), C: document(EMPTY)})
    broken = dict(run.FUNCTIONS["in"])
    monkeypatch.setitem(run.FUNCTIONS, "in", {**broken, "publish": lambda context: 1 / 0})
    delivery = place.chain.open("2026-10")
    with pytest.raises(ZeroDivisionError):
        run.run_delivery(delivery, place.chain.settings)
    monkeypatch.setitem(run.FUNCTIONS, "in", broken)
    place.put("2026-11", {A: answer(A, relation(SHOP, *months(7, 8))), B: answer(B), C: document(EMPTY)})
    after, stopped = place.receive("2026-11")
    assert stopped is None
    told = ["GECORRIGEERDE_LOONPERIODE", "NIEUWE_LOONPERIODE"]
    assert sorted(str(row["klasse"]) for row in place.rows(after)) == told


def test_months_skipped_and_out_of_order_are_told(place: Town) -> None:
    first(place)
    place.put("2026-11", {A: answer(A, relation(SHOP, *months(200_000, 1, 2))), B: answer(B), C: document(EMPTY)})
    november, stopped = place.receive("2026-11")
    assert stopped is None and "IN-MAAND-OVERGESLAGEN" in place.findings(november)
    assert len(place.rows(november)) == 2
    place.put("2026-10", {A: answer(A, relation(SHOP, *months(200_000, 1))), B: answer(B), C: document(EMPTY)})
    october, stopped = place.receive("2026-10")
    assert stopped is None and "IN-VOLGORDE" in place.findings(october)
    # It was told already, in November.
    assert place.rows(october) == []
    assert place.balances(october, "compare")["inkomen"].duplicate == 1


def test_the_same_name_with_other_content_is_not_read(place: Town) -> None:
    first(place)
    place.put("2026-09", {A: answer(A)})
    delivery, stopped = place.receive("2026-09", new=True)
    assert isinstance(stopped, Blocked) and place.findings(delivery) == ["IN-ANDERE-INHOUD"]


def test_a_key_that_is_not_unique_is_set_apart_and_told(place: Town) -> None:
    first(place)
    twice = relation(SHOP, *months(200_000)) + relation(SHOP, *months(200_001), number="0001")
    place.put("2026-10", {A: answer(A, twice), B: answer(B), C: document(EMPTY)})
    delivery, stopped = place.receive("2026-10")
    assert stopped is None and "VGL-DUBBEL" in place.findings(delivery)
    assert place.balances(delivery, "compare")["iko"].rejected == 2


def test_a_file_that_is_too_large_is_not_fetched(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.ib_oib.exchange import EXCHANGE

    path = place.outbox
    path.mkdir(parents=True, exist_ok=True)
    large = path / "OIB_ANTWOORDEN_0153_2026-10_1.zip"
    with large.open("wb") as file:
        file.truncate((EXCHANGE.flows["antwoorden"].max_mb + 1) * 1024**2)
    delivery, stopped = place.receive("2026-10")
    assert isinstance(stopped, Blocked) and place.findings(delivery) == ["IN-TE-GROOT"]
    assert "groter dan 2.048 MB" in str(stopped) and "kleiner bestand" in str(stopped)
    # Nothing was lost: with the file that is asked for the month goes on.
    large.unlink()
    place.put("2026-10", {A: answer(A)})
    assert place.receive("2026-10") == (delivery, None)


def test_a_bomb_is_kept_and_not_unpacked_and_the_repaired_file_goes_on(place: Town, tmp_path: Path) -> None:
    first(place)
    bomb = place.put("2026-10", {})
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.xml", b" " * (7 * 1024 * 1024))
    delivery, stopped = place.receive("2026-10")
    assert isinstance(stopped, Blocked) and place.findings(delivery) == ["ARC-02"]
    kept = content(place.chain.home, place.chain.gemeente, hashlib.sha256(bomb.read_bytes()).hexdigest())
    assert kept == bomb.read_bytes()
    good = write_archive(tmp_path / "goed.zip", [
        (A, answer(A, relation(SHOP, *months(200_000, 5)))), (B, answer(B)), (C, document(EMPTY))])  # fmt: skip
    done = refeed(delivery, good, actor="J. Jansen", reason="melding 12", settings=place.chain.settings)
    assert [row["klasse"] for row in place.rows(done.delivery)] == ["NIEUWE_LOONPERIODE"]
    report = place.chain.report(done.delivery)
    assert report["verdict"]["closed"] and report["summary"]["measures"] == report["summary"]["measures_closed"]


def test_what_differs_between_two_steps_stops_the_delivery(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that the comparison loses is seen: the list is held against what the books say was told."""
    first(place)
    place.put("2026-10", {A: answer(A, relation(SHOP, *months(7, 8))), B: answer(B), C: document(EMPTY)})
    import exchanges.ib_oib.listing as module

    whole = module.listing
    monkeypatch.setattr(module, "listing", lambda context: f"SELECT * FROM ({whole(context)}) LIMIT 1")
    delivery, stopped = place.receive("2026-10")
    assert stopped is not None and place.chain.delivery(delivery).state is DeliveryState.blocked
