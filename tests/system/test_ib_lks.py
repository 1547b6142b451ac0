"""Six months of LKS signals through the real chain, about a generated municipality: everything that the simulated IB
planted is found, and nothing else."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from exchanges.administration.demo import generate
from exchanges.core.period import Period
from exchanges.simulators.ib_lks import ENDED, HANDED_OVER, Office, Signal, payments_of, register_of
from exchanges.simulators.uwv_responses import free_bsns
from tests.lks import Town, town

MONTHS = ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10")
STRANGERS = tuple(islice(free_bsns(), 20))
pytestmark = pytest.mark.system


def _without_loonwaarde(folder: Path, kind: str) -> None:
    """Provisions of ``kind`` whose loonwaarde was not measured: the message then has no group for it."""
    provisions = pq.read_table(folder / "voorziening.parquet")
    of = provisions.filter(pc.equal(provisions["type"], kind))["voorziening_id"]
    path = folder / "loonkostensubsidie.parquet"
    granted = pq.read_table(path)
    pq.write_table(granted.filter(pc.invert(pc.is_in(granted["voorziening_id"], value_set=of.combine_chunks()))), path)


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Office, dict[str, tuple[str, list[Signal]]]]:
    home = tmp_path_factory.mktemp("lks")
    generate(home / "bron", "0153", 1500, 7, period="2026-10")
    _without_loonwaarde(home / "bron", "12")
    place = town(home / "huis", home / "bron")
    config = place.chain.home / "ketensluis.toml"
    # One signal in four is about somebody who was never delivered: to see that class, not to be stopped by it.
    config.write_text(f"{config.read_text()}[gemeente.0153.gegevens.ib_lks]\nonbekend_perc = 100\n", encoding="utf-8")
    delivered = place.deliver("2026-05", ["reject-every=40"])
    refused = place.delivers.ledger.findings("dkd_reintegratie/0153/2026-05/0001")
    assert "receipt" in refused["step"].to_pylist()
    office = Office(3, "0153", register_of(delivered, _refused(place)), payments_of(home / "bron"), STRANGERS)
    done = {}
    for month in MONTHS:
        sent = office.month(Period.parse(month), 60)
        place.put(office, month, sent)
        delivery, stopped = place.receive(month)
        assert stopped is None, stopped
        done[month] = (delivery, sent)
    return place, office, done


def _refused(place: Town) -> list[str]:
    """Of whom the partner said in its report that it did not take them."""
    from lxml import etree

    report = next(place.outbox.glob("DKD_REINTEGRATIE_*.verslag.xml"))
    found = []
    for element in etree.parse(report).iter("{*}Regel"):
        if element.findtext("{*}Status") == "afgewezen":
            found.append(str(element.findtext("{*}Burgerservicenr")))
    assert found
    return found


def _class(kind: str, certainty: str) -> str:
    return f"{kind}/{certainty}"


def test_every_kind_and_certainty_is_found_and_nothing_else(months) -> None:
    """Precision and recall per class are 1.0: number by number the class is the planted one."""
    place, office, done = months
    seen: Counter[str] = Counter()
    for delivery, sent in done.values():
        found = {
            row["signaalnummer"]: _class(kind, row["zekerheid_eigen"])
            for sheet, kind in (("einde_zw", ENDED), ("overdracht", HANDED_OVER))
            for row in place.rows(delivery, sheet)
        }
        assert found == {one.number: _class(one.kind, one.certainty) for one in sent}
        seen.update(found.values())
    assert set(seen) == {_class(kind, certainty) for kind in (ENDED, HANDED_OVER) for certainty in "0123"}
    assert min(seen.values()) >= 5 and len(office.sent) == 60 * len(MONTHS)


def test_a_certainty_that_differs_is_told_and_no_other(months) -> None:
    place, _, done = months
    differing = 0
    for delivery, sent in done.values():
        wrong = [one for one in sent if one.certainty != "0" and one.given != one.certainty]
        differing += len(wrong)
        findings = place.findings(delivery)
        assert findings.get("IB-LKS-ZEKERHEID", 0) == len(wrong)
        assert findings.get("IB-LKS-NIET-GELEVERD", 0) == sum(one.certainty == "0" for one in sent)
        assert findings.get("IB-LKS-GEEN-LKS", 0) == sum(one.certainty == "3" for one in sent)
        listed = {row["signaalnummer"] for row in place.listed(delivery)["zekerheid"]}
        assert listed == {one.number for one in sent if one.given != "1"}
    assert differing > 20


def test_days_and_cents_paid_in_illness_are_those_planted(months) -> None:
    place, _, done = months
    overlapping = days = 0
    for delivery, sent in done.values():
        found: Counter[str] = Counter()
        cents: Counter[str] = Counter()
        for row in place.rows(delivery, "terugvordering"):
            found[row["signaalnummer"]] += row["dagen"]
            cents[row["signaalnummer"]] += row["teveel_cent"]
            assert 0 < row["dagen"] <= row["dagen_tijdvak"]
            assert 0 <= row["nog_cent"] <= row["teveel_cent"] <= row["cent"]
        assert found == {one.number: one.days for one in sent if one.days}
        assert cents == {one.number: one.cents for one in sent if one.days}
        overlapping, days = overlapping + len(found), days + found.total()
        controls = place.controls(delivery)
        assert controls["R-LKS-4-DAGEN"]["left"] == controls["R-LKS-4-DAGEN"]["right"] == found.total()
        assert controls["R-LKS-4-BEDRAG"]["left"] == controls["R-LKS-4-BEDRAG"]["right"] == cents.total()
    assert overlapping > 40 and days > 1000


def test_what_came_late_is_told_and_its_share(months) -> None:
    place, _, done = months
    for delivery, sent in done.values():
        late = {one.number for one in sent if one.late}
        assert late and {row["signaalnummer"] for row in place.rows(delivery, "einde_zw") if row["laat"]} == late
        ended = sum(one.kind == ENDED for one in sent)
        share = f"{(2 * 10_000 * len(late) + ended) // (2 * ended) / 100:.2f}".replace(".", ",")
        assert place.controls(delivery)["R-LKS-5"]["remark"].startswith(f"{share} % kwam later dan 70 dagen")


def test_the_report_closes_and_shows_every_control(months) -> None:
    place, _, done = months
    for delivery, sent in done.values():
        report = place.chain.report(delivery)
        assert report["verdict"]["closed"]
        controls = place.controls(delivery)
        assert {code for code, line in controls.items() if not line["holds"]} <= {"R-LKS-4-TERUG"}
        assert controls["R-LKS-1"]["left"] == len(sent)
        # Some types of subsidy have no measured loonwaarde, and are listed.
        assert controls["R-LKS-2"]["left"] == len(place.listed(delivery)["zonder_loonwaarde"]) > 0


def test_a_task_is_counted_from_the_first_day_of_illness(months) -> None:
    place, _, done = months
    for delivery, sent in done.values():
        expected = {}
        for one in sent:
            ill = one.values["datum_eerste_ziektedag"]
            if one.kind == HANDED_OVER and ill is not None:
                for week in (6, 8, 26, 52, 78, 91):
                    due = ill.fromordinal(ill.toordinal() + 7 * week)
                    expected[one.number, week] = (due, due < one.values["publicatiedatum"])
        found = {(row["signaalnummer"], row["week"]): (row["datum"], row["verstreken"])
                 for row in place.rows(delivery, "taken")}
        assert found == expected and len({past for _, past in found.values()}) == 2
        by_hand = [row for row in place.listed(delivery)["handmatig"] if "eerste ziektedag ontbreekt" in row["reden"]]
        assert len(by_hand) == sum(one.kind == HANDED_OVER and one.values["datum_eerste_ziektedag"] is None
                                   for one in sent)


def test_signals_and_tasks_are_work_in_the_books(months) -> None:
    from exchanges.core.ledger.signals import SignalBook

    place, office, done = months
    states = SignalBook(place.chain.ledger.database).states("ib_lks", "0153")
    kinds = Counter(states["kind"].to_pylist())
    tasks = sum(len(place.rows(delivery, "taken")) for delivery, _ in done.values())
    assert kinds == Counter(one.kind for one in office.sent) + Counter({"TAAK": tasks})
    assert not pa.compute.any(states["restricted"]).as_py()
