"""Running and running again: every step is booked, a retry harms nothing, and the first error is what is told."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from exchanges.core import run
from exchanges.core.errors import Blocked, BusinessError, PartnerSilent, SourceError, TransportError, UsageError
from exchanges.core.ledger import Ledger
from tests.chain import EXCHANGE, Chain, chain
from tests.rows import write_csv

PEOPLE = [{"persoon_id": "P1", "bsn": "999990007", "achternaam": "Berg"}, {"persoon_id": "P2", "bsn": "999990019"}]
TRACKS = [
    {"traject_id": f"T{number}", "persoon_id": f"P{number}", "doel": "1", "datum_begin": "2025-01-01"}
    for number in (1, 2)
]
ROWS = {"persoon": PEOPLE, "traject": TRACKS}


@pytest.fixture
def town(tmp_path) -> Chain:
    return chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv")


def states(town: Chain, delivery: str) -> dict[str, str]:
    return {row.step: str(row.state) for row in town.ledger.steps(delivery)}


def failing(monkeypatch, step: str, error: Exception, times: int = 1) -> list[int]:
    """The step fails the first ``times`` it is done."""
    honest, done = run.FUNCTIONS["out"][step], []

    def patched(context):
        done.append(1)
        if len(done) <= times:
            raise error
        return honest(context)

    monkeypatch.setitem(run.FUNCTIONS["out"], step, patched)
    return done


def test_every_step_is_booked_with_what_it_made(town):
    delivery = town.open()
    assert town.finish(delivery) is None
    assert states(town, delivery) == dict.fromkeys(run.STEPS["out"], "done")
    artefacts = {row.step: sorted(row.artefacts) for row in town.ledger.steps(delivery)}
    assert artefacts["build"] == ["bericht"] and artefacts["receipt"] == ["verslag"]
    assert {"bron/persoon", "selectie/client", "spoor/persoon"} <= set(artefacts["select"])
    assert artefacts["report"] == ["verslag/html", "verslag/json"]
    assert list((town.home / "werk").iterdir()) == []


def test_the_same_inputs_give_the_same_file_and_the_same_report(tmp_path):
    """Another home, another ledger, another day, the source in another folder: nothing of that is in the bytes."""
    sources = [write_csv(tmp_path / name / "bron", ROWS) for name in ("een", "twee")]
    towns = [chain(source.parent / "thuis", source, kind="csv") for source in sources]
    deliveries = [town.open() for town in towns]
    for town, delivery in zip(towns, deliveries, strict=True):
        assert town.finish(delivery, ["reject-count=1"]) is None
    assert towns[0].message(deliveries[0]) == towns[1].message(deliveries[1])
    hashes = [town.ledger.step_result(id, "report").details["hash"] for town, id in zip(towns, deliveries, strict=True)]
    assert hashes[0] == hashes[1]


def test_another_input_gives_another_report(tmp_path):
    hashes = []
    for number, name in enumerate(("Berg", "Bergen")):
        source = write_csv(tmp_path / "bron", {**ROWS, "persoon": [{**PEOPLE[0], "achternaam": name}, PEOPLE[1]]})
        town = chain(tmp_path / str(number), source, kind="csv")
        delivery = town.open()
        assert town.deliver(delivery) is None
        hashes.append(town.ledger.step_result(delivery, "report").details["hash"])
    assert hashes[0] != hashes[1]


def test_what_has_left_is_not_made_again(town, monkeypatch):
    delivery = town.open()
    assert town.deliver(delivery) is None
    before = town.message(delivery), town.inbox
    shutil.rmtree(town.source)  # whatever becomes of the source
    for step in ("select", "map", "build", "check", "reconcile", "deliver"):
        monkeypatch.setitem(run.FUNCTIONS["out"], step, lambda context: pytest.fail("done again"))
    town.answer()
    assert town.deliver(delivery, None) is None
    assert (town.message(delivery), town.inbox) == before and town.delivery(delivery).state == "accepted"
    # Nor the answer, once it has been read.
    monkeypatch.setitem(run.FUNCTIONS["out"], "receipt", lambda context: pytest.fail("done again"))
    assert town.deliver(delivery, None) is None


def test_a_stopped_delivery_goes_on_when_its_source_is_mended(town):
    write_csv(town.source, {**ROWS, "persoon": []})
    delivery = town.open()
    assert isinstance(town.deliver(delivery), SourceError) and town.delivery(delivery).state == "blocked"
    write_csv(town.source, ROWS)
    assert town.open() == delivery
    assert town.finish(delivery) is None
    assert town.delivery(delivery).state == "accepted"
    assert town.report(delivery)["verdict"]["closed"]


def test_a_new_delivery_only_after_the_last_has_ended(town):
    first = town.open()
    assert town.open(new=True) == first
    assert town.finish(first) is None
    assert town.open() == first
    second = town.open(new=True)
    assert second == first.replace("/0001", "/0002")
    assert town.finish(second) is None
    assert len([name for name in town.inbox if name.endswith(".xml")]) == 2


def test_a_transport_that_fails_can_be_tried_again(town, monkeypatch):
    failing(monkeypatch, "deliver", TransportError("Geen verbinding."))
    delivery = town.open()
    error = town.deliver(delivery)
    assert isinstance(error, TransportError) and error.exit_code == 3
    assert town.delivery(delivery).state == "built" and states(town, delivery)["deliver"] == "failed"
    assert town.finish(delivery) is None and town.delivery(delivery).state == "accepted"


def test_a_crash_after_sending_sends_nothing_twice(town, monkeypatch):
    """The file is there, the ledger does not know yet: the partner's side says so."""
    delivery = town.open()
    town.step(delivery, "select", "map", "build", "check", "reconcile")
    honest, crashed = Ledger.finish_step, []

    def dies(self, id, step, *args, **more):
        if step == "deliver" and not crashed:
            crashed.append(step)
            raise KeyboardInterrupt
        return honest(self, id, step, *args, **more)

    monkeypatch.setattr(Ledger, "finish_step", dies)
    with pytest.raises(KeyboardInterrupt):
        town.step(delivery, "deliver")
    before, sent = town.inbox, town.message(delivery)
    assert len(before) == 2 and town.delivery(delivery).state == "built"
    # The administration goes on; what is underway is not made anew.
    write_csv(town.source, {**ROWS, "persoon": [{**PEOPLE[0], "achternaam": "Anders"}, PEOPLE[1]]})
    assert town.finish(delivery) is None
    assert (town.inbox, town.message(delivery)) == (before, sent)
    assert town.delivery(delivery).state == "accepted"
    assert town.ledger.step_result(delivery, "deliver").details["already"] is True


