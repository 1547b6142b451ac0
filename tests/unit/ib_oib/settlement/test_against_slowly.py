"""Random households: the proposal is what one finds by working it out one client at a time, and its sums hold."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from exchanges.core.period import Period
from exchanges.core.sql import day8
from exchanges.ib_oib.settlement.parameters import Choices
from tests.settlement import HOLIDAY, OWN, SINGLE, Households, Said
from tests.unit.ib_oib.settlement.slowly import CAPS, MONTHS, Earner, House, Wage, slowly

_NEVER = 99
_CEILING = SINGLE - HOLIDAY

_nets = st.one_of(st.integers(-30_000, 200_000), st.sampled_from([None, 0, 1, 114_000, 113_998]))
_wages = st.builds(
    Wage,
    begin=st.dates(date(2026, 1, 1), date(2026, 7, 31)),
    days=st.one_of(st.sampled_from([28, 30, 31, 35, 36]), st.integers(1, 120)),
    net=_nets,
    kind=st.sampled_from(["15", "15", "15", "31", "43", "62"]),
)
_earners = st.builds(
    Earner,
    born=st.sampled_from([1990, 1990, 1975, 1955, 2004]),
    ground=st.sampled_from([None, "31n", "31n", "34a"]),
    since=st.integers(1, 7),
    used=st.integers(0, 12),
    medical=st.sampled_from([False, False, True]),
    wages=st.lists(_wages, max_size=5).map(tuple),
)
_houses = st.builds(
    House,
    begin=st.one_of(st.just(date(2020, 1, 1)), st.dates(date(2026, 1, 1), date(2026, 6, 30))),
    end=st.one_of(st.none(), st.dates(date(2026, 7, 1), date(2026, 8, 31))),
    earners=st.lists(_earners, min_size=1, max_size=2).map(tuple),
    settled=st.tuples(*[st.sampled_from([0, 0, 10_000, 45_000]) for _ in MONTHS]),
)


# Without shrinking: a proposal takes a third of a second, and a household is easily read.
@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(houses=st.lists(_houses, min_size=1, max_size=12), new_from=st.sampled_from([_NEVER, 1, 4]))
def test_the_proposal_is_that_of_the_slow_way(houses: Sequence[House], new_from: int) -> None:
    said = _proposed(houses, new_from)
    found = {(row["dossier_id"], int(row["maand"][5:])): row for row in said.rows() if row["maand"] >= "2026"}
    expected = {(f"d{number}", month): one for number, house in enumerate(houses)
                for month, one in slowly(house, _CEILING, new_from).items()}
    assert found.keys() == expected.keys()
    for key, one in expected.items():
        row = found[key]
        assert (key, row["te_verrekenen"]) == (key, one.to_settle)
        if one.to_settle is not None:
            assert (key, row["netto"], row["vrij"]) == (key, one.net, one.exempt)
            assert row["uitkering"] == _CEILING - one.to_settle
    _sums(said, new_from)
    _exemptions(said, houses, new_from)


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
        assert row["voorstel"] == {1: "vordering", -1: "nabetaling", 0: "niets"}[
            (row["verschil"] > 0) - (row["verschil"] < 0)]  # fmt: skip
        assert row["regime"] == ("NIEUW_34A" if int(row["maand"][5:]) >= new_from else "OUD_31")
    open_ones = [row for row in said.rows() if row["voorstel"] != "niets"]
    assert len(said.rows("onverklaard")) == len(open_ones)


def _exemptions(said: Said, houses: Sequence[House], new_from: int) -> None:
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
        ids = [world.person(earner.born * 10_000 + 115) for earner in house.earners]
        dossier = world.client(ids[0], house.begin, house.end, spouse=ids[1] if len(ids) > 1 else None)
        for month in MONTHS:
            running = Period(2026, month)
            if house.begin <= running.end and (house.end is None or house.end >= running.start):
                world.paid(dossier, str(running), settled=house.settled[month - 1])
        for id, earner in zip(ids, house.earners, strict=True):
            if earner.ground:
                world.right(id, earner.ground, date(2026, earner.since, 1), used=earner.used)
            if earner.medical:
                world.add("omstandigheid", persoon_id=id, soort="medisch_urenbeperkt", datum_begin=date(2020, 1, 1))
            for wage in earner.wages:
                world.wage(id, wage.net, day8(wage.begin), day8(wage.end), wage.kind, loon_lb=wage.net)
    choices = Choices(exemptions_from=None if new_from == _NEVER else Period(2026, new_from), own_numbers=(OWN,))
    with tempfile.TemporaryDirectory() as folder:
        said = world.propose(Path(folder), Period(2026, 7), choices)
        return Said(said.proposal, {name: said.rows(name) for name in said.proposal.tables})
