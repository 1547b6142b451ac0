"""What is agreed to: a file and a summary, and what becomes of it. On the real chain with a folder as partner."""

from __future__ import annotations

import pytest

from exchanges.core import run
from exchanges.core.approve import desk
from exchanges.core.approve.decisions import ASKED, DEMANDED, GIVEN, PASSED, REFUSED, VOID
from exchanges.core.approve.judge import require_approved
from exchanges.core.errors import AnswerDeclined, AwaitingApproval, Blocked, UsageError
from exchanges.core.settings import Settings
from tests.chain import EXCHANGE
from tests.rows import write_csv
from tests.unit.core.approve.town import PEOPLE, ROWS, TRACKS, Town, say, sent, waiting, waits


def test_the_first_delivery_waits_and_says_which_command_helps(town):
    delivery = town.start()
    told = waits(town, delivery)
    shown = town.asked(delivery).shown
    assert "eerste levering" in told and f"sluis approve show {delivery}" in told
    assert f"sluis approve give {delivery} --sha256 {shown.sha256[:20]}" in told
    assert AwaitingApproval.exit_code == 1
    assert [one.delivery.id for one in desk.waiting(settings=town.settings)] == [delivery]
    assert town.actions(delivery) == [ASKED]


def test_another_person_agrees_and_it_leaves(town):
    delivery = waiting(town)
    town.give(delivery)
    assert town.delivery(delivery).state == "built" and desk.waiting(settings=town.settings) == []
    assert town.finish(delivery) is None and len(sent(town)) == 1
    event = next(one for one in town.ledger.events(delivery) if one.action == GIVEN)
    assert (event.actor, event.details["reason"]) == ("bert", "Aantallen kloppen.")
    assert event.details["sha256"] == town.ledger.step_result(delivery, "deliver").details["sha256"]
    assert "eerste levering" in event.details["shown"][0]


def test_one_agrees_to_what_one_saw(town):
    delivery = waiting(town)
    for seen in ({"sha256": "0" * 12}, {"summary": "0" * 12}, {"sha256": town.asked(delivery).shown.sha256[:11]}):
        with pytest.raises(AnswerDeclined):
            town.give(delivery, **seen)
    town.give(delivery, sha256=town.asked(delivery).shown.sha256[:12].upper(), summary="")


def test_a_rebuild_with_other_bytes_makes_the_approval_void_for_good(town):
    delivery = waiting(town)
    before = town.asked(delivery).shown
    town.give(delivery)
    town.rename("Bergen")
    town.step(delivery, "select", "map", "build", "check", "reconcile")
    with pytest.raises(AwaitingApproval):
        town.step(delivery, "deliver")
    with pytest.raises(AwaitingApproval):
        town.step(delivery, "approve")
    assert town.inbox == [] and town.actions(delivery) == [ASKED, GIVEN, VOID, ASKED]
    with pytest.raises(AnswerDeclined, match="niet meer wat u zag"):
        town.give(delivery, **before.as_dict())
    # Back to the bytes that were agreed to: what was void stays void.
    town.rename("Berg")
    with pytest.raises(AwaitingApproval):
        town.step(delivery, "select", "map", "build", "check", "reconcile", "approve")
    assert town.asked(delivery).shown == before and town.inbox == []


def test_a_rebuild_with_the_same_bytes_and_the_same_summary_keeps_it(town):
    delivery = waiting(town)
    town.give(delivery)
    town.step(delivery, "select", "map", "build", "check", "reconcile", "approve", "deliver")
    assert len(sent(town)) == 1 and town.actions(delivery) == [ASKED, GIVEN]


def test_the_same_bytes_with_another_summary_are_asked_again(town):
    delivery = waiting(town)
    town.give(delivery)
    town.ledger.event(delivery, "carla", DEMANDED, "AKK-VERVANGING", "Deze levering vervangt een eerdere.")
    with pytest.raises(AwaitingApproval, match="vervangt een eerdere"):
        town.step(delivery, "deliver")
    assert town.delivery(delivery).state == "awaiting" and town.inbox == []


