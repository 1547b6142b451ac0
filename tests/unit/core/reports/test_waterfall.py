"""The waterfall: adds up or says so, and every bar stands within the drawing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.reports import Report
from exchanges.core.reports.waterfall import NARROW, WIDE, Layout, draw, rows
from tests.unit.core.reports.documents import broken, example

ITEMS = st.lists(st.fixed_dictionaries({
    "label": st.text(max_size=80), "value": st.integers(0, 10**12), "kind": st.sampled_from(["total", "minus"]),
    "note": st.just(""),
}), max_size=30)


def report(items: list[dict]) -> Report:
    document = example()
    del document["summary"]
    document["verdict"]["closed"] = False
    document["waterfall"] = [{"label": "Bron", "value": 1000, "kind": "total", "note": ""}, *items]
    return Report.from_dict(document)


@given(ITEMS)
def test_with_the_gaps_every_level_follows_from_the_one_before(items: list[dict]) -> None:
    level = None
    for row in rows(report(items)):
        if row.kind == "total":
            assert level in (None, row.value)
            level = row.value
        else:
            assert row.start == level
            level -= row.value
        assert row.end == level


@pytest.mark.parametrize("layout", [WIDE, NARROW])
@given(items=ITEMS)
def test_nothing_stands_outside_the_drawing_or_over_another_bar(layout: Layout, items: list[dict]) -> None:
    drawing = draw(rows(report(items)), layout)
    bottom = 0.0
    for bar in drawing.bars:
        assert layout.left - 0.1 <= bar.x <= bar.x + bar.width <= layout.right + 0.2
        assert bottom <= bar.y <= drawing.height - 24
        bottom = bar.y + 24
        assert all(0 <= y <= drawing.height for y, _ in bar.lines)
        assert all(len(text) <= layout.characters for _, text in bar.lines)
    assert len(drawing.links) == len(drawing.bars) - 1
    assert all(top < bottom for _, top, bottom in drawing.links)


def test_bars_are_to_scale_and_hang_together() -> None:
    drawing = draw(rows(Report.from_dict(example())), WIDE)
    source, minus, *_ = drawing.bars
    assert minus.width / source.width == pytest.approx(2914 / 5000, abs=0.001)
    assert minus.x + minus.width == pytest.approx(source.x + source.width, abs=0.2)
    assert drawing.links[0][0] == pytest.approx(source.x + source.width, abs=0.2)
    assert drawing.links[1][0] == pytest.approx(minus.x, abs=0.2)


def test_one_person_among_thousands_is_seen() -> None:
    drawing = draw(rows(Report.from_dict(example())), WIDE)
    assert all(bar.width >= 2 for bar in drawing.bars if bar.text != "0")


def test_a_lost_person_is_a_row_of_its_own() -> None:
    items = rows(Report.from_dict(broken()))
    assert [(row.label, row.value, row.text) for row in items if row.kind == "gap"] == [
        ("Onverklaard verschil", 1, "− 1")]


def test_a_person_from_nowhere_too() -> None:
    items = rows(report([{"label": "Verstuurd", "value": 1002, "kind": "total"}]))
    assert [(row.value, row.text) for row in items if row.kind == "gap"] == [(-2, "+ 2")]


def test_nothing_to_draw() -> None:
    assert draw((), WIDE).bars == ()
