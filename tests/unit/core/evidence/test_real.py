"""What real deliveries leave in the books holds: sent and answered, received and destroyed, with signals that people
handled. No false alarm, and what was altered in it afterwards is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyrage import x25519

from exchanges.core.evidence.tables import table_breaches
from exchanges.core.handling.steps import Handling, Outcome, State
from exchanges.core.ledger.signals import SignalBook
from exchanges.core.retention.destroy import destroy
from exchanges.core.retention.terms import HOME_TIME, months_after
from exchanges.core.steps.deliver import DONE
from exchanges.core.steps.measured import INTENT
from tests.chain import chain
from tests.rows import write_csv
from tests.signals import town
from tests.unit.core.ledger.filled import altered, verified

PEOPLE = ("999990007", "999990019", "999990020")


def test_what_was_sent_and_answered(tmp_path: Path) -> None:
    rows = {
        "persoon": [{"persoon_id": f"P{at}", "bsn": bsn} for at, bsn in enumerate(PEOPLE)],
        "traject": [{"traject_id": f"T{at}", "persoon_id": f"P{at}", "doel": "1", "datum_begin": "2025-01-01"}
                    for at in range(len(PEOPLE))],
    }  # fmt: skip
    sent = chain(tmp_path / "huis", write_csv(tmp_path / "bron", rows), kind="csv")
    delivery = sent.open()
    assert sent.deliver(delivery) is None and sent.finish(delivery) is None
    sent.step(delivery, "receipt", "report")  # pressed again
    verdict = verified(sent.ledger)
    assert verdict.breaches == () and verdict.deliveries == 1
    actions = [event.action for event in sent.ledger.events(delivery)]
    assert {"levering geopend", "stap afgerond", INTENT, DONE, "verwerkingsverslag ontvangen",
            "status gewijzigd"} <= set(actions)  # fmt: skip
    ended = [event.object for event in sent.ledger.events(delivery) if event.action == "stap afgerond"]
    assert {"select", "map", "build", "check", "reconcile", "deliver", "receipt", "report"} <= set(ended)
    with altered(sent.ledger, "UPDATE artefact SET sha256 = 'ab' WHERE name = 'bericht' AND step = 'build'") as changed:
        [breach] = table_breaches(changed)
    assert f"levering {delivery}, stap build: de lijst van bestanden is veranderd" in breach.sentence.lower()


def test_what_was_received_handled_and_destroyed(tmp_path: Path) -> None:
    keys = [x25519.Identity.generate().to_public() for _ in range(2)]
    place = town(tmp_path / "huis", PEOPLE, f'sleutel = "{keys[0]}"\nsleutel_beperkt = "{keys[1]}"')
    sent = place.month("2026-10", 6)
    place.put("2026-10", sent)
    _, stopped = place.receive()
    assert stopped is None
    ledger = place.chain.ledger
    handling = Handling(SignalBook(ledger.database), "ib_samenloop", "0153")
    for to in (State.toegewezen, State.in_onderzoek):
        handling.move(sent[0].number, to, actor="kees", moment=datetime.now(UTC))
    handling.move(sent[0].number, State.afgehandeld, actor="kees", moment=datetime.now(UTC),
                  outcome=Outcome.geen_gevolg, decision="B-1")  # fmt: skip
    assert verified(ledger).breaches == ()
    for months in (4, 200):
        done = destroy("0153", months_after(datetime.now(HOME_TIME).date(), months) + timedelta(days=1),
                       place.chain.settings)  # fmt: skip
        assert done.files
        assert verified(ledger).breaches == ()
    kinds = {event.action for event in ledger.events(None)}
    assert {"signalen ingeschreven", "signaal behandeld", "vernietiging besloten", "vernietiging verantwoord"} <= kinds
