"""In which deliveries a person occurs: every stage, in both directions, by pseudonym, and always in the books."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from pyrage import x25519

from exchanges.core.errors import BusinessError, CatalogueError, UsageError
from exchanges.core.ledger.destruction import DestructionBook, Going
from exchanges.core.store import Store
from exchanges.core.where.find import Answer, where
from tests.chain import Chain, chain
from tests.rows import write_csv
from tests.signals import Town, town
from tests.unit.core.test_why import ELSEWHERE, ENDED, REFUSED, REJECTED, SENT, TABLES, UNKNOWN
from tests.wage_town import PEOPLE, wage_town

EVERYBODY = (SENT, REJECTED, REFUSED, ENDED, ELSEWHERE, UNKNOWN)


@pytest.fixture(scope="module")
def sent(tmp_path_factory) -> Chain:
    """Two months; the partner refuses the first person it gets."""
    home = tmp_path_factory.mktemp("waar")
    made = chain(home, write_csv(home / "bron", TABLES), kind="csv")
    for period in ("2026-09", "2026-10"):
        assert made.finish(made.open(period), ["reject-count=1"]) is None
    return made


@pytest.fixture
def received(tmp_path) -> Town:
    keys = [x25519.Identity.generate().to_public() for _ in range(2)]
    return town(tmp_path / "huis", (SENT, REFUSED), f'sleutel = "{keys[0]}"\nsleutel_beperkt = "{keys[1]}"')


def ask(place: Chain, bsn: str, **more) -> Answer:
    found = where("0153", bsn, actor="anna", reason="inzageverzoek 12", settings=place.settings, **more)
    assert all(number not in str(asdict(found)) for number in EVERYBODY) and found.person.startswith("p:")
    return found


def stages(one) -> dict[str, int]:
    return {f"{place.stage}: {place.table}": place.rows for place in one.places}


def questions(place: Chain) -> list:
    return [event for event in place.ledger.events(None) if event.action == "inzage waar"]


def test_who_went_along_is_found_in_every_month_at_every_stage(sent):
    found = ask(sent, SENT)
    assert [str(one.delivery.period) for one in found.found] == ["2026-09", "2026-10"]
    for one in found.found:
        assert stages(one) == {"in de bron: persoon": 1, "geselecteerd: client": 1, "in het bestand: client": 1}
        assert one.outcome == ["verzonden", "geaccepteerd"] and not one.left_out


def test_who_our_rules_rejected_did_not_leave(sent):
    one = ask(sent, REJECTED).found[0]
    assert stages(one)["afgewezen: client"] == 1 and "in het bestand: client" not in stages(one)
    assert one.outcome == ["afgewezen"]
    assert {said.step for said in one.findings if said.severity == "error"} == {"map"}


def test_who_the_partner_refused_was_sent(sent):
    one = ask(sent, REFUSED).found[0]
    assert one.outcome == ["verzonden", "geweigerd"]
    assert any(said.step == "receipt" and said.severity == "error" for said in one.findings)


def test_who_was_left_out_is_found_with_the_rule(sent):
    one = ask(sent, ENDED).found[0]
    assert stages(one) == {"in de bron: persoon": 1} and one.outcome == []
    assert {left.table for left in one.left_out} >= {"persoon", "traject"} and all(left.text for left in one.left_out)
    assert all(left.rows == 1 for left in one.left_out)
    (elsewhere,) = [left for left in ask(sent, ELSEWHERE).found[0].left_out if left.table == "persoon"]
    assert "andere gemeente" in elsewhere.text


def test_nobody_is_found_nowhere_and_that_is_in_the_books(sent):
    before = len(questions(sent))
    found = ask(sent, UNKNOWN)
    assert found.traced == () and found.deliveries == 2 and found.tables > 20
    (event,) = questions(sent)[before:]
    assert (event.actor, event.object, event.result) == ("anna", "alle/0153", "gevonden in 0 van 2")
    assert event.details == {"reden": "inzageverzoek 12", "persoon": found.person}


def test_another_municipality_is_not_looked_in(sent):
    with pytest.raises(UsageError, match="Gemeente 0344 staat niet in de instellingen"):
        where("0344", SENT, actor="anna", reason="proef", settings=sent.settings)


@pytest.mark.parametrize(("key", "reason", "said"), [
    ("12345678", "proef", "geen burgerservicenummer"), ("99999001x", "proef", "geen burgerservicenummer"),
    (SENT, "  ", "kan niet zonder reden"),
])  # fmt: skip
def test_a_question_without_a_person_or_a_reason_is_none(sent, key, reason, said):
    before = len(questions(sent))
    with pytest.raises(UsageError, match=said) as told:
        where("0153", key, actor="anna", reason=reason, settings=sent.settings)
    assert key not in str(told.value) and len(questions(sent)) == before


def test_a_reason_with_a_bsn_in_it_gets_no_answer(sent):
    with pytest.raises(BusinessError, match="burgerservicenummer") as told:
        where("0153", SENT, actor="anna", reason=f"over {SENT}", settings=sent.settings)
    assert SENT not in str(told.value)


def test_what_cannot_be_booked_is_not_answered(sent, monkeypatch):
    from exchanges.core.where import find

    def refuse(*args, **more):
        raise BusinessError("het register is weg")

    monkeypatch.setattr(find, "seen", refuse)
    with pytest.raises(BusinessError, match="het register is weg"):
        ask(sent, SENT)


def test_what_is_received_is_found_with_its_class_and_signals(received):
    sent_ = received.month("2026-10", 4)
    path = received.put("2026-10", sent_)
    received.receive()
    path.unlink()
    received.put("2026-11", [sent_[0], *received.month("2026-11", 1)])
    received.receive("2026-11")
    found = ask(received.chain, sent_[0].bsn)
    first = found.found[0]
    many = sum(one.bsn == sent_[0].bsn for one in sent_)
    assert stages(first)["ontvangen: signaal"] == many and stages(first)["nieuw: signaal"] == many
    assert first.outcome == ["gepubliceerd"]
    assert [one.number for one in found.signals if one.period == "2026-10"] == sorted(
        one.number for one in sent_ if one.bsn == sent_[0].bsn
    )
    assert "al bekend: signaal" in stages(found.found[1])


def test_criminal_justice_data_only_for_who_may_see_them(received):
    (signal,) = received.month("2026-10", 1, kinds=("DET",))
    received.put("2026-10", [signal])
    received.receive()
    hidden, shown = ask(received.chain, signal.bsn), ask(received.chain, signal.bsn, restricted=True)
    assert hidden.traced == () and hidden.signals == ()
    assert stages(shown.found[0])["nieuw: signaal_strafrecht"] == 1 and shown.signals[0].restricted
    assert [event.details.get("strafrecht", False) for event in questions(received.chain)] == [False, True]


def test_what_was_destroyed_is_said_to_be(received):
    signals = received.month("2026-10", 2)
    received.put("2026-10", signals)
    delivery, _ = received.receive()
    row = received.chain.ledger.step_result(delivery, "read")
    going = [Going(delivery, "artefact", "read", name, artefact, "bestand", "bestand: 3 maanden")
             for name, artefact in row.artefacts.items() if name.startswith("gelezen/")]  # fmt: skip
    DestructionBook(received.chain.ledger.database).decide("0153", going)
    (one,) = ask(received.chain, signals[0].bsn).found
    assert {gone.rule for gone in one.gone} == {"bestand: 3 maanden"} and len(one.gone) == len(going)
    assert one.gone[0].day.date() == datetime.now(UTC).date()
    assert not any(place.stage == "ontvangen" for place in one.places)
    # Also to who asks about somebody else: nobody can say any more that they were not in it.
    (other,) = ask(received.chain, UNKNOWN).traced
    assert not other.found and other.gone


def test_a_delivery_that_never_began_does_not_hide_the_rest(tmp_path):
    """Of a year without schema nothing was selected; the person was asked about all the same."""
    made = wage_town(tmp_path, year=2024)
    made.pay(1)
    assert isinstance(made.deliver(made.open(1)), CatalogueError)
    found = ask(made.chain, PEOPLE[0])
    assert (found.deliveries, found.traced) == (1, ())


def test_what_is_lost_does_not_hide_the_rest(tmp_path):
    place = chain(tmp_path / "huis", write_csv(tmp_path / "bron", TABLES), kind="csv")
    first, second = place.open("2026-09"), place.open("2026-10")
    assert place.deliver(first) is None
    write_csv(place.source, {**TABLES, "persoon": TABLES["persoon"][:-1]})
    assert place.deliver(second) is None
    row = place.ledger.step_result(first, "select")
    Store(place.settings.store_url).destroy("0153", row.artefacts["bron/persoon"].sha256)
    broken, whole = ask(place, SENT).traced
    assert len(broken.unreadable) == 1 and "0153" in broken.unreadable[0]
    assert whole.found and not whole.unreadable
