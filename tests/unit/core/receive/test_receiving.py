"""From the file of a partner to the lists: what is new, what is known, what may not go on, and what nobody lost."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from pyrage import x25519

from exchanges.core import run
from exchanges.core.errors import Blocked, NothingToSend, PartnerSilent
from exchanges.core.ledger import DeliveryState
from exchanges.core.lists import publish as lists
from exchanges.core.lists.seal import unseal
from exchanges.core.receive.collect import REPEATED
from tests.chain import copied
from tests.signals import Town, again, town

BSNS = ("999990019", "999990020", "999990032", "999990044", "999990056")


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path / "huis", BSNS)


def test_a_file_becomes_lists_and_every_record_is_accounted_for(place: Town) -> None:
    place.put("2026-10", place.month("2026-10", 30))
    delivery, stopped = place.receive()
    assert stopped is None and place.chain.delivery(delivery).state is DeliveryState.published
    report = place.chain.report(delivery)
    assert report["verdict"]["closed"] and report["delivery"]["direction"] == "in"
    assert [(item["label"], item["value"]) for item in report["waterfall"] if item["kind"] == "total"] == [
        ("In het bestand", 30), ("Ingelezen", 30), ("Nieuw", 30), ("Gepubliceerd", 30),
    ]
    assert report["summary"]["measures"] == report["summary"]["measures_closed"] > 3
    assert "ib_samenloop_0153_2026-10_001.xlsx" in place.lists()


def test_nothing_there_is_a_partner_that_is_silent(place: Town) -> None:
    _, stopped = place.receive()
    assert isinstance(stopped, PartnerSilent)


def test_doing_it_again_changes_nothing(place: Town) -> None:
    place.put("2026-10", place.month("2026-10"))
    delivery, _ = place.receive()
    folder = place.chain.home / "lijsten" / "0153"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    events = place.chain.ledger.events(delivery)
    assert place.receive() == (delivery, None)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert place.chain.ledger.events(delivery) == events


def test_the_same_bytes_again_are_noted_and_nothing_is_read(place: Town) -> None:
    path = place.put("2026-10", place.month("2026-10"))
    first, _ = place.receive()
    again(path, "RM_SIGNALEN_0153_2026-10_09b.csv")
    second, stopped = place.receive(new=True)
    assert second != first and isinstance(stopped, NothingToSend) and first in str(stopped)
    assert place.chain.delivery(second).state is DeliveryState.nothing
    assert [event.action for event in place.chain.ledger.events(second)].count(REPEATED) == 2
    place.receive(new=True)
    assert [event.action for event in place.chain.ledger.events(second)].count(REPEATED) == 2
    assert not place.lists("_002*")


def test_the_same_name_with_other_content_stops(place: Town) -> None:
    place.put("2026-10", place.month("2026-10"))
    first, _ = place.receive()
    place.put("2026-10", place.month("2026-10"))
    second, stopped = place.receive(new=True)
    assert isinstance(stopped, Blocked) and first in str(stopped)
    assert place.findings(second) == {"IN-ANDERE-INHOUD": 1}
    assert list((place.chain.home / "artefacten" / "0153" / "quarantaine").glob("*.reason.json"))


def test_a_file_that_is_not_the_one_that_was_checked_stops(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = run.FUNCTIONS["in"]["check"]

    def another(context: Any) -> Any:
        result = honest(context)
        return replace(result, details={**result.details, "sha256": "0" * 64})

    monkeypatch.setitem(run.FUNCTIONS["in"], "check", another)
    place.put("2026-10", place.month("2026-10"))
    _, stopped = place.receive()
    assert isinstance(stopped, Blocked) and "niet het bestand dat is ontvangen" in str(stopped)
    assert place.lists() == []


def test_what_was_known_is_not_published_again(place: Town) -> None:
    old = place.month("2026-10", 20)
    place.put("2026-10", old)
    place.receive("2026-10")
    place.put("2026-11", [*old[:7], *place.month("2026-11", 13)], delivery="L2026000002", form="xml")
    delivery, stopped = place.receive("2026-11")
    assert stopped is None
    assert place.counts(delivery) == {"new": 13, "known": 7, "clash": 0, "rejected": 0}


def test_of_two_at_the_same_time_one_publishes_what_is_in_both(place: Town) -> None:
    same, settings = place.month("2026-10", 6), place.chain.settings
    for month in ("2026-10", "2026-11"):
        place.put(month, same)
    both = [run.open_run("ib_samenloop", "0153", month, settings=settings) for month in ("2026-10", "2026-11")]
    for step in ("collect", "check", "read", "compare", "reconcile"):
        for delivery in both:
            run.run_step(delivery, step, settings)
    run.run_step(both[0], "publish", settings)
    with pytest.raises(Blocked, match=r"6 signalen uit dit bestand zijn .*--nieuw"):
        run.run_step(both[1], "publish", settings)
    assert place.chain.delivery(both[1]).state is DeliveryState.blocked
    fresh = run.open_run("ib_samenloop", "0153", "2026-11", new=True, settings=settings)
    assert place.chain.deliver(fresh, None) is None
    compared = place.chain.ledger.step_result(fresh, "compare")
    assert compared is not None and compared.details["known"] == 6


def test_of_two_that_publish_at_the_same_moment_one_does(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both would look before either is in the books, if they were let."""
    same, settings = place.month("2026-10", 6), place.chain.settings
    both = []
    for month in ("2026-10", "2026-11"):
        place.put(month, same)
        both.append(run.open_run("ib_samenloop", "0153", month, settings=settings))
    for step in ("collect", "check", "read", "compare", "reconcile"):
        for delivery in both:
            run.run_step(delivery, step, settings)
    honest, meeting = lists.publish, Barrier(2)

    def slow(*args: Any, **kwargs: Any) -> Any:
        with suppress(BrokenBarrierError):
            meeting.wait(0.3)
        return honest(*args, **kwargs)

    monkeypatch.setattr(lists, "publish", slow)
    with ThreadPoolExecutor(2) as pool:
        ended = [pool.submit(run.run_step, delivery, "publish", settings).exception for delivery in both]
        stopped = [error() for error in ended]
    assert [type(one) for one in stopped if one is not None] == [Blocked]
    states = sorted(str(place.chain.delivery(one).state) for one in both)
    assert states == ["blocked", "published"]


