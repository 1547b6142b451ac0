"""Random months with random changes that are known: everything is found under its class, and nothing else."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.compare.snapshot import ANSWERED, Compared
from tests.unit.core.compare.world import (
    BSNS,
    LEVELS,
    Month,
    Row,
    job,
    labels,
    rows_of,
    terms,
    wage,
    workplace,
)

PERIODS = [(20260101, 20260131), (20260201, 20260228), (20260223, 20260322), (20260301, 20260331), (20260401, None)]
MONEY = st.none() | st.integers(-2, 3)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
Key = tuple[Any, ...]


@st.composite
def months(draw: st.DrawFn) -> Month:
    one = Month(dict.fromkeys(BSNS[:draw(st.integers(3, 6))], (ANSWERED, *YEAR)))
    for bsn in one.asked:
        for werk, nr in draw(st.sets(st.tuples(st.sampled_from(("W1", "W2")), st.integers(0, 1)), max_size=3)):
            one.rows["baan"].append(job(bsn, werk, nr))
            one.rows["eis"].append(terms(bsn, werk, nr, soort=draw(st.sampled_from(("15", "43")))))
            for begin, end in draw(st.sets(st.sampled_from(PERIODS), max_size=4)):
                one.rows["loon"].append(
                    wage(bsn, begin, end, draw(st.integers(-2, 3)), draw(MONEY), draw(MONEY), werk, nr)
                )
    return one


def key(level: str, row: Row) -> Key:
    return tuple(row[f.name] for f in LEVELS[level].key)


def of(one: Month, level: str, job_row: Row) -> list[Row]:
    return [row for row in one.rows[level] if all(row[name] == job_row[name] for name in ("bsn", "werk", "nr"))]


@st.composite
def changes(draw: st.DrawFn) -> tuple[Month, Month, set[tuple[Any, ...]]]:
    """Two months and the labels of what was changed between them, written down as it was done."""
    then = draw(months())
    now, truth = copy.deepcopy(then), set()
    for row in then.rows["baan"]:
        match draw(st.sampled_from(["niets", "niets", "weg", "klaar", "eis", "lonen", "lonen"])):
            case "weg":
                truth.add(("BAAN_WEG", "baan", *key("baan", row)))
                truth |= {("VERVALLEN", "loon", *key("loon", loon)) for loon in of(now, "loon", row)}
                for level in LEVELS:
                    mine = of(now, level, row)
                    now.rows[level] = [other for other in now.rows[level] if other not in mine]
            case "klaar":
                of(now, "baan", row)[0]["eind"] = 20260331
                truth.add(("BAAN_KLAAR", "baan", *key("baan", row)))
            case "eis":
                (eis,) = of(now, "eis", row)
                eis["soort"] = "22"
                truth.add(("ANDERS", "eis", *key("eis", eis)))
            case "lonen":
                for loon in of(now, "loon", row):
                    match draw(st.sampled_from(["niets", "weg", "bedrag", "leeg"])):
                        case "weg":
                            now.rows["loon"].remove(loon)
                            truth.add(("VERVALLEN", "loon", *key("loon", loon)))
                        case "bedrag":
                            name = draw(st.sampled_from(("bruto", "in_natura", "uren")))
                            loon[name] = draw(st.integers(4, 9))
                            truth.add(("ANDERS", "loon", *key("loon", loon)))
                        case "leeg":
                            loon |= {"bruto": None, "in_natura": None, "uren": None}
                            truth.add(("VERVALLEN", "loon", *key("loon", loon)))
                begin, end = 20260501, 20260531
                now.rows["loon"].append(wage(row["bsn"], begin, end, werk=row["werk"], nr=row["nr"]))
                truth.add(("NIEUW", "loon", *key("loon", now.rows["loon"][-1])))
    for bsn in draw(st.sets(st.sampled_from(sorted(then.asked)))):
        now.rows["baan"].append(job(bsn, "W9"))
        now.rows["eis"].append(terms(bsn, "W9"))
        now.rows["loon"].append(wage(bsn, 20260301, 20260331, werk="W9"))
        truth |= {("NIEUWE_BAAN", "baan", bsn, "W9", 1), ("NIEUW", "loon", bsn, "W9", 1, 20260301, 20260331)}
    return then, now, truth


@settings(max_examples=8)
@given(changes(), st.randoms(use_true_random=False))
def test_all_that_changed_is_found_and_nothing_else(case, random):
    then, now, truth = case
    for rows in now.rows.values():
        random.shuffle(rows)
    with workplace() as place:
        compared = place.compare(then, now)
        assert labels(compared) == truth
        assert compared.closed and not rows_of(compared.findings)
        assert applied(then, compared) == content(now)
        parted = place.compare(then, now, part_rows=2)
        assert [rows_of(path) for path in parted.items.values()] == [rows_of(path) for path in compared.items.values()]
        assert parted.classes == compared.classes and parted.lines == compared.lines
        assert parted.levels == compared.levels


def content(one: Month) -> dict[Key, Row]:
    """What counts of the level with amounts, by key."""
    return {
        key("loon", row): {name: row[name] for name in LEVELS["loon"].columns}
        for row in one.rows["loon"]
        if any(row[name] is not None for name in LEVELS["loon"].measured)
    }


def applied(then: Month, compared: Compared) -> dict[Key, Row]:
    """The previous month with the items carried out: by their differences where there are any."""
    found = content(then)
    for row in rows_of(compared.items["loon"]):
        if row["verandering"] == "weg":
            del found[key("loon", row)]
        else:
            found[key("loon", row)] = {name: row[name] for name in LEVELS["loon"].columns}
        for name in LEVELS["loon"].measured:
            if row[name] is not None or row[f"{name}_oud"] is not None:
                assert row[f"{name}_verschil"] == (row[name] or 0) - (row[f"{name}_oud"] or 0)
            else:
                assert row[f"{name}_verschil"] is None
    return found


@settings(max_examples=6)
@given(months())
def test_a_month_with_itself_gives_nothing(one):
    with workplace() as place:
        snapshot = place.snapshot(one)
        compared = place.compare(snapshot, snapshot)
        assert labels(compared) == set() == labels(compared, "first")
        assert compared.classes == () and compared.closed and rows_of(compared.ledger) == []
        assert all(count.same == count.compared == count.current for count in compared.levels)
