"""A payment dropped, doubled, changed or moved between administration and file stops the declaration.

Source to selection: whatever is done to the payments, also to those that should become a correction. Selection to
file: no value of the message can be another than it should be, also when who made it believes in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.core.errors import BusinessError
from exchanges.core.steps import map as map_step
from exchanges.core.steps import reconcile as reconcile_step
from exchanges.core.steps import select as select_step
from exchanges.core.steps.context import Context, Result
from tests import stored as kept
from tests.chain import Chain, chain
from tests.rows import write_csv
from tests.system.tampering import built, built_wrong

pytestmark = pytest.mark.system
EXCHANGE = "loonaangifte"
AMOUNTS = ("netto_cent", "loon_cent", "loonheffing_cent", "zvw_werkgever_cent", "zvw_ingehouden_cent",
           "alimentatie_in_cent", "alimentatie_rechtstreeks_cent")  # fmt: skip
Line = dict[str, Any]
PEOPLE = {
    # number: (BSN, born, code, table, regulation)
    1: ("999990007", "19850612", "43", "250", "PW"),  # only the net amount is known
    2: ("999990019", "19791130", "43", "250", "PW"),  # all amounts are given
    3: ("999990020", "19900101", "34", "022", "IOAW"),
    4: ("999990032", "19580101", "43", "250", "PW"),  # above the AOW age, only the net amount
}


def _paid(number: int, who: int, month: str, net: int, kind: str = "periodiek", **amounts: int) -> dict[str, str]:
    return {
        "betaling_id": f"B{number}", "uitkering_id": f"U{who}", "persoon_id": f"P{who}", "ikv_id": f"I{who}",
        "periode": month, "soort": kind, "netto_cent": str(net), "datum_betaalbaar": f"{month}-24",
        **{name: str(value) for name, value in amounts.items()},
    }  # fmt: skip


def _gross(net: int) -> dict[str, int]:
    return {"loon_cent": net + 20_000, "loonheffing_cent": 20_000, "zvw_werkgever_cent": 7_000,
            "zvw_ingehouden_cent": 0}  # fmt: skip


def administration(month: str, *lines: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Everybody is paid over ``month``, with alimony in both ways; ``lines`` come on top."""
    first = [
        _paid(1, 1, month, 140_150, alimentatie_in_cent=1_500), _paid(2, 2, month, 100_000, **_gross(100_000)),
        _paid(3, 3, month, 120_000, **_gross(120_000)), _paid(4, 4, month, 90_000, alimentatie_rechtstreeks_cent=700),
        _paid(5, 2, month, 5_000, "nabetaling", **_gross(5_000)),
    ]  # fmt: skip
    return {
        "persoon": [
            {"persoon_id": f"P{n}", "bsn": bsn, "voorletters": "A", "voorvoegsel": "de", "achternaam": f"Berg{n}",
             "geslacht": "1", "geboortedatum": born, "nationaliteit": "0001", "adres_id": f"A{min(n, 2)}"}
            for n, (bsn, born, *_) in PEOPLE.items()
        ],
        "adres": [
            {"adres_id": "A1", "straatnaam": "Dorpsstraat", "huisnummer": "1", "huisletter": "B", "postcode": "7511AA",
             "woonplaats": "Enschede", "locatieomschrijving": "achter de kerk"},
            {"adres_id": "A2", "straatnaam": "Rue Haute", "huisnummer": "2", "postcode": "4000", "woonplaats": "Luik",
             "landcode": "BE", "locatieomschrijving": "derrière"},
        ],
        "uitkering": [
            {"uitkering_id": f"U{n}", "persoon_id": f"P{n}", "regeling": regulation, "datum_begin": "2025-06-01"}
            for n, (*_, regulation) in PEOPLE.items()
        ],
        "inkomstenverhouding": [
            {"ikv_id": f"I{n}", "uitkering_id": f"U{n}", "persoon_id": f"P{n}", "inkomenscode": code,
             "personeelsnummer": f"C{n}", "datum_aanvang": "2025-06-01",
             "datum_einde": f"{month}-25" if n == 2 else ""}
            for n, (_, _, code, *_) in PEOPLE.items()
        ],
        "inkomstenperiode": [
            {"periode_id": f"V{n}", "ikv_id": f"I{n}", "datum_begin": "2025-06-01", "loonbelastingtabel": table}
            for n, (*_, table, _) in PEOPLE.items()
        ],
        "betaling": [*first, *lines],
    }  # fmt: skip


