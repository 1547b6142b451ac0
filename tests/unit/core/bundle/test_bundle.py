"""The bundle of a month: complete, the same every time, checkable without us, and without anybody's number."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from exchanges.core.bsn import passes
from exchanges.core.bundle import Bundle, make, make_bundle
from exchanges.core.errors import BusinessError, TechnicalError, UsageError
from exchanges.core.evidence.reading import lines
from exchanges.core.period import Period
from exchanges.core.store.opening import open_store
from tests.chain import Chain, chain
from tests.rows import write_csv
from tests.unit.core.reports.forms_read import Page, Paper

OCTOBER = Period(2026, 10)
BSNS = ("999990007", "999990019")
PEOPLE = [{"persoon_id": f"P{nr}", "bsn": bsn, "achternaam": "Berg"} for nr, bsn in enumerate(BSNS, start=1)]
TRACKS = [
    {"traject_id": f"T{number}", "persoon_id": f"P{number}", "doel": "1", "datum_begin": "2025-01-01"}
    for number in (1, 2)
]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """Two deliveries in October, the second without an answer, and one in September that is not in the bundle."""
    home = tmp_path_factory.mktemp("bundel")
    made = chain(home / "huis", write_csv(home / "bron", {"persoon": PEOPLE, "traject": TRACKS}), kind="csv")
    assert made.finish(made.open("2026-09")) is None
    assert made.finish(made.open("2026-10"), ["reject-count=1"]) is None
    assert made.deliver(made.open("2026-10", new=True)) is None
    return made


def bundle(town: Chain, out: Path, period: Period = OCTOBER, gemeente: str = "0153") -> Bundle:
    return make_bundle(town.settings, town.ledger, open_store(town.settings), gemeente, period, out, "a.jansen")


@pytest.fixture(scope="module")
def made(town: Chain, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, dict[str, bytes]]:
    done = bundle(town, tmp_path_factory.mktemp("uit") / "bundel.zip")
    with zipfile.ZipFile(done.out) as archive:
        return done, {name: archive.read(name) for name in archive.namelist()}


def test_what_is_in_it(made: tuple[Bundle, dict[str, bytes]]) -> None:
    done, files = made
    folders = [f"leveringen/dkd_reintegratie/{number}" for number in ("0001", "0002")]
    each = {"verslag.json", "verslag.html", "verslag.pdf", "verslag.xlsx", "antwoord.json", "gebeurtenissen.jsonl"}
    assert set(files) == {"manifest.json", "index.html", "index.pdf", "bestanden.csv"} | {
        f"{folder}/{name}" for folder in folders for name in each
    }
    assert (done.deliveries, done.files) == (2, len(files) - 1)
    assert stat.S_IMODE(done.out.stat().st_mode) == 0o600


def test_the_manifest_names_every_file_and_is_in_the_books(town: Chain, made: tuple[Bundle, dict[str, bytes]]) -> None:
    done, files = made
    manifest = json.loads(files["manifest.json"])
    assert hashlib.sha256(files["manifest.json"]).hexdigest() == done.manifest
    listed = {one["pad"]: (one["sha256"], one["bytes"]) for one in manifest["bestanden"]}
    assert listed == {
        name: (hashlib.sha256(data).hexdigest(), len(data)) for name, data in files.items() if name != "manifest.json"
    }
    assert all(one["wat"] for one in manifest["bestanden"])
    event = next(one for one in town.ledger.events(None) if one.action == "inzage bundel")
    assert (event.actor, event.object, event.result) == ("a.jansen", "alle/0153", "gemaakt")
    assert event.details == {"periode": "2026-10", "manifest": done.manifest, "leveringen": 2, "bestanden": done.files}


def test_the_same_books_give_the_same_bytes(town: Chain, made: tuple[Bundle, dict[str, bytes]], tmp_path: Path) -> None:
    done, _ = made
    again = bundle(town, tmp_path / "nog-eens.zip")
    assert again.out.read_bytes() == done.out.read_bytes() and again.manifest == done.manifest


def test_reports_are_those_of_the_books(town: Chain, made: tuple[Bundle, dict[str, bytes]]) -> None:
    _, files = made
    for delivery in json.loads(files["manifest.json"])["leveringen"]:
        row = town.ledger.step_result(delivery["id"], "report")
        folder = f"leveringen/dkd_reintegratie/{delivery['id'][-4:]}"
        for form in ("json", "html"):
            data = files[f"{folder}/verslag.{form}"]
            assert hashlib.sha256(data).hexdigest() == row.artefacts[f"verslag/{form}"].sha256
        assert delivery["verslag_sha256"] == row.details["hash"] and delivery["verslag_bijgewerkt"] is True
        # Not printed at the time (see tests/conftest.py): made from the same numbers.
        assert Paper(files[f"{folder}/verslag.pdf"]).text == Page(files[f"{folder}/verslag.html"].decode()).text
        printed = [one for one in json.loads(files["manifest.json"])["bestanden"] if one["pad"].endswith("verslag.pdf")]
        assert all("voor deze bundel gemaakt" in one["wat"] for one in printed)


def test_one_record_is_one(made: tuple[Bundle, dict[str, bytes]]) -> None:
    told = json.loads(made[1]["leveringen/dkd_reintegratie/0001/verslag.json"])["verdict"]["text"]
    assert told.endswith("De partner heeft 1 record geaccepteerd en 1 afgewezen.")


def test_reports_that_were_printed_are_kept_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETENSLUIS_PRINT_REPORTS", "true")
    town = chain(tmp_path / "huis", write_csv(tmp_path / "bron", {"persoon": PEOPLE, "traject": TRACKS}), kind="csv")
    delivery = town.open("2026-10")
    assert town.deliver(delivery) is None
    artefacts = town.ledger.step_result(delivery, "report").artefacts
    assert sorted(artefacts) == ["verslag/html", "verslag/json", "verslag/pdf", "verslag/xlsx"]
    shown = town.home / "verslagen" / "0153"
    stem = delivery.replace("/", "_")
    assert {
        path.suffix[1:]: hashlib.sha256(path.read_bytes()).hexdigest() for path in shown.glob(f"{stem}.*")
    } == {name.removeprefix("verslag/"): one.sha256 for name, one in artefacts.items()}
    with zipfile.ZipFile(bundle(town, tmp_path / "bundel.zip").out) as archive:
        for form in ("json", "html", "pdf", "xlsx"):
            data = archive.read(f"leveringen/dkd_reintegratie/0001/verslag.{form}")
            assert hashlib.sha256(data).hexdigest() == artefacts[f"verslag/{form}"].sha256
        assert b"voor deze bundel gemaakt" not in archive.read("manifest.json")


def test_events_are_lines_of_the_chain(town: Chain, made: tuple[Bundle, dict[str, bytes]]) -> None:
    _, files = made
    with town.ledger.database.read() as connection:
        chained = set(lines(connection))
    told: list[dict[str, Any]] = []
    for name, data in files.items():
        if name.endswith(".jsonl"):
            own = data.decode().splitlines(keepends=True)
            assert own and set(own) <= chained
            told += map(json.loads, own)
    ids = {f"dkd_reintegratie/0153/2026-10/{number}" for number in ("0001", "0002")}
    assert {one["delivery"] for one in told} == ids
    expected = sum(json.loads(line)["delivery"] in ids for line in chained)
    assert len(told) == expected
    # By the recipe of docs/evidence.md, without our code.
    for one in told:
        found = one.pop("hash")
        plain = json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(plain.encode()).hexdigest() == found


def test_files_and_answers(town: Chain, made: tuple[Bundle, dict[str, bytes]]) -> None:
    _, files = made
    rows = list(csv.DictReader(io.StringIO(files["bestanden.csv"].decode("utf-8-sig")), delimiter=";"))
    sent = [row for row in rows if row["soort"] == "verzonden"]
    assert [row["levering"][-4:] for row in sent] == ["0001", "0002"]
    for row in sent:
        data = (town.partner / "in" / row["bestand"]).read_bytes()
        assert (row["sha256"], row["bytes"]) == (hashlib.sha256(data).hexdigest(), str(len(data)))
    first, second = (json.loads(files[f"leveringen/dkd_reintegratie/{nr}/antwoord.json"]) for nr in ("0001", "0002"))
    assert (first["beantwoord"], first["geaccepteerd"], first["afgewezen"]) == (True, 1, 1)
    assert first["uitkomst"] == "partly_accepted" and sum(one["count"] for one in first["redenen"]) == 1
    assert second == {"levering": "dkd_reintegratie/0153/2026-10/0002", "stand": "delivered", "beantwoord": False}


def test_the_index_leads_to_every_file(made: tuple[Bundle, dict[str, bytes]]) -> None:
    _, files = made
    page = html.fromstring(files["index.html"].decode())
    linked = {link.get("href") for link in page.iter("a") if not link.get("href").startswith("#")}
    assert linked == set(files) - {"manifest.json", "index.html", "index.pdf"}
    assert page.find(".//script") is None and page.get("lang") == "nl"
    ids = {one.get("id") for one in page.iter() if one.get("id")}
    assert {link.get("href")[1:] for link in page.iter("a") if link.get("href").startswith("#")} <= ids
    assert "Alle leveringen sluiten" in page.text_content()
    assert Paper(files["index.pdf"]).text == Page(files["index.html"].decode()).text


def test_no_person_is_in_it(made: tuple[Bundle, dict[str, bytes]]) -> None:
    _, files = made
    for name, data in files.items():
        text = Paper(data).text if name.endswith(".pdf") else data.decode("utf-8", "replace")
        if name.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(data)) as book:
                text = "".join(book.read(part).decode() for part in book.namelist())
        assert "Berg" not in text and not any(bsn in text for bsn in BSNS), name
        if not name.endswith((".pdf", ".xlsx")):
            assert not [one for one in re.findall(r"(?<![0-9A-Fa-f])[0-9]{9}(?![0-9A-Fa-f])", text) if passes(one)]


def test_a_report_that_is_older_than_what_was_done_is_said_to_be(town: Chain, tmp_path: Path) -> None:
    delivery = town.open("2026-08")
    assert town.deliver(delivery) is None
    town.answer()
    town.step(delivery, "receipt")
    with zipfile.ZipFile(bundle(town, tmp_path / "bundel.zip", Period(2026, 8)).out) as archive:
        assert json.loads(archive.read("manifest.json"))["leveringen"][0]["verslag_bijgewerkt"] is False
        assert "Na het verslag is nog iets gedaan" in archive.read("index.html").decode()


def test_an_altered_report_is_not_handed_over(tmp_path: Path) -> None:
    town = chain(tmp_path / "huis", write_csv(tmp_path / "bron", {"persoon": PEOPLE, "traject": TRACKS}), kind="csv")
    delivery = town.open("2026-10")
    assert town.deliver(delivery) is None
    sha256 = town.ledger.step_result(delivery, "report").artefacts["verslag/html"].sha256
    kept, = (path for path in (town.home / "artefacten").rglob(f"*{sha256[4:]}*") if path.is_file())
    kept.chmod(0o600)
    data = bytearray(kept.read_bytes())
    data[-10] ^= 1
    kept.write_bytes(data)
    out = tmp_path / "bundel.zip"
    with pytest.raises(BusinessError):
        bundle(town, out)
    assert list(tmp_path.glob("*bundel*")) == []
    assert not [one for one in town.ledger.events(None) if one.action == "inzage bundel"]


def test_what_is_refused(town: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "bundel.zip"
    with pytest.raises(UsageError, match="staat niet in de instellingen"):
        bundle(town, out, gemeente="0999")
    with pytest.raises(UsageError, match="geen leveringen over november 2026"):
        bundle(town, out, Period(2026, 11))
    opened = town.open("2026-12")
    with pytest.raises(BusinessError, match=f"{opened} heeft nog geen verslag"):
        bundle(town, out, Period(2026, 12))
    with pytest.raises(UsageError, match="nergens is er niet"):
        bundle(town, tmp_path / "nergens" / "bundel.zip")
    out.write_bytes(b"iets")
    with pytest.raises(UsageError, match="bestaat al"):
        bundle(town, out)
    assert out.read_bytes() == b"iets" and list(tmp_path.iterdir()) == [out]


def test_a_file_that_came_there_meanwhile_stays(town: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, honest = tmp_path / "bundel.zip", make.zipped

    def slow(*given: Any, **more: Any) -> Any:
        out.write_bytes(b"van een ander")
        return honest(*given, **more)

    monkeypatch.setattr(make, "zipped", slow)
    with pytest.raises(UsageError, match="bestaat al"):
        bundle(town, out)
    assert out.read_bytes() == b"van een ander" and list(tmp_path.iterdir()) == [out]


def test_a_bundle_that_cannot_be_booked_is_not_handed_over(
    town: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise TechnicalError("Het register is niet bereikbaar.")

    monkeypatch.setattr(type(town.ledger), "event", away)
    with pytest.raises(TechnicalError):
        bundle(town, tmp_path / "bundel.zip")
    assert list(tmp_path.iterdir()) == []
