"""A month that is done and is run again, by a schedule or by a person: not a byte of what people see differs, nothing
goes to anybody, and no table of the books has a row more."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from pyrage import x25519

from exchanges.administration.demo import generate
from exchanges.core import run
from exchanges.core.period import Period
from exchanges.simulators.ib_lks import Office, payments_of, register_of
from exchanges.simulators.ib_oib_items import Items
from exchanges.simulators.ib_oib_list import write
from exchanges.simulators.uwv_responses import free_bsns
from tests import lks, oib, signals
from tests.chain import GEMEENTE, Chain, chain

MONTH = "2026-10"
BSNS = tuple(islice(free_bsns(), 30))
pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("administratie") / "bron"
    generate(folder, GEMEENTE, 60, 3, errors=False, period=MONTH)
    return folder


def samenloop(home: Path, source: Path) -> Chain:
    key, apart = (str(x25519.Identity.generate().to_public()) for _ in range(2))
    # Sealed lists are other bytes every time they are made.
    place = signals.town(home, BSNS, f'sleutel = "{key}"\nsleutel_beperkt = "{apart}"')
    place.put(MONTH, place.month(MONTH, kinds=(*signals.OPEN_KINDS, "DET", "VVV")))
    return place.chain


def answers(home: Path, source: Path) -> Chain:
    place = oib.town(home)
    a, b, c = BSNS[:3]
    wages = oib.relation("001234567L01", oib.wage("20261001", "20261031", 200_000))
    place.put(MONTH, {a: oib.answer(a, wages), b: oib.document(oib.EMPTY), c: oib.document(oib.FAULT)})
    return place.chain


def monthly_list(home: Path, source: Path) -> Chain:
    place = oib.town(home)
    rows = [item.values for item in Items(1, BSNS).month(Period.parse(MONTH), 30)]
    write(place.outbox / f"OIB_LIJST_{GEMEENTE}_{MONTH}_1.csv", GEMEENTE, Period.parse(MONTH), rows)
    return place.chain


def subsidies(home: Path, source: Path) -> Chain:
    place = lks.town(home, source)
    delivered = place.deliver(MONTH)
    office = Office(3, GEMEENTE, register_of(delivered, ()), payments_of(source), ())
    place.put(office, MONTH, office.month(Period.parse(MONTH), 20))
    return place.chain


def dossiers(home: Path, source: Path) -> Chain:
    return chain(home, source, exchange="ib_rechtmatigheid")


@pytest.mark.parametrize(
    ("made", "method"),
    [(samenloop, None), (answers, "antwoorden"), (monthly_list, "maandlijst"), (subsidies, None), (dossiers, None)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_month_that_is_done_is_run_again(
    tmp_path: Path, source: Path, made: Callable[[Path, Path], Chain], method: str | None
) -> None:
    place = made(tmp_path / "huis", source)
    delivery = place.open(MONTH, method=method)
    assert place.finish(delivery) is None if made is dossiers else place.deliver(delivery, None) is None
    booked, shown = place.booked(), place.shown()
    sent = {path.name: path.read_bytes() for path in place.partner.rglob("*") if path.is_file()}
    assert place.delivery(delivery).state.ended and booked["event"] and booked["artefact"] and shown
    assert run.open_run(place.exchange, GEMEENTE, MONTH, method=method, actor="A. Jansen",
                        settings=place.settings) == delivery  # fmt: skip
    assert place.deliver(delivery, None) is None
    assert place.booked() == booked and place.shown() == shown
    assert {path.name: path.read_bytes() for path in place.partner.rglob("*") if path.is_file()} == sent


def test_a_report_that_says_something_else_is_booked(tmp_path: Path, source: Path) -> None:
    place = monthly_list(tmp_path / "huis", source)
    delivery = place.open(MONTH, method="maandlijst")
    assert place.deliver(delivery, None) is None
    before, first = place.booked(), place.ledger.step_result(delivery, "report")
    config = place.home / "ketensluis.toml"
    config.write_text(config.read_text().replace("Gemeente 0153", "Gemeente Enschede"), encoding="utf-8")
    assert place.deliver(delivery, None) is None
    again = place.ledger.step_result(delivery, "report")
    assert place.booked() == before | {"event": before["event"] + 1}
    assert again.attempt == 2 and again.artefacts["verslag/json"] != first.artefacts["verslag/json"]


def test_a_report_that_was_lost_from_the_store_is_there_again(tmp_path: Path, source: Path) -> None:
    place = answers(tmp_path / "huis", source)
    delivery = place.open(MONTH, method="antwoorden")
    assert place.deliver(delivery, None) is None
    before, kept = place.booked(), place.ledger.step_result(delivery, "report").artefacts["verslag/json"].sha256
    with place.context(delivery) as context:
        assert context.store.destroy(GEMEENTE, kept)
    assert place.deliver(delivery, None) is None
    with place.context(delivery) as context:
        assert context.store.exists(GEMEENTE, kept)
    assert place.booked() == before
