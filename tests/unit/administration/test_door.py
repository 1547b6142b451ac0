"""The door: outside production a number that could be somebody's is refused, without being named."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.administration.door import RANGES, Door, declared_ranges, strangers
from exchanges.administration.model import TABLES
from exchanges.core.bsn import elfproef
from exchanges.core.errors import SourceError

# Passes the elfproef and lies outside the declared ranges, but far below the first number ever given out.
STRANGE = "000000012"


def people(*bsns: str | None) -> pa.Table:
    return pa.table({"bsn": pa.array(bsns, pa.string())})


def test_ranges_are_data_with_a_source() -> None:
    lines = RANGES.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "van;tot;herkomst;zekerheid"
    assert all(len(line.split(";")) == 4 and line.split(";")[3] in ("secondary", "assumed") for line in lines[1:])
    low, high = declared_ranges()
    assert (low <= high).all()
    assert (low[1:] > high[:-1]).all(), "ranges overlap"


def test_what_is_strange() -> None:
    assert elfproef(pa.array([STRANGE])).to_pylist() == [True]
    assert strangers(pa.array([STRANGE, STRANGE, "999990019", None])) == 2


@pytest.mark.parametrize("value", [
    "111222333", "123456782", "111111110", "999990019", "900000003", "123456789", "12345678", "٠١٢٣٤٥٦٧٢", "", "abc",
])
def test_test_numbers_and_no_numbers_pass(value: str) -> None:
    assert strangers(pa.array([value])) == 0


@pytest.mark.parametrize("written", [
    f"{STRANGE}   ", f" {STRANGE}", "0000.00.012", "0000 00 012", f"{STRANGE}.0", f"{STRANGE},00", f"\t{STRANGE}\r",
])
def test_a_strange_number_is_strange_however_written(written: str) -> None:
    among = [written, None, "999990019", "999990019 ", "12345678", "abc"]
    for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        assert strangers(pa.array(among).cast(kind)) == 1
        assert strangers(pa.chunked_array([pa.array(among).cast(kind)] * 2)) == 2
    assert strangers(pa.array([f"{STRANGE}0", f"9{STRANGE}", "0000.00.0.12"])) == 0, "other numbers"


@given(st.lists(st.integers(0, 999_999_999).map(lambda n: f"{n:09d}"), max_size=50))
def test_strange_is_valid_and_undeclared(values: list[str]) -> None:
    low, high = declared_ranges()
    valid = elfproef(pa.array(values, pa.string())).to_pylist()
    inside = [any(first <= int(v) <= last for first, last in zip(low, high, strict=True)) for v in values]
    assert strangers(pa.array(values, pa.string())) == sum(v and not i for v, i in zip(valid, inside, strict=True))


def test_the_door_counts_all_tables_and_names_no_value() -> None:
    door = Door(production=False, gemeente="0153")
    door.look(TABLES["persoon"], people(STRANGE, "999990019"))
    door.look(TABLES["persoon"], people(STRANGE))
    door.look(TABLES["bevraging"], pa.table({"bsn_vraag": ["999990019"], "bsn_antwoord": [STRANGE]}))
    with pytest.raises(SourceError) as refused:
        door.close()
    text = str(refused.value)
    assert "2 in tabel persoon" in text and "1 in tabel bevraging" in text
    assert STRANGE not in text and "\n" not in text


def test_test_data_pass() -> None:
    door = Door(production=False, gemeente="0153")
    door.look(TABLES["persoon"], people("999990019", "123456789", None))
    door.close()


def test_in_production_everybody_passes() -> None:
    door = Door(production=True, gemeente="0153")
    assert door.columns(TABLES["persoon"]) == []
    door.look(TABLES["persoon"], people(STRANGE))
    door.close()
