"""What has had its term goes, at the day and not before; what a comparison needs stays; what went is accounted for."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrage import x25519

from exchanges.core.bundle.monthly import FOLDER, name_of
from exchanges.core.handling.steps import Handling, Outcome, State
from exchanges.core.ledger import DeliveryState, StepState
from exchanges.core.ledger.destruction import DestructionBook
from exchanges.core.ledger.signals import SignalBook
from exchanges.core.period import Period
from exchanges.core.repair import refeed, write_out
from exchanges.core.retention import destroy as module
from exchanges.core.retention.destroy import Done, destroy
from exchanges.core.retention.page import render_xlsx
from exchanges.core.retention.terms import CLASSES, HOME_TIME, months_after, terms
from exchanges.core.store.opening import open_store
from exchanges.simulators.ib_signals import Signal, with_unknown_column
from tests.chain import copied
from tests.signals import Town, town
from tests.stored import content, table
from tests.unit.core.reports.forms_read import Book

BSNS = ("999990019", "999990020", "999990032", "999990044", "999990056")
FIRST = "ib_samenloop/0153/2026-10/0001"
TODAY = datetime.now(HOME_TIME).date()


def founded(home: Path) -> Town:
    keys = [x25519.Identity.generate().to_public() for _ in range(2)]
    return town(home, BSNS, f'sleutel = "{keys[0]}"\nsleutel_beperkt = "{keys[1]}"')


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return founded(tmp_path / "huis")


Published = Callable[..., list[Signal]]


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Town, list[Signal]]]:
    """Towns that have published a month, with its signals; each is made once, and copied."""

    @cache
    def made(count: int, **more: Any) -> tuple[Town, list[Signal]]:
        place = founded(tmp_path_factory.mktemp("maand") / "huis")
        return place, publish(place, count, **more)

    return made


@pytest.fixture
def published(place: Town, received: Callable[..., tuple[Town, list[Signal]]]) -> Published:
    """What makes ``place`` a town that has published a month; it gives the signals."""

    def publish_there(count: int = 12, **more: Any) -> list[Signal]:
        original, sent = received(count, **more)
        copied(original.chain, place.chain.home.parent)
        return sent

    return publish_there


def after(months: int, days: int = 1) -> date:
    return months_after(TODAY, months) + timedelta(days=days)


def run(place: Town, on: date, **more: Any) -> Done:
    return destroy("0153", on, place.chain.settings, **more)


def there(place: Town, delivery: str) -> set[str]:
    """The artefacts of a delivery of which the bytes are there, as ``step/role``."""
    found = set()
    for row in place.chain.ledger.steps(delivery):
        for name, artefact in row.artefacts.items():
            assert list(stored(place, artefact.sha256)), f"{row.step}/{name} is in the books and not in the store"
            found.add(f"{row.step}/{name}")
    return found


def stored(place: Town, sha256: str) -> list[Path]:
    return list((place.chain.home / "artefacten" / "0153").glob(f"??/{sha256}"))


def publish(place: Town, count: int = 12, **more: Any) -> list[Signal]:
    sent = place.month("2026-10", count, **more)
    place.put("2026-10", sent)
    delivery, stopped = place.receive()
    assert (delivery, stopped) == (FIRST, None)
    return sent


def handle(place: Town, number: str, outcome: Outcome) -> None:
    handling = Handling(SignalBook(place.chain.ledger.database), "ib_samenloop", "0153")
    for to in (State.toegewezen, State.in_onderzoek):
        handling.move(number, to, actor="kees", moment=datetime.now(UTC))
    handling.move(number, State.afgehandeld, actor="kees", moment=datetime.now(UTC), outcome=outcome, decision="B-1")


def numbers(place: Town) -> set[str]:
    row = place.chain.ledger.step_result(FIRST, "compare")
    assert row is not None
    found: set[str] = set()
    for role in ("nieuw/signaal", "nieuw/signaal_strafrecht"):
        if role in row.artefacts:
            said = table(place.chain.home, "0153", row.artefacts[role].sha256)
            found |= set(said["signaalnummer"].to_pylist())
    return found


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 180))
def test_months_later_is_the_same_day_or_the_end_of_a_shorter_month(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


def test_every_class_has_a_term_that_is_data() -> None:
    assert set(terms("ib_samenloop", TODAY)) == set(CLASSES)
    assert {term.certainty for term in terms("", TODAY).values()} <= {"assumed", "secondary"}


def test_the_raw_file_goes_after_three_months_and_not_a_day_sooner(place: Town, published: Published) -> None:
    published()
    before = there(place, FIRST)
    assert run(place, after(3, 0)).files == 0 and there(place, FIRST) == before
    done = run(place, after(3))
    gone = before - there(place, FIRST)
    assert "collect/bestand" in gone and "read/apart" in gone and "read/gelezen/signaal" in gone
    assert all(name.startswith(("collect/", "read/")) for name in gone) and done.files == len(gone)
    assert run(place, after(3)).files == 0 and run(place, after(3)).report is None


def test_the_same_file_is_still_known_when_its_bytes_are_gone(place: Town) -> None:
    sent = publish(place)
    run(place, after(3))
    again, stopped = place.receive(new=True)
    assert place.chain.delivery(again).state is DeliveryState.nothing and "al verwerkt" in str(stopped)
    place.put("2026-11", [*sent, *place.month("2026-11", 4)], delivery="L2026000002")
    run(place, after(15))
    later, stopped = place.receive("2026-11")
    assert stopped is None and place.counts(later) == {"new": 4, "known": 12, "clash": 0, "rejected": 0}


def test_the_report_accounts_for_every_hash(place: Town, published: Published) -> None:
    published()
    row = place.chain.ledger.step_result(FIRST, "collect")
    assert row is not None
    sha256 = row.artefacts["bestand"].sha256
    done = run(place, after(3))
    assert done.report is not None
    said = json.loads(done.report.read_text(encoding="utf-8"))
    (rule,) = said["regels"]
    assert rule["regel"] == "bestand: 3 maanden" and rule["zekerheid"] == "assumed"
    assert said["aantal"] == rule["aantal"] == len(rule["bestanden"]) == done.files
    (one,) = [item for item in rule["bestanden"] if item["sha256"] == sha256]
    assert (one["levering"], one["stap"], one["naam"]) == (FIRST, "collect", "bestand") and one["vernietigd"]
    text = done.report.with_suffix(".txt").read_text(encoding="utf-8")
    assert sha256 in text and "Wat blijft:" in text
    page = done.report.with_suffix(".html").read_text(encoding="utf-8")
    assert sha256 in page and hashlib.sha256(done.report.read_bytes()).hexdigest() in page
    assert not any(bsn in text + page + done.report.read_text() for bsn in BSNS)
    event = place.chain.ledger.events(FIRST)[-1]
    assert (event.action, event.object) == ("bewaartermijn voorbij", "bestand")


def test_a_dry_run_changes_nothing(place: Town, published: Published) -> None:
    published()
    before, events = there(place, FIRST), len(place.chain.ledger.events(FIRST))
    done = run(place, after(200), dry_run=True)
    assert done.files == sum(done.rules.values()) > 0 and done.report is None
    assert there(place, FIRST) == before and len(place.chain.ledger.events(FIRST)) == events


def test_signals_go_by_what_became_of_them(place: Town, published: Published) -> None:
    """15 months without consequence, 6 for criminal justice, ten years where a decision followed; open ones stay."""
    sent = published(8, kinds=("VRT", "DET"))
    vehicle = [one.number for one in sent if one.kind == "VRT"]
    detention = [one.number for one in sent if one.kind == "DET"]
    for number, outcome in ((vehicle[0], Outcome.geen_gevolg), (vehicle[1], Outcome.beeindigd),
                            (detention[0], Outcome.onterecht_signaal), (detention[1], Outcome.teruggevorderd)):
        handle(place, number, outcome)
    everything = {one.number for one in sent}
    run(place, after(6, 0))
    assert numbers(place) == everything
    run(place, after(6))
    assert numbers(place) == everything - {detention[0]}
    run(place, after(15))
    assert numbers(place) == everything - {detention[0], vehicle[0]}
    run(place, after(120))
    assert numbers(place) == everything - {detention[0], vehicle[0], vehicle[1], detention[1]}
    assert "compare/klasse/merk" in there(place, FIRST)


def test_what_stays_of_a_table_keeps_its_content(place: Town, published: Published) -> None:
    sent = published(6, kinds=("VRT",))
    handle(place, sent[0].number, Outcome.geen_gevolg)
    row = place.chain.ledger.step_result(FIRST, "compare")
    assert row is not None
    sha256 = row.artefacts["nieuw/vrt"].sha256
    before = table(place.chain.home, "0153", sha256)
    run(place, after(15))
    assert not stored(place, sha256)
    row = place.chain.ledger.step_result(FIRST, "compare")
    assert row is not None and row.artefacts["nieuw/vrt"].rows == 5
    gone = before.filter([number == sent[0].number for number in before["signaalnummer"].to_pylist()])
    assert gone.num_rows == 1
    kept = table(place.chain.home, "0153", row.artefacts["nieuw/vrt"].sha256)
    assert kept.equals(before.filter([number != sent[0].number for number in before["signaalnummer"].to_pylist()]))


def test_lists_go_from_the_store_and_from_the_folder_the_restricted_ones_sooner(
    place: Town, published: Published
) -> None:
    published(8, kinds=("VRT", "DET"))
    names = place.lists()
    assert any("_beperkt" in name for name in names)
    run(place, after(6))
    left = place.lists()
    assert left and not any("_beperkt" in name for name in left)
    run(place, after(15))
    assert not place.lists() and not any(name.startswith("publish/lijst") for name in there(place, FIRST))


def test_a_refused_file_goes_from_store_and_quarantine(place: Town) -> None:
    with_unknown_column(place.put("2026-10", place.month("2026-10", 4)))
    place.receive()
    store = open_store(place.chain.settings)
    (kept,) = store.quarantined("0153")
    run(place, after(6, 0))
    assert store.quarantined("0153") == [kept] and "collect/bestand" in there(place, FIRST)
    done = run(place, after(6))
    assert store.quarantined("0153") == [] and not stored(place, kept.sha256) and done.files == 2
    folder = place.chain.home / "artefacten" / "0153" / "quarantaine"
    assert list(folder.iterdir()) == []


def test_a_file_with_rows_that_wait_is_kept_for_the_repair(place: Town, tmp_path: Path) -> None:
    path = place.put("2026-10", place.month("2026-10", 6))
    good = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\r\n".join([*good[:-1], ";".join(good[-1].split(";")[:9]), ""]), encoding="utf-8", newline="")
    place.receive()
    own = place.chain.home / "herstel" / "0153"
    written, _ = write_out(FIRST, own, actor="J", settings=place.chain.settings)
    run(place, after(3))
    assert "collect/bestand" in there(place, FIRST) and not written.exists()  # of a month
    fixed = tmp_path / "hersteld.csv"
    fixed.write_text(f"{good[0]}\r\n{good[-1]}\r\n", encoding="utf-8", newline="")
    refeed(FIRST, fixed, actor="J", reason="melding", settings=place.chain.settings)
    run(place, after(3))
    assert "collect/bestand" not in there(place, FIRST)


def test_another_municipality_is_left_alone(place: Town, published: Published, tmp_path: Path) -> None:
    """The same bytes are in the store of two; only those of the one that is asked for go."""
    published(4)
    row = place.chain.ledger.step_result(FIRST, "collect")
    assert row is not None
    path = tmp_path / "bestand"
    path.write_bytes(content(place.chain.home, "0153", row.artefacts["bestand"].sha256))
    store = open_store(place.chain.settings)
    store.put("0344", path, name="bestand", media_type="text/csv")
    store.quarantine("0344", path, "geweigerd")
    theirs = place.chain.home / "lijsten" / "0344"
    theirs.mkdir(parents=True)
    (theirs / "lijst.csv").write_bytes(path.read_bytes())
    sha256 = row.artefacts["bestand"].sha256
    run(place, after(200))
    assert not stored(place, sha256) and store.exists("0344", sha256)
    assert len(store.quarantined("0344")) == 1 and (theirs / "lijst.csv").exists()


def test_bytes_that_something_else_has_too_stay_until_the_last(place: Town, published: Published) -> None:
    published(4)
    ledger = place.chain.ledger
    row = ledger.step_result(FIRST, "collect")
    assert row is not None
    other = ledger.open_delivery("ib_rechtmatigheid", "0153", place.chain.delivery(FIRST).period, "bestand")
    ledger.finish_step(other.id, "build", StepState.done, [], {"bericht": row.artefacts["bestand"]})
    run(place, after(3))
    assert "collect/bestand" not in there(place, FIRST)
    assert stored(place, row.artefacts["bestand"].sha256)


def test_what_a_step_has_stored_and_not_booked_yet_is_not_destroyed(place: Town, published: Published) -> None:
    """The same bytes, by another exchange: the store has them once."""
    published()
    ledger, store = place.chain.ledger, open_store(place.chain.settings)
    raw = ledger.artefact(FIRST, "bestand")
    assert raw is not None
    other = ledger.open_delivery("dkd_reintegratie", "0153", Period(2026, 10), "bestand").id
    ledger.start_step(other, "select")
    kept = store.put_bytes("0153", content(place.chain.home, "0153", raw.sha256), name="x", media_type="x")
    assert kept.sha256 == raw.sha256
    done = run(place, after(3))
    assert (done.files, done.busy, done.report) == (0, (other,), None) and len(done.plan.items) > 1
    ledger.finish_step(other, "select", StepState.done, [], {"x": kept})
    assert run(place, after(3)).files == len(done.plan.items)
    assert stored(place, raw.sha256) and "select/x" in there(place, other)


def test_a_bundle_goes_with_what_was_sent_and_that_of_another_stays(place: Town) -> None:
    def laid(gemeente: str) -> Path:
        path = place.chain.home / FOLDER / gemeente / name_of(gemeente, Period(2026, 10), 1)
        path.parent.mkdir(parents=True)
        path.write_bytes(gemeente.encode())
        return path

    mine, other = laid("0153"), laid("0344")
    months = terms("", TODAY)["verzonden"].months
    assert run(place, after(months, 0)).files == 0 and mine.exists()
    done = run(place, after(months))
    assert (done.files, mine.exists(), other.exists()) == (1, False, True) and done.report is not None
    (rule,) = json.loads(done.report.read_bytes())["regels"]
    (one,) = rule["bestanden"]
    assert (one["plaats"], one["naam"]) == (FOLDER, "maandbundel_0153_2026-10_01.zip")
    assert (rule["klasse"], rule["zekerheid"]) == ("bundel", "assumed")


def test_a_file_with_a_name_that_is_no_text_goes_and_is_accounted_for(place: Town) -> None:
    folder = place.chain.home / "herstel" / "0153"
    folder.mkdir(parents=True)
    strange = folder / os.fsdecode(b"=1+1 \xff\x1b " + BSNS[0].encode() + b".csv")
    strange.write_bytes(b"regel")
    done = run(place, after(1))
    assert not strange.exists() and done.files == 1 and done.report is not None
    data = done.report.read_bytes()
    (rule,) = json.loads(data)["regels"]
    assert rule["bestanden"][0]["naam"] == "=1+1 \ufffd\ufffd [bsn].csv"
    book = Book(render_xlsx(json.loads(data), data))
    assert [row[3].data_type for row in book.book["Bestanden"].iter_rows(min_row=2)] == ["s"]


def test_where_a_step_is_busy_nothing_goes(place: Town, published: Published) -> None:
    published(4)
    place.chain.ledger.start_step(FIRST, "report")
    done = run(place, after(200))
    assert done.files == len([item for item in done.plan.items if item.delivery is None])
    assert ("ib_samenloop", "een stap is bezig") in done.plan.stays and "collect/bestand" in there(place, FIRST)


def test_where_somebody_works_on_a_delivery_it_is_passed_over(
    place: Town, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(4)
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    with place.chain.ledger.alone(FIRST):
        done = run(place, after(3))
    assert (done.busy, done.files, dict(done.rules)) == ((FIRST,), 0, {}) and done.plan.items
    assert "collect/bestand" in there(place, FIRST)
    assert run(place, after(3)).busy == () and "collect/bestand" not in there(place, FIRST)


@pytest.mark.parametrize("where", ["_remove", "write"])
def test_a_run_that_is_killed_is_finished_by_the_next(
    place: Town, published: Published, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    published()
    row = place.chain.ledger.step_result(FIRST, "collect")
    assert row is not None
    honest, calls = getattr(module, where), []

    def crash(*given: Any) -> Any:
        calls.append(given)
        if len(calls) > 2 or where == "write":
            raise MemoryError
        return honest(*given)

    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(module, where, crash)
        run(place, after(3))
    assert "collect/bestand" not in there(place, FIRST)  # no step counts on it from the first moment
    done = run(place, after(3))
    assert done.report is not None and not stored(place, row.artefacts["bestand"].sha256)
    said = json.loads(done.report.read_text(encoding="utf-8"))
    assert dict(done.rules) == {one["regel"]: one["aantal"] for one in said["regels"]}
    assert sum(done.rules.values()) == said["aantal"] == done.files > 0
    assert row.artefacts["bestand"].sha256 in [one["sha256"] for rule in said["regels"] for one in rule["bestanden"]]
    book = DestructionBook(place.chain.ledger.database)
    assert book.unfinished("0153") == [] and book.unreported("0153") == []


def test_of_pictures_of_income_the_newest_stays_and_so_does_what_was_told(place: Town) -> None:
    """What the next month is compared with: its previous picture, and of every month what was told."""
    ledger, store = place.chain.ledger, open_store(place.chain.settings)
    made = {}
    for month in (8, 9, 10):
        delivery = ledger.open_delivery("ib_oib", "0153", Period(2026, month), "antwoorden")
        roles = ("stand/iko.00", "grootboek/gemeld", "bron/persoon")
        kept = {role: store.put_bytes("0153", f"{month} {role}".encode(), name=role, media_type="x") for role in roles}
        ledger.finish_step(delivery.id, "compare", StepState.done, [], kept)
        ledger.finish_step(delivery.id, "publish", StepState.done, [], {})
        ledger.set_state(delivery.id, DeliveryState.published)
        made[month] = delivery.id
    run(place, after(15, 0))
    assert all("compare/stand/iko.00" in there(place, id) for id in made.values())
    run(place, after(15))
    assert [there(place, made[month]) for month in (8, 9, 10)] == [
        {"compare/grootboek/gemeld"}, {"compare/grootboek/gemeld"},
        {"compare/grootboek/gemeld", "compare/stand/iko.00"},
    ]  # fmt: skip
