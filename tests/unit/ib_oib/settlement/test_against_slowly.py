"""Random households: the proposal is what one finds by working it out one client at a time, and its sums hold."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from exchanges.core.period import Period
from exchanges.core.sql import day8
from exchanges.ib_oib.settlement.parameters import Choices
from tests.settlement import HOLIDAY, OWN, SINGLE, Households, Said
from tests.unit.ib_oib.settlement.slowly import CAPS, MONTHS, Earner, House, Right, Span, Wage, slowly

_NEVER = 99
_BEGIN = date(2020, 1, 1)
_NORMS = {"alone": (SINGLE, HOLIDAY), "both": (202_779, 10_139), "one": (101_390, 5_070)}

_days = st.dates(date(2026, 1, 1), date(2026, 7, 31))
# Amounts around the caps of an exemption and what is left of a benefit.
_nets = st.one_of(st.integers(-30_000, 200_000), st.integers(-3, 3),
                  st.sampled_from([None, 0, 50_000, 114_000, 113_998, 117_567, 120_127, 142_128, 134_849]))  # fmt: skip
# First and last days of months, four weeks (of which two may end in one month), and longer.
_whole = st.integers(1, 7).map(lambda month: (date(2026, month, 1), Period(2026, month).end.day))
_weeks = st.integers(0, 7).map(lambda number: (date(2025, 12, 29) + timedelta(28 * number), 28))
_periods = st.one_of(_whole, _weeks, st.tuples(_days, st.sampled_from([1, 7, 35, 36]) | st.integers(1, 120)))
_wages = st.builds(
    lambda period, **others: Wage(*period, **others), _periods, net=_nets, ours=st.booleans(),
    kind=st.sampled_from(["15"] * 12 + ["11"] * 4 + ["31"] * 4 + ["34"] * 3 + ["43", "21", "21", "62", "99"]),
    holiday=st.sampled_from([None] * 12 + [(4_000,), (4_000,), (None,)]), apart=st.sampled_from([0] * 5 + [5_000]),
)  # fmt: skip


def _rights(ground: str, used: Sequence[int]) -> list[tuple[Right, ...]]:
    """None, one that ran out, and those that begin or end in these months."""
    last, ran_out = date(2026, 5, 20), Span(date(2025, 8, 1), date(2025, 12, 31))
    spans = [Span(date(2025, 8, 1)), Span(date(2026, 1, 1)), Span(date(2026, 3, 1), last), Span(date(2026, 4, 17))]
    longer = [0, 6] if ground == "34a" else [0]
    return [(), (), (Right(ground, ran_out, used[-1]),),
            *((Right(ground, span, months, more),) for span in spans for months in used for more in longer)]


# Used so far, so that the months run out here; two grounds at once are as common as one.
_all_rights = st.tuples(
    *(st.sampled_from(_rights(ground, used)) for ground, used in (
        ("31n", [0, 4, 6]), ("34a", [0, 5, 8]), ("31z", [0, 9]), ("31aa", [0]), ("31r", [0, 20, 25])))
).map(lambda found: tuple(right for rights in found for right in rights))  # fmt: skip
# The same wage in every month.
_steady = st.tuples(_nets, st.just("15")).map(lambda found: tuple(
    Wage(date(2026, month, 1), Period(2026, month).end.day, *found) for month in MONTHS))  # fmt: skip
_running = st.sampled_from([None, Span(), Span(), Span(date(2026, 4, 1)), Span(_BEGIN, date(2026, 5, 10))])
_earners = st.builds(
    Earner,
    # 67, 27 and 21 years are reached in or just outside these months, some on a first day.
    born=st.sampled_from([19900115] * 9 + [19550301, 19590401, 19590402, 19590701, 19990401, 19990430, 20050601,
                                           19590000, 19990400, 19900000, 0]),
    rights=_all_rights, medical=st.sampled_from([None] * 6 + [Span(), Span(date(2026, 4, 17), date(2026, 6, 10))]),
    parent=_running, subsidy=_running, wages=st.one_of(_steady, st.lists(_wages, max_size=4).map(tuple)),
)


@st.composite
def _houses(draw: st.DrawFn) -> House:
    kind = draw(st.sampled_from(list(_NORMS)))
    begin = draw(st.sampled_from([_BEGIN, _BEGIN, date(2026, 3, 1), date(2026, 3, 17)]))
    end = draw(st.sampled_from([None, None, date(2026, 6, 30), date(2026, 7, 9)]))
    earners = st.lists(_earners, min_size=1 + (kind != "alone"), max_size=1 + (kind != "alone"))
    norm, reserved = _NORMS[kind]
    return House(Span(begin, end), tuple(draw(earners)), kind != "one",
                 tuple(draw(st.lists(st.sampled_from([0, 0, 10_000, norm - reserved]), min_size=7, max_size=7))),
                 norm, reserved)  # fmt: skip


# Without shrinking: a proposal takes a third of a second, and a household is easily read.
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(houses=st.lists(_houses(), min_size=20, max_size=30), new_from=st.sampled_from([_NEVER, 1, 4]))
def test_the_proposal_is_that_of_the_slow_way(houses: Sequence[House], new_from: int) -> None:
    said = _proposed(houses, new_from)
    found = {(row["dossier_id"], int(row["maand"][5:])): row for row in said.rows() if row["maand"] >= "2026"}
    expected = {(f"d{number}", month): one for number, house in enumerate(houses)
                for month, one in slowly(house, new_from).items()}
    assert found.keys() == expected.keys()
    for key, one in expected.items():
        row = found[key]
        assert (key, row["te_verrekenen"]) == (key, one.to_settle)
        if one.to_settle is not None:
            assert (key, row["netto"], row["vrij"]) == (key, one.net, one.exempt)
    _sums(said, new_from)
    _exemptions(said, new_from)


def _sums(said: Said, new_from: int) -> None:
    """The lines of a part are the amount of the proposal, and nothing is both exempt and counted."""
    lines: dict[tuple[str, str, str], int] = defaultdict(int)
    for line in said.rows("berekening"):
        if line["voorstel"] != "handmatig":
            lines[line["dossier_id"], line["maand"], line["deel"]] += line["bedrag"]
    for row in said.rows():
        if row["voorstel"] == "handmatig":
            assert row["te_verrekenen"] is None and row["uitleg"]
            continue
        at = row["dossier_id"], row["maand"]
        assert lines[(*at, "verrekening")] == row["te_verrekenen"]
        assert lines[(*at, "verschil")] == row["verschil"] == row["te_verrekenen"] - row["verrekend"]
        assert lines[(*at, "uitkering")] == row["uitkering"]
        assert lines[(*at, "reserve")] == (row["reserve_bij"] or 0) - (row["reserve_af"] or 0)
        assert row["voorstel"] == {1: "vordering", -1: "nabetaling", 0: "niets"}[
            (row["verschil"] > 0) - (row["verschil"] < 0)]  # fmt: skip
        assert row["regime"] == ("NIEUW_34A" if int(row["maand"][5:]) >= new_from else "OUD_31")
    open_ones = [row for row in said.rows() if row["voorstel"] != "niets"]
    assert len(said.rows("onverklaard")) == len(open_ones)


def _exemptions(said: Said, new_from: int) -> None:
    used: dict[str, int] = defaultdict(int)
    for line in said.rows("berekening"):
        if line["regel"] in CAPS and line["bedrag"]:
            month = int(line["maand"][5:])
            assert (line["regel"] in {"E-11", "E-12", "E-13"}) == (month >= new_from)
            cap = CAPS[line["regel"]][1 if month < 7 else 2]
            assert cap is None or -line["bedrag"] <= cap
            used[line["bsn_inkomen"]] += line["regel"] == "E-01"
    assert all(count <= 6 for count in used.values())


def _proposed(houses: Sequence[House], new_from: int) -> Said:
    world = Households()
    for house in houses:
        ids = [world.person(earner.born) for earner in house.earners]
        dossier = world.client(ids[0], house.span.begin, house.span.end, spouse=ids[1] if len(ids) > 1 else None,
                               entitled=house.entitled)  # fmt: skip
        for month in MONTHS:
            if house.span.touches(month):
                world.paid(dossier, str(Period(2026, month)), house.norm, house.reserved, house.settled[month - 1])
        for id, earner in zip(ids, house.earners, strict=True):
            _add(world, id, earner)
    choices = Choices(exemptions_from=None if new_from == _NEVER else Period(2026, new_from), own_numbers=(OWN,))
    with tempfile.TemporaryDirectory() as folder:
        said = world.propose(Path(folder), Period(2026, 7), choices)
        return Said(said.proposal, {name: said.rows(name) for name in said.proposal.tables})


def _add(world: Households, id: str, earner: Earner) -> None:
    for right in earner.rights:
        world.right(id, right.ground, right.span.begin, right.span.end, right.used, right.longer)
    for kind, span in (("medisch_urenbeperkt", earner.medical), ("alleenstaande_ouder", earner.parent)):
        if span:
            world.add("omstandigheid", persoon_id=id, soort=kind, datum_begin=span.begin, datum_einde=span.end)
    if earner.subsidy:
        world.add("voorziening", voorziening_id=id, persoon_id=id)
        world.add("loonkostensubsidie", voorziening_id=id, datum_begin=earner.subsidy.begin,
                  datum_einde=earner.subsidy.end)  # fmt: skip
    for wage in earner.wages:
        paid, net = (9_000, wage.holiday[0]) if wage.holiday else (0, None)
        world.wage(id, wage.net, day8(wage.begin), day8(wage.end), wage.kind, OWN if wage.ours else "001234567L01",
                   niet_verrekend=wage.apart, vakantietoeslag_betaald=paid, netto_vakantietoeslag=net)  # fmt: skip