SEPTEMBER = [{**line, "betaling_id": f"S{line['betaling_id']}"} for line in administration("2026-09")["betaling"]]
LATE = (
    _paid(11, 1, "2026-09", 30_000, "nabetaling"),
    _paid(12, 3, "2026-09", -4_000, "terugbetaling", loon_cent=-5_000, loonheffing_cent=-1_000, zvw_werkgever_cent=-305,
          zvw_ingehouden_cent=0),
    _paid(13, 4, "2026-09", 1_000, "nabetaling"),
)  # fmt: skip


def october() -> dict[str, list[dict[str, str]]]:
    """September was declared; since then something was paid over it, somebody has another BSN, and one had ended."""
    made = administration("2026-10", *SEPTEMBER, *LATE)
    made["persoon"][1]["bsn"] = "999990044"
    made["inkomstenverhouding"][2]["datum_einde"] = "2026-09-30"
    return made


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Chain:
    home = tmp_path_factory.mktemp("gemeente")
    made = chain(home, home / "bron", kind="csv", exchange=EXCHANGE)
    write_csv(made.source, {**administration("2026-09"), "betaling": SEPTEMBER})
    assert made.finish(made.open("2026-09")) is None
    write_csv(made.source, october())
    return made


@pytest.fixture(scope="module")
def december(tmp_path_factory) -> Chain:
    """The year end: one recomputed here, one by the administration."""
    home = tmp_path_factory.mktemp("december")
    made = chain(home, home / "bron", kind="csv", exchange=EXCHANGE)
    earlier = [_paid(20 + n, 1, f"2026-{n:02}", 20_000 if n == 1 else 120_000) for n in range(1, 12)]
    settled = _paid(40, 2, "2026-12", 0, "herrekening", loon_cent=1_234, loonheffing_cent=1_234, zvw_werkgever_cent=75,
                    zvw_ingehouden_cent=0)  # fmt: skip
    write_csv(made.source, administration("2026-12", *earlier, settled))
    return made


STEPS = ("select", "map", "build", "check", "reconcile")


def goes_on(town: Chain, month: str, *steps: str) -> bool:
    """Whether a delivery would leave; without making a report of it."""
    try:
        town.step(town.open(month), *(steps or STEPS))
    except BusinessError as error:
        assert error.exit_code == 1
        return False
    return True


# --- source -> selection


@contextmanager
def selecting_from(hand: Callable[[list[Line]], None]) -> Iterator[None]:
    """The selection sees payments that a hand was in; the frozen source has the right ones."""
    honest = select_step.add_sources

    def patched(con: Any, paths: Any, *texts: str) -> None:
        honest(con, paths, *texts)
        table = con.execute("SELECT * FROM bron.betaling").to_arrow_table()
        rows = table.to_pylist()
        before = [dict(row) for row in rows]
        hand(rows)
        assert rows != before
        con.register("veranderd", pa.Table.from_pylist(rows, schema=table.schema))
        con.execute("DROP VIEW bron.betaling; CREATE TABLE bron.betaling AS SELECT * FROM veranderd")
        con.unregister("veranderd")

    select_step.add_sources = patched
    try:
        yield
    finally:
        select_step.add_sources = honest


def pick(rows: list[Line], place: int, months: tuple[str, ...]) -> Line:
    told = [row for row in rows if row["periode"] in months]
    return told[place % len(told)]


def mutate(rows: list[Line], what: str, place: int, column: str, cents: int, months: tuple[str, ...]) -> None:
    row = pick(rows, place, months)
    if what == "weg":
        rows.remove(row)
    elif what == "dubbel":
        rows.append(dict(row))
    elif what == "bedrag":
        row[column] = (row[column] or 0) + cents
    elif what == "verhouding":
        other = 1 + int(row["ikv_id"][1:]) % len(PEOPLE)
        row |= {"ikv_id": f"I{other}", "persoon_id": f"P{other}", "uitkering_id": f"U{other}"}
    elif what == "nergens":
        row["ikv_id"] = None
    elif what == "maand":
        row["periode"] = next(month for month in ("2026-11", "2026-08") if month != row["periode"])
    else:
        row["soort"] = "herrekening" if row["soort"] != "herrekening" else "periodiek"