def test_a_number_with_other_content_is_set_apart_with_a_reason(place: Town) -> None:
    old = place.month("2026-10", 20)
    place.put("2026-10", old)
    place.receive("2026-10")
    other = replace(old[3], bsn=next(bsn for bsn in BSNS if bsn != old[3].bsn))
    place.put("2026-11", [other, *place.month("2026-11", 5)], delivery="L2026000002")
    delivery, stopped = place.receive("2026-11")
    assert stopped is None
    assert place.counts(delivery) == {"new": 5, "known": 0, "clash": 1, "rejected": 0}
    assert place.findings(delivery)["IN-ZELFDE-NUMMER"] == 1
    kind = next(found for found in place.chain.report(delivery)["findings"] if found["code"] == "IN-ZELFDE-NUMMER")
    assert kind["examples"][0]["record"].startswith("p:") and kind["examples"][0]["line"] == 2


@pytest.mark.parametrize(("months", "told"), [
    (("2026-10", "2026-11"), None),
    (("2026-10", "2026-12"), "IN-MAAND-OVERGESLAGEN"),
    (("2026-11", "2026-10"), "IN-VOLGORDE"),
])
def test_the_order_of_the_months_is_told(place: Town, months: tuple[str, str], told: str | None) -> None:
    delivery = ""
    for number, month in enumerate(months):
        place.put(month, place.month(month, 5), delivery=f"L202600000{number}")
        delivery, stopped = place.receive(month)
        assert stopped is None
    assert {code for code in place.findings(delivery) if code.startswith("IN-")} == ({told} if told else set())


def _of(place: Town, month: str, count: int) -> str:
    place.put(month, place.month(month, count, kinds=("VRT",)), delivery=f"L2026{month[5:]}")
    return place.receive(month)[0]


