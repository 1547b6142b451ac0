"""``sluis check`` of what was sent: what a delivery found in order, it finds in order too, one file or many."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exchanges.administration.demo import generate
from tests.chain import GEMEENTE, chain
from tests.sluis import sluis
from tests.wage_town import wage_town

pytestmark = pytest.mark.system


def _checked(folder: Path, *files: Path) -> list[dict[str, object]]:
    done = sluis(folder, "check", *files, "--json")
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.parametrize("exchange", ["dkd_reintegratie", "ib_rechtmatigheid"])
def test_files_of_persons(tmp_path: Path, exchange: str) -> None:
    generate(tmp_path / "bron", GEMEENTE, 300, 3, errors=False, period="2026-10")
    place = chain(tmp_path / "huis", tmp_path / "bron", exchange=exchange)
    for month in ("2026-09", "2026-10"):
        assert place.finish(place.open(month)) is None
    files = sorted((place.partner / "in").glob("*.xml"))
    found = _checked(tmp_path, *files)
    assert len(found) == 2 and {one["verdict"] for one in found} == {"accepted"}, found


def test_declarations_have_totals_of_their_own_each(tmp_path: Path) -> None:
    place = wage_town(tmp_path)
    for month in (1, 2):
        place.pay(month)
        place.write()
        assert place.chain.finish(place.chain.open(f"2026-{month:02d}")) is None
    files = sorted((place.chain.partner / "aanlever").glob("*.xml"))
    found = _checked(tmp_path, *files)
    assert len(found) == 2 and {one["verdict"] for one in found} == {"accepted"}, found
    text = files[0].read_text(encoding="utf-8")
    start = text.index("TotLnLbPh>") + len("TotLnLbPh>")
    wrong = tmp_path / "anders.xml"
    wrong.write_text(text[:start] + "1" + text[start:], encoding="utf-8")
    told = _checked(tmp_path, files[1], wrong, files[0])
    assert [one["verdict"] for one in told] == ["accepted", "rejected", "accepted"]
