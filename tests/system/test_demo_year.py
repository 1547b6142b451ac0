"""A year of loonaangifte through the command line: it closes to 0,00, and does not when something is planted.

2,000 clients, twelve months, corrections of every kind, a separate correction, the bank and GWS beside it.
"""

from __future__ import annotations

import json
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from exchanges.administration.demo.corrections import KINDS
from exchanges.loonaangifte.jaar_lijnen import LINES
from tests.sluis import Done, nobody_in, sluis

pytestmark = pytest.mark.system

CLIENTS = 2000
# A message that cannot pass: numbers in JSON are cents and may look like anything, so only texts are looked at.
_DIGEST = re.compile(r"[0-9a-f]{16,}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jaar") / "demo"


@pytest.fixture(scope="module")
def year(home: Path) -> Done:
    return sluis(home.parent, "demo", "--year", "--json", "--home", home, "--clients", CLIENTS)


@pytest.fixture
def again(home: Path, year: Done, tmp_path: Path) -> Path:
    """The same home, to plant something in."""
    copy = tmp_path / "demo"
    shutil.copytree(home, copy)
    path = copy / "ketensluis.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(str(home), str(copy)), encoding="utf-8")
    return copy


def jaar(home: Path, *args: object) -> Done:
    return sluis(home, "loonaangifte", "jaar", "--gemeente", "0153", "--jaar", "2026", "--json", *args)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)
    elif isinstance(value, str):
        yield _DIGEST.sub(" ", value)


def test_the_year_closes_to_nothing_on_every_line(year):
    found = year.json
    assert year.code == 0 and found["closes"] is True and found["reasons"] == []
    assert [line["line"] for line in found["lines"] if not line["month"]] == list(LINES)
    assert len(found["lines"]) == 13 * len(LINES)
    for line in found["lines"]:
        assert line["received"] == line["jaaropgaven"] == line["payments"], line
        assert line["difference"] == line["relations"] == 0
    assert all(line["received"] for line in found["lines"] if line["line"] not in ("bijdrage_zvw",))
    assert all(count["differ"] == 0 for count in found["counts"])


def test_every_kind_of_correction_occurred_and_was_settled(year):
    found = year.json
    assert set(found["corrections"]) == {kind for kind in KINDS if kind}
    assert all(found["corrections"].values())
    collective = found["collective"]
    assert collective["closes"] and collective["asked"] + collective["separate"] == collective["due"]
    by = {one["by"]: one for one in collective["corrected_in"]}
    assert set(by) == {f"2026-{month:02}" for month in range(2, 13)} | {"los"}
    assert sum(one["withdrawn"] for one in by.values()) > 0 and by["los"]["saldo"] == collective["separate"] != 0
    assert all(0 <= one["rounding"] < 100 for one in collective["rounding"])
    assert len(collective["rounding"]) == 48


def test_every_delivery_was_accepted(year):
    found = year.json["deliveries"]
    assert [one["method"] for one in found] == ["aangifte"] * 12 + ["losse_correctie"]
    assert {one["state"] for one in found} == {"accepted"}


def test_the_recalculation_of_december_and_the_gross_up_are_in_it(year):
    computed = year.json["computed"]
    assert computed["herrekend"] > 100 and computed["herrekend_af"] < 0 and computed["gebruteerd"] > 10
    december = {line["line"]: line for line in year.json["lines"] if line["month"] == "2026-12"}
    assert december["netto"]["computed"] == 0 != december["loonheffing"]["computed"]


def test_bank_and_gws_say_the_same(year):
    bank, gws = year.json["bank"], year.json["gws"]
    assert bank["closes"] and [line["outcome"] for line in bank["lines"]] == ["gevonden"] * 12
    assert gws["closes"] and gws["years"]["equal"] == year.json["jaaropgaven"]["count"] > 1_000
    assert gws["months"]["equal"] > 10_000 and gws["refused"] == 0


def test_progress_is_told_and_nobody_is(year, home):
    assert "losse correctie" in year.err
    report = home / "verslagen" / "0153" / "loonaangifte_0153_2026_jaar.html"
    assert nobody_in(year.err, _DIGEST.sub(" ", report.read_text(encoding="utf-8")), *texts(year.json))
    names = [path.name for path in home.rglob("*")]
    assert nobody_in(*(_DIGEST.sub(" ", name) for name in names))


def test_the_jaaropgaven_are_the_owners_alone(year, home):
    folder = home / "jaaropgaven" / "0153"
    files = sorted(folder.iterdir())
    assert [path.suffix for path in files] == [".csv", ".html", ".parquet"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}
    table, count = pq.read_table(files[2]), year.json["jaaropgaven"]["count"]
    assert table.num_rows == count
    assert files[1].read_text(encoding="utf-8").count('<article class="opgave"') == count
    lines = files[0].read_text(encoding="utf-8").splitlines()
    assert len(lines) == count + 1 and lines[0].startswith("bsn;klantnummer;")
    wage = pc.add(table["fiscaal_loon_cent"], table["ontvangsten_loon_cent"])
    (whole,) = (line for line in year.json["lines"] if line["line"] == "loon" and not line["month"])
    assert pc.sum(wage).as_py() == whole["jaaropgaven"]


def test_the_same_year_again_is_the_same_statement(year, home):
    done = jaar(home, "--gws", home / "gws", "--bank", home / "bank")
    assert done.code == 0
    first, second = year.json, done.json
    if first["provenance"]["code"] == second["provenance"]["code"]:  # nobody committed in between
        assert first["hash"] == second["hash"]
    for name in ("lines", "counts", "collective", "bank", "gws", "jaaropgaven", "computed", "assumptions"):
        assert first[name] == second[name]


