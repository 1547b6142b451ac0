"""Of whom UWV told nothing that can be used: by name in the municipality's own sealed list, with reason and action, and
nowhere else."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from pyrage import x25519

from exchanges.administration.demo import generate
from exchanges.core.errors import Blocked
from exchanges.core.lists.seal import unseal
from exchanges.ib_oib import without_outcome
from exchanges.ib_oib.answer_words import WORDS
from exchanges.simulators.uwv_archive import write_archive
from tests.chain import GEMEENTE, Chain, chain
from tests.oib import EMPTY, FAULT, Town, answer, document

MONTH = "2026-10"


@pytest.fixture
def delivered(tmp_path: Path) -> tuple[Town, dict[str, str], str]:
    """A municipality whose dossiers of October were accepted, of whom they are by BSN, and its own secret key."""
    generate(tmp_path / "bron", GEMEENTE, 60, 3, errors=False, period=MONTH)
    sender = chain(tmp_path / "huis", tmp_path / "bron", exchange="ib_rechtmatigheid")
    key = x25519.Identity.generate()
    config = sender.home / "ketensluis.toml"
    lists = f'[gemeente.{GEMEENTE}.lijsten]\nsleutel = "{key.to_public()}"\n'
    config.write_text(f"{config.read_text(encoding='utf-8')}\n{lists}", encoding="utf-8")
    delivery = sender.open(MONTH)
    assert sender.finish(delivery) is None
    lines = etree.fromstring(sender.message(delivery)).iter("Regel")
    people = {line.findtext("Burgerservicenr") or "": line.findtext("Dossiernummer") or "" for line in lines}
    return Town(Chain(sender.home, sender.source, sender.partner, sender.gemeente, "ib_oib")), people, str(key)


def opened(place: Town, key: str, out: Path) -> dict[str, bytes]:
    folder = place.chain.home / "lijsten" / GEMEENTE
    [sealed] = [path for path in folder.iterdir() if path.suffix == ".age"]
    unseal(sealed, key, out)
    with zipfile.ZipFile(out) as files:
        return {name: files.read(name) for name in files.namelist()}


def test_who_has_no_outcome_is_listed_by_name_for_the_municipality_alone(
    delivered: tuple[Town, dict[str, str], str], tmp_path: Path
) -> None:
    place, people, key = delivered
    fault, silent, broken, twice, missing, *others = sorted(people)
    stranger = next(bsn for bsn in ("999990019", "999990020") if bsn not in people)
    told: dict[str, bytes | None] = {fault: document(FAULT), silent: None, broken: b"<geen xml", **dict.fromkeys(
        others, document(EMPTY))}  # fmt: skip
    place.outbox.mkdir(parents=True, exist_ok=True)
    write_archive(
        place.outbox / f"OIB_ANTWOORDEN_{GEMEENTE}_{MONTH}_1.zip",
        [*told.items(), (twice, answer(twice)), (twice, answer(twice)), (stranger, answer(stranger))],
    )
    delivery, stopped = place.receive(MONTH)
    assert stopped is None, stopped
    files = opened(place, key, tmp_path / "open.zip")
    base = f"ib_oib_{GEMEENTE}_{MONTH}_001"
    rows = list(csv.DictReader(io.StringIO(files[f"{base}_zonder_uitkomst.csv"].decode("utf-8-sig")), delimiter=";"))
    expected = {
        fault: ("Geen uitkomst", "OIB-FOUT", "FWI0001"), silent: ("Geen uitkomst", "OIB-GEEN-ANTWOORD", ""),
        broken: ("Geen uitkomst", "OIB-ONLEESBAAR", ""), twice: ("Geen uitkomst", "OIB-DUBBEL", ""),
        missing: ("Niet bevraagd", "OIB-NIET-BEVRAAGD", ""),
    }  # fmt: skip
    found = {row["BSN"]: (row["Wat er is"], row["Bevinding"], row["Foutcode van UWV"]) for row in rows}
    assert found == expected and len(rows) == len(expected)
    for row in rows:
        said = WORDS[row["Bevinding"]]
        assert (row["Waarom"], row["Wat te doen"]) == (said.text, said.action)
        assert row["Dossiernummer"] == people[row["BSN"]]
    # The cover adds up: everybody in the file is with data, with nothing, or without an outcome.
    cover = json.loads(files[f"{base}.json"])
    lines = files[f"{base}_voorblad.csv"].decode("utf-8-sig")
    assert f"In het bestand staan {len(people)} personen: 1 met gegevens, {len(others)} over wie UWV niets heeft en" \
        " 4 zonder uitkomst." in lines  # fmt: skip
    assert "Over 1 aangeleverde persoon is niets gevraagd." in lines
    assert {sheet["id"]: len(sheet["rijen"]) for sheet in cover["bladen"]}["zonder_uitkomst"] == 5
    proofs = [(proof["text"], proof["left"], proof["right"]) for proof in place.proofs(delivery)]
    assert ("Personen zonder uitkomst staan op het blad", 4, 4) in proofs
    assert ("Aangeleverde personen over wie niets is gevraagd, staan op het blad", 1, 1) in proofs
    # They are no signals, and nobody's number is outside what is sealed.
    assert place.balances(delivery, "publish")["inkomen"].out == len(place.rows(delivery))
    outside = [path for name in ("lijsten", "verslagen") for path in (place.chain.home / name / GEMEENTE).iterdir()]
    assert not any(bsn.encode() in path.read_bytes() for path in outside for bsn in expected)


def test_a_person_who_is_not_on_the_sheet_stops_the_delivery(
    delivered: tuple[Town, dict[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, people, _ = delivered
    fault, *others = sorted(people)
    place.put(MONTH, {fault: document(FAULT), **dict.fromkeys(others, document(EMPTY))})
    work = without_outcome.WITHOUT_OUTCOME
    monkeypatch.setitem(work.__dict__, "sql", f"SELECT * FROM ({work.sql}) WHERE code <> 'OIB-FOUT'")
    _, stopped = place.receive(MONTH)
    assert isinstance(stopped, Blocked) and "R-OIB 1" in str(stopped)
