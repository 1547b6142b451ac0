"""The proof by record: equal when equal, and no single thing dropped, doubled, changed or moved goes unseen."""

from __future__ import annotations

import copy
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exchanges.core import proof
from exchanges.core.mapping.table import load_mapping
from exchanges.core.proof import Comparison, columns_of, compare
from tests.unit.core.nested import COLUMNS, RECORDS, Record, write

MAPPING = load_mapping("DKDVerzamelbestand", "v0001")
LENGTH = {"voornamen": 200, "voorvoegsel": 10, "achternaam": 200, "omschrijving": 100}


def as_sent(value: object) -> object:
    """What of a value goes into a message: text without what XML cannot hold, cut."""
    if isinstance(value, list):
        return [as_sent(item) for item in value]
    if isinstance(value, dict):
        return {
            key: re.sub("[\x00-\x08]", "", item)[: LENGTH[key]] if key in LENGTH and item is not None else as_sent(item)
            for key, item in value.items()
        }
    return value


def prove(selected: list[Record], rejected: list[int], sent: list[Record]) -> Comparison:
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = (write(records, Path(folder) / name) for name, records in (("a", selected), ("b", sent)))
        return compare(MAPPING, ours, np.array(sorted(rejected), np.int64), theirs)


@st.composite
def deliveries(draw) -> tuple[list[Record], list[int], list[Record]]:
    """What was selected, the numbers of what was rejected, and what was sent."""
    selected = draw(RECORDS)
    rejected = draw(st.lists(st.integers(0, len(selected) - 1), unique=True))
    kept = [record for number, record in enumerate(selected) if number not in rejected]
    return selected, rejected, as_sent(copy.deepcopy(kept))


@given(deliveries())
def test_what_was_sent_as_selected_is_equal(delivery):
    selected, rejected, sent = delivery
    found = prove(selected, rejected, sent)
    assert found == Comparison(records=len(sent))
    assert found.equal


def lists_in(records: list[Record]) -> list[tuple[str, list[Record]]]:
    """Every list of rows there is: the records, and what hangs under each."""
    found = [("client", records)]
    for record in records:
        found.append(("atl_relatie", record["atl_relatie"]))
        found += [("voorziening", relation["voorziening"]) for relation in record["atl_relatie"]]
    return found


@settings(max_examples=150)
@given(deliveries(), st.data())
def test_nothing_dropped_doubled_changed_moved_or_swapped_goes_unseen(delivery, data):
    selected, rejected, sent = delivery
    tampered = copy.deepcopy(sent)
    table, rows = data.draw(st.sampled_from(lists_in(tampered)))
    assume(rows)
    at = data.draw(st.integers(0, len(rows) - 1))
    what = data.draw(st.sampled_from(["drop", "double", "change", "move", "swap"]))
    if what == "drop":
        del rows[at]
    elif what == "double":
        rows.insert(at, copy.deepcopy(rows[at]))
    elif what == "change":
        column = data.draw(st.sampled_from(sorted(COLUMNS[table])))
        rows[at][column] = data.draw(
            st.sampled_from([None, True, False, 20250601, 20260000, "1", "Anders", "999990099"]).filter(
                lambda value: (
                    isinstance(
                        value, (type(None), {"int32": int, "bool": bool, "string": str}[str(COLUMNS[table][column])])
                    )
                    and not (isinstance(value, bool) and str(COLUMNS[table][column]) == "int32")
                )
            )
        )
    elif what == "move":
        other = data.draw(st.sampled_from([own for name, own in lists_in(tampered) if name == table]))
        row = rows.pop(at)
        other.insert(data.draw(st.integers(0, len(other))), row)
    else:
        to = data.draw(st.integers(0, len(rows) - 1))
        rows[at], rows[to] = rows[to], rows[at]
    assert prove(selected, rejected, tampered).equal == (tampered == sent)


def record(number: int, *provisions: dict[str, object]) -> Record:
    plain = {name: None for columns in COLUMNS.values() for name in columns}
    return {**plain, "bsn": f"{999990000 + number:09d}", "atl_relatie": [
        {**plain, "doel": "1", "voorziening": [{**plain, "type": "10", **row} for row in provisions]}]}  # fmt: skip


@pytest.fixture
def three() -> list[Record]:
    return [record(number, {"loonwaarde": 5000}, {"loonwaarde": 6000}) for number in range(3)]


def test_a_missing_and_an_extra_record_are_counted(three):
    assert prove(three, [], three[:1] + three[2:]) == Comparison(3, missing=1)
    assert prove(three, [], [*three, three[1]]) == Comparison(3, extra=1)
    assert prove(three, [1], three) == Comparison(2, extra=1)
    assert prove(three, [], [three[0], three[1], record(7)]) == Comparison(3, missing=1, extra=1)


def test_the_same_keys_in_another_order_are_changed(three):
    assert prove(three, [], [three[1], three[0], three[2]]) == Comparison(3, changed=2)


def test_a_changed_value_is_named_with_its_field(three):
    sent = copy.deepcopy(three)
    sent[1]["atl_relatie"][0]["voorziening"][1]["loonwaarde"] = 6001
    sent[1]["atl_relatie"][0]["voorziening"][0]["type"] = None
    sent[2]["atl_relatie"][0]["voorziening"][0]["type"] = "11"
    found = prove(three, [], sent)
    assert found == Comparison(3, changed=2, fields={("voorziening", "type"): 2, ("voorziening", "loonwaarde"): 1})


def test_a_lost_child_changes_its_record_and_hides_nothing_behind_it(three):
    sent = copy.deepcopy(three)
    del sent[0]["atl_relatie"][0]["voorziening"][0]
    sent[2]["atl_relatie"][0]["voorziening"][0]["loonwaarde"] = 1
    found = prove(three, [], sent)
    assert found == Comparison(
        3, changed=2, fields={("voorziening", "aantal rijen"): 1, ("voorziening", "loonwaarde"): 1}
    )


def test_one_lost_here_and_one_doubled_there_are_both_seen(three):
    sent = copy.deepcopy(three)
    provisions = [record["atl_relatie"][0]["voorziening"] for record in sent]
    provisions[2].append(provisions[0].pop())
    assert prove(three, [], sent).fields == {("voorziening", "aantal rijen"): 2}


def test_a_child_under_another_parent_of_the_same_record_is_seen(three):
    three[1]["atl_relatie"].append(copy.deepcopy(three[1]["atl_relatie"][0]))
    sent = copy.deepcopy(three)
    moved = sent[1]["atl_relatie"][0]["voorziening"].pop()
    sent[1]["atl_relatie"][1]["voorziening"].insert(0, moved)
    assert prove(three, [], sent).fields[("voorziening", "plaats in het bericht")] == 1


def test_it_reads_in_parts_and_finds_what_lies_on_the_border(monkeypatch, three):
    monkeypatch.setattr(proof, "BATCH", 2)
    many = [
        record(number, *[{"loonwaarde": 100 * number + place} for place in range(number % 4)]) for number in range(40)
    ]
    assert prove(many, [0, 7, 8, 39], [r for n, r in enumerate(many) if n not in (0, 7, 8, 39)]).equal
    sent = copy.deepcopy(many)
    sent[31]["atl_relatie"][0]["voorziening"][2]["loonwaarde"] = 9
    assert prove(many, [], sent) == Comparison(40, changed=1, fields={("voorziening", "loonwaarde"): 1})


def test_the_columns_that_are_compared_are_those_of_the_message():
    assert columns_of(MAPPING) == {name: list(columns) for name, columns in COLUMNS.items()}
