"""What each answer of the Belastingdienst makes of a declaration: every phase, every kind of trouble."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from exchanges.cli import main
from exchanges.core import watch
from exchanges.core.afterwards import afterwards
from exchanges.core.calendar import State, parse_moment
from exchanges.core.errors import BusinessError, InputRefused, PartnerSilent, TransportError
from exchanges.core.ledger import DeliveryState
from exchanges.core.transport import limits
from tests.wage_town import EXCHANGE, PEOPLE, WageTown, copied, wage_town

JANUARY = "loonaangifte-0153-2026-01-0001.xml"


@pytest.fixture
def fresh(tmp_path) -> Iterator[WageTown]:
    made = wage_town(tmp_path)
    made.pay(1)
    yield made
    made.leave()


@pytest.fixture(scope="module")
def january(tmp_path_factory) -> WageTown:
    made = wage_town(tmp_path_factory.mktemp("januari"))
    made.pay(1)
    sent(made)
    return made


@pytest.fixture
def town(january, tmp_path) -> Iterator[WageTown]:
    """January is at the partner, unanswered."""
    made = copied(january, tmp_path)
    yield made
    made.leave()


def findings(town: WageTown, id: str, *steps: str) -> list[dict[str, Any]]:
    return [row for row in town.chain.ledger.findings(id).to_pylist() if row["step"] in (steps or ("receipt",))]


def sent(town: WageTown) -> str:
    """January; it is sent when it was not."""
    delivery = town.open(1)
    assert town.deliver(delivery) is None and town.inbox == [JANUARY]
    return delivery


def test_accepted_in_phase_2(town):
    done = town.declare(1)
    assert (done.state, town.inbox, town.received(1)) == ("accepted", [JANUARY], town.due(1))
    assert findings(town, done.id) == []
    assert town.told(done.id, "receipt.phase") == [
        ("Ontvangst (fase 0)", "akkoord"), ("Validatie (fase 1)", "akkoord"), ("Consistentie (fase 2)", "akkoord")
    ]  # fmt: skip
    report = town.chain.report(done.id)
    assert report["verdict"]["closed"] and report["receipt"]["accepted"] == 4


def test_not_before_the_last_phase_has_spoken(town):
    delivery = sent(town)
    stopped = town.deliver(delivery, None)
    assert isinstance(stopped, PartnerSilent) and "Ontvangst (fase 0)" in str(stopped)
    town.answer()
    last = town.chain.partner / "status" / JANUARY.replace(".xml", ".fase2.xml")
    last.rename(last.with_suffix(".straks"))
    stopped = town.deliver(delivery, None)
    assert isinstance(stopped, PartnerSilent) and "Consistentie (fase 2)" in str(stopped)
    assert town.state(delivery) == "delivered"
    last.with_suffix(".straks").rename(last)
    assert town.deliver(delivery, None) is None and town.state(delivery) == "accepted"


@pytest.mark.parametrize(("fault", "code", "phase", "action"), [
    ("refuse_schema", "LH-X", "Validatie (fase 1)", "Laat de beheerder de omzetting herstellen"),
    ("refuse_consistency", "LH-C", "Consistentie (fase 2)", "Herstel de gegevens en doe een nieuwe volledige"),
])  # fmt: skip
def test_refused_then_mended_and_sent_under_another_message_id(town, fault, code, phase, action):
    done = town.declare(1, **{fault: True})
    assert (done.state, town.received(1)) == ("rejected", None)
    (one,) = findings(town, done.id)
    assert (one["code"], one["severity"], one["source"]) == (code, "error", phase)
    assert one["action"].startswith(action) and "nieuw berichtkenmerk" in one["action"]
    report = town.chain.report(done.id)
    assert report["receipt"]["rejected"] == 4 and "afgekeurd" in report["verdict"]["text"]
    town.pay(1, 0, net=5_000, kind="nabetaling")
    assert town.declare(1) == done and town.inbox == [JANUARY], "only when a new one is asked for"
    again = town.declare(1, new=True, late_seconds=0)
    assert (again.state, again.sequence, town.received(1)) == ("accepted", 2, town.due(1))
    assert town.verdicts() == [("01-0001", code[-1], True), ("01-0002", "akkoord", True)]
    assert town.chain.report(again.id)["difference"]["previous"] is None, "the refused one counts nowhere"


def test_remarks_leave_it_accepted_and_are_work_per_income_relation(town):
    done = town.declare(1, report_count=2)
    assert (done.state, town.received(1)) == ("accepted", town.due(1))
    whole, *own = findings(town, done.id)
    assert (whole["code"], whole["text"]) == ("LH-W", "De aangifte is geaccepteerd, met foutmeldingen over personen.")
    assert {row["severity"] for row in (whole, *own)} == {"warning"} and [row["code"] for row in own] == [
        "BD-W-9001"
    ] * 2
    # Who it is stands there as a pseudonym, and where in the file.
    assert all(re.fullmatch("p:[0-9a-f]{20}", row["record"]) for row in own)
    work = town.chain.report(done.id)["receipt"]["work"]
    assert [(one["record"], one["line"], one["code"]) for one in work] == [
        (row["record"], row["line"], "BD-W-9001") for row in own
    ]  # fmt: skip
    lines = town.chain.message(done.id).split(b"\n")
    assert [PEOPLE[n].encode() in lines[row["line"] - 1] for n, row in enumerate(own)] == [True, True]


# --- nothing came in


def test_a_transport_error_sends_the_same_bytes_again_and_never_a_second_declaration(town):
    delivery = sent(town)
    first = (town.chain.partner / "aanlever" / JANUARY).read_bytes()
    town.answer(transport_errors=1)
    assert town.inbox == [] and town.received(1) is None
    stopped = town.deliver(delivery, None)
    assert isinstance(stopped, PartnerSilent) and "LH-T" in str(stopped) and "opnieuw aangeboden" in str(stopped)
    assert town.inbox == [JANUARY] and (town.chain.partner / "aanlever" / JANUARY).read_bytes() == first
    # The administration goes on meanwhile; what goes again does not.
    town.pay(1, 0, net=5_000, kind="nabetaling")
    town.answer()
    assert town.deliver(delivery, None) is None
    assert town.state(delivery) == "accepted" and town.verdicts() == [("01-0001", "akkoord", True)]
    assert town.chain.message(delivery) == first


def test_not_for_ever_and_then_somebody_decides(town):
    delivery = sent(town)
    told = []
    for _ in range(5):
        town.answer(**({} if told else {"transport_errors": 4}))
        told.append(town.deliver(delivery, None))
    assert [type(one) for one in told] == [PartnerSilent] * 3 + [TransportError] * 2 and town.inbox == []
    assert "Ook na 3 keer" in str(told[-1]) and f"sluis resend {delivery}" in str(told[-1])
    assert town.chain.resend(delivery) is True and town.inbox == [JANUARY]
    town.answer()
    assert town.deliver(delivery, None) is None
    assert town.state(delivery) == "accepted" and town.verdicts() == [("01-0001", "akkoord", True)]


# --- late, double, wrong, none


def test_busy_then_the_answer(town):
    delivery = sent(town)
    seen: list[Any] = []
    town.answer(late_seconds=9, wait=lambda _: seen.append(town.deliver(delivery, None)))
    assert isinstance(seen[0], PartnerSilent) and "nog bezig" in str(seen[0])
    assert town.deliver(delivery, None) is None and town.state(delivery) == "accepted"


def test_every_answer_twice_is_one_answer(town):
    done = town.declare(1, answer_twice=True)
    assert done.state == "accepted" and len(town.told(done.id, "receipt.phase")) == 3
    town.leave()
    town.answer(answer_twice=True)
    assert town.deliver(done.id, None) is None and town.chain.delivery(done.id) == done


def test_the_answer_to_another_message_is_refused_and_kept(town):
    delivery = sent(town)
    town.answer(wrong_answer=True)
    stopped = town.deliver(delivery, None)
    assert isinstance(stopped, InputRefused) and "ander bestand" in str(stopped) and stopped.exit_code == 1
    assert town.state(delivery) == "delivered"
    assert list((town.chain.home / "artefacten" / "0153" / "quarantaine").glob("*.reason.json"))
    town.answer(late_seconds=0)
    assert town.deliver(delivery, None) is None and town.state(delivery) == "accepted"


def test_the_calendar_says_how_january_stands(fresh, monkeypatch, capsys):
    town = fresh

    def stands(at: str) -> tuple[str, bool, str]:
        monkeypatch.setenv("KETENSLUIS_HOME", str(town.chain.home))
        monkeypatch.setattr("sys.argv", ["sluis", "calendar", "--exchange", EXCHANGE, "--at", at, "--json"])
        with pytest.raises(SystemExit):
            main()
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        (line,) = [line for line in lines if line["period"] == "2026-01"]
        return line["state"], line["alarm"], line["remark"]

    before, after = "2026-02-25", "2026-03-01"
    assert (stands("2026-02-01")[0], stands(before)[0]) == ("far", "near")
    assert stands(after) == ("late", True, "1 dag geleden; er is geen levering")
    delivery = sent(town)
    (left,) = town.chain.ledger.finished("deliver", EXCHANGE).values()
    assert (stands(after)[0], stands((left + timedelta(hours=73)).isoformat())[0]) == ("waiting", "silent")
    town.answer(refuse_consistency=True)
    assert town.deliver(delivery, None) is None
    assert stands(before) == ("near", False, "nog 3 dagen; levering afgekeurd")
    assert stands(after) == ("late", True, "1 dag geleden; levering afgekeurd")
    town.declare(1, new=True, late_seconds=0)
    assert stands(after)[:2] == ("done", False)


def test_silence_is_an_alarm_after_72_hours_and_says_what_to_do(town):
    delivery = sent(town)
    (left,) = town.chain.ledger.finished("deliver", EXCHANGE).values()

    def stands(after: timedelta) -> tuple[State, str]:
        (line,) = [line for line in watch.look(EXCHANGE, left + after, town.chain.settings) if line.delivery]
        return line.state, watch.sentence(line)

    assert stands(timedelta(hours=72))[0] is State.waiting
    state, told = stands(timedelta(hours=72, seconds=1))
    assert state is State.silent and "LH-N: Geen antwoord na 72 uur. Vraag de status op bij Digipoort" in told
    seen = watch.watch(EXCHANGE, left + timedelta(hours=73), town.chain.settings)
    assert any(alarm.startswith(f"{delivery}: stilte") for alarm in seen.alarms)
    assert town.told(delivery, "kalender.stilte")


# --- afterwards


def test_a_later_phase_changes_nothing_about_acceptance_and_is_told_once(town, caplog):
    done = town.declare(1, compare_count=1)
    assert findings(town, done.id, "receipt", "later") == []
    moment = parse_moment("2026-02-10")
    watch.watch(EXCHANGE, moment, town.chain.settings)
    assert f"{done.id}: nagekomen antwoord met 2 bevindingen" in caplog.text
    assert [row["code"] for row in findings(town, done.id, "later")] == ["LH-W", "BD-V-9001"]
    assert {row["source"] for row in findings(town, done.id, "later")} == {"Vergelijking (fase 3)"}
    assert town.chain.delivery(done.id) == done and town.chain.ledger.receipt(done.id).status == "accepted"
    report = town.chain.report(done.id)
    assert report["verdict"]["closed"] and "BD-V-9001" in [kind["code"] for kind in report["findings"]]
    (work,) = report["receipt"]["work"]
    assert (work["code"], work["source"]) == ("BD-V-9001", "Vergelijking (fase 3)")
    caplog.clear()
    watch.watch(EXCHANGE, moment, town.chain.settings)
    assert "nagekomen" not in caplog.text and afterwards(EXCHANGE, town.chain.settings).read == ()


def test_a_later_answer_about_something_else_is_a_complaint_and_a_partner_away_is_none(town):
    done = town.declare(1, compare_count=1)
    status = town.chain.partner / "status" / JANUARY.replace(".xml", ".fase3.xml")
    right = status.read_text()
    status.with_name(status.name + ".sha256").unlink()
    status.write_text(right.replace("KS-0153-2026-01-0001", "KS-0153-2026-01-0009"))
    (complaint,) = afterwards(EXCHANGE, town.chain.settings).complaints
    assert "ander bestand" in complaint and town.state(done.id) == "accepted"
    status.parent.rename(status.parent.with_name("weg"))
    assert afterwards(EXCHANGE, town.chain.settings) == type(afterwards(EXCHANGE, town.chain.settings))()
    status.parent.with_name("weg").rename(status.parent)
    status.write_text(right)
    # The first in the books is of a municipality that has left the settings: it keeps nobody from the others.
    ledger = town.chain.ledger
    ledger.set_state(ledger.open_delivery(EXCHANGE, "0001", done.period, done.method).id, DeliveryState.accepted)
    assert afterwards(EXCHANGE, town.chain.settings).read == (done.id,)


# --- the size of the channel


def test_more_than_the_channel_takes_is_not_sent(fresh, monkeypatch):
    town = fresh
    monkeypatch.setattr(limits, "MEGABYTE", 100)
    settings = town.chain.home / "ketensluis.toml"
    text = settings.read_text()
    settings.write_text(text + "grens_mb = 1\n")
    delivery = town.open(1)
    stopped = town.deliver(delivery)
    assert isinstance(stopped, BusinessError) and "meer dan 1 MB" in str(stopped) and town.inbox == []
    assert town.state(delivery) == "blocked"
    settings.write_text(text + "grens_mb = 100\n")
    assert town.declare(1).state == "accepted"
