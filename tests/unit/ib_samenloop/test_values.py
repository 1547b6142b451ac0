"""Values, by column: what is written in the notation of the layout comes back; nothing else is guessed."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.ib_samenloop.kinds import Field
from exchanges.ib_samenloop.layout import Place
from exchanges.ib_samenloop.values import plain, read
from exchanges.simulators.ib_signals import written

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def place(type: str, notation: str = "", length: int | None = None) -> Place:
    return Place(Field("veld", "", type, length, False, "assumed"), "Veld", notation)


def values(texts: list[str | None], where: Place) -> list[object]:
    typed, wrong = read(plain(pa.array(texts, pa.string())), where)
    # Every text is either a value or wrong, never both or neither.
    assert [(text or "").strip() != "" for text in texts] == (
        [bool(a) or b is not None for a, b in zip(wrong, typed.to_pylist(), strict=True)])
    return typed.to_pylist()


@given(st.lists(st.none() | st.integers(-(10**14), 10**14), max_size=20), st.sampled_from(["komma", "punt"]))
def test_amounts_come_back_to_the_cent(cents, notation):
    assert values([written(one, notation) for one in cents], place("bedrag", notation)) == cents


@given(st.lists(DAYS, max_size=20), st.sampled_from(["jjjjmmdd", "d-m-jjjj", "jjjj-mm-dd"]))
def test_days_come_back(days, notation):
    assert values([written(day, notation) for day in days], place("dag", notation)) == days


@given(st.text(max_size=12))
def test_no_text_is_both_a_value_and_wrong(text):
    for where in (place("bedrag", "komma"), place("bedrag", "punt"), place("dag", "d-m-jjjj"), place("dag", "jjjjmmdd"),
                  place("datum", "jjjjmmdd"), place("maand", "jjjjmm"), place("jaar"), place("getal"),
                  place("jn", "J/N"), place("bsn"), place("code", length=3)):
        typed, wrong = read(plain(pa.array([text], pa.string())), where)
        assert not (bool(wrong[0]) and typed[0].is_valid)


@pytest.mark.parametrize(("where", "text", "value"), [
    (place("bedrag", "komma"), "1.234.567,89", 123456789), (place("bedrag", "komma"), "12,5", 1250),
    (place("bedrag", "komma"), "12", 1200), (place("bedrag", "komma"), "-0,01", -1),
    (place("bedrag", "komma"), "1.234", None), (place("bedrag", "komma"), "1,234.50", None),
    (place("bedrag", "komma"), "12,345", None), (place("bedrag", "punt"), "1,50", None),
    (place("bedrag", "punt"), "1e3", None), (place("bedrag", "komma"), "€ 5,00", None),
    (place("datum", "jjjjmmdd"), "20190100", 20190100), (place("datum", "jjjjmmdd"), "20190000", 20190000),
    (place("datum", "jjjjmmdd"), "20190015", None), (place("datum", "jjjjmmdd"), "2019", None),
    (place("dag", "jjjjmmdd"), "20190100", None), (place("dag", "jjjj-mm-dd"), "20190101", None),
    (place("dag", "d-m-jjjj"), "29-2-2025", None), (place("dag", "d-m-jjjj"), "29-2-2024", date(2024, 2, 29)),
    (place("maand", "jjjjmm"), "202610", "2026-10"), (place("maand", "jjjjmm"), "202613", None),
    (place("jaar"), "2025", 2025), (place("jaar"), "25", None), (place("getal"), "-1", None),
    (place("code", length=4), "0014", "0014"), (place("code", length=4), "00140", None),
    (place("jn", "J/N"), "ja", None), (place("bsn"), "999990019", "999990019"), (place("bsn"), "٩99990019", None),
    (place("lijst", ","), "A, B,C", ["A", "B", "C"]), (place("code"), "  ", None),
])
def test_edges(where, text, value):
    assert values([text], where) == [value]
