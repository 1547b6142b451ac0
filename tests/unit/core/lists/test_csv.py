"""CSV as a spreadsheet opens it: texts that could run are texts, numbers are numbers, headings are Dutch."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.lists.csv import decimal, quoted
from tests.unit.core.lists.sample import ROW, published


@pytest.mark.parametrize("text", ["=1+1", "+31", "-5", "@SUM(A1)", "\t=1", " =1", "\n=1", "＝1", "＋1", "－1", "＠A",
                                  "'=1", "''-1", "-", "=", "' =1"])
def test_what_could_run_gets_an_apostrophe(text):
    assert quoted(text) == f'"\'{text}"'


@pytest.mark.parametrize("text", ["'t Hooft", "O'Brien", "Zoë", "0042", "1-2", "a=b", "", " rand", "'", "''"])
def test_other_texts_stay_as_they_are(text):
    assert quoted(text) == f'"{text}"'


def test_a_quote_is_doubled():
    assert quoted('a"b;c') == '"a""b;c"'


def test_the_file_as_a_whole(tmp_path):
    row = (None, "=1", "0042", ROW[3], ROW[4], -1250, -3, 6250, False, 2025)
    made = published(tmp_path, INK=[row])
    data = next(path for path in made.files if path.name.endswith("_INK.csv")).read_bytes()
    assert data.decode("utf-8-sig") == (
        '"BSN (pseudoniem)";"Naam";"Dossiernummer";"Datum signaal";"Einde dienstverband";"Loon";"Uren";'
        '"Loonwaarde";"Geverifieerd";"Belastingjaar"\r\n'
        ";\"'=1\";\"0042\";2026-10-03;2026-11;-12,50;-3;62,50;Nee;2025\r\n"
    )
    assert data.startswith(b"\xef\xbb\xbf")


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.sampled_from([2, 4]))
def test_decimals_are_exact(values, digits):
    texts = decimal(pa.array(values, pa.int64()), digits, ",")
    assert [int(text.replace(",", "")) for text in texts.to_pylist()] == values
    assert pc.all(pc.match_substring_regex(texts, f"^-?[0-9]+,[0-9]{{{digits}}}$")).as_py()
