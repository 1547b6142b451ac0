"""Totals on both sides, and the selection against the source, by paths of their own."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core.dated import Code
from exchanges.core.declare import Selection, SelectTable, Total
from exchanges.core.errors import CatalogueError
from exchanges.core.reconcile import TotalResult, file_totals, of_each_code, totals, unlike_source
from exchanges.core.sql import add_sources, connect

SELECTION = Selection(
    sources=("mens", "ding"),
    population="mens",
    idents=(("ding", "ding_id"), ("mens", "mens_id")),
    rules=(),
    tables=(
        SelectTable("persoon", "", "", "mens", unchanged=("naam",)),
        SelectTable("zaak", "", "", "ding", parent="persoon", unchanged=("soort", "bedrag")),
    ),
)
MENS = {"mens_id": ["m1", "m2", "m3"], "sleutel": ["k1", "k2", "k3"], "naam": ["Anna", None, "Cem"]}
DING = {"ding_id": ["d1", "d2", "d3", "d4"], "mens_id": ["m1", "m1", "m3", "m2"], "soort": ["x", "y", "x", None],
        "bedrag": [10, -5, None, 7]}  # fmt: skip
PERSOON = {"_id": ["m1", "m3"], "sleutel": ["k1", "k3"], "naam": ["Anna", "Cem"]}
ZAAK = {
    "_id": ["d2", "d1", "d3"],
    "_parent": [0, 0, 1],
    "_root": [0, 0, 1],
    "soort": ["y", "x", "x"],
    "bedrag": [-5, 10, None],
}


def written(folder, **tables):
    paths = {}
    for name, columns in tables.items():
        paths[name] = folder / f"{name}.parquet"
        pq.write_table(pa.table(columns), paths[name], row_group_size=2)
    return paths


@pytest.fixture
def sources(tmp_path):
    return written(tmp_path, mens=MENS, ding=DING)


ROWS = {"persoon": [0, 2], "zaak": [1, 0, 2]}  # in the source


def unlike(tmp_path, sources, persoon=None, zaak=None):
    chosen = written(tmp_path, persoon={**PERSOON, **(persoon or {})}, zaak={**ZAAK, **(zaak or {})})
    return unlike_source(SELECTION, chosen, sources)


def test_a_selection_that_is_the_source_is_not_unlike_it(tmp_path, sources):
    assert unlike(tmp_path, sources) == {}


@pytest.mark.parametrize(("persoon", "zaak", "found"), [
    ({"naam": ["Anna", "Cem "]}, {}, {"persoon.naam": 1}),
    ({"naam": [None, None]}, {}, {"persoon.naam": 2}),
    ({}, {"bedrag": [-5, 10, 0]}, {"zaak.bedrag": 1}),
    ({}, {"bedrag": [10, -5, None]}, {"zaak.bedrag": 2}),
    ({}, {"_parent": [0, 1, 1]}, {"zaak._parent": 1, "zaak._root": 1}),
    ({}, {"_root": [0, 0, 0]}, {"zaak._root": 1}),
    ({}, {"_id": ["d2", "d2", "d3"]}, {"zaak._id": 1, "zaak.soort": 1, "zaak.bedrag": 1}),
    ({"_id": ["m1", "m9"]}, {}, {"persoon._id": 1, "persoon.naam": 1, "zaak._parent": 1}),
])  # fmt: skip
def test_what_differs_from_the_source_is_named_and_counted(tmp_path, sources, persoon, zaak, found):
    assert unlike(tmp_path, sources, persoon, zaak) == found
    # With the number of its source row in every row, whether that is right or belongs to another.
    numbered = ({"_bronrij": ROWS["persoon"], **persoon}, {"_bronrij": ROWS["zaak"], **zaak})
    assert unlike(tmp_path, sources, *numbered) == found


@pytest.mark.parametrize("zaak", [[0, 1, 2], [1, 1, 2], [1, 0, 9], [1, 0, None], [1, 0, -1]])
def test_a_number_that_is_of_another_row_is_not_believed(tmp_path, sources, zaak):
    persoon = {"_bronrij": ROWS["persoon"]}
    assert unlike(tmp_path, sources, persoon, {"_bronrij": zaak}) == {}
    changed = {"_bronrij": zaak, "bedrag": [-5, 11, None]}
    assert unlike(tmp_path, sources, persoon, changed) == {"zaak.bedrag": 1}


def test_a_row_that_comes_twice_by_its_number_is_told(tmp_path, sources):
    zaak = {"_id": ["d2", "d2", "d3"], "_bronrij": [1, 1, 2], "soort": ["y", "y", "x"], "bedrag": [-5, -5, None]}
    assert unlike(tmp_path, sources, {"_bronrij": ROWS["persoon"]}, zaak) == {"zaak._id": 1}


def total(**more) -> Total:
    return Total("t", "Totaal", "aantal", **{"table": "zaak", "rows": "bron.ding", **more})


@pytest.mark.parametrize(("more", "value"), [
    ({}, 3),
    ({"column": "bedrag"}, 5),
    ({"where": ("soort", ("x",))}, 2),
    ({"where": ("soort", ("y", "x"))}, 3),
    ({"where": ("soort", ("z",)), "column": "bedrag"}, 0),
    ({"column": "bedrag", "where": ("soort", ("x",))}, 10),
    ({"where": ("_parent", ("1",))}, 1),
    ({"column": "bedrag", "filled": True}, 2),
    ({"column": "bedrag", "filled": True, "where": ("soort", ("y",))}, 1),
])  # fmt: skip
def test_the_total_of_the_file(tmp_path, more, value):
    assert file_totals([total(**more)], written(tmp_path, zaak=ZAAK)) == {"t": value}


def test_a_total_is_less_the_columns_that_are_taken_off_it(tmp_path):
    files = written(tmp_path, zaak={"loon": [100, None, 50], "premie": [10, 5, None], "heffing": [1, 1, 1]})
    assert file_totals([total(column="loon", minus=("premie", "heffing"))], files) == {"t": 150 - 15 - 3}


def test_a_yes_no_column_narrows_by_its_words(tmp_path):
    files = written(tmp_path, zaak={"lks": [True, False, None, True]})
    asked = [replace(total(where=("lks", (word,))), id=word) for word in ("true", "false")]
    assert file_totals(asked, files) == {"true": 2, "false": 1}


def test_totals_of_several_kinds_and_tables_at_a_time(tmp_path):
    files = written(tmp_path, zaak=ZAAK, ander={"bedrag": [7, 8]})
    asked = [total(), total(column="bedrag"), total(table="ander"), total(where=("soort", ("x", "z"))),
             total(table="ander", column="bedrag"), total(column="bedrag", where=("soort", ("x",)))]  # fmt: skip
    named = [replace(one, id=str(number)) for number, one in enumerate(asked)]
    assert file_totals(named, files) == {"0": 3, "1": 5, "2": 2, "3": 2, "4": 15, "5": 10}


def test_both_sides_are_computed_over_the_keys_that_were_sent(tmp_path, sources):
    con = connect(tmp_path)
    add_sources(con, sources)
    readback = written(tmp_path, persoon=PERSOON, zaak=ZAAK)
    own = "bron.ding d SEMI JOIN verzonden.record p ON p.id = d.mens_id WHERE d.soort <> $zonder"
    declared = (
        total(table="persoon", rows="verzonden.record"),
        total(rows=own),
        total(rows=own, source="sum(d.bedrag)", column="bedrag"),
        total(rows="bron.ding d WHERE false", source="sum(d.bedrag)", where=("soort", ("q",))),
    )
    declared = tuple(Total(**{**vars(one), "id": id}) for one, id in zip(declared, ("p", "z", "b", "n"), strict=True))
    found = totals(con, declared, {"zonder": "q"}, readback["persoon"], readback, "persoon", "sleutel")
    con.close()
    assert [(one.total.id, one.source, one.file) for one in found] == [
        ("p", 2, 2),
        ("z", 3, 3),
        ("b", 5, 5),
        ("n", 0, 0),
    ]
    assert all(one.equal for one in found)


def test_a_difference_is_a_difference():
    assert not TotalResult(total(), 5, 4).equal


CODES = [Code("Soort", code, f"soort {code}", True, "assumed") for code in ("x", "y", "z")] + [
    Code("Anders", "x", "een andere lijst", True, "assumed")
]


def per_code(tmp_path, sources, zaak=ZAAK):
    con = connect(tmp_path)
    add_sources(con, sources)
    readback = written(tmp_path, persoon=PERSOON, zaak=zaak)
    own = "bron.ding d SEMI JOIN verzonden.record p ON p.id = d.mens_id"
    source = "count(*) FILTER (d.soort = $code AND d.soort <> $zonder)"
    declared = [total(rows=own, source=source, per=("soort", "Soort"))]
    asked = of_each_code(declared, CODES, {"zonder": "q"})
    found = totals(con, asked, {}, readback["persoon"], readback, "persoon", "sleutel")
    con.close()
    return [(one.total.id, one.total.title, one.source, one.file) for one in found]


def test_a_total_may_be_one_for_each_code_of_a_list(tmp_path, sources):
    """A code that became another one keeps the number of rows, and the sum over both."""
    titles = [(f"t_{code}", f"Totaal {code}, soort {code}") for code in "xyz"]
    assert per_code(tmp_path, sources) == [
        (*title, number, number) for title, number in zip(titles, (2, 1, 0), strict=True)
    ]
    swapped = {**ZAAK, "soort": ["y", "y", "x"]}
    assert [one[2:] for one in per_code(tmp_path, sources, swapped)] == [(2, 1), (1, 2), (0, 0)]


def test_a_list_without_codes_proves_nothing(tmp_path):
    with pytest.raises(CatalogueError, match="Codelijst Weg"):
        of_each_code([total(per=("soort", "Weg"))], CODES, {})
