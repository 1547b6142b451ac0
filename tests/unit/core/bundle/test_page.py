"""What the index of a bundle says of all deliveries together is what the report of each says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from exchanges.core.bundle.account import Account, FileRow
from exchanges.core.bundle.contents import Entry
from exchanges.core.bundle.make import manifest
from exchanges.core.bundle.page import INDEX, index
from exchanges.core.ledger import Delivery, DeliveryState, state_label
from exchanges.core.period import Period
from exchanges.core.reports import Report
from tests.unit.core.reports.documents import ALL, Document

OCTOBER = Period(2026, 10)


def nothing() -> Document:
    """There was nobody to send: that was counted, and nothing has been compared."""
    document = ALL["blocked"]()
    document["delivery"]["state"] = "nothing"
    document["verdict"]["closed"] = False
    return document


def account(document: Document, number: int = 1) -> Account:
    report = Report.from_dict(document)
    said = report.delivery
    id = f"{said.exchange}/{said.gemeente}/{OCTOBER}/{number:04d}"
    delivery = Delivery(id, said.exchange, said.gemeente, OCTOBER, number, said.method, DeliveryState(said.state))
    return Account(delivery, state_label(delivery.state), report, "ab" * 32, (), True, None, ())


def told(*documents: Document) -> tuple[str, str, list[Any]]:
    """(headline, tone, the deliveries in the manifest)."""
    accounts = [account(one, number) for number, one in enumerate(documents, start=1)]
    page = html.fromstring(index("0153", "Enschede", OCTOBER, accounts, [], "Ketensluis 1"))
    box = page.get_element_by_id("conclusie")
    headline = " ".join(box.find(".//h2").text_content().split()).removeprefix("Conclusie: ")
    return headline, box.get("class"), json.loads(manifest("0153", "Enschede", OCTOBER, accounts, []))["leveringen"]


def test_nothing_to_send_is_no_delivery_that_does_not_close() -> None:
    headline, tone, listed = told(ALL["accepted"](), nothing())
    assert (headline, tone) == ("Alle leveringen sluiten", "conclusie goed")
    assert [one["sluit"] for one in listed] == [True, True]


@pytest.mark.parametrize(("closing", "said"), [(1, "1 van de 3 leveringen sluit"), (2, "2 van de 3 leveringen sluiten"),
                                               (0, "0 van de 3 leveringen sluiten")])  # fmt: skip
def test_how_many_close(closing: int, said: str) -> None:
    made = [ALL["accepted"]()] * closing + [ALL["broken"]()] * (3 - closing)
    headline, tone, listed = told(*made)
    assert (headline, tone) == (said, "conclusie fout")
    assert [one["sluit"] for one in listed] == [True] * closing + [False] * (3 - closing)


def test_one_delivery_is_one() -> None:
    assert told(ALL["accepted"]())[0] == "De levering sluit"
    assert told(ALL["broken"]())[0] == "De levering sluit niet"


def test_a_file_is_told_with_its_delivery_and_all_of_them_are_counted() -> None:
    """An answer is called the same in every delivery; the index counts what the manifest does."""
    made = [account(ALL["accepted"](), number) for number in (1, 2)]
    made = [replace(one, files=(FileRow("antwoord", "verslag", "cd" * 32, 5, 1),)) for one in made]
    entries = [Entry("bestanden.csv", b"x", "alles")]
    page = html.fromstring(index("0153", "Enschede", OCTOBER, made, entries, "Ketensluis 1"))
    rows = page.xpath("//table[@id='bestanden-tabel']/tbody/tr/th")
    assert [row.text_content().split() for row in rows] == [["verslag", one.delivery.id] for one in made]
    with_index = [*entries, *(Entry(name, b"", "") for name in INDEX)]
    listed = json.loads(manifest("0153", "Enschede", OCTOBER, made, with_index))["bestanden"]
    assert len(listed) == 3 and "3 bestanden" in page.xpath("string(//p[@class='onder'])")
    told = page.xpath("string(//section[@id='inhoud-bundel'])")
    assert all(name in told for name in (*INDEX, "manifest.json"))
