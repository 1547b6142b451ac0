"""The report document: what it accepts, what it refuses, and that it never claims more than its numbers show."""

from __future__ import annotations

import json

import pytest

from exchanges.core.reports import DocumentError, Report
from exchanges.core.reports.privacy import clean
from tests.unit.core.reports.documents import ALL, example, money

# From the ranges kept for tests; the last digit makes the elfproef come out.
TEST_BSN = "999990019"


@pytest.mark.parametrize("name", ALL)
def test_round_trip(name: str) -> None:
    report = Report.from_dict(ALL[name]())
    document = report.to_dict()
    assert Report.from_dict(json.loads(json.dumps(document))) == report
    assert Report.from_dict(document).to_dict() == document


def test_the_example_is_written_as_the_model_writes_it() -> None:
    assert Report.from_dict(example()).to_dict() == example()


@pytest.mark.parametrize(("path", "value", "message"), [
    (("schema",), 2, "schema is not 1"),
    (("delivery", "sequence"), 1.0, r"delivery\.sequence: expected int, not float"),
    (("delivery", "sequence"), True, r"delivery\.sequence: expected int, not bool"),
    (("delivery", "title"), None, r"delivery\.title: expected str"),
    (("delivery", "state"), "lost", r"delivery\.state: expected one of"),
    (("delivery", "bsn"), "x", "delivery: unknown bsn"),
    (("findings", 2, "count"), "3", r"findings\[2\]\.count: expected int"),
    (("findings", 2, "severity"), "fatal", r"findings\[2\]\.severity"),
    (("findings",), {}, "findings: expected a list"),
    (("proof",), [], "proof: expected an object"),
    (("waterfall", 0, "kind"), "minus", "does not start with a total"),
    (("waterfall", 1, "value"), -1, r"waterfall\[1\]: value is negative"),
    (("summary", "findings"), 74, "summary does not follow"),
])
def test_refused(path, value, message) -> None:
    document = example()
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(DocumentError, match=message):
        Report.from_dict(document)


def test_a_missing_part_is_named() -> None:
    document = example()
    del document["provenance"]["code"]
    with pytest.raises(DocumentError, match=r"report\.provenance: code is missing"):
        Report.from_dict(document)


@pytest.mark.parametrize(("path", "value"), [
    (("steps", 1, "measures", 0, "out"), 1451),
    (("steps", 1, "measures", 0, "closed"), False),
    (("totals", 6, "file"), 31286474),
    (("totals", 6, "file"), None),
    (("proof", "missing"), 1),
    (("proof", "extra"), 1),
    (("proof", "changed"), 1),
    (("proof", "sha256_remote"), "0" * 64),
    (("proof", "fields", 2, "changed"), 1),
    (("proof", "unlike_source", 0, "rows"), 1),
])
def test_a_claim_its_numbers_do_not_bear_out(path, value) -> None:
    document = example()
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(DocumentError, match="does not follow"):
        Report.from_dict(document)


@pytest.mark.parametrize(("path", "changes"), [
    (("steps", 1, "measures", 0), {"out": 1451, "closed": False}),
    (("totals", 6), {"file": 1, "equal": False}),
    (("proof",), {"missing": 1, "equal": False}),
    (("waterfall", 9), {"value": 1447}),
])
def test_a_verdict_that_does_not_follow(path, changes) -> None:
    document = example()
    del document["summary"]
    place = document
    for name in path:
        place = place[name]
    place |= changes
    with pytest.raises(DocumentError, match=r"verdict\.closed does not follow from (steps|totals|proof|waterfall)"):
        Report.from_dict(document)
    document["verdict"]["closed"] = False
    Report.from_dict(document)


@pytest.mark.parametrize(("place", "changes"), [
    (0, {"value": 1}), (1, {"value": 1}), (3, {"value": 1}), (5, {"value": 1}), (7, {"value": 1}), (8, {"gap": 1}),
])  # fmt: skip
def test_a_money_ladder_whose_lines_do_not_follow(place, changes) -> None:
    document = money()
    document["money"][place] |= changes
    with pytest.raises(DocumentError, match="money does not follow"):
        Report.from_dict(document)


def test_a_money_ladder_with_a_gap_does_not_close() -> None:
    document = money()
    document["money"][-1] |= {"value": 14614847, "gap": 100}
    with pytest.raises(DocumentError, match=r"verdict\.closed does not follow from money"):
        Report.from_dict(document)
    document["verdict"]["closed"] = False
    assert Report.from_dict(document).open_ends == ("money",)


def test_examples_are_capped() -> None:
    document = example()
    document["findings"][0]["examples"] *= 4
    assert len(Report.from_dict(document).findings[0].examples) == 5


def test_a_bsn_in_any_text_is_left_out() -> None:
    document = example()
    document["findings"][0]["text"] = f"Persoon {TEST_BSN} heeft geen loonwaarde."
    document["provenance"]["inputs"][0]["origin"] = f"map/{TEST_BSN}.csv"
    report = Report.from_dict(document)
    assert report.findings[0].text == "Persoon [bsn] heeft geen loonwaarde."
    assert TEST_BSN not in json.dumps(report.to_dict())


@pytest.mark.parametrize("text", ["123456789", "000000000", TEST_BSN + "0", "p:" + TEST_BSN * 2,
                                  f"p:a{TEST_BSN}bc0123456789"[:22], f"0a{TEST_BSN}b", f"{TEST_BSN}abc" * 5])
def test_hashes_and_other_numbers_stay(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", [TEST_BSN, f"levering_{TEST_BSN}.xml", f"bsn{TEST_BSN}", f"({TEST_BSN})"])
def test_what_looks_like_a_bsn_goes(text: str) -> None:
    assert clean(text) == text.replace(TEST_BSN, "[bsn]")


def test_the_message_never_repeats_a_value() -> None:
    document = example()
    document["delivery"]["sequence"] = TEST_BSN
    with pytest.raises(DocumentError) as error:
        Report.from_dict(document)
    assert TEST_BSN not in str(error.value)
