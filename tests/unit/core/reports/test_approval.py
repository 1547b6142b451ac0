"""The report says who agreed, and refuses to say so where its own lines say otherwise."""

from __future__ import annotations

import pytest

from exchanges.core.reports import DocumentError, Report, render_html
from exchanges.core.reports.conclusion import conclude
from tests.unit.core.reports.documents import Document, awaiting, example


def changed(**changes: object) -> Document:
    document = example()
    del document["summary"]
    document["approval"] |= changes
    return document


def test_who_when_why_and_what_was_seen_is_on_the_page():
    page, act = render_html(example()), example()["approval"]["history"][-1]
    assert 'id="akkoord"' in page and 'href="#akkoord"' in page
    for text in ("B. Bakker", "1 november 2026 10:42", act["reason"], act["sha256"], act["summary"], act["shown"][0]):
        assert text in page
    assert "Antwoord telde niet" in page and "mag 10,00 % anders zijn" in page


def test_a_delivery_that_has_not_come_so_far_has_no_such_part():
    document = example()
    document["approval"] = None
    assert "akkoord-kop" not in render_html(document) and "#akkoord" not in render_html(document)


def test_where_nobody_is_asked_it_does_not_say_that_it_is_needed():
    page = render_html(changed(standing="off", text="Akkoord staat uit.", history=[]))
    assert "Waarom akkoord nodig zou zijn" in page and "Waarom akkoord nodig is" not in page
    assert "Waarom akkoord nodig is" in render_html(awaiting())


def test_what_waits_does_not_look_like_what_may_go():
    assert conclude(Report.from_dict(awaiting())).headline == "Deze levering wacht op akkoord"


@pytest.mark.parametrize("act", ["void", "refused", "asked"])
def test_given_is_only_said_where_the_last_word_is_that(act):
    history = [*example()["approval"]["history"], {**example()["approval"]["history"][-1], "what": act}]
    if act == "asked":
        Report.from_dict(changed(history=history))
        history = history[:-2]
    with pytest.raises(DocumentError, match="standing"):
        Report.from_dict(changed(history=history))


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"summary": "0" * 64}, {"standing": "refused"}])
def test_given_is_about_this_file_and_this_summary(changes):
    with pytest.raises(DocumentError, match="standing"):
        Report.from_dict(changed(**changes))


def test_who_started_it_did_not_agree_to_it():
    history = [{**act, "actor": "A.Jansen"} if act["what"] == "given" else act
               for act in example()["approval"]["history"]]  # fmt: skip
    with pytest.raises(DocumentError, match="who started"):
        Report.from_dict(changed(history=history))


def test_not_needed_is_not_said_beside_a_reason():
    with pytest.raises(DocumentError, match="reasons"):
        Report.from_dict(changed(standing="not_required"))