def test_what_was_agreed_to_goes_on_although_the_administration_moves(town):
    delivery = waiting(town)
    agreed = town.message(delivery)
    town.give(delivery)
    town.rename("Bergen")
    assert town.deliver(delivery) is None
    assert (town.partner / "in" / sent(town)[0]).read_bytes() == agreed


def test_it_is_made_anew_where_that_is_asked(town):
    delivery = waiting(town)
    town.give(delivery)
    town.rename("Bergen")
    with pytest.raises(AwaitingApproval):
        run.run_delivery(delivery, town.settings, again=True)
    assert town.inbox == []


def test_a_refusal_ends_it_with_its_reason_and_stands_for_this_file(town):
    delivery = waiting(town)
    town.refuse(delivery, actor="anna", reason="Te weinig personen.")  # of one's own run too
    found = town.delivery(delivery)
    assert found.state == "blocked" and "geweigerd door anna: Te weinig personen" in found.reason
    error = town.deliver(delivery)
    assert isinstance(error, Blocked) and not isinstance(error, AwaitingApproval) and "geweigerd" in str(error)
    with pytest.raises(Blocked, match="geweigerd"):
        town.step(delivery, "deliver")
    assert town.inbox == []
    # Who thinks better of it says so; what is repaired is asked again.
    town.rename("Bergen")
    waits(town, delivery)
    assert town.actions(delivery) == [ASKED, REFUSED, VOID, ASKED]


def test_who_thinks_better_of_a_refusal_agrees_after_all(town):
    delivery = waiting(town)
    town.refuse(delivery)
    town.give(delivery, reason="Toch goed: nagevraagd.", after_all=True)
    assert town.deliver(delivery) is None and len(sent(town)) == 1


def test_an_approval_is_taken_back_before_it_leaves(town):
    delivery = waiting(town)
    town.give(delivery)
    with pytest.raises(AnswerDeclined, match=r"bert gaf al akkoord op .* --alsnog"):
        town.refuse(delivery, actor="carla")
    town.refuse(delivery, after_all=True)
    assert isinstance(town.deliver(delivery), Blocked) and town.inbox == []


def test_nothing_is_decided_about_what_has_left_or_was_not_weighed(town):
    delivery = town.start()
    with pytest.raises(UsageError, match="nog niet zo ver"):
        town.asked(delivery)
    waits(town, delivery)
    town.give(delivery)
    assert town.deliver(delivery) is None
    for act in (town.give, town.refuse):
        with pytest.raises(UsageError, match="al verzonden"):
            act(delivery)


def test_no_way_around_the_chamber(town):
    """Straight to the door, also again: it looks in the books itself."""
    delivery = town.start()
    town.step(delivery, "select", "map", "build", "check", "reconcile")
    for _ in range(2):
        with pytest.raises(AwaitingApproval):
            town.step(delivery, "deliver")
    assert town.inbox == [] and town.delivery(delivery).state == "awaiting"
    with pytest.raises(UsageError):
        town.resend(delivery)


def test_an_approval_is_of_that_file_and_of_no_other(town):
    """At the gate itself, whoever comes along with another one."""
    id = waiting(town)
    town.give(id)
    delivery, passed = town.ledger.progress(id)
    with run.step_context(town.settings, delivery, passed) as context:
        require_approved(context, str(passed["build"].details["sha256"]))
        with pytest.raises(Blocked, match="niet het bestand waarover akkoord gaat"):
            require_approved(context, "0" * 64)


