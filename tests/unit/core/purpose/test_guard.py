"""No purpose, no data: nothing is read, looked in, sent or asked, and the refusal is in the books."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exchanges.core import run
from exchanges.core.errors import UsageError
from exchanges.core.period import Period
from exchanges.core.repair import refeed, write_out
from exchanges.core.why import why
from exchanges.ib_oib.settlement.publish import propose_and_publish
from tests import counted_source
from tests.chain import EXCHANGE, Chain, chain
from tests.rows import write_csv
from tests.signals import town as signals_town

ROWS = {
    "persoon": [{"persoon_id": "P1", "bsn": "999990007", "achternaam": "Berg"}],
    "traject": [{"traject_id": "T1", "persoon_id": "P1", "doel": "1", "datum_begin": "2025-01-01"}],
}
READER = "ib_samenloop"
PROJECT = Path(__file__).resolve().parents[4] / "mappings" / "doelbinding"


class Counted(Chain):
    """A municipality of which every reading of its source is counted."""

    @property
    def settings(self):
        return super().settings.model_copy(update={"source": counted_source.OPEN})


@pytest.fixture
def town(tmp_path) -> Counted:
    counted_source.reads.clear()
    made = chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv")
    return Counted(made.home, made.source, made.partner)


def own(town: Chain, exchange: str, text: str) -> None:
    """The register of the installation says this of the exchange."""
    folder = town.home / "doelbinding"
    folder.mkdir(exist_ok=True)
    (folder / f"{exchange}.toml").write_text(text, encoding="utf-8")


def changed(town: Chain, exchange: str, what: str, by: str) -> None:
    text = (PROJECT / f"{exchange}.toml").read_text(encoding="utf-8")
    assert what in text
    own(town, exchange, text.replace(what, by))


def refusals(town: Chain, delivery: str | None = None) -> list[tuple[str, str]]:
    return [(event.object, event.result) for event in town.ledger.events(delivery)
            if event.action == "doelbinding ontbreekt"]  # fmt: skip


def test_with_a_purpose_the_source_is_read(town):
    assert town.deliver(town.open()) is None
    assert counted_source.reads == ["open", "snapshot"]


def test_without_a_purpose_nothing_is_opened_or_read(town):
    own(town, EXCHANGE, "")
    with pytest.raises(UsageError, match="geen doelbinding geregistreerd; er is niets gelezen"):
        town.open()
    assert counted_source.reads == [] and town.ledger.deliveries() == []
    assert refusals(town) == [(f"{EXCHANGE}/0153", "geweigerd")]


def test_a_purpose_that_ended_stops_a_delivery_that_was_open_already(town):
    delivery = town.open()
    changed(town, EXCHANGE, "geldig_van = 2019-01-01", "geldig_van = 2019-01-01\ngeldig_tot = 2025-12-31")
    assert isinstance(town.deliver(delivery), UsageError)
    assert counted_source.reads == [] and town.inbox == []
    assert town.delivery(delivery).state == "failed" and "doelbinding" in town.delivery(delivery).reason


def test_every_way_to_data_asks_for_the_purpose(town):
    """Explaining, offering again, repairing and settling read personal data as well."""
    delivery = town.open()
    assert town.deliver(delivery) is None
    counted_source.reads.clear()
    sent = town.inbox
    for exchange in (EXCHANGE, "ib_oib"):
        own(town, exchange, "")
    ways = [
        lambda: why(delivery, "999990007", town.settings),
        lambda: town.resend(delivery),
        lambda: write_out(delivery, town.home / "herstel" / "0153", actor="jan", settings=town.settings),
        lambda: refeed(delivery, None, actor="jan", reason="proef", settings=town.settings),
        lambda: propose_and_publish(town.settings, "0153", Period.parse("2026-10")),
        *(lambda step=step: run.run_step(delivery, step, town.settings) for step in ("receipt", "report")),
    ]
    for way in ways:
        with pytest.raises(UsageError, match="geen doelbinding"):
            way()
    assert counted_source.reads == [] and town.inbox == sent
    assert len(refusals(town)) == len(ways)


def test_what_is_not_on_the_list_does_not_leave(town):
    changed(town, EXCHANGE, '{ aan = "inlichtingenbureau", bericht = "DKDVerzamelbestand" },', "")
    delivery = town.open()
    with pytest.raises(UsageError, match="DKDVerzamelbestand aan inlichtingenbureau staat niet op de lijst"):
        raise town.deliver(delivery)
    assert town.inbox == []
    assert refusals(town, delivery) == [("inlichtingenbureau/DKDVerzamelbestand", "verstrekken geweigerd")]
    assert not any(event.action.startswith("deliver") for event in town.ledger.events(delivery))


def test_nor_is_it_offered_again(town):
    delivery = town.open()
    assert town.deliver(delivery) is None
    for path in (town.partner / "in").iterdir():
        path.unlink()
    changed(town, EXCHANGE, 'bericht = "DKDVerzamelbestand"', 'bericht = "Anders"')
    with pytest.raises(UsageError, match="staat niet op de lijst"):
        town.resend(delivery)
    assert town.inbox == []


def test_another_purpose_is_not_looked_in(tmp_path):
    """Signals may look in what was asked about; when the register says no, they do not, and that is in the books."""
    place = signals_town(tmp_path / "huis", ["999990019"])
    place.put("2026-10", place.month("2026-10", 2))
    changed(place.chain, READER, 'leest = ["ib_rechtmatigheid"]', "leest = []")
    delivery, stopped = place.receive()
    assert isinstance(stopped, UsageError) and "leest wat ib_rechtmatigheid heeft verzonden" in str(stopped)
    assert refusals(place.chain, delivery) == [("ib_rechtmatigheid", "lezen geweigerd")]
    assert place.lists() == []


def test_asking_a_partner_about_people_needs_it_on_the_list(tmp_path, monkeypatch):
    from exchanges.ib_oib import collecting
    from exchanges.ib_oib.exchange import EXCHANGE as OIB

    place = signals_town(tmp_path / "huis", ["999990019"])
    changed(place.chain, "ib_oib", '{ aan = "uwv", bericht = "UWVDossierInkomstenGSD" }', "")
    monkeypatch.setattr(collecting, "_people", lambda context: pytest.fail("looked up who to ask about"))
    chained = replace(place.chain, exchange=OIB.id)
    delivery = run.open_run(OIB.id, "0153", "2026-10", method="bevraging", settings=chained.settings)
    with pytest.raises(UsageError, match="UWVDossierInkomstenGSD aan uwv staat niet op de lijst"):
        run.run_step(delivery, "collect", chained.settings)


def test_the_report_tells_the_purpose(town):
    delivery = town.open()
    assert town.deliver(delivery) is None
    purpose = town.report(delivery)["provenance"]["purpose"]
    assert purpose["activity"] == "ketensluis-dkd-reintegratie" and "Wet SUWI art. 62" in purpose["legal_basis"]
    assert "verzonden 84 maanden" in purpose["terms"]
    html = (town.home / "verslagen" / "0153" / f"{delivery.replace('/', '_')}.html").read_text(encoding="utf-8")
    assert "Doel en grondslag" in html and purpose["goal"] in html
