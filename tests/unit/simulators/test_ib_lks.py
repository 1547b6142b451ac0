"""The simulated IB of LKS signals: the same seed tells the same, and it knows what a file of ours tells."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from exchanges.core.period import Period
from exchanges.simulators.ib_lks import ENDED, Known, Office, Paid, register_of

OCTOBER = Period(2026, 10)
KNOWN = {"999990019": Known("1", "V1", 6_250), "999990020": Known("2", "V2"), "999990032": Known("3")}
PAID = [Paid("B1", "999990019", date(2026, 7, 1), date(2026, 7, 31), 31_000)]


def test_the_same_seed_gives_the_same_file_and_another_does_not(tmp_path: Path) -> None:
    files = []
    for place, seed in enumerate((1, 1, 2)):
        office = Office(seed, "0153", KNOWN, PAID, ["999990044"])
        files.append(office.write(tmp_path / str(place), OCTOBER, office.month(OCTOBER, 30)).read_bytes())
    assert files[0] == files[1] != files[2]


def test_every_class_is_planted_and_a_number_is_used_once() -> None:
    office = Office(1, "0153", KNOWN, PAID, ["999990044"])
    sent = [one for month in (8, 9, 10) for one in office.month(Period(2026, month), 40)]
    assert {(one.kind == ENDED, one.certainty) for one in sent} == {(end, c) for end in (True, False) for c in "0123"}
    assert len({one.number for one in sent}) == len(sent) == len(office.sent)
    assert any(one.late for one in sent) and any(one.given != one.certainty != "0" for one in sent)
    # A day of a payment is told once, and never more than was paid.
    assert 0 < sum(one.days for one in sent) <= 31 and sum(one.cents for one in sent) <= 31_000


def test_what_it_knows_is_what_was_delivered_to_it(tmp_path: Path) -> None:
    def client(bsn: str, provisions: str) -> str:
        return (f"<r><ClientSuwi><Burgerservicenr>{bsn}</Burgerservicenr><AtlRelatie>{provisions}</AtlRelatie>"
                "</ClientSuwi></r>")

    def provision(kind: str, more: str = "") -> str:
        return (f"<ReIntegratievoorziening><RegistratienrRvGsd>R{kind}</RegistratienrRvGsd>"
                f"<CdTypeRvGsd>{kind}</CdTypeRvGsd>{more}</ReIntegratievoorziening>")

    group = "<Loonkostensubsidie><PercLoonwaardeTovWml>{}</PercLoonwaardeTovWml></Loonkostensubsidie>"
    filled, empty = group.format("<Percentage>06250</Percentage>"), group.format("")
    path = tmp_path / "levering.xml"
    path.write_text("<v>" + client("1", provision("40") + provision("10", filled)) + client("2", provision("10", empty))
                    + client("3", provision("11")) + client("4", provision("40")) + client("5", "")
                    + client("6", provision("10", filled)) + "</v>", encoding="utf-8")
    assert register_of(path, ["6"]) == {
        "1": Known("1", "R10", 6_250), "2": Known("2", "R10"), "3": Known("2", "R11"), "4": Known("3", "R40"),
        "5": Known("3")}
