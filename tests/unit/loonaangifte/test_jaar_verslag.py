"""The annual statement: claims that follow, the same numbers in JSON and HTML, the same bytes, nobody's number."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from lxml import html

from exchanges.core.bsn import passes
from exchanges.core.reports import DocumentError, dutch
from exchanges.loonaangifte.jaar_bladen import sheets
from exchanges.loonaangifte.jaar_model import YearReport
from exchanges.loonaangifte.jaar_verslag import render_html, render_json, report_hash
from tests.unit.loonaangifte.year_documents import ALL, broken, example


def report(document: dict[str, Any]) -> YearReport:
    return YearReport.from_dict(document)


def visible(page: str) -> str:
    tree = html.fromstring(page)
    for element in tree.xpath("//style | //svg | //title"):
        element.drop_tree()
    return " ".join(tree.xpath("//body//text()"))


@pytest.mark.parametrize("name", ALL)
def test_a_document_survives_json(name):
    made = report(ALL[name]())
    again = YearReport.from_dict(json.loads(render_json(made)))
    assert again == made and render_json(again) == render_json(made)


@pytest.mark.parametrize("name", ALL)
def test_the_hash_is_that_of_the_json_without_the_run(name):
    made = report(ALL[name]())
    document = json.loads(render_json(made))
    other = deepcopy(document)
    other["provenance"]["run"] = "another"
    assert report_hash(report(other)) == report_hash(made)
    del document["provenance"]["run"]
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert report_hash(made) == hashlib.sha256(text.encode()).hexdigest()
    assert render_html(made) == render_html(report(ALL[name]()))


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the numbers and claims are that something must follow from."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from places(value, (*path, name))
    elif isinstance(document, list):
        for number in {0, len(document) - 1} if document else ():
            yield from places(document[number], (*path, number))
    elif path[-1] in ("closes", "difference", "received", "rounding", "saldo", "general", "due", "asked", "differ",
                      "different", "deviating", "relations", "refused"):  # fmt: skip
        yield path


@pytest.mark.parametrize("path", sorted(places(example()), key=str), ids=lambda path: ".".join(map(str, path)))
def test_a_closed_year_with_one_number_changed_is_refused(path):
    document = example()
    place = document
    for step in path[:-1]:
        place = place[step]
    value = place[path[-1]]
    place[path[-1]] = (not value) if isinstance(value, bool) else (value or 0) + 100
    with pytest.raises(DocumentError):
        report(document)


def test_what_does_not_close_cannot_be_said_to_close():
    with pytest.raises(DocumentError):
        report(broken() | {"closes": True, "reasons": []})
    with pytest.raises(DocumentError):
        report(example() | {"closes": False, "reasons": ["zomaar"]})


@pytest.mark.parametrize("name", ALL)
def test_every_amount_of_the_json_is_on_the_page(name):
    document = ALL[name]()
    text = visible(render_html(report(document)))
    wanted = set()
    for line in document["lines"]:
        wanted |= {dutch.amount(line[side]) for side in ("received", "jaaropgaven", "payments", "computed",
                                                         "difference")}  # fmt: skip
    for month in document["collective"]["months"]:
        wanted |= {dutch.number(month[name]) for name in ("declared", "saldi", "general", "due")
                   if month[name] is not None}  # fmt: skip
        wanted |= {month["kenmerk"]}
    for correction in document["collective"]["corrections"]:
        wanted |= {dutch.number(correction[name]) for name in ("relations", "withdrawn", "saldo")}
    for one in document["collective"]["rounding"]:
        wanted |= {dutch.number(one["euros"]), dutch.amount(one["rounding"])}
    for one in (document["bank"] or {"lines": []})["lines"]:
        wanted |= {dutch.amount(one["paid"]), one["kenmerk"]}
    wanted |= {value for one in document["deviations"] for value in (one["record"],)}
    wanted |= set(document["reasons"])
    flat = re.sub(r"\s+", " ", text)
    assert [one for one in wanted if one and one not in flat] == []


@pytest.mark.parametrize("name", ALL)
def test_nobody_can_be_recognised(name):
    # Numbers in JSON are cents, and may look like anything.
    made = report(ALL[name]())
    for text in (render_html(made), *texts(json.loads(render_json(made)))):
        plain = re.sub(r"[0-9a-f]{16,}", " ", text)
        assert not [number for number in re.findall(r"(?<![0-9])[0-9]{9}(?![0-9])", plain) if passes(number)]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def test_a_number_in_a_text_is_masked():
    document = broken()
    document["reasons"][0] = "Klant 999990019 wijkt af."
    assert "999990019" not in render_html(report(document)) and "[bsn]" in render_html(report(document))


def test_a_text_cannot_break_the_page():
    document = example()
    document["statement"]["gemeente_naam"] = "</style><script>alert(1)</script>"
    page = render_html(report(document))
    assert "<script" not in page and page.count("</style>") == 1


def test_what_was_not_given_is_said():
    text = visible(render_html(report(ALL["empty"]())))
    assert "Er zijn geen rekeningafschriften geleverd" in text and "Er zijn geen antwoorden van GWS geleverd" in text
    assert "Dit jaar sluit niet" in text and "Geen aangifte geaccepteerd" in text


def test_what_may_still_be_paid_is_told_with_its_day():
    document = example()
    document["bank"]["lines"][11] |= {
        "paid": 0, "difference": None, "debits": 0, "last": "", "until": "2027-01-31", "outcome": "nog_te_betalen",
    }  # fmt: skip
    made = report(document)
    assert made.closes and "nog te betalen, uiterlijk 31 januari 2027" in render_html(made)
    (bank,) = (sheet for sheet in sheets(made, "") if sheet.title == "Bank")
    assert bank.rows[11][-1] == "nog te betalen, uiterlijk 31 januari 2027" and bank.rows[10][-1] == "betaald"
