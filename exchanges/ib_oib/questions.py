"""Which question each answer in an archive is to: the member ``vragen.csv``, a layout of our own.

``antwoord;bsn;uitkomst``: the name of the member with the answer, whom was asked about, and whether there is an answer
(``beantwoord``, ``geen_antwoord``). It stands in a zip; the other forms of an archive have none.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from exchanges.ib_oib.answer_words import INDEX

MEMBER = "vragen.csv"
COLUMNS = ("antwoord", "bsn", "uitkomst")
OUTCOMES = ("beantwoord", "geen_antwoord")
BARE = r"^.*/|\.xml$"  # what a name is without
# A question is some forty bytes; an archive has at most half a million.
_MOST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Questions:
    """``table`` has ``naam`` (of the answer, see :func:`bare`), ``bsn`` and ``uitkomst``, as text; ``fault`` is the
    code of what is wrong with it, and then there are no rows."""

    table: pa.Table
    fault: str = ""


def questions(path: Path) -> Questions | None:
    """None when there is no such member."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        found = next((info for info in archive.infolist() if info.filename == MEMBER), None)
        if found is None:
            return None
        with archive.open(found) as member:
            data = member.read(_MOST + 1)
    return _parsed(data)


def written(answers: list[str], bsns: list[str], outcomes: list[str]) -> bytes:
    """The member, of as many questions as the lists are long."""
    lines = (";".join(row) for row in zip(answers, bsns, outcomes, strict=True))
    return "\n".join([";".join(COLUMNS), *lines, ""]).encode()


def _parsed(data: bytes) -> Questions:
    none = pa.table({name: pa.array([], pa.string()) for name in ("naam", "bsn", "uitkomst")})
    if len(data) > _MOST:
        return Questions(none, INDEX)
    as_text = csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=False)
    try:
        table = csv.read_csv(io.BytesIO(data), parse_options=csv.ParseOptions(delimiter=";"), convert_options=as_text)
    except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeDecodeError):
        return Questions(none, INDEX)
    if tuple(table.column_names) != COLUMNS or not _sound(table):
        return Questions(none, INDEX)
    return Questions(table.set_column(0, "naam", bare(table["antwoord"])))


def bare(names: pa.ChunkedArray) -> pa.ChunkedArray:
    """The names without folder and ``.xml``, by which an answer is known: ``antwoorden/a-1.xml`` is ``a-1``. No name is
    null, and no answer has it."""
    plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(names), BARE, "")
    return pc.if_else(pc.equal(plain, ""), pa.scalar(None, pa.string()), plain)


def _sound(table: pa.Table) -> bool:
    return bool(
        pc.all(pc.match_substring_regex(table["bsn"], r"^[0-9]{9}$")).as_py() is not False
        and pc.all(pc.is_in(table["uitkomst"], value_set=pa.array(OUTCOMES))).as_py() is not False
    )
