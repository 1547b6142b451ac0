"""What is told of a delivery that the partner accepted, after it was taken back, added to or replaced: by ``where``,
``why``, the report and the bundle."""

from __future__ import annotations

from datetime import datetime

from exchanges.core import correct
from exchanges.core.bundle.account import account
from exchanges.core.bundle.contents import contents
from exchanges.core.purpose.registry import HOME_TIME
from exchanges.core.reports.dutch import day
from exchanges.core.store.opening import open_store
from exchanges.core.where.delivery import Traced
from exchanges.core.where.find import where
from exchanges.core.why import why
from tests.chain import GEMEENTE, Chain
from tests.rows import write_csv
from tests.unit.core.supersede.test_chain import BSNS, corrected, facts, first, people, town

__all__ = ["town"]


def asked(town: Chain, name: str) -> list[Traced]:
    return where(GEMEENTE, BSNS[name], actor="anna", reason="proef", settings=town.settings).found


def concluded(town: Chain, id: str, name: str) -> str:
    return str(why(id, BSNS[name], town.settings)["conclusion"])


def here(moment: datetime | None) -> str:
    assert moment is not None
    return day(moment.astimezone(HOME_TIME).date())


def taken(town: Chain, id: str) -> str:
    """When the partner took it, as it is written."""
    receipt = town.ledger.receipt(id)
    return here(receipt and receipt.received)


def test_what_was_taken_back_is_not_told_as_accepted(town: Chain) -> None:
    id = first(town)
    correct.withdraw(id, actor="kees", reason="verkeerde maand", settings=town.settings)
    (proposed,) = asked(town, "P1")
    assert (proposed.stand, proposed.since) == ("geaccepteerd", []), "without effect until somebody else confirms"
    assert concluded(town, id, "P1").endswith("De partner heeft de persoon geaccepteerd.")

    row = correct.confirm(id, actor="ria", settings=town.settings)
    text = f"ingetrokken op {here(row.confirmed)}, bevestigd door ria; er geldt niets meer van"
    (one,) = asked(town, "P1")
    assert one.stand == "ingetrokken" and [(it.what, it.by, it.text) for it in one.since] == [("ingetrokken", id, text)]
    assert concluded(town, id, "P1").endswith(f"geaccepteerd. Daarna is dat {text}.")
    report = town.report(id)
    assert report["delivery"]["state_text"] == "ingetrokken"
    assert report["verdict"]["text"].endswith(f" Daarna is de levering {text}.")
    assert report["receipt"]["status"] == "geaccepteerd", "what the partner said stays what it said"
    bundled = account(town.ledger, open_store(town.settings), town.delivery(id))
    (listed,) = [it for it in contents(town.ledger, [bundled]) if it.path == "bestanden.csv"]
    assert b";ingetrokken;verzonden;" in listed.data and b";geaccepteerd;" not in listed.data


def test_who_was_refused_hears_in_which_addition_it_was_repaired_and_nobody_else_does(town: Chain) -> None:
    id = first(town, "reject-count=1")
    write_csv(town.source, people(P1={"achternaam": "Bergsma"}))
    added = corrected(town, correct.add, id)
    one, two = asked(town, "P1")
    assert [it.text for it in one.since] == [f"hersteld in aanvulling {added} op {taken(town, added)}"]
    assert (one.stand, two.stand, two.since) == ("deels geaccepteerd", "geaccepteerd", [])
    assert f"Daarna is dat hersteld in aanvulling {added}" in concluded(town, id, "P1")
    assert all(it.since == [] for it in asked(town, "P2")) and "Daarna" not in concluded(town, id, "P2")
    correct.withdraw(added, actor="kees", reason="toch niet", settings=town.settings)
    correct.confirm(added, actor="ria", settings=town.settings)
    assert asked(town, "P1")[0].since[0].text.endswith("; die is later ingetrokken")


def test_what_was_replaced_says_by_what_and_who_fell_out_of_it(town: Chain) -> None:
    id = first(town)
    write_csv(town.source, people("P1", "P2"))
    replaced = corrected(town, correct.replace, id)
    when = taken(town, replaced)
    one, two = asked(town, "P1")
    assert [it.text for it in one.since] == [f"vervangen door levering {replaced} op {when}"]
    assert (one.stand, two.stand, two.since) == ("vervangen", "geaccepteerd", [])
    assert f"Daarna is dat vervangen door levering {replaced} op {when}." in concluded(town, id, "P1")
    (gone,) = asked(town, "P3")
    assert [it.text for it in gone.since] == [
        f"vervallen: levering {replaced} kwam ervoor in de plaats op {when}, zonder deze persoon"
    ]
    assert town.report(id)["delivery"]["state_text"] == "vervangen" and "Vervangen" in facts(town, id)