@pytest.fixture(scope="module")
def right(town, december) -> dict[str, str]:
    """The message as it should be, by its hash."""
    assert goes_on(town, "2026-10") and goes_on(december, "2026-12")
    return {month: message(made, month) for made, month in ((town, "2026-10"), (december, "2026-12"))}


def message(town: Chain, month: str) -> str:
    return hashlib.sha256(town.message(town.open(month))).hexdigest()


def harmless(town: Chain, month: str, hand: Callable[[list[Line]], None], right: dict[str, str]) -> None:
    """Stopped; or what was changed is not used, and the message is the right one all the same."""
    with selecting_from(hand):
        assert not goes_on(town, month) or message(town, month) == right[month]


HANDS = ("weg", "dubbel", "bedrag", "bedrag", "bedrag", "verhouding", "nergens", "maand")
LEAVE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
cents = st.sampled_from([1, -1]) | st.integers(-50_000, 50_000).filter(bool)


@settings(max_examples=15, deadline=None, suppress_health_check=LEAVE)
@given(st.sampled_from(HANDS), st.integers(0, 11), st.sampled_from(AMOUNTS), cents)
def test_whatever_is_done_to_the_payments_on_the_way_to_the_selection(town, right, what, place, column, cents):
    months = ("2026-09", "2026-10")
    harmless(town, "2026-10", lambda rows: mutate(rows, what, place, column, cents, months), right)


@settings(max_examples=8, deadline=None, suppress_health_check=LEAVE)
@given(st.sampled_from([*HANDS, "soort"]), st.integers(0, 5), st.sampled_from(AMOUNTS), cents)
def test_and_at_the_year_end(december, right, what, place, column, cents):
    if what == "soort":
        place = 5  # the one that says that the administration did it itself
    harmless(december, "2026-12", lambda rows: mutate(rows, what, place, column, cents, ("2026-12",)), right)


# --- selection -> file


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, datetime | date):
        return value + timedelta(1)
    assert isinstance(value, str)
    last = value[-1]
    return value[:-1] + ("1" if last == "0" else "0" if last.isdigit() else "a" if last != "a" else "b")


# The moment is that of the last change in the administration; whether a tijdvak was passed over is for us alone.
FREE = {("aangifte", "dat_td_aanm"), ("aangifte", "gat")}
# What has no value in any message: there is no region, and a withdrawal names the client by BSN.
EMPTY = {("ikv", "bl_reg"), ("correctie_ikv", "bl_reg"), ("intrekking", "pers_nr")}


def changed(path: Path, column: str, place: int, to: Path) -> Path:
    read = pq.read_table(path)
    rows = read.to_pylist()
    told = [row for row in rows if row[column] is not None]
    assert told, f"{path}: {column} has no value, so this tests nothing"
    row = told[place % len(told)]
    row[column] = other(row[column])
    pq.write_table(pa.Table.from_pylist(rows, schema=read.schema), to)
    return to


@contextmanager
def another_selection(table: str, column: str, place: int) -> Iterator[None]:
    """Every step after the selection gets it with one other value: it was like that from the start."""
    honest = Context.files

    def patched(self: Context, step: str, prefix: str) -> dict[str, Path]:
        paths = honest(self, step, prefix)
        if prefix != "selectie":
            return paths
        return {**paths, table: changed(paths[table], column, place, self.work / f"{table}.anders")}

    Context.files = patched  # type: ignore[method-assign]
    try:
        yield
    finally:
        Context.files = honest  # type: ignore[method-assign]


@contextmanager
def asked_only(table: str) -> Iterator[None]:
    """Of all rules those about one table, in a fifth of the time. What they stop, all of them stop."""
    honest = map_step.evaluate

    def patched(con: Any, rules: Any, *args: Any, **more: Any) -> Any:
        return honest(con, [rule for rule in rules if rule.table == table], *args, **more)

    map_step.evaluate = patched
    try:
        yield
    finally:
        map_step.evaluate = honest


