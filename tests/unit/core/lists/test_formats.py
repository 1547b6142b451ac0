"""Whatever is in a table, a workbook, a CSV file and a JSON file say the same, and it is what was in the table."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyrage import x25519

from exchanges.core.lists import dates
from exchanges.core.lists.seal import Seal
from tests.unit.core.lists.opened import opened
from tests.unit.core.lists.sample import COLUMNS, from_csv, from_json, from_xlsx, published

MOST = 2**63 - 1
_ME, _OTHER = x25519.Identity.generate(), x25519.Identity.generate()
SEAL = Seal(str(_ME.to_public()), str(_OTHER.to_public()))
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")

odd = st.sampled_from([
    "", "'t Hooft", "O'Brien", "Zoë-Ünal", "=1+1", "+31 6", "-5", "@SUM(A1)", "'=1", "''-1", " =2", "\t=3", "＝1",
    "regel\nregel", "regel\r\nregel\rregel", "\x00\x0b\x1f",
    "a;b\"c\"", "<&>]]>", "_x0041_", "_x005F_", "_x0041_x0042_", "0042", "1e5",
    "\ufffe\uffff", "\u202eomgekeerd", "😀", "#VERW!", "TRUE", "\\n", "\u2028", " rand ", "{=1}", "_x_",
])
text = st.none() | odd | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
edges = st.sampled_from([0, 1, -1, 99, -100, 10**15 - 1, 10**15, -MOST - 1, MOST])
whole = st.none() | edges | st.integers(-MOST - 1, MOST)
unknown = st.sampled_from([0, 20260000, 20261100, 20261122, 512, 20260231, 19000101, 99991231, 20261300])
partial = st.none() | unknown | st.dates(date(1900, 1, 1)).map(lambda d: d.year * 10000 + d.month * 100 + d.day)
day = st.none() | st.sampled_from([date(1, 1, 1), date(1900, 2, 28), date(1900, 3, 1), date(9999, 12, 31)]) | st.dates()
bsn = st.none() | st.sampled_from(["111222333", "123456782", "999990019", "012345678"])
row = st.tuples(bsn, text, text, day, partial, whole, whole, st.none() | st.integers(-(2**31), 2**31 - 1),
                st.none() | st.booleans(), st.none() | st.integers(0, 9999))


def plain(value):
    """A text as every format has it; an empty text and none at all look alike to a reader."""
    if not isinstance(value, str):
        return value
    return UNSEEN.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n")) or None


def in_words(values):
    """Dates as a workbook has them."""
    values = list(values)
    if values[3] is not None and dates.serial(values[3]) is None:
        values[3] = "woorden: " + dates.words(values[3].isoformat())
    if values[4] is not None:
        found = dates.whole(values[4])
        there = found is not None and dates.serial(found) is not None
        values[4] = found if there else "woorden: " + dates.partial_words(values[4])
    return tuple(values)


# Without shrinking: an example is a few files, and a failing one is short as it is.
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(row, min_size=1, max_size=8))
def test_three_formats_say_what_the_table_says(rows):
    expected = Counter(tuple(plain(value) for value in row) for row in rows)
    with TemporaryDirectory() as folder:
        made = published(Path(folder), SEAL, INK=rows)
        files = opened(made.files[0], _ME, Path(folder) / "open")
        in_json = from_json(files[".json"], "INK")
        assert Counter(in_json) == expected
        assert from_csv(files["_INK.csv"]) == in_json
        assert from_xlsx(files[".xlsx"], "Start inkomsten") == [in_words(row) for row in in_json]


def test_every_kind_of_column_is_in_the_property():
    assert {column.kind for column in COLUMNS} == {
        "tekst", "code", "bsn", "datum", "deeldatum", "bedrag", "getal", "jaar", "procent", "janee",
    }
