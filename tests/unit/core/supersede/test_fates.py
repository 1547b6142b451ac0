"""Whatever is delivered, refused, replaced, added to and taken back: the columns say what a slow reading of the rules
says, and it adds up."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from exchanges.core.sql import session
from exchanges.core.supersede.fates import Counts, Part, counts, settle, total

PEOPLE = "abcdef"


@dataclass(frozen=True)
class Move:
    """A delivery: who is in it, who of them the partner refused, whether it is the whole, how it was answered
    (``ja``, ``nee`` for the file as a whole, ``stil``), and whether it was taken back since."""

    who: frozenset[str]
    refused: frozenset[str]
    whole: bool
    answer: str
    withdrawn: bool


def move(who: frozenset[str], refused: frozenset[str], whole: bool, answer: str, withdrawn: bool) -> Move:
    return Move(who, who & refused, whole, answer, withdrawn and answer != "stil")


some = st.frozensets(st.sampled_from(PEOPLE))
answers = st.sampled_from(["ja", "ja", "ja", "nee", "stil"])
moves = st.lists(st.builds(move, some, some, st.booleans(), answers, st.booleans()), max_size=6)


def oracle(moves: list[Move]) -> dict[str, tuple[str, int | None]]:
    """Per person what stands and which delivery (by place) decides it, told person by person, delivery by delivery."""
    stands: dict[str, tuple[str, int | None]] = {}
    for person in sorted(set().union(*(move.who for move in moves)) if moves else ()):
        has: int | None = None  # the delivery whose data the partner holds, or took back
        refused: list[int] = []
        touched: int | None = None
        swept = False  # the whole was delivered anew without this person
        for place, move in enumerate(moves):
            if move.answer == "stil":
                continue
            if move.answer == "ja" and move.whole:
                has, refused = None, []
                swept = touched is not None and person not in move.who
            if person not in move.who:
                continue
            touched, swept = place, False
            if move.answer == "nee" or person in move.refused:
                refused.append(place)
            else:
                has = place
        if touched is None:
            stands[person] = ("wacht", None)
        elif swept:
            stands[person] = ("vervallen", touched)
        elif has is not None and not moves[has].withdrawn:
            stands[person] = ("geldt", has)
        else:
            still = [place for place in refused if not moves[place].withdrawn and (has is None or place > has)]
            if still:
                stands[person] = ("afgewezen", still[-1])
            else:
                stands[person] = ("ingetrokken", touched if has is None else has)
    return stands


def run(moves: list[Move], folder: Path) -> tuple[dict[str, tuple[str, int | None]], list[Counts], Counts]:
    parts = []
    for place, move in enumerate(moves):
        path, who = folder / f"{place}.parquet", sorted(move.who)
        lines = {person: 10 + 3 * number for number, person in enumerate(who)}
        pq.write_table(pa.table({"bsn": pa.array(who, pa.string()), "_line": pa.array(lines.values(), pa.int64())}),
                       path)  # fmt: skip
        parts.append(Part(
            f"d{place}", move.whole, move.answer != "stil", move.answer == "ja", move.withdrawn, path, ("bsn",),
            pa.array([lines[person] for person in sorted(move.refused)], pa.int64()),
        ))  # fmt: skip
    with session(folder, rows=0) as con:
        settle(con, parts)
        rows = con.execute(
            "SELECT sleutel, stand, door, nr, lot FROM lot ORDER BY ALL"
        ).fetchall()
        found = {key: (stand, by) for key, stand, by, _, _ in rows}
        deciding = Counter(key for key, _, _, _, lot in rows if lot not in ("vervangen", "wacht"))
        assert set(deciding.values()) <= {1}, "one delivery decides"
        return found, counts(con, parts), total(con)


def _later(stands: tuple[str, int | None], place: int) -> bool:
    fate, by = stands
    return fate == "geldt" and by is not None and by > place


W = frozenset("ab")


@settings(max_examples=150)
@given(moves)
@example([Move(W, frozenset("a"), True, "ja", True), Move(frozenset("a"), frozenset("a"), False, "ja", False)])
@example([Move(W, frozenset(), True, "ja", False), Move(frozenset("a"), frozenset(), True, "ja", True)])
@example([Move(W, frozenset(), True, "ja", False), Move(W, frozenset(), True, "nee", False)])
def test_the_columns_say_what_the_rules_say(moves: list[Move]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found, per_delivery, all_of_it = run(moves, Path(folder))
    expected = oracle(moves)
    assert found == expected
    fates = Counter(stand for stand, _ in expected.values())
    for fate in fates:
        event(fate)
    assert all_of_it.closed and all_of_it.records == len(expected)
    assert (all_of_it.in_force, all_of_it.refused, all_of_it.withdrawn, all_of_it.gone, all_of_it.waiting) == tuple(
        fates[name] for name in ("geldt", "afgewezen", "ingetrokken", "vervallen", "wacht")
    )
    for place, (move, line) in enumerate(zip(moves, per_delivery, strict=True)):
        assert line.closed and line.records == len(move.who)
        decides = Counter(stand for stand, by in expected.values() if by == place)
        assert (line.in_force, line.refused, line.withdrawn, line.gone) == tuple(
            decides[name] for name in ("geldt", "afgewezen", "ingetrokken", "vervallen")
        )
        back = move.who if move.answer == "nee" else move.refused if move.answer == "ja" else frozenset()
        assert line.repaired == sum(_later(expected[person], place) for person in back)


def test_many_columns_make_a_record_and_a_key_twice_is_one(tmp_path: Path) -> None:
    """A person with two lines is two records; a refusal of one says nothing of the other."""
    path = tmp_path / "een.parquet"
    pq.write_table(pa.table({"bsn": ["a", "a", "b", "b"], "nr": ["1", "2", "1", "1"], "_line": [5, 6, 7, 8]}), path)
    part = Part("d", True, True, True, False, path, ("bsn", "nr"), pa.array([6, 8], pa.int64()))
    with session(tmp_path, rows=0) as con:
        settle(con, [part])
        rows = con.execute("SELECT persoon, sleutel, lot FROM lot ORDER BY ALL").fetchall()
    assert [(person, key.replace("\x1f", "/"), lot) for person, key, lot in rows] == [
        ("a", "a/1", "geldt"), ("a", "a/2", "afgewezen"), ("b", "b/1", "afgewezen"),
    ]  # fmt: skip


def test_a_delivery_taken_back_brings_back_nothing(tmp_path: Path) -> None:
    first = Move(W, frozenset(), True, "ja", False)
    second = Move(W, frozenset(), True, "ja", True)
    found, lines, all_of_it = run([first, second], tmp_path)
    assert set(found.values()) == {("ingetrokken", 1)}
    assert lines[0].superseded == 2 and all_of_it.in_force == 0
    assert list(itertools.chain(found)) == ["a", "b"]
