"""The number of a line: the same for the same item with the same content, and told by nobody without the key."""

from __future__ import annotations

import hmac
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.period import Period
from exchanges.core.sql import session
from exchanges.ib_oib.list_identity import number, pads
from exchanges.ib_oib.list_layout import OF_FILE, layout
from tests.unit.ib_oib.list_files import OCTOBER, planted, put, rows, taken

TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


def numbers(data: list[tuple[str | None, str | None]], key: bytes) -> list[str]:
    table = pa.table({"a": pa.array([one for one, _ in data], pa.string()),
                      "b": pa.array([two for _, two in data], pa.string())})
    with session(Path("/nergens"), rows=1) as con:
        con.register("regels", table)
        found = con.execute(f"SELECT {number(['a', 'b'])} FROM regels", pads(key)).fetchall()
        con.unregister("regels")
    return [one for (one,) in found]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=9), st.binary(min_size=1, max_size=90))
def test_it_is_an_hmac_over_the_values(data, key):
    texts = ["\x1f".join(["ib_oib/regel", *("\x1c" if one is None else one for one in row)]) for row in data]
    assert numbers(data, key) == [hmac.digest(key, text.encode(), "sha256").hex()[:32] for text in texts]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=2, max_size=9, unique=True))
def test_other_values_have_another_number(data):
    assert len(set(numbers(data, b"k" * 32))) == len(data)


OTHER = {"code": "9", "tekst": "Anders", "bsn": "999900006", "datum": 20180101, "bedrag": -3, "getal": 7, "geheel": -7,
         "jn": False, "lijst": ["NIEUWE_LOONPERIODE", "Loon-in-natura"]}


@pytest.mark.parametrize("field", [one for one in layout(OCTOBER).fields if one.name not in OF_FILE],
                         ids=lambda field: field.name)
def test_any_other_value_is_another_line(tmp_path, field):
    item = planted(2)[1].values
    other = 20270101 if "einde" in field.name else OTHER[field.type]
    before, after = rows(taken(put(tmp_path, [item, {**item, field.name: other}])))
    assert before[field.name] != after[field.name] and before["nummer"] != after["nummer"]
    of_item = field.name in ("bsn", "loonheffingennummer", "volgnummer_ikv", "datum_aanvang_inkomstenopgave",
                             "datum_einde_inkomstenopgave")
    assert (before["sleutel"] != after["sleutel"]) == of_item


def test_it_comes_again_in_another_month_with_the_same_number(tmp_path):
    items = [one.values for one in planted()]
    october = rows(taken(put(tmp_path, items)))
    november = Period(2026, 11)
    again = rows(taken(put(tmp_path, items[::-1], period=november), period=november))
    assert [row["nummer"] for row in again][::-1] == [row["nummer"] for row in october]
    # What is no content for the core is not in the number either, and the other way round.
    content = [name for name in october[0] if name not in ("rij", "regel", *OF_FILE)]
    assert [[row[name] for name in content] for row in again[::-1]] == [[r[name] for name in content] for r in october]


def test_a_correction_is_of_the_same_item(tmp_path):
    item = planted(2)[1].values
    old, new, other = rows(taken(put(tmp_path, [
        item, {**item, "tag": ["GECORRIGEERDE_LOONPERIODE"], "loon_sv": 1}, {**item, "volgnummer_ikv": 9}])))
    assert old["sleutel"] == new["sleutel"] != other["sleutel"] and old["nummer"] != new["nummer"]


@pytest.mark.parametrize("end", [None, 99991230, 99991231, 88881231])
def test_an_open_end_is_one(tmp_path, end):
    item = {**planted(2)[1].values, "datum_einde_inkomstenopgave": end}
    first, second = rows(taken(put(tmp_path, [item, {**item, "datum_einde_inkomstenopgave": None}])))
    assert first["sleutel"] == second["sleutel"]


@pytest.mark.parametrize("field", ["datum_einde_inkomstenverhouding", "datum_einde_inkomstenperiode"])
def test_an_open_end_of_a_relation_is_the_same_line_however_it_is_written(tmp_path, field):
    """Else it is told once more, and as a day in the year 9999."""
    item = planted(2)[1].values
    read = rows(taken(put(tmp_path, [{**item, field: end} for end in (None, 99991230, 99991231)])))
    assert len({row["nummer"] for row in read}) == 1 and {row[field] for row in read} == {None}


def test_another_key_gives_other_numbers(tmp_path):
    path = put(tmp_path, [one.values for one in planted()])
    ours, theirs = rows(taken(path)), rows(taken(path, key=b"x" * 32))
    for name in ("nummer", "sleutel"):
        assert not {row[name] for row in ours} & {row[name] for row in theirs}
