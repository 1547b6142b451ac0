"""What was sent has its term as well: the source it was made of, the file, the answer; the report stays, and what the
next delivery is compared with."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from exchanges.core.ledger import GONE, DeliveryState
from exchanges.core.retention.destroy import destroy
from exchanges.core.retention.sent import sent_class
from exchanges.core.retention.terms import HOME_TIME, months_after
from exchanges.core.store.opening import open_store
from tests.chain import Chain, chain
from tests.rows import write_csv
from tests.unit.core.test_why import SENT as PERSON
from tests.unit.core.test_why import TABLES

TODAY = datetime.now(HOME_TIME).date()


@pytest.fixture
def place(tmp_path) -> Chain:
    return chain(tmp_path / "huis", write_csv(tmp_path / "bron", TABLES), kind="csv")


def after(months: int, days: int = 1) -> date:
    return months_after(TODAY, months) + timedelta(days=days)


def roles(place: Chain, delivery: str) -> set[str]:
    """What the books have of it; each of these must be in the store."""
    store, found = open_store(place.settings), set()
    for row in place.ledger.steps(delivery):
        for name, artefact in row.artefacts.items():
            assert store.exists("0153", artefact.sha256), f"{row.step}/{name}"
            found.add(f"{row.step}/{name}")
    return found


def two_months(place: Chain) -> list[str]:
    deliveries = []
    for number, period in enumerate(("2026-09", "2026-10")):
        # Another name, so that the months share no bytes.
        changed = {**TABLES["persoon"][0], "achternaam": f"Jansen{'en' * number}"}
        write_csv(place.source, {**TABLES, "persoon": [changed, *TABLES["persoon"][1:]]})
        deliveries.append(place.open(period))
        assert place.finish(deliveries[-1]) is None
    return deliveries


def test_at_its_term_everything_of_it_goes_but_the_report(place):
    old, new = two_months(place)
    before, answer = roles(place, new), place.ledger.receipt(old)
    kept = roles(place, old)
    assert destroy("0153", after(84, -1), place.settings, dry_run=True).files == 2  # the processing logs, not more
    done = destroy("0153", after(84), place.settings)
    assert roles(place, old) == {role for role in kept if role.startswith("report/")} and done.files > 5
    # The newest is what the next one is compared with; of its log the term is its own.
    assert roles(place, new) == before - {"reconcile/verwerking/personen"}
    assert not open_store(place.settings).exists("0153", answer.artefact.sha256)
    assert place.ledger.receipt(old) is not None  # what it said stays in the books
    assert done.report is not None and "verzonden: 84 maanden" in done.report.read_text(encoding="utf-8")


def test_who_was_processed_is_known_for_three_years(place):
    (delivery,) = two_months(place)[1:]
    assert destroy("0153", after(36, 0), place.settings, dry_run=True).files == 0
    destroy("0153", after(36), place.settings)
    assert "reconcile/verwerking/personen" not in roles(place, delivery)


def test_what_never_left_is_kept_no_longer_than_what_was_refused(place):
    delivery = place.open()
    assert place.deliver(delivery, until="check") is None
    assert destroy("0153", after(6, 0), place.settings, dry_run=True).files == 0
    destroy("0153", after(6), place.settings)
    assert {role for role in roles(place, delivery) if not role.startswith("report/")} == set()
    # It can still be made.
    assert place.deliver(delivery) is None


def test_what_waits_for_its_answer_stays(place):
    delivery = place.open()
    assert place.deliver(delivery) is None
    kept = roles(place, delivery)
    destroy("0153", after(240), place.settings)
    assert roles(place, delivery) == kept - {"reconcile/verwerking/personen"}


def test_of_every_state_something_is_said():
    for state in DeliveryState:
        wanted = None if state is DeliveryState.delivered else "verzonden" if state in GONE else "geweigerd"
        assert sent_class(state, "select", "bron/persoon") == wanted
        assert sent_class(state, "report", "verslag/json") is None
        assert sent_class(state, "reconcile", "verwerking/personen") == "verwerkingslog"


def test_nobody_of_a_delivery_that_went_is_in_the_store(place):
    """In clear or sealed: no file that was made of the person is left."""
    old, _ = two_months(place)
    before = {row.step: row.artefacts for row in place.ledger.steps(old)}
    destroy("0153", after(84), place.settings)
    store = open_store(place.settings)
    gone = [artefact for step in ("select", "build", "check", "deliver") for artefact in before.get(step, {}).values()]
    shared = {artefact.sha256 for row in place.ledger.steps("dkd_reintegratie/0153/2026-10/0001")
              for artefact in row.artefacts.values()}  # fmt: skip
    assert len(gone) > 5 and all(store.exists("0153", one.sha256) == (one.sha256 in shared) for one in gone)
    assert PERSON not in "".join(path.name for path in place.home.rglob("*"))
