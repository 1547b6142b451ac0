"""The words of declarations, against what Python says of the same values."""

from __future__ import annotations

from datetime import date

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchanges.core.errors import UsageError
from exchanges.core.period import Period
from exchanges.core.sql import add_sources, connect, day8, execute, fill, parquet, period_parameters

NINE = st.from_regex(r"[0-9]{9}", fullmatch=True)
NEARLY = st.text(st.sampled_from("0123456789 -+.e٣_\n"), max_size=11)


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    con = connect(tmp_path_factory.mktemp("duckdb"))
    yield con
    con.close()


def each(con, expression: str, values: list, kind: pa.DataType) -> list:
    """``expression`` over a column ``x``."""
    con.register("waarden", pa.table({"x": pa.array(values, kind)}))
    return [row[0] for row in con.execute(f"SELECT {expression} FROM waarden").fetchall()]


def passes(text: str) -> bool | None:
    """The eleven test as the spec words it; None: not nine digits."""
    if len(text) != 9 or not text.isascii() or not text.isdigit():
        return None
    digits = [int(digit) for digit in text]
    weighted = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits[:8], strict=True)) - digits[8]
    return any(digits) and weighted % 11 == 0


@given(st.lists(NINE | NEARLY, min_size=1, max_size=50))
@example(["111222333", "123456789", "123456782", "000000000", "999990007", "-12345678", "+12345678", "1234567.0"])
def test_elfproef(con, texts):
    assert each(con, "elfproef(x)", texts, pa.string()) == [passes(text) for text in texts]


def test_elfproef_of_nothing(con):
    assert each(con, "elfproef(x)", [None], pa.string()) == [None]


def is_date(number: int) -> bool:
    """Whole: a day of the calendar. Partial, as the basis schema allows: jjjj0000, jjjjmm00, 0000mmdd, 00000000."""
    year, month, day = number // 10000, number // 100 % 100, number % 100
    if number == 0:
        return True
    if not (0 < number <= 99991231) or (day and not month) or (not year and not (month and day)):
        return False
    try:
        # 1600 is a leap year: the 29th of February of an unknown year exists.
        date(year or 1600, month or 1, day or 1)
    except ValueError:
        return False
    return True


JUST_DATES = st.dates(min_value=date(1, 1, 1)).map(day8)
DATELIKE = st.builds(
    lambda y, m, d: y * 10000 + m * 100 + d, st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32)
)


@given(st.lists(JUST_DATES | DATELIKE | st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=50))
@example([0, 229, 20240229, 20230229, 19000229, 20000229, 20240200, 20240000, 20240005, 500, 5, 20240431, 99991231])
def test_datum_bestaat_and_datum_volledig(con, numbers):
    exists = [is_date(number) for number in numbers]
    whole = [known and number >= 10000 and number // 100 % 100 > 0 and number % 100 > 0
             for known, number in zip(exists, numbers, strict=True)]  # fmt: skip
    assert each(con, "datum_bestaat(x)", numbers, pa.int32()) == exists
    assert each(con, "datum_volledig(x)", numbers, pa.int32()) == whole


def test_a_code_is_in_its_own_list_only(con):
    con.execute("INSERT INTO codelijst VALUES ('Doel', '1', true), ('Type', '01', true)")
    values = ["1", "01", "", None]
    assert each(con, "in_lijst('Doel', x)", values, pa.string()) == [True, False, False, False]
    assert each(con, "in_lijst('Type', x)", values, pa.string()) == [False, True, False, False]


def test_moments_are_utc_wherever_the_machine_stands(con):
    said = con.execute("SELECT strftime(TIMESTAMPTZ '2026-10-31 23:30:00+00', '%Y%m%dT%H%M%S')").fetchone()
    assert said == ("20261031T233000",)


def test_parameters_become_literals():
    sql = "$naam = a AND $aantal = b AND $dag = c AND $naam_lang = d AND '^[0-9]+$' = e"
    given = {"naam": "O'Brien; DROP", "aantal": -3, "dag": date(2026, 10, 1), "naam_lang": "x"}
    assert fill(sql, given) == (
        "'O''Brien; DROP' = a AND -3 = b AND DATE '2026-10-01' = c AND 'x' = d AND '^[0-9]+$' = e"
    )


def test_a_parameter_that_is_not_given_is_named():
    with pytest.raises(UsageError, match="Gegeven venster ontbreekt"):
        fill("r.x > $venster", {"vensters": 1})


@given(st.text(max_size=30))
def test_text_comes_through_as_it_is(con, text):
    assert con.execute(f"SELECT {fill('$t', {'t': text.replace(chr(0), '')})}").fetchone() == (
        text.replace(chr(0), ""),
    )


def test_every_delivery_has_its_period_and_municipality():
    assert period_parameters("0153", Period(2028, 2)) == {
        "gemeente": "0153", "periode": "2028-02", "begin": date(2028, 2, 1), "eind": date(2028, 2, 29),
        "begin8": 20280201, "eind8": 20280229,
    }  # fmt: skip


def test_source_tables_and_row_numbers(tmp_path):
    import pyarrow.parquet as pq

    path = tmp_path / "map met 'apostrof'" / "persoon.parquet"
    path.parent.mkdir()
    pq.write_table(pa.table({"naam": ["a", "b", "c"]}), path)
    con = connect(tmp_path)
    add_sources(con, {"persoon": path})
    assert con.execute("SELECT naam FROM bron.persoon ORDER BY naam DESC").fetchall() == [("c",), ("b",), ("a",)]
    numbered = con.execute(f"SELECT naam, _row FROM {parquet(path, '_row')} WHERE naam = 'c'").fetchall()
    assert numbered == [("c", 2)]


HUNGRY = "SELECT len(list(i)) AS n FROM range(1000000) t(i)"


def test_a_statement_that_runs_out_of_memory_gets_twice_as_much(tmp_path):
    con = connect(tmp_path, memory_mb=16)
    given = con.execute("SELECT current_setting('memory_limit')").fetchone()
    with pytest.raises(duckdb.OutOfMemoryException):
        con.execute(HUNGRY)
    assert execute(con, HUNGRY).fetchone() == (1_000_000,)
    assert con.execute("SELECT current_setting('memory_limit')").fetchone() != given


def test_what_is_wrong_otherwise_is_told_at_once(tmp_path):
    con = connect(tmp_path)
    with pytest.raises(duckdb.CatalogException):
        execute(con, "SELECT * FROM niets")
