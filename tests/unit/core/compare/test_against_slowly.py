"""Successive deliveries, whoever is answered when and whatever days are half known: what is told and what is known
after are what one finds by going through them row by row."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from exchanges.core.compare.snapshot import ANSWERED, EMPTY, NOT_ASKED, Compared
from exchanges.simulators.uwv_responses import free_bsns
from tests.unit.core.compare.slowly import Books, content, key_of, slowly
from tests.unit.core.compare.world import LEVELS, Month, Row, job, labels, rows_of, terms, wage, workplace

_PERSONS = [bsn for bsn, _ in zip(free_bsns(), range(40), strict=False)]
_BEGINS = st.sampled_from([20260101, 20260201, 20260223, 20260301, 20251229, 20260630, 20260100, 20260000, 20260400, 0,
                           66660101])  # fmt: skip
_ENDS = st.sampled_from([None, 20260131, 20260228, 20260322, 20260104, 20260630, 20251231, 20260300, 20260300, 20260000,
                         0, 99991230, 88881231])  # fmt: skip
_CENTS = st.sampled_from([None, 0, 1, 2, -1])
_RELATION = st.sampled_from([("W1", 0), ("W1", 0), ("W1", 1), ("W2", None)])
_WINDOWS = st.tuples(
    st.sampled_from([None, date(2025, 12, 1), date(2026, 1, 1), date(2026, 1, 15), date(2026, 2, 1)]),
    st.sampled_from([None, date(2026, 2, 28), date(2026, 3, 22), date(2026, 3, 30), date(2026, 12, 31)]),
)
_ANSWERS = st.sampled_from([ANSWERED] * 7 + [EMPTY, NOT_ASKED, None])
_JOBS = st.builds(lambda of, begin, end: ("baan", job("", *of, begin, end)), _RELATION,
                  st.sampled_from([20200101, None, 20260200, 0]), _ENDS)  # fmt: skip
_TERMS = st.builds(lambda of, begin, end, kind: ("eis", terms("", *of, begin, end, kind)), _RELATION, _BEGINS, _ENDS,
                   st.sampled_from(["15", "43", None]))  # fmt: skip
_WAGES = st.builds(lambda of, begin, end, gross, kind, hours: ("loon", wage("", begin, end, gross, kind, hours, *of)),
                   _RELATION, _BEGINS, _ENDS, _CENTS, st.sampled_from([None, None, 1]), _CENTS)  # fmt: skip
_ROWS = st.lists(st.one_of(_JOBS, _TERMS, _WAGES, _WAGES), max_size=6)
# The place of a row, what becomes of it, and the values for that.
_CHANGES = st.sampled_from(["weg", "weg", "bedrag", "kenmerk", "eind"])
_EDITS = st.lists(st.tuples(st.integers(0, 5), _CHANGES, _CENTS, _ENDS), max_size=3)
_Rows = list[tuple[str, Row]]


def _edited(rows: _Rows, edits: list[tuple[int, str, int | None, int | None]]) -> _Rows:
    rows = copy.deepcopy(rows)
    for place, what, cents, end in edits:
        if place >= len(rows):
            continue
        if what == "weg":
            del rows[place]
        else:
            level, row = rows[place]
            name = {("bedrag", "loon"): "bruto", ("kenmerk", "eis"): "soort"}.get((what, level), "eind")
            row[name] = {"bruto": cents, "soort": "22", "eind": end}[name]
    return rows


@st.composite
def _histories(draw: st.DrawFn) -> list[tuple[str | None, tuple[date | None, date | None], _Rows]]:
    """Of a person, per delivery: the answer, the window, and the rows with their level."""
    out: list[Any] = []
    rows = draw(_ROWS)
    first = rows
    for number in range(3):
        if number:
            match draw(st.sampled_from(["anders", "anders", "anders", "alles weg", "als eerst"])):
                case "anders":
                    rows = _edited(rows, draw(_EDITS)) + draw(st.lists(_WAGES, max_size=1))
                case "alles weg":
                    rows = []
                case "als eerst":
                    rows = _edited(first, draw(_EDITS)[:1])
        answer = draw(_ANSWERS)
        # Rows beside another answer are against it: of that person nothing is concluded.
        told = rows if answer == ANSWERED or draw(st.integers(0, 9)) == 0 else []
        out.append((answer, draw(_WINDOWS), told))
    return out


# Without shrinking: who differs is one person, and that is easily read.
@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(_histories(), min_size=30, max_size=40))
def test_months_follow_each_other(histories: list[Any]) -> None:
    books = Books()
    known, ledger = None, list[Path]()
    with workplace() as place:
        for number in range(3):
            now = _month(histories, number)
            compared = place.compare(known, now, f"2026-{number + 1:02}", list(ledger))
            ledger.append(compared.ledger)
            before = set(books.people)
            expected = slowly(books, now)
            assert labels(compared) == expected.items
            assert labels(compared, "first") == expected.first
            assert compared.closed
            _people(compared, now, before)
            known = compared.following
            assert {row["bsn"]: (row["venster_begin"], row["venster_eind"]) for row in rows_of(*known.asked)} == {
                bsn: one.window for bsn, one in books.people.items()}  # fmt: skip
            for name in LEVELS:
                assert _content(name, rows_of(*known.levels[name])) == {
                    key: content(LEVELS[name], row) for one in books.people.values()
                    for key, row in one.rows[name].items()}  # fmt: skip


def _month(histories: list[Any], number: int) -> Month:
    now = Month()
    for bsn, history in zip(_PERSONS, histories, strict=False):
        answer, window, rows = history[number]
        if answer:
            now.asked[bsn] = (answer, *window)
        for name, row in rows:
            now.rows[name].append({**row, "bsn": bsn})
    return now


def _people(compared: Compared, now: Month, before: set[str]) -> None:
    people = compared.people
    assert people.asked == len(now.asked) == people.answered + people.empty + people.not_asked
    assert people.asked == people.compared + people.first + people.not_asked
    assert people.left == len(before - set(now.asked))


def _content(name: str, rows: list[Row]) -> dict[Any, Any]:
    """What counts of a file, with signs for open and unknown as none."""
    level = LEVELS[name]
    days = {one.name for one in (*level.key, *level.traits) if one.kind == "day"}
    read = [{column: None if column in days and (value or 0) >= 60_000_000 else value for column, value in row.items()}
            for row in rows]  # fmt: skip
    return {key_of(level, row): content(level, row) for row in read
            if not level.filled or any(row[column] is not None for column in level.measured)}  # fmt: skip
