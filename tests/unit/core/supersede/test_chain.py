"""Corrections from beginning to end, with the Inlichtingenbureau simulated: the whole again, only what was refused and
repaired, taken back; and what stands afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lxml import etree

from exchanges.core import correct, standing
from exchanges.core.access.overview import overview
from exchanges.core.errors import Blocked, BusinessError, KetensluisError, PartnerSilent, UsageError
from exchanges.core.ledger.corrections import CorrectionBook
from exchanges.core.period import Period
from exchanges.core.steps import context as context_module
from exchanges.core.steps.received import accepted
from exchanges.core.supersede.in_force import refused_before
from exchanges.core.where.find import where
from tests.chain import EXCHANGE, GEMEENTE, Chain, chain, once
from tests.rows import write_csv

# The first three are in the file in this order; what the partner strikes out is the first.
BSNS = {"P1": "999990007", "P2": "999990019", "P3": "999990020", "P4": "999990032"}
HERE = ("P1", "P2", "P3")


def people(*names: str, **other: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """The administration with these people (the first three when none is named); by person what is different of him."""
    rows = {
        name: {"persoon_id": name, "bsn": BSNS[name], "achternaam": "Berg", **other.get(name, {})}
        for name in names or HERE
    }
    tracks = [
        {"traject_id": f"T{name}", "persoon_id": name, "doel": "1", "datum_begin": "2025-01-01"} for name in rows
    ]
    return {"persoon": list(rows.values()), "traject": tracks}


@pytest.fixture
def town(tmp_path: Path) -> Chain:
    return chain(tmp_path / "huis", write_csv(tmp_path / "bron", people()), kind="csv")


def first(town: Chain, *faults: str) -> str:
    """A delivery of October that the partner answered."""

    def answered(town: Chain) -> str:
        id = town.open()
        assert town.finish(id, faults) is None
        return id

    return once(town, faults, answered)


def corrected(town: Chain, how: Any, id: str, *faults: str, **more: Any) -> str:
    """The correction of ``id``, answered by the partner; gives its id."""
    with pytest.raises(PartnerSilent):
        how(id, actor="kees", reason="melding 12", settings=town.settings, **more)
    town.answer(faults)
    return str(how(id, actor="kees", reason="melding 12", settings=town.settings, **more).delivery)


def stands(town: Chain, period: str = "2026-10") -> dict[str, Any]:
    return standing.standing(EXCHANGE, GEMEENTE, period, town.settings)


def keys(town: Chain, id: str) -> list[str]:
    row = town.ledger.step_result(id, "check")
    assert row is not None
    with town.context(id) as context:
        return pq.read_table(context.files("check", "teruglezing")["client"])["bsn"].to_pylist()


def facts(town: Chain, id: str) -> dict[str, str]:
    return {one["label"]: one["text"] for one in town.report(id)["facts"]}


def kind_in_head(town: Chain, id: str) -> str | None:
    row = town.ledger.step_result(id, "build")
    assert row is not None
    return etree.parse(town.partner / "in" / str(row.details["file_name"])).findtext("Kop/SoortLevering")


def test_a_refused_record_is_repaired_by_an_addition_of_that_record_alone(town: Chain) -> None:
    id = first(town, "reject-count=1")
    before = stands(town)["total"]
    assert (before["records"], before["in_force"], before["refused"]) == (3, 2, 1)
    (row,) = standing.refused(id, town.settings).to_pylist()
    assert row["code"] == "IB-AFW-01" and row["by"] == "partner" and row["repaired_by"] is None

    # Somebody else changed as well: that is for the next month, or for a replacement.
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}, P2={"achternaam": "Anders"}))
    added = corrected(town, correct.add, id)

    assert keys(town, added) == [BSNS["P1"]] and kind_in_head(town, added) == "aanvulling"
    assert kind_in_head(town, id) is None
    after = stands(town)
    assert after["total"] == {**before, "in_force": 3, "refused": 0, "repaired": 1}
    one, two = after["deliveries"]
    assert (one["in_force"], one["refused"], one["superseded"], one["repaired"]) == (2, 0, 1, 1)
    assert (two["kind"], two["corrects"], two["records"], two["in_force"]) == ("aanvulling", id, 1, 1)
    assert [row["repaired_by"] for row in standing.refused(id, town.settings).to_pylist()] == [added]
    assert town.report(added)["verdict"]["closed"]
    assert "Van 1 persoon die waren afgewezen: 1 hersteld" in facts(town, added)["Aansluiting"]
    assert "melding 12" in facts(town, added)["Aanvulling"] and "aangenomen" in facts(town, added)["Bij de partner"]
    assert facts(town, id)["Aangevuld"] == f"In levering {added}: 1 van wat was afgewezen is hersteld."
    excluded = {line["code"]: line["count"] for line in town.report(added)["excluded"]}
    assert excluded["SEL-AANVULLING"] == 2


def test_what_is_still_wrong_stays_refused_and_who_is_gone_is_told(tmp_path: Path) -> None:
    """Three refused by the partner: one is repaired, one is as it was, one is in the selection no longer."""
    town = chain(tmp_path / "huis", write_csv(tmp_path / "bron", people()), kind="csv")
    id = first(town, "reject-every=1")
    write_csv(town.source, people("P1", "P2", P1={"achternaam": "Bergsma"}))
    added = corrected(town, correct.add, id)
    assert keys(town, added) == [BSNS["P1"]]
    findings = town.ledger.findings(added).to_pylist()
    assert [row["code"] for row in findings] == ["COR-WEG", "COR-GELIJK"]
    open_ = {row["record"] for row in standing.refused(id, town.settings).to_pylist() if row["repaired_by"] is None}
    assert len(open_) == 2 and {row["record"] for row in findings} == open_
    row = town.ledger.step_result(added, "reconcile")
    assert row is not None
    (line,) = [line for line in row.balances if line.measure == "eerder_afgewezen"]
    assert (line.into, line.out, line.rejected, line.excluded, line.closed) == (3, 1, 1, 1, True)
    total = stands(town)["total"]
    assert (total["in_force"], total["refused"], total["closed"]) == (1, 2, True)

    # The cause may have been at the partner: then the same goes again because somebody says so.
    again = corrected(town, correct.add, id, unchanged=True)
    assert keys(town, again) == [BSNS["P2"]]
    assert stands(town)["total"]["refused"] == 1


def test_what_the_partner_refuses_again_stays_refused_and_waits_for_another_repair(town: Chain) -> None:
    id = first(town, "reject-count=1")
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}))
    once = corrected(town, correct.add, id, "reject-count=1")
    assert town.delivery(once).state == "partly_accepted"
    total = stands(town)
    assert (total["total"]["in_force"], total["total"]["refused"], total["total"]["repaired"]) == (2, 1, 0)
    assert [line["refused"] for line in total["deliveries"]] == [0, 1]

    # As it was then refused: not repaired since.
    with pytest.raises(Blocked, match="afgewezen"):
        correct.add(id, actor="kees", reason="nog eens", settings=town.settings)
    write_csv(town.source, people(P1={"achternaam": "Bergema"}))
    twice = corrected(town, correct.add, id)
    assert stands(town)["total"]["refused"] == 0
    assert [row["repaired_by"] for row in standing.refused(id, town.settings).to_pylist()] == [twice]


def test_what_our_own_checks_refused_can_be_added(tmp_path: Path) -> None:
    wrong = people(P2={"geboortedatum": "20991231"})
    town = chain(tmp_path / "huis", write_csv(tmp_path / "bron", wrong), kind="csv")
    id = first(town)
    (row,) = standing.refused(id, town.settings).to_pylist()
    assert row["by"] == "eigen controle" and stands(town)["total"]["records"] == 2
    # Not repaired: the same rule says the same.
    with pytest.raises(Blocked, match="afgewezen"):
        correct.add(id, actor="kees", reason="melding 12", settings=town.settings)
    write_csv(town.source, people())
    added = corrected(town, correct.add, id)
    assert keys(town, added) == [BSNS["P2"]]
    assert stands(town)["total"]["in_force"] == 3
    assert [row["repaired_by"] for row in standing.refused(id, town.settings).to_pylist()] == [added]


def test_nothing_to_add_is_no_fault_and_sends_nothing(town: Chain) -> None:
    id = first(town)
    with pytest.raises(KetensluisError, match="niets aan te vullen") as stopped:
        correct.add(id, actor="kees", reason="toch", settings=town.settings)
    assert stopped.value.exit_code == 0 and len(town.inbox) == 2
    # It is left behind: a replacement takes the next number, and the first does not leave after all.
    replaced = corrected(town, correct.replace, id)
    assert replaced.endswith("/0003") and stands(town)["total"]["in_force"] == 3


def test_everything_that_is_not_there_may_be_added_too(town: Chain) -> None:
    id = first(town, "reject-count=1")
    write_csv(town.source, people(*BSNS, P1={"achternaam": "Bergsma"}))
    added = corrected(town, correct.add, id, everything=True)
    assert keys(town, added) == [BSNS["P1"], BSNS["P4"]]
    assert stands(town)["total"]["in_force"] == 4


def test_a_replacement_is_the_whole_again_and_supersedes_the_former_wholly(town: Chain) -> None:
    id = first(town, "reject-count=1")
    write_csv(town.source, people("P1", "P2", P1={"achternaam": "Bergsma"}))
    replaced = corrected(town, correct.replace, id)
    assert keys(town, replaced) == [BSNS["P1"], BSNS["P2"]] and kind_in_head(town, replaced) is None
    found = stands(town)
    assert found["total"] == {
        "records": 3, "in_force": 2, "refused": 0, "withdrawn": 0, "gone": 1, "superseded": 0, "waiting": 0,
        "repaired": 1, "closed": True,
    }  # fmt: skip
    assert [line["superseded"] for line in found["deliveries"]] == [2, 0]
    assert "vervangt levering" in facts(town, replaced)["Vervanging"]
    assert facts(town, id)["Vervangen"].startswith(f"In levering {replaced}")
    with pytest.raises(UsageError, match=f"vervangen door {replaced}"):
        correct.add(id, actor="kees", reason="te laat", settings=town.settings)


def test_a_replacement_that_is_refused_as_a_whole_replaces_nothing(town: Chain) -> None:
    id = first(town)
    replaced = corrected(town, correct.replace, id, "reject-file")
    assert town.delivery(replaced).state == "rejected"
    assert stands(town)["total"]["in_force"] == 3 and stands(town)["deliveries"][0]["in_force"] == 3
    with pytest.raises(UsageError, match="als geheel afgekeurd"):
        correct.replace(replaced, actor="kees", reason="nog eens", settings=town.settings)


def test_what_is_taken_back_stands_for_nothing_once_another_person_said_so(town: Chain) -> None:
    id = first(town)
    with pytest.raises(UsageError, match=r"geldt bij de partner.*correct replace"):
        correct.require_new(EXCHANGE, GEMEENTE, "2026-10", settings=town.settings)
    correct.withdraw(id, actor="kees", reason="verkeerde maand", settings=town.settings)
    assert stands(town)["total"]["in_force"] == 3 and "geen gevolg" in facts(town, id)["Intrekking"]
    with pytest.raises(BusinessError, match="een ander"):
        correct.confirm(id, actor="Kees", settings=town.settings)
    correct.confirm(id, actor="anna", settings=town.settings)
    total = stands(town)["total"]
    assert (total["in_force"], total["withdrawn"], total["closed"]) == (0, 3, True)
    assert "Bevestigd door anna" in facts(town, id)["Intrekking"]
    for how in (correct.replace, correct.add, correct.withdraw):
        with pytest.raises(UsageError, match="is ingetrokken"):
            how(id, actor="kees", reason="toch", settings=town.settings)
    # Delivered anew, compared with nothing: there is nothing in force.
    correct.require_new(EXCHANGE, GEMEENTE, "2026-10", settings=town.settings)
    anew = town.open(new=True)
    assert town.finish(anew) is None
    assert town.report(anew)["difference"]["previous"] is None
    assert stands(town)["total"]["in_force"] == 3


def test_one_person_has_a_chain_and_the_question_is_in_the_books(town: Chain) -> None:
    id = first(town, "reject-count=1")
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}))
    added = corrected(town, correct.add, id)
    found = standing.of_person(EXCHANGE, GEMEENTE, "2026-10", BSNS["P1"], actor="anna", settings=town.settings)
    assert found["in_force"] == added and BSNS["P1"] not in repr(found)
    assert [(one["delivery"], one["refused"], one["fate"]) for one in found["chain"]] == [
        (id, True, "vervangen"), (added, False, "geldt"),
    ]  # fmt: skip
    event = town.ledger.events(added)[-1]
    assert (event.actor, event.object, event.details["persoon"]) == ("anna", added, found["person"])
    looked = overview(town.ledger.database, Period(event.moment.year, event.moment.month))
    assert [(one.gemeente, one.actor, one.action) for one in looked] == [(GEMEENTE, "anna", "inzage stand")]
    table = standing.records(EXCHANGE, GEMEENTE, "2026-10", town.settings)
    assert dict(zip(table["record"].to_pylist(), table["delivery"].to_pylist(), strict=True))[found["person"]] == added
    # Who is asked for in all deliveries, and was not in the addition, hears why.
    asked = where(GEMEENTE, BSNS["P2"], actor="anna", reason="inzageverzoek", settings=town.settings).found
    (left,) = [one for one in asked[-1].left_out if one.code == "SEL-AANVULLING"]
    assert asked[-1].delivery.id == added and left.text == f"Is niet afgewezen in levering {id}, of geldt intussen."


def test_the_next_month_is_compared_with_what_is_in_force(town: Chain) -> None:
    """Not with the last delivery: that is an addition of one. Not with what was refused: that is not at the partner."""
    id = first(town, "reject-count=2")
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}))
    added = corrected(town, correct.add, id)
    assert keys(town, added) == [BSNS["P1"]]
    found = town.report(added)["difference"]
    (client, *_) = found["tables"]
    assert (client["table"], client["new"], client["gone"]) == ("client", 1, 0)
    november = town.open("2026-11")
    assert town.finish(november) is None
    difference = town.report(november)["difference"]
    assert difference["previous"] == f"{id} en {added}"
    (client, track, *_) = difference["tables"]
    assert (client["new"], client["gone"], client["changed"], client["same"]) == (1, 0, 0, 2)
    assert (track["new"], track["gone"], track["changed"], track["same"]) == (1, 0, 0, 2)


def test_what_was_left_behind_does_not_leave_after_all(town: Chain) -> None:
    id = first(town, "reject-count=1")
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}))
    left = CorrectionBook(town.ledger.database).open("aanvulling", id, actor="kees", reason="a", scope="afgewezen")[0]
    assert left.delivery is not None
    town.step(left.delivery, "select", "map", "build", "check", "reconcile", "approve")
    replaced = corrected(town, correct.replace, id)
    with pytest.raises(Blocked, match=f"opgevolgd door {replaced}"):
        town.step(left.delivery, "deliver")
    assert len(town.inbox) == 4


def test_an_addition_to_what_was_taken_back_meanwhile_does_not_leave(town: Chain) -> None:
    id = first(town, "reject-count=1")
    correct.withdraw(id, actor="kees", reason="verkeerde maand", settings=town.settings)
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}))
    added = CorrectionBook(town.ledger.database).open("aanvulling", id, actor="kees", reason="a", scope="afgewezen")[0]
    assert added.delivery is not None
    town.step(added.delivery, "select", "map", "build", "check", "reconcile", "approve")
    correct.confirm(id, actor="anna", settings=town.settings)
    with pytest.raises(Blocked, match=rf"vult {id} aan, en die is ingetrokken.*sluis run --nieuw"):
        town.step(added.delivery, "deliver")
    assert len(town.inbox) == 2
    correct.require_new(EXCHANGE, GEMEENTE, "2026-10", settings=town.settings)  # what the sentence says, works


@pytest.mark.parametrize("named", [{"actor": "", "reason": "x"}, {"actor": "kees", "reason": " "}])
def test_a_correction_has_a_name_and_a_reason(town: Chain, named: dict[str, str]) -> None:
    id = first(town)
    for how in (correct.replace, correct.add, correct.withdraw):
        with pytest.raises(UsageError, match="naam en een reden"):
            how(id, settings=town.settings, **named)
    assert len(town.ledger.deliveries()) == 1


def test_what_has_no_answer_yet_cannot_be_corrected(town: Chain) -> None:
    id = town.open()
    for state in ("open", "delivered"):
        if state == "delivered":
            assert town.deliver(id) is None
        assert town.delivery(id).state == state
        for how in (correct.replace, correct.add, correct.withdraw):
            with pytest.raises(UsageError, match="nog niet beantwoord"):
                how(id, actor="kees", reason="x", settings=town.settings)


@pytest.mark.parametrize("everything", [False, True])
def test_an_addition_that_has_more_than_it_is_for_is_not_sent(
    town: Chain, monkeypatch: pytest.MonkeyPatch, everything: bool
) -> None:
    """Whatever went wrong in choosing: the finished file is held against what the books say was refused."""
    id = first(town, "reject-count=1")
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}))
    monkeypatch.setattr(context_module, "narrowed", lambda flow, correction: flow)
    with pytest.raises(Blocked, match="de aanvulling heeft 2 personen waar zij niet voor is"):
        correct.add(id, actor="kees", reason="x", everything=everything, settings=town.settings)
    assert len(town.inbox) == 2


def test_what_was_refused_is_new_the_next_time(town: Chain) -> None:
    first(town, "reject-count=1")
    november = town.open("2026-11")
    assert town.finish(november) is None
    (client, *_) = town.report(november)["difference"]["tables"]
    assert (client["new"], client["gone"], client["changed"], client["same"]) == (1, 0, 0, 2)


def test_what_was_taken_back_is_not_what_the_partner_has(town: Chain) -> None:
    """For who says something on top of what the partner received, and for what it sends about it."""
    id, later = first(town), town.open("2026-11")
    assert town.finish(later) is None
    assert [one.id for one in accepted(town.ledger, EXCHANGE, GEMEENTE)] == [id, later]
    correct.withdraw(id, actor="kees", reason="verkeerde maand", settings=town.settings)
    assert len(accepted(town.ledger, EXCHANGE, GEMEENTE)) == 2
    correct.confirm(id, actor="anna", settings=town.settings)
    assert [one.id for one in accepted(town.ledger, EXCHANGE, GEMEENTE)] == [later]


def test_who_was_refused_and_repaired_was_not_refused(town: Chain) -> None:
    id = first(town, "reject-count=2")
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}))
    corrected(town, correct.add, id)
    november = town.open("2026-11")
    with town.context(november) as context:
        asked = pa.array([*BSNS.values()], pa.string())
        assert refused_before(context, asked).to_pylist() == [BSNS["P2"]]
