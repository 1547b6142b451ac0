"""LKS signals of a municipality that answers by webservice: its own certainty follows from its index and from what it
answers since, and is what a file of the same day would have given; where that is not known any more it is said so."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from exchanges.administration.demo import generate
from exchanges.core.ledger.tables import artefact
from exchanges.core.period import Period
from exchanges.simulators.ib_lks import Office, Signal, payments_of, register_of
from tests.chain import GEMEENTE
from tests.lks import Town, town

SENT, MONTH = "2026-09", "2026-10"
pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("administratie") / "bron"
    generate(folder, GEMEENTE, 120, 3, period=MONTH)
    return folder


@pytest.fixture(scope="module")
def by_file(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Office, list[Signal]]:
    """The same town with a file, of which the partner refuses some records, and signals about everybody in it."""
    place = town(tmp_path_factory.mktemp("bestand") / "huis", source)
    office = Office(3, GEMEENTE, register_of(place.deliver(SENT), ()), payments_of(source), ("999990019",))
    return place, office, office.month(Period.parse(MONTH), 60)


def certainties(place: Town, delivery: str) -> dict[str, tuple[Any, str]]:
    rows = [*place.rows(delivery, "einde_zw"), *place.rows(delivery, "overdracht")]
    return {row["signaalnummer"]: (row["zekerheid_eigen"], row["eigen_uit"]) for row in rows}


def method(source: Path, name: str) -> None:
    """What the partner has as the method of the clusters."""
    path = source / "koppelvlak_instelling.parquet"
    table = pq.read_table(path)
    place = table.column_names.index("methode")
    pq.write_table(table.set_column(place, table.schema.field(place), pa.repeat(name, table.num_rows)), path)


def asked(home: Path, source: Path) -> Town:
    """An accepted index, and nothing else."""
    own = Path(shutil.copytree(source, home.with_name("bron")))
    method(own, "webservice")
    place = town(home, own)
    delivery = place.delivers.open(SENT, method="webservice")
    assert place.delivers.finish(delivery) is None
    return place


def told(place: Town, by_file: tuple[Town, Office, list[Signal]]) -> str:
    config = place.chain.home / "ketensluis.toml"
    config.write_text(f"{config.read_text()}[gemeente.0153.gegevens.ib_lks]\nonbekend_perc = 100\n", encoding="utf-8")
    _, office, sent = by_file
    place.put(office, MONTH, sent)
    delivery, stopped = place.receive(MONTH)
    assert stopped is None, stopped
    return delivery


def test_an_index_gives_the_certainty_that_a_file_would_have_given(
    tmp_path: Path, source: Path, by_file: tuple[Town, Office, list[Signal]]
) -> None:
    index = asked(tmp_path / "huis", source)
    ours = certainties(index, told(index, by_file))
    theirs = certainties(by_file[0], told(*by_file[:1], by_file))
    assert {number: one for number, (one, _) in ours.items()} == {number: one for number, (one, _) in theirs.items()}
    assert {one for one, _ in ours.values()} >= {"0", "1", "3"}
    assert {said for _, said in ours.values()} == {f"verwijsindex over {SENT} en wat wij daarop antwoorden"}
    assert {said for _, said in theirs.values()} == {f"verzamelbestand over {SENT}"}
    delivery = f"ib_lks/{GEMEENTE}/{MONTH}/0001"
    assert {"R-LKS-1", "R-LKS-2", "R-LKS-3"} <= set(index.controls(delivery))
    assert index.chain.report(delivery)["verdict"]["closed"]
    assert index.findings(delivery) == by_file[0].findings(delivery)


def test_what_is_answered_no_more_is_not_guessed(
    tmp_path: Path, source: Path, by_file: tuple[Town, Office, list[Signal]]
) -> None:
    place = asked(tmp_path / "huis", source)
    gone = sa.delete(artefact).where(artefact.c.step == "select", artefact.c.name == "bron/loonkostensubsidie")
    with place.chain.ledger.database.write() as connection:
        assert connection.execute(gone).rowcount == 1
    delivery = told(place, by_file)
    found = certainties(place, delivery)
    assert {one for one, _ in found.values()} == {None}
    assert {said for _, said in found.values()} == {
        f"niet vast te stellen: wat wij antwoorden bij de verwijsindex over {SENT} is niet meer te maken"
    }
    assert place.findings(delivery)["IB-LKS-ONBEKEND"] == len(found)
    assert "R-LKS-1" not in place.controls(delivery)


def test_who_delivered_nothing_is_told_that_too(
    tmp_path: Path, source: Path, by_file: tuple[Town, Office, list[Signal]]
) -> None:
    place = town(tmp_path / "huis", source)
    found = certainties(place, told(place, by_file))
    assert {said for _, said in found.values()} == {
        "niet vast te stellen: er is niets geleverd dat het IB heeft geaccepteerd"
    }


def test_the_last_delivery_counts_also_when_the_method_changed(
    tmp_path: Path, source: Path, by_file: tuple[Town, Office, list[Signal]]
) -> None:
    place = asked(tmp_path / "huis", source)
    method(place.delivers.source, "verzamelbestand")
    again = place.delivers.open(MONTH, method="verzamelbestand")
    assert place.delivers.finish(again) is None
    found = certainties(place, told(place, by_file))
    assert {said for _, said in found.values()} == {f"verzamelbestand over {MONTH}"}
