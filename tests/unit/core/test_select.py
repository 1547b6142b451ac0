"""The selection: what is kept, why a row stays out, and that every row is accounted for."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.core.declare import Selection, SelectionRule, SelectTable
from exchanges.core.select import WITH_RECORD, Excluded, rule_of, select
from exchanges.core.sql import add_sources, connect


def rule(code: str, table: str, keep: str) -> SelectionRule:
    return SelectionRule(code, table, keep, f"Tekst van {code}.", "spec")


SELECTION = Selection(
    sources=("mens", "ding"),
    population="mens",
    idents=(("ding", "ding_id"), ("mens", "mens_id")),
    rules=(
        rule("S-STUK", "ding", "r.heel"),
        rule("S-DUUR", "ding", "r.bedrag <= $grens"),
        rule("S-WEG", "mens", "r.hier"),
        rule("S-NIETS", "mens", "r.mens_id IN (SELECT mens_id FROM gekozen.ding)"),
    ),
    tables=(
        SelectTable("persoon", "SELECT mens_id AS _id, sleutel FROM gekozen.mens", "c.sleutel", "mens"),
        SelectTable(
            "zaak",
            "SELECT ding_id AS _id, mens_id AS _up, bedrag FROM gekozen.ding",
            "c._id DESC",
            "ding",
            parent="persoon",
        ),
    ),
)


def run(tmp_path, mens: list[tuple], ding: list[tuple]):
    folder = tmp_path / "bron"
    folder.mkdir(exist_ok=True)
    shapes = {
        "mens": (mens, [("mens_id", pa.string()), ("sleutel", pa.string()), ("hier", pa.bool_())]),
        "ding": (
            ding,
            [("ding_id", pa.string()), ("mens_id", pa.string()), ("heel", pa.bool_()), ("bedrag", pa.int64())],
        ),
    }
    for name, (rows, fields) in shapes.items():
        columns = list(zip(*rows, strict=True)) or [[]] * len(fields)
        table = pa.table([pa.array(list(column), kind) for column, (_, kind) in zip(columns, fields, strict=True)],
                         names=[field for field, _ in fields])  # fmt: skip
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=3)
    paths = {name: folder / f"{name}.parquet" for name in shapes}
    out = tmp_path / "uit"
    out.mkdir(exist_ok=True)
    con = connect(tmp_path)
    try:
        add_sources(con, paths)
        return select(con, SELECTION, {"grens": 100}, {name: len(rows) for name, (rows, _) in shapes.items()}, out)
    finally:
        con.close()


MENS = [("m1", "k3", True), ("m2", "k1", True), ("m3", "k2", False), ("m4", "k0", True), ("m5", "k9", None)]
DING = [("d1", "m1", True, 10), ("d2", "m2", True, 20), ("d3", "m1", True, 100), ("d4", "m3", True, 5),
        ("d5", "m4", False, 5), ("d6", "m2", True, 101), ("d7", "m2", False, 999), ("d8", "m9", True, 1), ("d9", "m2",
            True, None)]  # fmt: skip


def rows(path) -> list[dict]:
    return pq.read_table(path).to_pylist()


def test_what_is_kept_stands_in_order_under_its_parent(tmp_path):
    found = run(tmp_path, MENS, DING)
    assert rows(found.paths["persoon"]) == [{"_id": "m2", "sleutel": "k1"}, {"_id": "m1", "sleutel": "k3"}]
    assert rows(found.paths["zaak"]) == [
        {"_parent": 0, "_root": 0, "_id": "d2", "bedrag": 20},
        {"_parent": 1, "_root": 1, "_id": "d3", "bedrag": 100},
        {"_parent": 1, "_root": 1, "_id": "d1", "bedrag": 10},
    ]


def test_every_row_that_stays_out_has_the_first_reason_that_holds(tmp_path):
    found = run(tmp_path, MENS, DING)
    trace = {name: {row["_id"]: row["code"] for row in rows(path)} for name, path in found.trace.items()}
    assert trace == {
        # Broken and too dear is broken; an unknown amount is not below the limit.
        "ding": {"d4": WITH_RECORD, "d5": "S-STUK", "d6": "S-DUUR", "d7": "S-STUK", "d8": WITH_RECORD, "d9": "S-DUUR"},
        "mens": {"m3": "S-WEG", "m4": "S-NIETS", "m5": "S-WEG"},
    }
    assert found.excluded == [
        Excluded("ding", "S-STUK", 2), Excluded("ding", "S-DUUR", 2), Excluded("ding", WITH_RECORD, 2),
        Excluded("mens", "S-WEG", 2), Excluded("mens", "S-NIETS", 1),
    ]  # fmt: skip


def test_the_balance_is_held_against_the_rows_of_the_source(tmp_path):
    lines = run(tmp_path, MENS, DING).balances
    assert [(line.measure, line.into, line.out, line.excluded) for line in lines] == [
        ("mens", 5, 2, 3),
        ("ding", 9, 3, 6),
    ]
    assert all(line.closed for line in lines)


def test_a_row_lost_on_the_way_leaves_the_balance_open(tmp_path, monkeypatch):
    lossy = SelectTable("zaak", SELECTION.tables[1].sql + " WHERE ding_id <> 'd3'", "c._id", "ding", parent="persoon")
    monkeypatch.setitem(
        globals(), "SELECTION", Selection(**{**vars(SELECTION), "tables": (SELECTION.tables[0], lossy)})
    )
    assert [line.closed for line in run(tmp_path, MENS, DING).balances] == [True, False]


def test_an_orphan_of_a_kept_table_does_not_vanish(tmp_path):
    """A child of nobody in the population goes out with a reason."""
    found = run(tmp_path, MENS[:1], [*DING[:1], ("dX", None, True, 1), ("dY", "bestaat niet", True, 1)])
    assert [line.closed for line in found.balances] == [True, True]
    assert Excluded("ding", WITH_RECORD, 2) in found.excluded


def test_nothing_selected_is_nothing(tmp_path):
    found = run(tmp_path, MENS[2:3], [])
    assert [(line.out, line.closed) for line in found.balances] == [(0, True), (0, True)]


people = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz"), st.sampled_from([True, False, None])), max_size=8
)
things = st.lists(st.tuples(st.integers(), st.sampled_from("abcdefgh"), st.sampled_from([True, False, None]),
                            st.sampled_from([None, 1, 100, 101])), max_size=12)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people, things)
def test_whatever_the_source_every_row_is_accounted_for(tmp_path, persons, objects):
    """Technical keys are unique here: for a double one see the test of the step."""
    mens = list({row[0]: row for row in persons}.values())
    ding = [(f"d{number:02d}", *row[1:]) for number, row in enumerate(objects)]
    found = run(tmp_path, mens, ding)
    assert all(line.closed for line in found.balances)
    sent = {row["_id"] for row in rows(found.paths["persoon"])}
    kept = {key for key, owner, whole, amount in ding if whole and amount is not None and amount <= 100}
    owners = {owner for key, owner, _, _ in ding if key in kept}
    assert sent == {key for key, _, here in mens if here and key in owners}
    assert {row["_id"] for row in rows(found.paths["zaak"])} == {
        key for key, owner, *_ in ding if key in kept and owner in sent
    }


@pytest.mark.parametrize(("code", "text"), [("S-WEG", "Tekst van S-WEG."), ("ONBEKEND", None)])
def test_a_reason_has_its_words(code, text):
    found = rule_of(SELECTION, code)
    assert (found.text if found else None) == text