def test_no_value_of_the_selection_can_be_another(town):
    delivery = town.open("2026-10")
    town.step(delivery, "select")
    artefacts = town.ledger.step_result(delivery, "select").artefacts
    columns = [
        (name.removeprefix("selectie/"), column)
        for name, artefact in artefacts.items() if name.startswith("selectie/")
        for column in stored(town, artefact.sha256).column_names if not column.startswith("_")
    ]  # fmt: skip
    assert len(columns) > 90
    for table in dict.fromkeys(table for table, _ in columns):
        with asked_only(table):
            assert goes_on(town, "2026-10", "map")  # so what stops it below is the other value
    slipped = []
    for place, (table, column) in enumerate(one for one in columns if one not in FREE | EMPTY):
        with another_selection(table, column, place):
            with asked_only(table):
                stopped = not goes_on(town, "2026-10", "map")
            if not stopped and goes_on(town, "2026-10", "map", "build", "check", "reconcile"):
                slipped.append(f"{table}.{column}")
    assert slipped == []


def stored(town: Chain, sha256: str) -> pa.Table:
    return kept.table(town.home, town.gemeente, sha256)


def rewrite(old: bytes, new: bytes) -> Callable[[Any, Result], None]:
    def hand(context: Any, result: Result) -> None:
        data = built(context, result)
        assert data.count(old) >= 1
        built_wrong(context, result, data.replace(old, new, 1))

    return hand


@pytest.mark.parametrize(("old", "new"), [
    (b"<l:WghZvw>108.41", b"<l:WghZvw>108.42"), (b"<l:IngLbPh>375.78", b"<l:IngLbPh>375.77"),
    (b"<l:LnInGld>1777.28", b"<l:LnInGld>1777.29"), (b"<l:Saldo>", b"<l:Saldo>1"), (b"<l:TotGen>", b"<l:TotGen>1"),
    (b"<l:SrtIV>34", b"<l:SrtIV>45"), (b"<l:LnSV>0.00", b"<l:LnSV>1.00"),
    (b"<l:SofiNr>999990007", b"<l:SofiNr>999990056"),
])  # fmt: skip
def test_a_file_that_is_wrong_from_the_start(town, monkeypatch, old, new):
    from exchanges.core import run

    honest, hand = run.FUNCTIONS["out"]["build"], rewrite(old, new)

    def patched(context: Any) -> Result:
        result = honest(context)
        hand(context, result)
        return result

    monkeypatch.setitem(run.FUNCTIONS["out"], "build", patched)
    assert not goes_on(town, "2026-10")


def test_a_cent_that_the_money_ladder_misses_stops_it(town, monkeypatch):
    honest = reconcile_step.climb

    def patched(*args: Any) -> Any:
        *fits, last = honest(*args)
        return [*fits, replace(last, gap=-1)]

    monkeypatch.setattr(reconcile_step, "climb", patched)
    assert not goes_on(town, "2026-10")
    assert "geldstroom klopt niet" in town.delivery(town.open("2026-10")).reason
    monkeypatch.undo()
    assert goes_on(town, "2026-10")


# --- all the way


def test_what_is_stopped_leaves_nothing_and_says_so(town):
    delivery, there = town.open("2026-10"), town.inbox
    with selecting_from(lambda rows: rows.remove(pick(rows, 0, ("2026-10",)))):
        error = town.deliver(delivery)
    assert isinstance(error, BusinessError) and town.inbox == there
    assert town.delivery(delivery).state == "blocked"
    report = town.report(delivery)
    assert report["verdict"]["closed"] is False and "gestopt" in report["verdict"]["text"]


# The last of these, for what has left cannot be stopped.


@pytest.mark.parametrize(("which", "month"), [("town", "2026-10"), ("december", "2026-12")])
def test_untouched_it_is_delivered(request, which, month):
    made = request.getfixturevalue(which)
    delivery = made.open(month)
    assert made.finish(delivery) is None
    assert made.delivery(delivery).state == "accepted" and made.report(delivery)["verdict"]["closed"]
