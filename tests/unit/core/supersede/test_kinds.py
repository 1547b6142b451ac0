"""What differs per partner, per method and per person: a file that is not the whole, a date after which it is too late,
a second person; and why somebody is not in an addition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from exchanges.core import correct, registry, run, standing
from exchanges.core.approve import desk
from exchanges.core.declare import Correction
from exchanges.core.errors import AnswerDeclined, AwaitingApproval, BusinessError, PartnerSilent, UsageError
from exchanges.core.settings import Settings
from exchanges.core.why import why
from tests.chain import EXCHANGE, GEMEENTE, Chain, chain
from tests.rows import write_csv
from tests.unit.core.supersede.test_chain import BSNS, corrected, first, keys, people, stands


@pytest.fixture
def town(tmp_path: Path) -> Chain:
    return chain(tmp_path / "huis", write_csv(tmp_path / "bron", people()), kind="csv")


class Careful(Chain):
    """A municipality where a second person must agree."""

    @property
    def settings(self) -> Settings:
        return super().settings.model_copy(update={"approval": "vereist"})


@pytest.mark.parametrize("how", [correct.replace, correct.add])
def test_a_correction_waits_for_another_person_than_who_opened_it(town: Chain, how) -> None:
    id = first(town, "reject-count=1")
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}))
    careful = Careful(town.home, town.source, town.partner)
    asked = {"actor": "Anna", "reason": "melding 12", "settings": careful.settings}
    sent = len(town.inbox)
    with pytest.raises(AwaitingApproval, match=rf"Dit is een (vervanging|aanvulling) van levering {id}: melding 12\."):
        how(id, **asked)
    opened = id.replace("/0001", "/0002")
    assert town.delivery(opened).state == "awaiting" and len(town.inbox) == sent
    shown = desk.look(opened, careful.settings).shown.as_dict()
    with pytest.raises(AnswerDeclined):
        desk.give(opened, actor="anna", reason="goed", settings=careful.settings, **shown)
    desk.give(opened, actor="bert", reason="goed", settings=careful.settings, **shown)
    with pytest.raises(PartnerSilent):
        how(id, **asked)
    assert len(town.inbox) == sent + 2


def test_what_the_index_is_not_told_stays_as_it_was(tmp_path: Path) -> None:
    """By messages of one person a replacement supersedes only who is in it."""
    rows = {**people(), "verwijsindex": []}
    town = chain(tmp_path / "huis", write_csv(tmp_path / "bron", rows), kind="csv", method="webservice")
    id = first(town)
    write_csv(town.source, {**people("P1", "P2"), "verwijsindex": []})
    replaced = corrected(town, correct.replace, id)
    found = stands(town)
    assert (found["total"]["in_force"], found["total"]["gone"]) == (3, 0)
    assert [line["in_force"] for line in found["deliveries"]] == [1, 2]
    november = town.open("2026-11")
    assert town.finish(november) is None
    assert town.report(november)["difference"]["previous"] == f"{id} en {replaced}"
    persons = town.report(november)["difference"]["tables"][0]
    assert (persons["new"], persons["gone"], persons["same"]) == (0, 1, 2)


def test_an_addition_to_the_index_and_to_the_file_is_of_the_same_people(tmp_path: Path) -> None:
    rows = {**people(), "verwijsindex": []}
    town = chain(tmp_path / "huis", write_csv(tmp_path / "bron", rows), kind="csv", method="webservice")
    id = first(town, "reject-count=1")
    with town.context(id) as context:
        assert context.correction is None
    # A message of the index says only that there is something: it has no repair to show.
    added = corrected(town, correct.add, id, unchanged=True)
    row = town.ledger.step_result(added, "check")
    assert row is not None and row.details["records"] == 1 and stands(town)["total"]["in_force"] == 3


def test_why_somebody_is_not_in_an_addition(town: Chain) -> None:
    id = first(town, "reject-count=1")
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}))
    added = corrected(town, correct.add, id)
    told = why(added, BSNS["P2"], town.settings)
    (rule,) = [rule for rule in told["rules"] if rule["excluded"]]
    assert rule["code"] == "SEL-AANVULLING" and id in told["conclusion"] and not told["in_file"]
    assert why(added, BSNS["P1"], town.settings)["in_file"]


def test_what_the_partner_does_not_know_is_refused(town: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    id = first(town)
    known = registry.exchange(EXCHANGE)
    flow = known.flows["verzamelbestand"]
    only = tuple(one for one in flow.corrections if one.kind == "vervanging")  # type: ignore[union-attr]
    other = replace(known, flows={"verzamelbestand": replace(flow, corrections=only)})  # type: ignore[type-var]
    monkeypatch.setattr(registry, "exchanges", lambda: {EXCHANGE: other})
    for how in (correct.add, correct.withdraw):
        with pytest.raises(UsageError, match=r"kent geen (aanvulling|intrekking).*; wel: vervanging"):
            how(id, actor="kees", reason="x", settings=town.settings)
    assert len(town.ledger.deliveries()) == 1


@pytest.mark.parametrize("day, late", [("2026-11-30", False), ("2026-12-01", True)])
def test_after_the_date_a_replacement_is_too_late(
    town: Chain, monkeypatch: pytest.MonkeyPatch, day: str, late: bool
) -> None:
    """As of a return: until the date a new one comes in its place, afterwards it is corrected in the next."""
    id = first(town)
    known = registry.exchange(EXCHANGE)
    flow = known.flows["verzamelbestand"]
    dated = tuple(replace(one, until_due=True) if one.kind == "vervanging" else one
                  for one in flow.corrections)  # type: ignore[union-attr]  # fmt: skip
    other = replace(known, calendar=replace(known.calendar, due="levering"),
                    flows={"verzamelbestand": replace(flow, corrections=dated)})  # type: ignore[type-var]  # fmt: skip
    monkeypatch.setattr(registry, "exchanges", lambda: {EXCHANGE: other})
    monkeypatch.setattr(correct, "due_date", lambda exchange, delivery: date(2026, 11, 30))
    monkeypatch.setattr(correct, "today", lambda exchange: date.fromisoformat(day))
    expected = "tot en met 30 november 2026" if late else "Nog geen verwerkingsverslag"
    with pytest.raises(BusinessError if late else PartnerSilent, match=expected):
        correct.replace(id, actor="kees", reason="x", settings=town.settings)


def test_the_return_of_wages_knows_a_replacement_until_its_date_and_nothing_else() -> None:
    flow = registry.exchange("loonaangifte").flows["aangifte"]
    assert [(one.kind, one.until_due) for one in flow.corrections] == [("vervanging", True)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "wrong",
    [("intrekking", "bestand", ""), ("vervanging", "afspraak", ""), ("aanvulling", "bestand", "")],
)
def test_a_declaration_that_cannot_be_meant_is_refused(wrong: tuple) -> None:
    kind, by, key = wrong
    with pytest.raises(ValueError):
        Correction(kind, by, "Een zin.", "bron", key=key)


def test_another_municipality_sees_nothing_of_it(town: Chain) -> None:
    id = first(town)
    corrected(town, correct.replace, id)
    with pytest.raises(UsageError, match="nog niets verzonden"):
        standing.standing(EXCHANGE, "0344", "2026-10", town.settings)
    assert run.open_ledger(town.settings).deliveries(gemeente="0344") == []
    assert keys(town, id) == [BSNS[name] for name in ("P1", "P2", "P3")] and GEMEENTE in id
