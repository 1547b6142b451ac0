"""docs/reliability.md has the declared cases and no other; what was seen is held against it by each test."""

from __future__ import annotations

from tests.system.reliability import document


def test_the_committed_table_is_that_of_the_declared_cases() -> None:
    declared = document.cases()
    assert len({case.id for case in declared}) == len(declared)
    rows = document.read()
    assert {number: row[:2] for number, row in rows.items()} == {
        case.id: (case.fault, case.expected) for case in declared
    }
    seen = {number: row[2] for number, row in rows.items()}
    assert document.PATH.read_text("utf-8") == document.render(seen), "run make reliability"


def test_no_cell_breaks_the_table() -> None:
    for case in document.cases():
        assert not {"|", "\n"} & set(case.fault + case.expected), case.id
