"""Who may agree to what: a file, a summary, another person, a reason. On the real chain with a folder as partner."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core import correct, run
from exchanges.core.approve import desk
from exchanges.core.approve.decisions import ASKED, DECLINED, DEMANDED, GIVEN, PASSED, REFUSED, VOID
from exchanges.core.errors import AnswerDeclined, AwaitingApproval, Blocked, BusinessError, UsageError
from exchanges.core.settings import Settings
from tests.chain import EXCHANGE, Chain, chain
from tests.rows import write_csv

PEOPLE = [
    {"persoon_id": "P1", "bsn": "999990007", "achternaam": "Berg"},
    {"persoon_id": "P2", "bsn": "999990019", "achternaam": "Dal"},
]
TRACKS = [
    {"traject_id": f"T{number}", "persoon_id": f"P{number}", "doel": "1", "datum_begin": "2025-01-01"}
    for number in (1, 2)
]
ROWS = {"persoon": PEOPLE, "traject": TRACKS}


class Town(Chain):
    """A municipality where a second person must agree."""

    @property
    def settings(self) -> Settings:
        return super().settings.model_copy(update={"approval": "vereist"})

    def start(self, period: str = "2026-10", actor: str | None = "anna", **more: bool) -> str:
        return run.open_run(EXCHANGE, self.gemeente, period, actor=actor, settings=self.settings, **more)

    def asked(self, id: str) -> desk.Asked:
        return desk.look(id, self.settings)

    def give(self, id: str, actor: str = "bert", reason: str = "Aantallen kloppen.", after_all: bool = False,
             **seen: str) -> None:  # fmt: skip
        desk.give(id, actor=actor, reason=reason, after_all=after_all, settings=self.settings, **self.seen(id, **seen))

    def refuse(self, id: str, actor: str = "bert", reason: str = "Te weinig personen.", after_all: bool = False,
               **seen: str) -> None:  # fmt: skip
        desk.refuse(id, actor=actor, reason=reason, after_all=after_all, settings=self.settings,
                    **self.seen(id, **seen))

    def seen(self, id: str, **seen: str) -> dict[str, str]:
        return self.asked(id).shown.as_dict() | seen

    def actions(self, id: str) -> list[str]:
        return [event.action for event in self.ledger.events(id) if event.action.startswith("approve.")]

    def rename(self, name: str) -> None:
        """Another file comes of it."""
        write_csv(self.source, {**ROWS, "persoon": [{**PEOPLE[0], "achternaam": name}, PEOPLE[1]]})


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv")
    return Town(made.home, made.source, made.partner)


def say(town: Town, text: str) -> None:
    """More in the settings of the municipality."""
    path = town.home / "ketensluis.toml"
    head, _, tail = path.read_text().partition("\nbron")
    path.write_text(f"{head}\n{text}\nbron{tail}")


def waits(town: Town, id: str) -> str:
    error = town.deliver(id)
    assert isinstance(error, AwaitingApproval), error
    assert town.delivery(id).state == "awaiting" and town.inbox == []
    return str(error)


def sent(town: Town) -> list[str]:
    return [name for name in town.inbox if name.endswith(".xml")]


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
    delivery = town.start()
    waits(town, delivery)
    town.give(delivery)
    assert town.delivery(delivery).state == "built" and desk.waiting(settings=town.settings) == []
    assert town.finish(delivery) is None and len(sent(town)) == 1
    event = next(one for one in town.ledger.events(delivery) if one.action == GIVEN)
    assert (event.actor, event.details["reason"]) == ("bert", "Aantallen kloppen.")
    assert event.details["sha256"] == town.ledger.step_result(delivery, "deliver").details["sha256"]
    assert "eerste levering" in event.details["shown"][0]


def test_who_started_may_not_agree_however_the_name_is_written(town):
    delivery = town.start(actor="Anna  Jansen")
    waits(town, delivery)
    for name in ("Anna Jansen", "anna jansen ", "ANNA JANSEN"):
        with pytest.raises(AnswerDeclined, match="zelf gestart"):
            town.give(delivery, actor=name)
    assert town.delivery(delivery).state == "awaiting"
    assert town.actions(delivery) == [ASKED, DECLINED, DECLINED, DECLINED]
    waits(town, delivery)


def test_everybody_who_started_a_run_of_it_is_a_starter(town):
    delivery = town.start(actor="anna")
    waits(town, delivery)
    town.start(actor="bert")
    for name in ("anna", "bert"):
        with pytest.raises(AnswerDeclined, match="zelf gestart"):
            town.give(delivery, actor=name)
    town.give(delivery, actor="carla")


def test_of_a_scheduled_run_anybody_may_agree(town):
    delivery = town.start(actor=None)
    waits(town, delivery)
    town.give(delivery, actor="anna")
    assert town.finish(delivery) is None and len(sent(town)) == 1


def test_only_who_has_the_right_for_the_municipality(town):
    say(town, 'akkoord = ["Carla de Wit"]')
    delivery = town.start()
    waits(town, delivery)
    for act in (town.give, town.refuse):
        with pytest.raises(AnswerDeclined, match="bert mag voor gemeente 0153 geen akkoord geven"):
            act(delivery, actor="bert")
    town.give(delivery, actor="carla de wit")


@pytest.mark.parametrize(
    "actor, reason, told", [("bert", " \n", "reden"), ("  ", "goed", "naam"), ("b", "x" * 501, "lang")]
)
def test_a_decision_has_a_name_and_a_reason(town, actor, reason, told):
    delivery = town.start()
    waits(town, delivery)
    for act in (town.give, town.refuse):
        with pytest.raises(AnswerDeclined, match=told):
            act(delivery, actor=actor, reason=reason)
    assert town.delivery(delivery).state == "awaiting"


def test_a_number_of_a_person_in_a_reason_is_not_kept(town):
    delivery = town.start()
    waits(town, delivery)
    with pytest.raises(BusinessError, match="burgerservicenummer"):
        town.give(delivery, reason="Vanwege 999990007.")
    assert town.delivery(delivery).state == "awaiting" and GIVEN not in town.actions(delivery)


def test_one_agrees_to_what_one_saw(town):
    delivery = town.start()
    waits(town, delivery)
    for seen in ({"sha256": "0" * 12}, {"summary": "0" * 12}, {"sha256": town.asked(delivery).shown.sha256[:11]}):
        with pytest.raises(AnswerDeclined):
            town.give(delivery, **seen)
    town.give(delivery, sha256=town.asked(delivery).shown.sha256[:12].upper(), summary="")


def test_a_rebuild_with_other_bytes_makes_the_approval_void_for_good(town):
    delivery = town.start()
    waits(town, delivery)
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
    delivery = town.start()
    waits(town, delivery)
    town.give(delivery)
    town.step(delivery, "select", "map", "build", "check", "reconcile", "approve", "deliver")
    assert len(sent(town)) == 1 and town.actions(delivery) == [ASKED, GIVEN]


def test_the_same_bytes_with_another_summary_are_asked_again(town):
    delivery = town.start()
    waits(town, delivery)
    town.give(delivery)
    town.ledger.event(delivery, "carla", DEMANDED, "AKK-VERVANGING", "Deze levering vervangt een eerdere.")
    with pytest.raises(AwaitingApproval, match="vervangt een eerdere"):
        town.step(delivery, "deliver")
    assert town.delivery(delivery).state == "awaiting" and town.inbox == []


def test_what_was_agreed_to_goes_on_although_the_administration_moves(town):
    delivery = town.start()
    waits(town, delivery)
    agreed = town.message(delivery)
    town.give(delivery)
    town.rename("Bergen")
    assert town.deliver(delivery) is None
    assert (town.partner / "in" / sent(town)[0]).read_bytes() == agreed


def test_it_is_made_anew_where_that_is_asked(town):
    delivery = town.start()
    waits(town, delivery)
    town.give(delivery)
    town.rename("Bergen")
    with pytest.raises(AwaitingApproval):
        run.run_delivery(delivery, town.settings, again=True)
    assert town.inbox == []


def test_a_refusal_ends_it_with_its_reason_and_stands_for_this_file(town):
    delivery = town.start()
    waits(town, delivery)
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
    delivery = town.start()
    waits(town, delivery)
    town.refuse(delivery)
    town.give(delivery, reason="Toch goed: nagevraagd.", after_all=True)
    assert town.deliver(delivery) is None and len(sent(town)) == 1


def test_an_approval_is_taken_back_before_it_leaves(town):
    delivery = town.start()
    waits(town, delivery)
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


def test_two_at_once_give_one_approval_and_the_second_hears_who_was_first(town):
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    delivery = town.start()
    waits(town, delivery)
    ready = Barrier(2)

    def answers(who: str) -> str:
        ready.wait()
        try:
            town.give(delivery, actor=who)
        except AnswerDeclined as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(2) as pool:
        heard = dict(zip(("bert", "carla"), pool.map(answers, ("bert", "carla")), strict=True))
    first = next(who for who, said in heard.items() if not said)
    second = next(said for said in heard.values() if said)
    assert f"{first} gaf al akkoord" in second and "--alsnog" not in second
    assert town.actions(delivery).count(GIVEN) == 1
    decided = town.asked(delivery).decision
    assert decided is not None and decided.actor == first


def test_a_question_is_settled_by_any_word_about_it_and_by_another_file(town):
    delivery = town.start()
    waits(town, delivery)
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


def test_who_has_no_role_for_it_does_not_decide_however_named(town):
    path = town.home / "ketensluis.toml"
    roles = '[rollen]\nbert = "consulent"\ncarla = "auditor"\nportaal = "integratie"\n'
    path.write_text(roles + path.read_text(encoding="utf-8"), encoding="utf-8")
    delivery = town.start()
    waits(town, delivery)
    for who, why in (("carla", "Rol auditor"), ("dora", "geen rol"), ("portaal namens carla", "Rol auditor")):
        for act in (town.give, town.refuse):
            with pytest.raises(AnswerDeclined, match=why):
                act(delivery, actor=who)
    assert town.actions(delivery) == [ASKED, *[DECLINED] * 6]
    town.give(delivery, actor="portaal namens bert")


def test_who_started_it_does_not_agree_through_another_account(town):
    delivery = town.start(actor="portaal namens anna")
    town.start(actor="kees")
    waits(town, delivery)
    for who in ("anna", "portaal", "portaal namens Anna", "balie namens anna", "kees namens bert", "kees namens anna"):
        with pytest.raises(AnswerDeclined, match="zelf gestart"):
            town.give(delivery, actor=who)
    town.give(delivery, actor="portaal namens bert")


def test_who_goes_on_with_a_correction_of_another_does_not_approve_it(town):
    first = town.start()
    waits(town, first)
    town.give(first)
    assert town.finish(first) is None
    for actor in ("anna", "bert"):
        with pytest.raises(AwaitingApproval):
            correct.replace(first, actor=actor, reason="melding 12", settings=town.settings)
    (asked,) = desk.waiting(settings=town.settings)
    assert asked.starters == ("anna", "bert")
    with pytest.raises(AnswerDeclined, match="zelf gestart"):
        town.give(asked.delivery.id, "bert")
    town.give(asked.delivery.id, "carla")