def test_a_changed_payment_opens_the_year(again):
    path = again / "bron" / "0153" / "betaling.parquet"
    table = pq.read_table(path)
    march = pc.index(pc.and_(pc.equal(table["periode"], "2026-03"), pc.is_valid(table["loon_cent"])), True).as_py()
    for name in ("netto_cent", "loon_cent"):
        column = table[name].to_pylist()
        column[march] += 1
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), pa.array(column, pa.int64()))
    pq.write_table(table, path)
    done = jaar(again)
    assert done.code == 1 and done.json["closes"] is False
    wrong = {(line["line"], line["month"]) for line in done.json["lines"] if not line["closes"]}
    assert {("loon", "2026-03"), ("netto", "2026-03"), ("netto", "")} <= wrong
    (netto,) = (line for line in done.json["lines"] if (line["line"], line["month"]) == ("netto", "2026-03"))
    assert (netto["difference"], netto["relations"]) == (1, 1)
    assert any("maart 2026" in reason for reason in done.json["reasons"])
    assert all(re.fullmatch(r"p:[0-9a-f]{20}", one["record"]) for one in done.json["deviations"])


def test_a_planted_difference_in_gws_is_found(again):
    years = again / "gws" / "jaaropgaven-2026.xml"
    text = years.read_text(encoding="utf-8")
    amount = re.search(r"<Loonheffing><CdPositiefNegatief>\+</CdPositiefNegatief><WaardeBedrag>([1-9][0-9]+)<", text)
    assert amount is not None
    planted = text[: amount.start(1)] + str(int(amount[1]) + 7) + text[amount.end(1) :]
    years.write_text(planted, encoding="utf-8")
    done = jaar(again, "--gws", again / "gws")
    assert done.code == 1 and done.json["gws"]["years"]["different"] == 1
    (one,) = done.json["gws"]["differences"]
    assert one["amount"] == "loonheffing" and one["theirs"] == one["ours"] + 7 and one["action"]
    assert all(line["closes"] for line in done.json["lines"])


def test_a_specification_that_is_missing_in_gws_is_found(again):
    whole = again / "gws" / "specificaties-2026.zip"
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(again / "minder.zip", "w") as fewer:
        for name in archive.namelist()[1:]:
            fewer.writestr(name, archive.read(name))
    whole.unlink()
    done = jaar(again, "--gws", again / "gws", "--gws", again / "minder.zip")
    assert done.code == 1 and done.json["gws"]["years"]["different"] == 0
    months = done.json["gws"]["months"]
    assert months["different"] > 0 and months["ours"] == months["theirs"] + months["different"]
    assert {one["theirs"] for one in done.json["gws"]["differences"]} == {None}


def test_the_bank_alone(again):
    def bank(*paths: Path) -> Done:
        return sluis(again, "loonaangifte", "bank", "--gemeente", "0153", "--jaar", "2026", "--json", *paths)

    whole = bank(again / "bank")
    assert whole.code == 0 and whole.json["closes"] and whole.json["not_declared"] == []
    files = sorted((again / "bank").iterdir())
    without = bank(*files[:3], *files[4:])
    assert without.code == 1
    assert [line["outcome"] for line in without.json["lines"]].count("ontbreekt") == 1
    assert without.json["lines"][3]["month"] == "2026-04"
    text = files[5].read_text(encoding="utf-8")
    due = whole.json["lines"][5]["expected"]
    files[5].write_text(text.replace(f">{due // 100}.00<", f">{due // 100 - 1}.00<", 1), encoding="utf-8")
    other = bank(again / "bank")
    assert other.code == 1 and any("LA-BANK" in row["code"] for row in other.json["findings"])


def test_a_statement_that_says_another_amount_and_balances(again):
    files = sorted((again / "bank").iterdir())
    text = files[5].read_text(encoding="utf-8")
    end = re.search(r"<Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">([0-9]+)", text)
    paid = re.search(r"<Ntry><Amt Ccy=\"EUR\">([0-9]{6})\.00", text)
    assert end is not None and paid is not None
    text = text[: paid.start(1)] + str(int(paid[1]) - 1) + text[paid.end(1) :]
    text = text[: end.start(1)] + str(int(end[1]) + 1) + text[end.end(1) :]
    files[5].write_text(text, encoding="utf-8")
    done = jaar(again, "--bank", again / "bank")
    assert done.code == 1
    (line,) = (line for line in done.json["bank"]["lines"] if line["difference"])
    assert (line["month"], line["difference"], line["outcome"]) == ("2026-06", -100, "ander_bedrag")
    assert any("juni 2026" in reason for reason in done.json["reasons"])


def test_used_wrongly(again, tmp_path):
    assert jaar(again, "--gws", tmp_path / "nergens").code == 2
    other = sluis(again, "loonaangifte", "jaar", "--gemeente", "0344", "--jaar", "2026")
    assert other.code == 2 and "0344" in other.err
    path = again / "ketensluis.toml"
    path.write_text(re.sub("rekening_belastingdienst.*", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    assert jaar(again, "--bank", again / "bank").code == 2
    empty = sluis(again, "loonaangifte", "jaar", "--gemeente", "0153", "--jaar", "2022", "--json")
    assert empty.code == 1 and json.loads(empty.out)["closes"] is False
