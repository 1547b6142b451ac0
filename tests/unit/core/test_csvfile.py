"""CSV from outside, without knowing whose it is: how it is written, which line a row is on, what hides in a quote."""

from __future__ import annotations

import csv
import threading
import weakref
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.core import csvfile
from exchanges.core.csvfile import LONGEST_LINE, NoCsv, Ragged, batches, scan, swallowed

NAMES = ["nummer", "naam"]
LETTERS = st.characters(codec="utf-8", exclude_characters="\"'\ufeff", exclude_categories=("Cc", "Zl", "Zp"))
CELL = st.text(LETTERS, max_size=8)


def read(path: Path, block: int = 1 << 21) -> tuple[list[tuple[int, ...]], Ragged]:
    ragged = Ragged()
    rows = [(int(line), *cells) for part in batches(path, scan(path, NAMES), ragged, block)
            for line, *cells in zip(part.lines, *(column.to_pylist() for column in part.columns.columns), strict=True)]
    return rows, ragged


@given(st.lists(st.tuples(CELL, CELL), max_size=30), st.sampled_from(";,\t|"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_every_row_comes_back_with_its_line(tmp_path, data, delimiter):
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([NAMES, *data])
    rows, ragged = read(path)
    assert rows == [(line, *cells) for line, cells in enumerate(data, start=2) if any(cells)]
    assert ragged.lines == []


def test_lines_are_those_of_the_file_also_after_breaks_and_ragged_rows_over_blocks(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('nummer;naam\n1;"a\nb"\n2\n3;c\n\n4;d;e\n' + "5;f\n" * 100 + "6;g\n", encoding="utf-8")
    rows, ragged = read(path, block=200)
    assert rows[:2] == [(2, "1", "a\nb"), (5, "3", "c")] and rows[-1] == (108, "6", "g")
    assert ragged.lines == [4, 7] and ragged.texts == ["2", "4;d;e"]


def test_a_quote_that_eats_rows_is_seen(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('nummer;naam\n1;"a\n2;b\n3;c"\n4;"d\ne"\n', encoding="utf-8")
    dialect = scan(path, NAMES)
    part, = batches(path, dialect, Ragged())
    assert [(name, lines.tolist()) for name, lines in swallowed(part, dialect)] == [("naam", [2])]


@pytest.mark.parametrize(("data", "said"), [
    (b"", "leeg"), (b"nummer;naam\n1;\0\n", "NUL-tekens, voor het eerst op regel 2"),
    ("nummer;naam\n".encode("utf-16"), "UTF-16"), (b'nummer;naam\n1;"a\n', "oneven"),
    (b"nummer;naam\r1;a\r2;b\r", "alleen CR"), (b"nummer;naam\r1;a\r\n", "alleen CR"),
    (b"nummer;naam\r" + b"1;a\r" * (LONGEST_LINE // 4), "alleen CR"),
    (b"nummer;naam\n1;" + b"x" * (LONGEST_LINE + 1) + b"\n", "1 MB"), (b"\xef\xbb\xbfnummer;naam\n1;\xe9\n", "zuivere"),
])
def test_what_is_no_csv_says_why(tmp_path, data, said):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(NoCsv, match=said):
        scan(path, NAMES)


def test_the_dialect_is_told_in_words(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("Nummer , NAAM\n1,é\n".encode("cp1252"))
    dialect = scan(path, NAMES)
    assert (dialect.header, dialect.encoding, dialect.lines) == (("nummer", "naam"), "cp1252", 2)
    assert str(dialect) == "scheidingsteken komma, tekenset cp1252, aanhalingsteken geen"


class _Held:
    """Something a thread of the reader still holds."""


def test_what_a_thread_still_holds_is_waited_for():
    thing, gone = _Held(), []
    held = weakref.ref(thing)
    keep = [thing]
    del thing
    waits = threading.Thread(target=lambda: (csvfile._wait_until_gone(held), gone.append(held() is None)))
    waits.start()
    waits.join(0.05)
    assert waits.is_alive() and not gone
    keep.clear()
    waits.join()
    assert gone == [True]


@pytest.mark.parametrize("text", ["nummer;naam\n" + "1;2\n" * 50, "nummer;naam\n" + "1\n" * 20_000])
def test_no_thread_holds_the_handler_once_the_rows_are_read_or_refused(tmp_path, monkeypatch, text):
    seen = []
    wait = csvfile._wait_until_gone
    monkeypatch.setattr(csvfile, "_wait_until_gone", lambda held: (wait(held), seen.append(held() is None)))
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    if text.endswith("2\n"):
        read(path)
    else:
        with pytest.raises(NoCsv, match="ander aantal kolommen"):
            read(path)
    assert seen == [True]
