"""The simulator of signal files: seeded, all kinds, by the layout, and by its own means nothing of the reader."""

from __future__ import annotations

import csv
import re

import pytest

from exchanges.core.period import Period
from exchanges.simulators.ib_signals import KINDS, VERSIONS, Signals, layout, with_bad_line, with_unknown_column
from tests.unit.simulators.files import bsns

OCTOBER = Period(2026, 10)


def written(folder, version, form, seed=1, gemeente="0153"):
    ib = Signals(seed, gemeente, bsns(20))
    return ib.write(folder, OCTOBER, ib.month(OCTOBER, 40), version, form)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("form", ["csv", "xml"])
def test_the_same_seed_gives_the_same_file(tmp_path, version, form):
    first, again, other = (written(tmp_path / name, version, form, seed).read_bytes()
                           for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert first == again != other


def test_numbers_go_on_from_month_to_month_and_all_kinds_are_there():
    ib = Signals(1, "0153", bsns(20))
    first, second = ib.month(OCTOBER, 40), ib.month(OCTOBER.shift(1), 40)
    assert len({one.number for one in first + second}) == 80
    assert {one.kind for one in first} == set(KINDS) and any(one.unverified for one in first)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_csv_has_the_columns_of_its_layout(tmp_path, version):
    with written(tmp_path, version, "csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert list(rows[0]) == [place.csv for place in layout(version) if place.csv]
    assert {row["Formaatversie"] for row in rows} == {version}
    unknown = [row for row in rows if row["Signaaltype"] == "VRM" and not row["VRM IBAN"]]
    assert bool(unknown) == (version != "07") and not any(row["VRM Saldo"] for row in unknown)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_xml_writes_what_is_not_known_as_nvt(tmp_path, version):
    text = written(tmp_path, version, "xml").read_text(encoding="utf-8")
    unknown = re.findall("<Vermogen><Iban>N.v.t.</Iban><Bankproduct>N.v.t.</Bankproduct><Saldo>0</Saldo>"
                         "<Rente>0</Rente></Vermogen>", text)
    assert bool(unknown) == (version != "07")
    assert f"<AantalSignalen>{text.count('<Signaal>')}<" in text


@pytest.mark.parametrize("form", ["csv", "xml"])
def test_what_is_made_wrong_differs_in_that_alone(tmp_path, form):
    for change, most in ((with_bad_line, 2), (with_unknown_column, 41)):
        path = written(tmp_path / change.__name__, "07", form)
        before = path.read_text(encoding="utf-8").splitlines()
        change(path)
        after = path.read_text(encoding="utf-8").splitlines()
        assert len(before) == len(after)
        assert 1 <= sum(a != b for a, b in zip(before, after, strict=True)) <= most