def test_a_partner_that_is_silent_is_asked_until_the_time_is_up(town, monkeypatch):
    asked = failing(monkeypatch, "receipt", PartnerSilent("Nog niets."), times=2)
    delivery = town.open()
    assert town.deliver(delivery) is None
    town.answer()
    run.run_delivery(delivery, town.settings, wait=30)
    assert len(asked) == 3 and town.delivery(delivery).state == "accepted"


def test_a_fault_of_the_program_is_passed_on_and_leaves_nothing_behind(town, monkeypatch):
    failing(monkeypatch, "map", ZeroDivisionError("deling"))
    delivery = town.open()
    with pytest.raises(ZeroDivisionError):
        run.run_delivery(delivery, town.settings)
    assert states(town, delivery) == {"select": "done", "map": "failed", "report": "done"}
    assert list((town.home / "werk").iterdir()) == [] and town.inbox == []
    assert town.finish(delivery) is None


def test_the_first_error_is_told_also_when_the_report_fails_too(town, monkeypatch):
    failing(monkeypatch, "map", Blocked("Eerst dit."))
    failing(monkeypatch, "report", ZeroDivisionError("dan dat"))
    with pytest.raises(Blocked, match="Eerst dit"):
        run.run_delivery(town.open(), town.settings)


def test_a_report_that_fails_alone_is_told(town, monkeypatch):
    failing(monkeypatch, "report", ZeroDivisionError("verslag"))
    with pytest.raises(ZeroDivisionError):
        run.run_delivery(town.open(), town.settings, until="build")


def test_a_file_that_could_not_be_made_again_is_accounted_for_as_not_proven(town, monkeypatch):
    delivery = town.open()
    assert town.deliver(delivery, "reconcile") is None and town.report(delivery)["proof"]["equal"]
    for step in ("check", "build"):
        failing(monkeypatch, step, TransportError("Schijf vol."))
        with pytest.raises(TransportError):
            run.run_step(delivery, step, town.settings)
        run.run_step(delivery, "report", town.settings)
        assert town.report(delivery)["proof"] is None and not town.report(delivery)["verdict"]["closed"]


@pytest.mark.parametrize("error", [TransportError("Schijf vol."), Blocked("Kan niet."), ZeroDivisionError("verslag")])
def test_a_report_that_cannot_be_made_again_leaves_the_one_that_was_given(town, monkeypatch, error):
    delivery = town.open()
    assert town.deliver(delivery, "select") is None
    before = town.delivery(delivery), town.ledger.steps(delivery)
    failing(monkeypatch, "report", error)
    with pytest.raises(type(error)):
        run.run_step(delivery, "report", town.settings)
    assert (town.delivery(delivery), town.ledger.steps(delivery)) == before