@pytest.fixture(scope="module")
def summer(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """About thirty a month, three months long."""
    made = town(tmp_path_factory.mktemp("zomer") / "huis", BSNS)
    for month, count in (("2026-07", 30), ("2026-08", 33), ("2026-09", 28)):
        _of(made, month, count)
    return made


@pytest.mark.parametrize(("count", "told"), [(31, False), (200, True), (3, True)])
def test_a_month_unlike_the_others_is_told(summer: Town, tmp_path: Path, count: int, told: bool) -> None:
    place = Town(copied(summer.chain, tmp_path), deepcopy(summer.sends))
    delivery = _of(place, "2026-10", count)
    assert ("IN-AANTAL" in place.findings(delivery)) == told
    [control] = [line for line in place.chain.report(delivery)["controls"] if line["code"] == "R-SIG 5"]
    assert control["holds"] != told


def _another_column(text: str) -> str:
    first, _, rest = text.partition("\n")
    return f"{first.rstrip()};Onbekend\n{rest}"


@pytest.mark.parametrize("change", [
    _another_column,
    lambda text: text.replace("0153", "0344"),
    lambda text: text.replace("2026-10", "2026-09").replace("202610", "202609"),
])
def test_a_file_that_is_not_what_was_agreed_is_kept_and_not_read(
    place: Town, change: Callable[[str], str]
) -> None:
    path = place.put("2026-10", place.month("2026-10", 5))
    path.write_text(change(path.read_text(encoding="utf-8-sig")), encoding="utf-8")
    delivery, stopped = place.receive()
    assert isinstance(stopped, Blocked)
    assert any(code.startswith("IB-SL-") for code in place.findings(delivery))
    assert list((place.chain.home / "artefacten" / "0153" / "quarantaine").glob("*.reason.json"))
    assert not place.lists()
    assert place.chain.report(delivery)["delivery"]["state"] == "blocked"


def test_after_repair_the_delivery_goes_on(place: Town) -> None:
    path = place.put("2026-10", place.month("2026-10", 5))
    good = path.read_text(encoding="utf-8")
    path.write_text(_another_column(good), encoding="utf-8")
    delivery, stopped = place.receive()
    assert isinstance(stopped, Blocked)
    path.write_text(good, encoding="utf-8")
    assert place.receive() == (delivery, None)
    assert place.counts(delivery)["new"] == 5


def test_an_xml_with_a_doctype_is_refused(place: Town) -> None:
    path = place.put("2026-10", place.month("2026-10", 5), form="xml")
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition("?>")
    path.write_text(f'{head}?><!DOCTYPE a [<!ENTITY b "c">]>{rest}', encoding="utf-8")
    delivery, stopped = place.receive()
    assert isinstance(stopped, Blocked) and "DOCTYPE" in str(stopped) and place.findings(delivery) == {"XML-05": 1}


def test_outside_production_only_test_numbers_come_in(tmp_path: Path) -> None:
    place = town(tmp_path / "huis", ("000000012",))  # passes the elfproef, in no declared range
    place.put("2026-10", place.month("2026-10", 4, kinds=("VRT",)))
    delivery, stopped = place.receive()
    assert isinstance(stopped, Blocked) and "4 burgerservicenummers buiten de testreeksen" in str(stopped)
    assert "000000012" not in str(stopped) and not place.lists()
    row = place.chain.ledger.step_result(delivery, "read")
    assert row is not None and not row.artefacts


def test_without_a_key_there_is_no_bsn_in_a_list_and_criminal_records_are_held(place: Town) -> None:
    place.put("2026-10", place.month("2026-10", 16, kinds=("VRT", "DET")))
    delivery, stopped = place.receive()
    assert stopped is None and place.findings(delivery)["IN-AANGEHOUDEN"] == 1
    for path in (place.chain.home / "lijsten" / "0153").iterdir():
        data = path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                data = b"".join(book.read(name) for name in book.namelist())
        assert not any(bsn.encode() in data for bsn in BSNS), path.name
        assert b"DJI" not in data, path.name  # the register that only those signals come from
    assert not any("det" in name for name in place.lists(".csv"))


def test_a_name_cannot_hold_a_bsn(place: Town) -> None:
    """A file under such a name is not one of ours: it is not fetched, and its name is not told."""
    place.put("2026-10", place.month("2026-10", 4), name="RM_SIGNALEN_0153_2026-10_999990019.csv")
    _, stopped = place.receive()
    assert isinstance(stopped, PartnerSilent) and "999990019" not in str(stopped)


def test_sealed_lists_open_with_the_key_of_the_municipality_only(tmp_path: Path) -> None:
    common, restricted = x25519.Identity.generate(), x25519.Identity.generate()
    shelf = tmp_path / "gemeente"
    shelf.mkdir()
    place = town(
        tmp_path / "huis", BSNS,
        f'sleutel = "{common.to_public()}"\nsleutel_beperkt = "{restricted.to_public()}"\n'
        f'kanaal = {{ soort = "map", map = {json.dumps(str(shelf))}, in = "." }}',
    )
    place.put("2026-10", place.month("2026-10", 16, kinds=("VRT", "DET")))
    delivery, stopped = place.receive()
    assert stopped is None and place.findings(delivery).get("IN-AANGEHOUDEN") is None
    opened = tmp_path / "open.zip"
    unseal(shelf / "ib_samenloop_0153_2026-10_001.zip.age", str(common), opened)
    with zipfile.ZipFile(opened) as files:
        names = files.namelist()
        said = json.loads(files.read("ib_samenloop_0153_2026-10_001.json"))
    assert not any("det" in name for name in names)
    assert "DET" not in json.dumps(said)
    apart = tmp_path / "apart.zip"
    unseal(shelf / "ib_samenloop_0153_2026-10_001_beperkt.zip.age", str(restricted), apart)
    with zipfile.ZipFile(apart) as files:
        assert any(name.endswith("_det.csv") for name in files.namelist())


def test_publishing_again_puts_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash between the files and the books: sealing is never twice the same, and yet the files stay the same."""
    shelf = tmp_path / "gemeente"
    shelf.mkdir()
    key = x25519.Identity.generate().to_public()
    kanaal = f'kanaal = {{ soort = "map", map = {json.dumps(str(shelf))}, in = "." }}'
    place = town(tmp_path / "huis", BSNS, f'sleutel = "{key}"\n{kanaal}')
    place.put("2026-10", place.month("2026-10", 8))
    delivery = place.chain.open()
    honest = run._book

    def crash(*given: Any) -> DeliveryState:
        if given[2] == "publish":
            raise MemoryError
        return honest(*given)

    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(run, "_book", crash)
        run.run_delivery(delivery, place.chain.settings)
    before = {path.name: path.read_bytes() for path in shelf.iterdir() if path.is_file()}
    assert before
    assert place.chain.deliver(delivery, None) is None
    assert {path.name: path.read_bytes() for path in shelf.iterdir() if path.is_file()} == before

