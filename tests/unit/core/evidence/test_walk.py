"""Any one change to any chain is found, and the first place that is wrong is named."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.evidence.reading import of_file
from exchanges.core.evidence.walk import walk
from tests.unit.core.evidence.chains import Event, chain, hashed, line, relinked, walked, written
from tests.unit.core.evidence.independent import problem

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
values = st.recursive(st.none() | st.booleans() | st.integers(-(2**70), 2**70) | texts,
                      lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
                      max_leaves=4)  # fmt: skip
contents = st.fixed_dictionaries({
    "actor": texts, "action": texts, "object": texts, "result": texts, "origin": texts,
    "delivery": st.none() | texts, "details": st.dictionaries(texts, values, max_size=3),
    "booked": st.none() | st.dictionaries(texts, values, max_size=2),
})  # fmt: skip
chains = st.lists(contents, min_size=3, max_size=8).map(chain)
FIELDS = ("actor", "action", "object", "result", "origin", "delivery", "details", "booked", "moment", "place",
          "previous", "hash")  # fmt: skip


@pytest.fixture(scope="module")
def folder() -> Any:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def other(event: Event, field: str) -> Any:
    value = event[field]
    if isinstance(value, dict):
        return {**value, "erbij": 1}
    if isinstance(value, int):
        return value + 7
    if field in ("hash", "previous"):
        return ("b" if value[0] == "a" else "a") + value[1:]
    return f"{value or ''}x"


@settings(max_examples=100)
@given(chains)
def test_what_is_written_holds_here_and_with_another_verifier(folder: Path, events: list[Event]) -> None:
    found = walked(folder, events)
    assert (found.breach, found.count, found.hash) == (None, len(events), events[-1]["hash"])
    assert problem(folder / "keten.jsonl") is None


@given(chains, st.data())
def test_a_field_that_is_changed(folder: Path, events: list[Event], data: st.DataObject) -> None:
    at, field = data.draw(st.integers(0, len(events) - 1)), data.draw(st.sampled_from(FIELDS))
    events[at] = {**events[at], field: other(events[at], field)}
    breach = walked(folder, events).breach
    assert breach is not None and (breach.place, breach.kind) == (at + 1, "veranderd")
    assert problem(folder / "keten.jsonl") is not None


@given(chains, st.data())
def test_an_event_that_is_taken_away(folder: Path, events: list[Event], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(events) - 2))
    del events[at]
    breach = walked(folder, events).breach
    assert breach is not None and (breach.place, breach.kind) == (at + 1, "ontbreekt")


@given(chains, st.data())
def test_an_event_that_is_put_in(folder: Path, events: list[Event], data: st.DataObject) -> None:
    """Made to fit, or one that was somewhere else already."""
    at = data.draw(st.integers(0, len(events) - 1))
    if data.draw(st.booleans()):
        made = hashed(events[at], result="ingevoegd")
        place = at + 1
    else:
        made = data.draw(st.sampled_from(events))
        place = at if made["place"] == at else at + 1
    events.insert(at, made)
    breach = walked(folder, events).breach
    assert breach is not None and (breach.place, breach.kind) == (place, "tussengevoegd")


@given(chains, st.data())
def test_two_events_that_are_exchanged(folder: Path, events: list[Event], data: st.DataObject) -> None:
    """As lines, or each with the place of the other, as in a table."""
    first, second = sorted(data.draw(st.lists(st.integers(0, len(events) - 1), min_size=2, max_size=2, unique=True)))
    one, two = events[first], events[second]
    if data.draw(st.booleans()):
        one, two = {**one, "place": two["place"]}, {**two, "place": one["place"]}
    events[first], events[second] = two, one
    breach = walked(folder, events).breach
    assert breach is not None and (breach.place, breach.kind) == (first + 1, "verwisseld")


@given(chains, st.data())
def test_an_event_that_is_replaced_with_one_that_is_whole(folder: Path, events: list[Event],
                                                          data: st.DataObject) -> None:  # fmt: skip
    at = data.draw(st.integers(0, len(events) - 3))
    events[at] = hashed(events[at], result="vervangen")
    breach = walked(folder, events).breach
    assert breach is not None and (breach.place, breach.kind) == (at + 1, "veranderd")


@given(chains, st.data())
def test_a_chain_that_is_cut_is_found_by_its_anchor(folder: Path, events: list[Event], data: st.DataObject) -> None:
    anchored, left = events[data.draw(st.integers(1, len(events) - 1))], data.draw(st.integers(0, len(events) - 1))
    breach = walked(folder, events[:left], anchored).breach
    if left >= anchored["place"]:
        assert breach is None
    else:
        assert breach is not None and (breach.place, breach.kind) == (left + 1, "afgekapt")


@given(chains, st.data())
def test_a_chain_that_is_written_anew_is_found_by_its_anchors(folder: Path, events: list[Event],
                                                              data: st.DataObject) -> None:  # fmt: skip
    at = data.draw(st.integers(1, len(events)))
    anew = relinked([*events[:at - 1], {**events[at - 1], "result": "anders, en alles daarna past"}, *events[at:]], at)
    assert walked(folder, anew).breach is None
    for anchors in (events, [events[-1]]):
        breach = walked(folder, anew, *anchors).breach
        first = at if anchors is events else 1
        assert breach is not None and (breach.kind, breach.place) == ("herschreven", first)
        assert breach.until == (at if anchors is events else len(events))


@given(chains, st.data())
def test_a_line_that_reads_the_same_and_is_not_what_was_exported(folder: Path, events: list[Event],
                                                                 data: st.DataObject) -> None:  # fmt: skip
    at = data.draw(st.integers(0, len(events) - 1))
    lines = [line(event) for event in events]
    said = lines[at]
    lines[at] = data.draw(st.sampled_from([
        said.replace(",", ", ", 1), said.replace('{"action":', '{"action":"iets anders","action":', 1), "[]\n", "\n",
        said[:-2] + "\n", "{}\n", "null\n", "[" * 5000 + "\n", said.replace('"place":', '"place":1e', 1),
        said.replace('"hash":', '"hash":[],"x":', 1),
    ]))  # fmt: skip
    breach = walk(of_file(written(folder, lines), lambda text: None)).breach
    assert breach is not None and (breach.place, breach.kind) == (at + 1, "veranderd")


@pytest.mark.parametrize("details", [{}, {"nummer": [1], "sha256": "a"}, {"nummer": "1", "sha256": "a"}])
def test_an_anchor_that_is_none_is_told_and_stops_nothing(folder: Path, details: Event) -> None:
    """Who computes the chain anew can write what the program never does."""
    events = chain([{}, {"action": "anker gezet", "details": details}])
    found = walked(folder, events)
    assert found.breach is not None and (found.breach.place, found.count, found.told) == (2, 1, {})


def test_what_is_said(folder: Path) -> None:
    """One sentence, with the place, the delivery and the action; and no number of a person, whatever was written."""
    events = chain([{"delivery": "proef/0153/2026-10/0001", "action": "stap afgerond"} for _ in range(3)])
    events[1]["action"] = "stap van 999990019"
    found = walked(folder, events).breach
    assert found is not None and found.sentence == (
        "Plaats 2 van de keten (levering proef/0153/2026-10/0001, stap van [bsn]): deze gebeurtenis is veranderd nadat "
        "zij is geschreven."
    )
    del events[1]
    missing = walked(folder, events).breach
    assert missing is not None and missing.sentence == (
        "Plaats 2 van de keten: deze gebeurtenis ontbreekt; daarna komt plaats 3 (levering proef/0153/2026-10/0001, "
        "stap afgerond)."
    )