def test_what_cannot_be_booked_stops_the_delivery(town, monkeypatch):
    """A ledger that refuses what a step has to say, for it might be personal."""
    honest = run.FUNCTIONS["out"]["map"]

    def talkative(context):
        result = honest(context)
        result.details["wie"] = PEOPLE[0]["bsn"]
        return result

    monkeypatch.setitem(run.FUNCTIONS["out"], "map", talkative)
    delivery = town.open()
    assert isinstance(town.deliver(delivery), BusinessError)
    assert town.delivery(delivery).state == "blocked" and states(town, delivery)["map"] == "blocked"
    assert town.inbox == []


def test_until_a_step_and_no_further(town):
    delivery = town.open()
    assert town.deliver(delivery, "reconcile") is None
    assert town.delivery(delivery).state == "built" and town.inbox == []
    assert "nog niets verzonden" in town.report(delivery)["verdict"]["text"].lower()


def test_a_step_out_of_order_is_used_wrongly(town):
    with pytest.raises(UsageError, match=r"Stap select .* nog niet met goed gevolg"):
        town.step(town.open(), "map")
    assert town.delivery(town.open()).state == "open"


def test_an_unknown_method_is_used_wrongly_and_opens_nothing(tmp_path):
    town = chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv", method="postduif")
    with pytest.raises(UsageError, match=r"postduif.*verzamelbestand"):
        town.open()
    with pytest.raises(UsageError, match=r"briefpost.*verzamelbestand"):
        run.open_run(EXCHANGE, "0153", "2026-10", method="briefpost", settings=town.settings)
    assert town.ledger.deliveries() == []


def test_the_method_of_a_run_goes_before_that_of_the_settings(tmp_path):
    town = chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv", method="webservice")

    def opened(period: str, method: str | None) -> str:
        return town.delivery(run.open_run(EXCHANGE, "0153", period, method=method, settings=town.settings)).method

    assert opened("2026-10", None) == "webservice"
    assert opened("2026-09", "verzamelbestand") == "verzamelbestand"


def test_a_method_beside_the_others_has_deliveries_of_its_own(town, monkeypatch):
    known = run.exchange_by_id(EXCHANGE)
    beside = replace(known, calendar=replace(known.calendar, beside=("webservice",)))
    monkeypatch.setattr(run, "exchange_by_id", lambda id: beside)
    first = town.open()
    assert town.finish(first) is None

    def aside(**more):
        return run.open_run(EXCHANGE, "0153", "2026-10", method="webservice", settings=town.settings, **more)

    own = aside()
    assert own == first.replace("/0001", "/0002") and aside() == own
    assert town.open() == first, "the plain one is not made again"


def test_only_municipalities_that_take_part(tmp_path):
    own = {"0344": "", "0153": 'uitwisselingen = ["dkd_reintegratie"]', "0200": "uitwisselingen = []"}
    parts = [
        f'[gemeente.{code}]\nnaam = "x"\nbron = {{ soort = "csv", locatie = "x" }}\n{more}'
        for code, more in own.items()
    ]
    (tmp_path / "ketensluis.toml").write_text("\n".join(parts))
    assert run.gemeenten("dkd_reintegratie", run.Settings(home=tmp_path)) == ["0153", "0344"]
    assert run.gemeenten("iets_anders", run.Settings(home=tmp_path)) == ["0344"]


def test_the_moment_in_a_file_name_is_that_of_the_source_wherever_the_machine_stands(tmp_path, monkeypatch):
    import time

    names = []
    for number, zone in enumerate(("UTC", "America/New_York", "Asia/Tokyo")):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        town = chain(tmp_path / str(number), write_csv(tmp_path / "bron", ROWS), kind="csv")
        delivery = town.open()
        assert town.deliver(delivery) is None
        names.append(Path(town.inbox[0]).name)
    monkeypatch.undo()
    time.tzset()
    assert set(names) == {"DKD_REINTEGRATIE_0153_2026-10_20261015T120000_001.xml"}


@pytest.mark.parametrize("first", ["exchanges.core.run", "exchanges.core.inspect", "pyarrow, exchanges.core.sql"])
def test_arrow_is_loaded_as_this_package_wants_it(first):
    """Whatever is imported with the steps: the order of imports is easily lost, and costs 250 MB and a second."""
    program = (
        f"import sys, exchanges, {first}, pyarrow;"
        "print(pyarrow.default_memory_pool().backend_name, 'pandas' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["system", "False"]
