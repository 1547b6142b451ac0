"""The bundle of last month by itself: when it is time, once, and a next number when a delivery has changed."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from exchanges.core.bundle import monthly as module
from exchanges.core.bundle.make import ACTION
from exchanges.core.bundle.monthly import Monthly, last_day, monthly
from exchanges.core.errors import BusinessError, CatalogueError
from exchanges.core.period import Period
from exchanges.core.purpose.registry import HOME_TIME
from tests.chain import EXCHANGE, Chain, chain
from tests.rows import write_csv

PEOPLE = [{"persoon_id": "P1", "bsn": "999990007", "achternaam": "Berg"}]
TRACKS = [{"traject_id": "T1", "persoon_id": "P1", "doel": "1", "datum_begin": "2025-01-01"}]
LAST_DAY = last_day(Period(2026, 11))


@pytest.fixture
def town(tmp_path: Path) -> Chain:
    made = chain(tmp_path / "huis", write_csv(tmp_path / "bron", {"persoon": PEOPLE, "traject": TRACKS}), kind="csv")
    only(made, EXCHANGE)
    return made


def only(town: Chain, *exchanges: str) -> None:
    """The municipality takes part in these alone."""
    path = town.home / "ketensluis.toml"
    rest = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("uitwisselingen")]
    at = rest.index("[gemeente.0153]") + 1
    path.write_text("\n".join([*rest[:at], f"uitwisselingen = {list(exchanges)}", *rest[at:]]), encoding="utf-8")


def look(town: Chain, day: int = 3) -> Monthly:
    return monthly("0153", datetime(2026, 11, day, 7, tzinfo=HOME_TIME), town.settings)


def there(town: Chain) -> list[str]:
    return sorted(path.name for path in (town.home / "bundels").rglob("*"))[1:]


def numbers(town: Chain) -> list[int]:
    return [event.details["nummer"] for event in town.ledger.events(None) if event.action == ACTION]


def test_it_is_made_once_when_everything_has_ended(town: Chain) -> None:
    assert look(town).why == "geen leveringen" and there(town) == []
    delivery = town.open()
    assert town.deliver(delivery) is None
    assert look(town).why == "nog niet alles is afgesloten" and there(town) == []
    assert town.finish(delivery) is None
    made = look(town)
    assert made.made is not None and (made.number, str(made.period)) == (1, "2026-10")
    assert there(town) == ["maandbundel_0153_2026-10_01.zip"] and made.made.out.stat().st_mode & 0o777 == 0o600
    # A view of a report is in the books of the delivery, and changes nothing about it.
    town.ledger.event(delivery, "anna", "inzage verslag", delivery, "getoond")
    again = look(town, 28)
    assert (again.made, again.number, again.why) == (None, 1, "bundel 1 is er al") and numbers(town) == [1]


def test_a_delivery_that_changed_gives_the_next_number_and_leaves_the_former(town: Chain) -> None:
    assert town.finish(town.open()) is None
    first = look(town).made
    assert first is not None
    before = first.out.read_bytes()
    assert town.finish(town.open(new=True)) is None
    second = look(town, 4)
    assert second.number == 2 and second.made is not None and second.made.manifest != first.manifest
    assert first.out.read_bytes() == before and len(there(town)) == 2
    with zipfile.ZipFile(second.made.out) as archive:
        assert len([name for name in archive.namelist() if name.endswith("verslag.html")]) == 2
    assert look(town, 5).made is None and numbers(town) == [1, 2]


def test_on_its_day_it_is_made_whatever_is_open(town: Chain) -> None:
    assert town.deliver(town.open()) is None
    assert look(town, LAST_DAY - 1).made is None
    assert look(town, LAST_DAY).number == 1


def test_another_exchange_that_has_not_begun_is_waited_for(town: Chain) -> None:
    only(town, EXCHANGE, "ib_rechtmatigheid")
    assert town.finish(town.open()) is None
    assert look(town).why == "nog niet alles is afgesloten"
    assert look(town, LAST_DAY).number == 1


def test_what_was_stopped_between_the_books_and_the_file_is_made_again_under_its_number(town: Chain) -> None:
    assert town.finish(town.open()) is None
    made = look(town).made
    assert made is not None
    made.out.unlink()
    again = look(town)
    assert again.made is not None and again.number == 1 and again.made.manifest == made.manifest
    assert look(town).made is None and numbers(town) == [1, 1]


def test_a_delivery_without_a_report_is_named(town: Chain) -> None:
    id = town.open()
    town.step(id, "select")
    with pytest.raises(BusinessError, match=f"{id} heeft nog geen verslag"):
        look(town, LAST_DAY)
    assert there(town) == [] and numbers(town) == []


@pytest.mark.parametrize("value", [None, "0", "29", "laatste"])
def test_without_a_usable_day_it_says_so(town: Chain, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    from exchanges.core.dated import ParameterRow

    day = int(value) if value and value.isdigit() else value
    rows = {} if day is None else {"uiterste_dag": ParameterRow("uiterste_dag", day, "assumed", "", "")}
    monkeypatch.setattr(module, "parameters", lambda *asked: rows)
    town.open()
    with pytest.raises(CatalogueError, match="uiterste_dag"):
        look(town)
