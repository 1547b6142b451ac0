"""The simulated list of OIB: reproducible, as its layout says, and from what a comparison of UWV answers lists."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core.compare.engine import compare
from exchanges.core.period import Period
from exchanges.ib_oib.comparison import INCOME
from exchanges.simulators.ib_oib_items import SITUATIONS, Items
from exchanges.simulators.ib_oib_list import Writing, items_of, write
from tests.unit.ib_oib.list_files import rows, taken
from tests.unit.ib_oib.test_comparison import IKO, IKP, IKV, month
from tests.unit.simulators.files import bsns

OCTOBER, NOVEMBER = Period(2026, 10), Period(2026, 11)


def test_the_same_seed_gives_the_same_file(tmp_path):
    def made(name: str, seed: int) -> bytes:
        items = Items(seed, bsns(9)).month(OCTOBER, 40)
        return write(tmp_path / name, "0153", OCTOBER, [one.values for one in items]).read_bytes()

    assert made("a", 1) == made("b", 1) != made("c", 2)


def test_every_situation_is_there_and_known_by_name():
    items = Items(1, bsns(9)).month(OCTOBER, len(SITUATIONS))
    assert len({one.situation for one in items}) == len(SITUATIONS) - 1      # of two employers, each has one
    employers = [one.values for one in items if one.situation == "meer werkgevers"]
    assert len({(one["bsn"], one["volgnummer_ikv"]) for one in employers}) == 1
    assert len({one["loonheffingennummer"] for one in employers}) == 2


def test_the_truth_does_not_lean_on_the_reader():
    for one in Items(3, bsns(9)).month(OCTOBER, 200):
        if one.net is not None:
            amounts = [one.values.get(f"{term}_totaal") or 0 for term in (
                "loon_lbph", "inhouding_lbph", "inhouding_zvw_premie", "inhouding_wgawhk_premie")]
            assert one.net == amounts[0] - sum(amounts[1:]) - (one.values.get("waarde_gebruik_auto") or 0)
            assert one.net == one.values["netto_inkomen_totaal"] and not one.reasons


def test_a_value_that_cannot_be_written_is_told_without_it(tmp_path):
    with pytest.raises(ValueError, match="needs a quote") as caught:
        write(tmp_path / "a", "0153", OCTOBER, [{"naam_administratieve_eenheid": "Zon; 999900006"}], Writing(quote=""))
    assert "9999" not in str(caught.value)


def test_columns_and_notations_are_those_of_the_agreement(tmp_path):
    item = {"loon_sv": -5, "tag": ["A", "B"], "datum_einde_inkomstenopgave": 0}
    path = write(tmp_path / "a", "0153", OCTOBER, [item],
                 Writing(delimiter="|", amounts="punt", days="d-m-jjjj", months="jjjj-mm"))
    with path.open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file, delimiter="|"))
    assert (row["loon_sv"], row["tag"], row["datum_einde_inkomstenopgave"], row["rapportagemaand"]) == (
        "-0.05", "A,B", "0-0-0000", "2026-10")


def test_what_a_comparison_lists_becomes_a_list(tmp_path):
    changed = {**IKO, "loon_lb": 100_00, "ingehouden_lb": 10_00}
    new = {**IKO, "begin": 20261026, "eind": 20261122, "loon_lb": -5_00}
    found = compare(
        month(tmp_path / "toen", [IKV], [IKP], [IKO]),
        month(tmp_path / "nu", [{**IKV, "eind": 20261031}], [{**IKP, "loonheffingskorting": "2"}], [changed, new]),
        INCOME, tmp_path / "werk", period="2026-11", key=bytes(32))
    levels: dict[str, pa.Table] = {name: pq.read_table(path) for name, path in found.items.items()}

    path = write(tmp_path / "in" / "OIB.csv", "0153", NOVEMBER, items_of(levels))

    read = rows(taken(Path(path), period=NOVEMBER))
    shown = "klasse", "maand", "loon_lbph_totaal", "loonheffingskorting_toegepast"
    told = {tuple(row[name] for name in shown) for row in read}
    assert told == {
        ("BEEINDIGDE_INKOMSTENVERHOUDING", None, None, None), ("GECORRIGEERDE_LOONPERIODE", None, None, False),
        ("GECORRIGEERDE_LOONPERIODE", "2026-10", 100_00, None), ("NIEUWE_LOONPERIODE", "2026-11", -5_00, None)}
    assert {row["netto_stand"] for row in read} == {"handmatig", "niet_van_toepassing"}
    assert [row["vorige_waarde_hash"] is not None for row in read if row["klasse"] == "NIEUWE_LOONPERIODE"] == [False]
