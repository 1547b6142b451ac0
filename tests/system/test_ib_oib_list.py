"""The monthly list of the IB through the whole chain: once told is told, own benefit only counted, net or by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchanges.core.errors import Blocked, NothingToSend
from exchanges.core.period import Period
from exchanges.ib_oib.standing import income_of
from exchanges.simulators.ib_oib_items import SITUATIONS, Items, Planted
from exchanges.simulators.ib_oib_list import write
from tests.oib import Town, bsns, town

OWN = "001000275L01"


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path / "huis", {"eigen_loonheffingennummers": OWN})


def put(place: Town, period: str, items: Sequence[Planted | dict[str, object]], name: str = "1") -> Path:
    place.outbox.mkdir(parents=True, exist_ok=True)
    rows = [item.values if isinstance(item, Planted) else item for item in items]
    return write(place.outbox / f"OIB_LIJST_0153_{period}_{name}.csv", "0153", Period.parse(period), rows)


def receive(place: Town, period: str, *, new: bool = False) -> tuple[str, Exception | None]:
    delivery = place.chain.open(period, method="maandlijst", new=new)
    return delivery, place.chain.deliver(delivery, None)


def planted(period: str = "2026-10", count: int = 2 * len(SITUATIONS), seed: int = 1) -> list[Planted]:
    return Items(seed, bsns(30)).month(Period.parse(period), count)


def rows(place: Town, delivery: str) -> list[dict[str, object]]:
    return place.rows(delivery, "nieuw/regel_oib")


def test_every_line_is_on_a_sheet_and_no_net_amount_is_split_off(place: Town) -> None:
    items = planted()
    put(place, "2026-10", items)
    delivery, stopped = receive(place, "2026-10")
    assert stopped is None
    told = rows(place, delivery)
    assert len(told) == len(items)
    by_hand = [item for item in items if item.state == "handmatig"]
    assert by_hand and sum(row["blad"] == "ZONDER_NETTO" for row in told) == len(by_hand)
    assert {row["netto_stand"] for row in told if row["blad"] == "ZONDER_NETTO"} == {"handmatig"}
    why = [row["netto_uitleg"] for row in place.rows(delivery, "nieuw/ZONDER_NETTO")]
    assert len(why) == len(by_hand) and all(str(text).endswith(".") for text in why)
    assert any("Er is alleen loon in natura; zoek uit wat het waard is." in str(text) for text in why)
    assert "Er is alleen loon in natura" in next((place.chain.home / "lijsten").rglob("*_ZONDER_NETTO.csv")).read_text()
    nets = sorted(item.net for item in items if item.net is not None)
    assert sorted(int(str(row["netto_berekend_totaal"])) for row in told
                  if row["netto_stand"] == "berekend") == nets  # fmt: skip
    proofs = place.proofs(delivery)
    assert [proof["code"] for proof in proofs] == ["R-OIB 4"] * 4 and all(proof["holds"] for proof in proofs)
    assert proofs[0]["left"] == sum(nets)
    report = place.chain.report(delivery)
    assert report["verdict"]["closed"] and any(one["place"] == "bestand" for one in report["assumptions"])


def test_own_benefit_is_counted_and_not_told(place: Town) -> None:
    items = planted()
    own = next(item for item in items if item.situation == "eigen uitkering")
    other = replace(own, values={**own.values, "loonheffingennummer": OWN})
    put(place, "2026-10", [*items, other])
    delivery, stopped = receive(place, "2026-10")
    assert stopped is None
    line = place.balances(delivery, "compare")["regel_oib"]
    assert (line.into, line.out, line.excluded) == (len(items) + 1, len(items), 1)
    assert OWN not in {row["loonheffingennummer"] for row in rows(place, delivery)}


def test_an_item_is_told_again_only_when_it_is_no_longer_what_was_told_last(place: Town) -> None:
    first = planted(count=3)[2]
    changed = replace(first, values={**first.values, "tag": ["GECORRIGEERDE_LOONPERIODE"], "loon_sv": 1})
    told = []
    for period, item in (("2026-09", first), ("2026-10", first), ("2026-11", changed), ("2026-12", first)):
        put(place, period, [item])
        delivery, stopped = receive(place, period)
        assert stopped is None
        told.append(len(rows(place, delivery)))
    assert told == [1, 0, 1, 1]


def test_the_same_file_again_changes_nothing(place: Town) -> None:
    put(place, "2026-10", planted())
    receive(place, "2026-10")
    _, stopped = receive(place, "2026-10", new=True)
    assert isinstance(stopped, NothingToSend)


def test_what_a_later_month_said_holds_also_when_an_older_list_comes_after_it(place: Town, tmp_path: Path) -> None:
    def said(cents: int) -> dict[str, object]:
        return one.values | {"opgb_recht_vakantietoeslag": cents}

    one = next(item for item in planted() if item.state == "berekend")
    for period, cents in (("2026-11", 7_000), ("2026-10", 5_000)):
        put(place, period, [said(cents)])
        assert receive(place, period)[1] is None
    for period, cents in (("2026-11", 7_000), ("2026-10", 5_000)):
        with place.chain.context(f"ib_oib/0153/{period}/0001") as context:
            work = tmp_path / period
            work.mkdir()
            income = income_of(place.chain.ledger, context.store, "0153", Period.parse(period), work)
        assert pq.read_table(income)["recht_vakantietoeslag"].to_pylist() == [cents]


def test_a_net_amount_that_is_not_the_formula_is_told_and_split_off(place: Town) -> None:
    item = next(item for item in planted() if item.net is not None and not item.reasons)
    wrong = {**item.values, "netto_inkomen_totaal": int(str(item.values["netto_inkomen_totaal"])) + 500}
    put(place, "2026-10", [wrong])
    delivery, stopped = receive(place, "2026-10")
    assert stopped is None
    assert {row["blad"] for row in rows(place, delivery)} == {"ZONDER_NETTO"}
    assert place.findings(delivery)


@pytest.mark.parametrize("change", ["gemeente", "maand", "kolom"])
def test_what_is_not_agreed_is_not_read(place: Town, change: str) -> None:
    path = put(place, "2026-10", planted())
    text = path.read_text(encoding="utf-8")
    path.write_text({
        "gemeente": text.replace("0153;", "0200;"), "maand": text.replace("202610;", "202609;"),
        "kolom": text.replace("jgk", "iets_anders", 1),
    }[change], encoding="utf-8")  # fmt: skip
    delivery, stopped = receive(place, "2026-10")
    assert isinstance(stopped, Blocked) and place.findings(delivery)
    kept = list((place.chain.home / "artefacten").rglob("*quarantaine*")) + list(
        (place.chain.home / "artefacten").rglob("*quarantine*"))  # fmt: skip
    assert kept


def test_the_lists_hold_what_the_comparison_found(place: Town) -> None:
    put(place, "2026-10", planted())
    delivery, _ = receive(place, "2026-10")
    row = place.chain.ledger.step_result(delivery, "publish")
    assert row is not None and sum(row.details["rows"].values()) == len(rows(place, delivery))
    assert pq.read_schema(BytesIO(place.stored(place.chain.ledger.step_result(delivery, "compare").artefacts[
        "nieuw/regel_oib"].sha256))).names.count("blad") == 1  # fmt: skip


@pytest.mark.parametrize("last_again", [True, False])
def test_of_two_lines_about_one_item_the_later_is_what_was_told_last(place: Town, last_again: bool) -> None:
    """As settling takes it. Else the one would be told once more, and a return to the other not at all."""
    item = next(one.values for one in planted() if one.values["tag"] == ["NIEUWE_LOONPERIODE"])
    lines = [{**item, "loon_sv": cents} for cents in range(100_000, 100_040)]
    put(place, "2026-10", lines)
    first, stopped = receive(place, "2026-10")
    assert stopped is None and len(rows(place, first)) == len(lines)
    put(place, "2026-11", [lines[-1] if last_again else lines[0]])
    second, stopped = receive(place, "2026-11")
    assert stopped is None
    assert [row["loon_sv"] for row in rows(place, second)] == ([] if last_again else [100_000])
