"""Corrections through the whole chain, against what the partner has received and accepted, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from exchanges.core.errors import Blocked
from exchanges.core.ledger import Ledger
from tests.wage_town import WageTown, copied, wage_town


@pytest.fixture(scope="module")
def winter(tmp_path_factory) -> WageTown:
    """January declared and accepted; then something becomes known about it."""
    made = wage_town(tmp_path_factory.mktemp("winter"))
    made.pay(1)
    assert made.declare(1).state == "accepted"
    made.pay(2)
    made.pay(1, 2, net=30_000, kind="nabetaling")
    return made


@pytest.fixture
def town(winter, tmp_path) -> Iterator[WageTown]:
    made = copied(winter, tmp_path)
    yield made
    made.leave()


def corrected(town: WageTown, id: str) -> list[tuple[str, int]]:
    """Months in a message, with their saldo."""
    message: Any = town.message(id)
    saldi = {one.findtext("{*}DatAanvTv"): int(one.findtext("{*}Saldo"))
             for one in message.iter("{*}SaldoCorrectiesVoorgaandTijdvak")}  # fmt: skip
    months = [one.findtext("{*}DatAanvTv") for one in message.iter("{*}TijdvakCorrectie")]
    assert sorted(saldi) == sorted(months)
    return [(month, saldi[month]) for month in months]


def test_what_became_known_of_a_month_goes_with_the_next(town):
    before = town.received(1)
    february = town.declare(2)
    assert february.state == "accepted"
    assert corrected(town, february.id) == [("2026-01-01", town.due(1) - before)]
    assert (town.received(1), town.received(2)) == (town.due(1), town.due(2))
    town.pay(3)
    assert corrected(town, town.declare(3).id) == [], "once"


def test_a_refused_declaration_took_its_correction_with_it(town):
    before = town.received(1)
    refused = town.declare(2, refuse_consistency=True)
    assert refused.state == "rejected" and corrected(town, refused.id)
    assert (town.received(1), town.received(2)) == (before, None)
    again = town.declare(2, new=True, late_seconds=0)
    assert corrected(town, again.id) == [("2026-01-01", town.due(1) - before)]
    assert again.state == "accepted" and (town.received(1), town.received(2)) == (town.due(1), town.due(2))


def test_a_month_declared_anew_is_what_later_months_are_measured_against(town):
    anew = town.declare(1, new=True)
    assert anew.state == "accepted" and anew.sequence == 2 and town.received(1) == town.due(1)
    assert corrected(town, town.declare(2).id) == [], "the new declaration has it already"
    town.pay(1, 0, net=-10_000, kind="terugbetaling")
    town.pay(3)
    before = town.received(1)
    march = town.declare(3)
    assert march.state == "accepted" and corrected(town, march.id) == [("2026-01-01", town.due(1) - before)]
    assert town.received(1) == town.due(1)


def test_a_month_declared_anew_and_refused_is_as_if_it_was_not_said(town):
    before = town.received(1)
    assert town.declare(1, new=True, refuse_schema=True).state == "rejected"
    february = town.declare(2, late_seconds=0)
    assert february.state == "accepted" and corrected(town, february.id) == [("2026-01-01", town.due(1) - before)]


def test_a_declaration_that_takes_the_place_of_another_has_its_corrections_as_well(town):
    """The former goes as a whole, corrections included: what came with it must come again (C-1, C-11)."""
    before = town.received(1)
    saldo = [("2026-01-01", town.due(1) - before)]
    assert corrected(town, town.declare(2).id) == saldo
    town.pay(2, 3, net=5_000, kind="nabetaling")
    anew = town.declare(2, new=True)
    assert anew.state == "accepted" and corrected(town, anew.id) == saldo
    town.pay(3)
    town.pay(1, 1, net=1_000, kind="nabetaling")
    before = town.received(1)
    march = town.declare(3)
    assert march.state == "accepted" and corrected(town, march.id) == [("2026-01-01", town.due(1) - before)]
    assert [town.received(month) for month in (1, 2, 3)] == [town.due(month) for month in (1, 2, 3)]


# --- what the partner has must be known


def test_nothing_is_measured_while_the_partner_has_not_answered(town):
    anew = town.open(1, new=True)
    assert town.deliver(anew) is None
    february = town.open(2)
    stopped = town.deliver(february)
    assert isinstance(stopped, Blocked) and anew in str(stopped) and "nog niet beantwoord" in str(stopped)
    assert town.state(february) == "blocked" and len(town.inbox) == 2
    town.answer()
    assert town.deliver(anew, None) is None
    assert corrected(town, town.declare(2).id) == []


def test_what_was_measured_before_another_answer_does_not_leave(town):
    """February is made; January is declared anew and accepted; only then February is sent."""
    february = town.open(2)
    assert town.deliver(february, "reconcile") is None and corrected(town, february)
    anew = town.declare(1, new=True)
    with pytest.raises(Blocked, match=f"{anew.id}.*begin opnieuw"):
        town.chain.step(february, "deliver")
    assert [name for name in town.inbox if "2026-02" in name] == []
    assert corrected(town, town.declare(2).id) == []


def test_what_was_perhaps_sent_is_followed_up_with_the_same_bytes_whatever_was_answered_since(town, monkeypatch):
    february = town.open(2)
    assert town.deliver(february, "reconcile") is None
    sent = town.chain.message(february)
    monkeypatch.setattr(Ledger, "finish_step", _dies_at("deliver", monkeypatch))
    with pytest.raises(KeyboardInterrupt):
        town.chain.step(february, "deliver")
    stopped = town.deliver(town.open(1, new=True))
    assert isinstance(stopped, Blocked) and february in str(stopped)
    town.answer()
    assert town.deliver(february, None) is None
    assert town.state(february) == "accepted" and town.chain.message(february) == sent


def _dies_at(step: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    honest = Ledger.finish_step

    def dies(self: Ledger, id: str, name: str, *args: Any, **more: Any) -> Any:
        if name == step:
            monkeypatch.setattr(Ledger, "finish_step", honest)
            raise KeyboardInterrupt
        return honest(self, id, name, *args, **more)

    return dies