def test_the_next_one_that_is_alike_passes_with_the_reasons_why(town):
    first = town.start("2026-09")
    waits(town, first)
    town.give(first)
    assert town.finish(first) is None
    second = town.start("2026-10")
    assert town.finish(second) is None and len(sent(town)) == 2
    assert town.actions(second) == [PASSED]
    told = " ".join(next(one for one in town.ledger.events(second) if one.action == PASSED).details["shown"])
    assert f"vergeleken met {first}" in told and "Aantal personen: 2, was 2 (gelijk)" in told
    assert town.ledger.step_result(second, "approve").details["standing"] == "not_required"
    with pytest.raises(UsageError, match="geen akkoord nodig"):
        town.give(town.start("2026-11")) if town.deliver(town.start("2026-11"), "approve") is None else None


def test_a_deviation_waits_and_the_limit_is_the_municipalitys(town):
    first = town.start("2026-09")
    waits(town, first)
    town.give(first)
    assert town.finish(first) is None
    write_csv(town.source, {"persoon": PEOPLE[:1], "traject": TRACKS[:1]})
    second = town.start("2026-10")
    error = town.deliver(second)
    assert isinstance(error, AwaitingApproval) and "Aantal personen: 1, was 2 (−50,00 %)" in str(error)
    say(town, f"afwijking = {{ {EXCHANGE} = 50 }}")
    assert town.deliver(second) is None


def test_what_was_refused_by_the_partner_is_nothing_to_compare_with(town):
    first = town.start("2026-09")
    waits(town, first)
    town.give(first)
    town.finish(first, ["reject-file"])
    assert town.delivery(first).state == "rejected"
    second = town.start("2026-10")
    assert isinstance(town.deliver(second), AwaitingApproval)
    assert "eerste levering" in town.asked(second).summary["reasons"][0]["text"]


def test_another_delivery_that_left_meanwhile_changes_what_was_shown(town):
    """Two first deliveries wait; once one has left, the other is no first one any more."""
    first, second = town.start("2026-09"), town.start("2026-10")
    write_csv(town.source, {"persoon": PEOPLE[:1], "traject": TRACKS[:1]})
    waits(town, second)
    town.give(second)
    write_csv(town.source, ROWS)
    waits(town, first)
    town.give(first)
    assert town.deliver(first) is None
    with pytest.raises(AwaitingApproval, match="was 2"):
        town.step(second, "deliver")
    assert len(sent(town)) == 1


def test_switched_off_it_passes_and_in_production_it_cannot_be(town):
    off = town.settings.model_copy(update={"approval": "niet"})
    delivery = run.open_run(EXCHANGE, "0153", "2026-10", settings=off)
    run.run_delivery(delivery, off, until="approve")
    assert town.ledger.step_result(delivery, "approve").details["standing"] == "off"
    production = off.model_copy(update={"production": True})
    with pytest.raises(UsageError, match="In productie"):
        production.approval_required  # noqa: B018
    with pytest.raises(UsageError, match="In productie"):
        run.run_step(delivery, "deliver", production)
    assert town.inbox == []


def test_the_settings_file_says_it_where_the_environment_does_not(town):
    silent = replace_approval(town, "")
    assert silent.approval_required
    path = town.home / "ketensluis.toml"
    path.write_text(f'akkoord = "niet"\n{path.read_text()}')
    assert not silent.approval_required
    assert replace_approval(town, "vereist").approval_required
    with pytest.raises(UsageError, match="kies vereist of niet"):
        replace_approval(town, "soms").approval_required  # noqa: B018


def replace_approval(town: Town, word: str) -> Settings:
    return town.settings.model_copy(update={"approval": word})


def test_a_question_is_settled_by_any_word_about_it_and_by_another_file(town):
    delivery = waiting(town)
    shown = town.asked(delivery).shown
    assert not desk.settled(delivery, shown, town.settings)
    town.refuse(delivery)
    assert desk.settled(delivery, shown, town.settings)
    town.rename("Bergen")
    waits(town, delivery)
    again = town.asked(delivery).shown
    assert again != shown and desk.settled(delivery, shown, town.settings)
    assert not desk.settled(delivery, again, town.settings)
    town.give(delivery)
    assert desk.settled(delivery, again, town.settings)
    assert town.deliver(delivery) is None
    assert desk.settled(delivery, again, town.settings)
