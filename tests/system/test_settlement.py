"""From the monthly list of the IB and the administration to a proposal that a person works from."""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from exchanges.administration.demo import generate
from exchanges.core.errors import TechnicalError, UsageError
from exchanges.core.period import Period
from exchanges.ib_oib.settlement import publish as publishing
from exchanges.ib_oib.settlement.publish import MADE, propose_and_publish
from exchanges.simulators.ib_oib_items import Items
from tests.chain import GEMEENTE, copied
from tests.oib import Town, town
from tests.sluis import sluis
from tests.system.test_ib_oib_list import put, receive

PERIOD = Period(2026, 10)


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A municipality that received the list of a month about its own clients."""
    folder = tmp_path_factory.mktemp("ontvangen")
    generate(folder / "bron", GEMEENTE, 300, 3, errors=False, period=str(PERIOD))
    made = town(folder / "huis", {"eigen_loonheffingennummers": "001000275L01"}, folder / "bron")
    benefits = pq.read_table(folder / "bron" / "uitkering.parquet")
    running = benefits.filter(pc.and_(pc.equal(benefits["regeling"], "PW"), pc.is_null(benefits["datum_einde"])))
    people = pq.read_table(folder / "bron" / "persoon.parquet", columns=["persoon_id", "bsn"])
    mine = people.filter(pc.is_in(people["persoon_id"], running["persoon_id"].combine_chunks()))["bsn"].to_pylist()
    put(made, str(PERIOD), Items(2, sorted(mine)[:40]).month(PERIOD, 60))
    _, stopped = receive(made, str(PERIOD))
    assert stopped is None
    return made


@pytest.fixture
def place(received: Town, tmp_path: Path) -> Town:
    return Town(copied(received.chain, tmp_path))


def without_settled_income(place: Town) -> None:
    """The administration moves: nothing was settled after all."""
    parts = place.chain.source / "betaling_component.parquet"
    table = pq.read_table(parts)
    pq.write_table(table.filter(pc.not_equal(table["soort"], "inkomsten")), parts)


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_every_cent_of_income_and_of_what_was_settled_is_in_the_proposal(place: Town) -> None:
    before = hashes(place.chain.source)
    done = propose_and_publish(place.chain.settings, GEMEENTE, PERIOD)
    ladder = done.ladder
    assert ladder.income == ladder.own + ladder.outside + ladder.elsewhere + ladder.judged + ladder.calculated
    assert ladder.income and sum(done.counts.values())
    said = json.loads(next(path for path in done.files if path.suffix == ".json" and "manifest" not in path.name)
                      .read_text(encoding="utf-8"))  # fmt: skip
    assert "Er is niets veranderd aan een uitkering" in json.dumps(said, ensure_ascii=False)
    assert any(path.suffix == ".xlsx" for path in done.files)
    # A proposal, never a change.
    assert hashes(place.chain.source) == before


def test_made_again_it_is_the_same(place: Town) -> None:
    first = {path.name: path.read_bytes() for path in propose_and_publish(place.chain.settings, GEMEENTE, PERIOD).files}
    again = {path.name: path.read_bytes() for path in propose_and_publish(place.chain.settings, GEMEENTE, PERIOD).files}
    assert first == again


def test_a_list_that_says_something_else_has_the_next_number_and_is_put_beside_the_other(
    place: Town, tmp_path: Path
) -> None:
    (tmp_path / "gemeente" / "in").mkdir(parents=True)
    config = place.chain.home / "ketensluis.toml"
    place_of_lists = f'{{ soort = "map", map = "{tmp_path / "gemeente"}", in = "in" }}'
    channel = f"[gemeente.{GEMEENTE}.lijsten]\nkanaal = {place_of_lists}\n"
    config.write_text(config.read_text(encoding="utf-8") + channel, encoding="utf-8")

    def made() -> list[str]:
        propose_and_publish(place.chain.settings, GEMEENTE, PERIOD)
        return sorted(path.name for path in (tmp_path / "gemeente" / "in").glob("*.xlsx"))

    assert made() == made() == [f"verrekening_{GEMEENTE}_{PERIOD}_001.xlsx"]
    without_settled_income(place)
    assert made() == [f"verrekening_{GEMEENTE}_{PERIOD}_00{number}.xlsx" for number in (1, 2)]
    events = [event.object for event in place.chain.ledger.events(None) if event.action == MADE]
    assert events == [f"verrekening/{GEMEENTE}/{PERIOD}/000{number}" for number in (1, 2)]


def test_two_at_once_have_two_numbers(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first has its number and is writing when the second, about an administration that moved, begins."""
    writing, both = threading.Event(), threading.Event()
    write = publishing.publish

    def slow(*args: Any, **how: Any) -> Any:
        (both if writing.is_set() else writing).set()
        both.wait(1)
        return write(*args, **how)

    monkeypatch.setattr(publishing, "publish", slow)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(propose_and_publish, place.chain.settings, GEMEENTE, PERIOD)
        assert writing.wait(60)
        without_settled_income(place)
        second = pool.submit(propose_and_publish, place.chain.settings, GEMEENTE, PERIOD)
        names = [{path.name for path in made.result().files} for made in (first, second)]
    assert not names[0] & names[1]
    made = [event for event in place.chain.ledger.events(None) if event.action == MADE]
    assert [event.object for event in made] == [f"verrekening/{GEMEENTE}/{PERIOD}/000{number}" for number in (1, 2)]
    assert made[0].details["inhoud"] != made[1].details["inhoud"]


def test_a_list_that_was_booked_and_never_laid_down_is_not_written_over(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise TechnicalError("De schijf is vol.")

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "settle", full)
        with pytest.raises(TechnicalError):
            propose_and_publish(place.chain.settings, GEMEENTE, PERIOD)
    without_settled_income(place)
    done = propose_and_publish(place.chain.settings, GEMEENTE, PERIOD)
    assert all(path.name.startswith(f"verrekening_{GEMEENTE}_{PERIOD}_002") for path in done.files)


def test_without_any_delivery_nothing_counts_as_income(tmp_path: Path) -> None:
    generate(tmp_path / "bron", GEMEENTE, 60, 3, errors=False, period=str(PERIOD))
    made = town(tmp_path / "huis", {}, tmp_path / "bron")
    done = propose_and_publish(made.chain.settings, GEMEENTE, PERIOD)
    assert done.ladder.income == 0 and done.ladder.to_settle == 0


def test_of_a_municipality_that_is_not_set_nothing_is_proposed(place: Town) -> None:
    with pytest.raises(UsageError):
        propose_and_publish(place.chain.settings, "9999", PERIOD)


@pytest.mark.system
def test_the_command_tells_what_it_proposes_and_where_it_lies(place: Town) -> None:
    shown = sluis(place.chain.home, "verrekening", "--gemeente", GEMEENTE, "--periode", str(PERIOD), "--json")
    assert shown.code == 0, shown.err
    assert sum(shown.json["counts"].values()) > 0
    assert all(Path(name).exists() for name in shown.json["files"])
    plain = sluis(place.chain.home, "verrekening", "--gemeente", GEMEENTE, "--periode", str(PERIOD))
    assert "Er is niets veranderd aan een uitkering" in plain.out and "oktober 2026" in plain.out
    wrong = sluis(place.chain.home, "verrekening", "--gemeente", "9999", "--periode", str(PERIOD))
    assert wrong.code == 2 and "9999" in wrong.err
