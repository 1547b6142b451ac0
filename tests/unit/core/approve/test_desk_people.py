"""Who may agree, and how: another person, with the right, a name and a reason. On the real chain."""

from __future__ import annotations

import pytest

from exchanges.core import correct
from exchanges.core.approve import desk
from exchanges.core.approve.decisions import ASKED, DECLINED, GIVEN
from exchanges.core.errors import AnswerDeclined, AwaitingApproval, BusinessError
from tests.unit.core.approve.town import say, sent, waiting, waits


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
    delivery = waiting(town)
    for act in (town.give, town.refuse):
        with pytest.raises(AnswerDeclined, match="bert mag voor gemeente 0153 geen akkoord geven"):
            act(delivery, actor="bert")
    town.give(delivery, actor="carla de wit")


@pytest.mark.parametrize(
    "actor, reason, told", [("bert", " \n", "reden"), ("  ", "goed", "naam"), ("b", "x" * 501, "lang")]
)
def test_a_decision_has_a_name_and_a_reason(town, actor, reason, told):
    delivery = waiting(town)
    for act in (town.give, town.refuse):
        with pytest.raises(AnswerDeclined, match=told):
            act(delivery, actor=actor, reason=reason)
    assert town.delivery(delivery).state == "awaiting"


def test_a_number_of_a_person_in_a_reason_is_not_kept(town):
    delivery = waiting(town)
    with pytest.raises(BusinessError, match="burgerservicenummer"):
        town.give(delivery, reason="Vanwege 999990007.")
    assert town.delivery(delivery).state == "awaiting" and GIVEN not in town.actions(delivery)


def test_two_at_once_give_one_approval_and_the_second_hears_who_was_first(town):
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    delivery = waiting(town)
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


def test_who_has_no_role_for_it_does_not_decide_however_named(town):
    path = town.home / "ketensluis.toml"
    roles = '[rollen]\nbert = "consulent"\ncarla = "auditor"\nportaal = "integratie"\n'
    path.write_text(roles + path.read_text(encoding="utf-8"), encoding="utf-8")
    delivery = waiting(town)
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
    first = waiting(town)
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
