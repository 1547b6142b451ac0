"""Anchors: signed, one after another, in two places; and what somebody can do to them is told."""

from __future__ import annotations

import errno
import json
import stat
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.evidence import anchors
from exchanges.core.evidence.anchors import Anchor, file_name, make, parse
from exchanges.core.evidence.daily import verify_and_anchor
from exchanges.core.evidence.export import export
from exchanges.core.evidence.key import key_id, public_keys, public_pem, signing_key
from exchanges.core.evidence.verify import Verdict, verify_export, verify_ledger
from exchanges.core.ledger import Ledger
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from tests.unit.core.ledger.filled import OCTOBER, altered, fill


class Place:
    """An installation whose anchors are also on a volume that only takes new files."""

    def __init__(self, root: Path) -> None:
        self.settings = Settings(home=root / "huis", anchors=str(root / "vast"))
        self.home, self.fixed = self.settings.anchor_folders
        self.ledger: Ledger = open_ledger(self.settings)

    def anchor(self) -> Anchor | None:
        self.ledger.event(None, "beheer", "gezien", "iets", "goed")
        return verify_and_anchor(self.settings)

    def verify(self, *folders: Path) -> Verdict:
        own = signing_key(self.settings.anchor_key_file).public_key()
        return verify_ledger(self.ledger, folders or (self.home, self.fixed), {key_id(own): own})

    def sentences(self, *folders: Path) -> list[str]:
        return [one.sentence for one in self.verify(*folders).breaches]

    def rewrite(self, number: int, **changes: object) -> None:
        for folder in (self.home, self.fixed):
            path = folder / file_name(number)
            said = {**json.loads(path.read_text()), **changes}
            path.unlink()
            path.write_text(json.dumps(said, sort_keys=True, separators=(",", ":")) + "\n")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    fill(made.ledger)
    return made


def test_anchors_follow_each_other_and_the_chain_fits(place: Place) -> None:
    first, second = place.anchor(), place.anchor()
    assert first is not None and second is not None
    assert (first.number, second.number, second.previous) == (1, 2, first.sha256)
    assert second.count == second.place > first.place
    verdict = place.verify()
    assert (verdict.breaches, verdict.anchors) == ((), 2)
    for folder in (place.home, place.fixed):
        assert [path.name for path in sorted(folder.iterdir())] == ["anker-000001.json", "anker-000002.json"]
        assert not any(path.stat().st_mode & stat.S_IWUSR for path in folder.iterdir())
    told = [event for event in place.ledger.events(None) if event.action == "anker gezet"]
    assert [event.details["sha256"] for event in told] == [first.sha256, second.sha256]


def test_nothing_new_is_not_anchored_again(place: Place) -> None:
    assert place.anchor() is not None
    assert verify_and_anchor(place.settings) is None
    assert len(list(place.home.iterdir())) == 1


def test_a_volume_that_was_away_gets_what_it_missed(place: Place) -> None:
    place.anchor()
    for path in list(place.fixed.iterdir()):
        path.unlink()
    assert any("Anker 1 ontbreekt in map vast" in one for one in place.sentences())
    place.anchor()
    assert place.sentences() == [] and len(list(place.fixed.iterdir())) == 2


def test_the_end_that_is_cut_off_is_missed(place: Place) -> None:
    anchor = place.anchor()
    assert anchor is not None
    with altered(place.ledger, f"DELETE FROM event WHERE place >= {anchor.place}", stays=True):
        pass
    [breach] = place.verify().breaches
    assert (breach.kind, breach.place) == ("afgekapt", anchor.place) and "anker 1 van" in breach.sentence
    with pytest.raises(BusinessError, match="afgekapt"):
        verify_and_anchor(place.settings)
    place.ledger.event(None, "beheer", "gezien", "iets", "goed")
    [breach] = place.verify().breaches
    assert (breach.kind, breach.until) == ("herschreven", anchor.place)


def test_a_chain_that_is_made_anew_is_not_the_chain(place: Place) -> None:
    """All events written again by the program, by whom has the database and not the anchors."""
    anchor = place.anchor()
    assert anchor is not None
    place.ledger.database.engine.dispose()
    for path in place.settings.root.glob("ledger.sqlite*"):
        if path.is_file():
            path.unlink()
    place.ledger.create()
    fill(place.ledger)
    for _ in range(3):
        place.ledger.event(None, "beheer", "gezien", "iets", "goed")
    breach = place.verify().breaches[0]
    assert (breach.kind, breach.place, breach.until) == ("herschreven", 1, anchor.place)


def test_an_anchor_that_is_altered_does_not_count(place: Place) -> None:
    place.anchor()
    place.anchor()
    place.rewrite(2, plaats=3)
    assert any(one.startswith("Anker 2 van") and "handtekening klopt niet" in one for one in place.sentences())
    with pytest.raises(BusinessError, match="handtekening"):
        place.anchor()


def test_an_anchor_that_is_gone_is_missed_by_the_next_one_and_by_the_chain(place: Place) -> None:
    for _ in range(3):
        place.anchor()
    for gone, next_one in ((1, 2), (3, None)):
        kept = {folder: (folder / file_name(gone)).read_bytes() for folder in (place.home, place.fixed)}
        for folder in kept:
            (folder / file_name(gone)).unlink()
        told = place.sentences()
        assert any(f"Anker {gone} ontbreekt of is een ander; volgens de keten" in one for one in told)
        if next_one:
            assert any(f"Anker {gone} ontbreekt; daarna komt anker {next_one}" in one for one in told)
        with pytest.raises(BusinessError, match=f"Anker {gone} ontbreekt"):
            place.anchor()
        for folder, content in kept.items():
            (folder / file_name(gone)).write_bytes(content)
    assert place.sentences() == []


def test_the_two_places_must_say_the_same(place: Place) -> None:
    """Who has the key of this installation can sign what he likes; not on the volume that takes new files only."""
    place.anchor()
    path = place.home / file_name(1)
    said = json.loads(path.read_text())
    del said["handtekening"]
    said["plaats"] = said["aantal"] = 2
    said["handtekening"] = signing_key(place.settings.anchor_key_file).sign(
        json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    ).hex()
    path.unlink()
    path.write_text(json.dumps(said, sort_keys=True, separators=(",", ":")) + "\n")
    assert any("twee verschillende ankers 1" in one for one in place.sentences())


@pytest.mark.parametrize("content", [
    "{}\n", "[]\n", "geen json\n", "null\n", '{"nummer":1}\n', "[" * 5000,
    '{"aantal":1,"handtekening":"","hash":"a","moment":"2026","nummer":1,"plaats":1,"sleutel":"","vorige":"","vorm":1}\n',
])  # fmt: skip
def test_what_is_no_anchor_is_said_to_be_none(place: Place, content: str) -> None:
    place.anchor()
    (place.home / file_name(2)).write_text(content)
    assert parse(content) is None
    assert any("Bestand anker-000002.json is geen anker" in one for one in place.sentences())


def test_a_volume_takes_new_files_and_nothing_else(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the attribute ``a``: what is in it cannot be renamed, replaced or taken away."""

    for name in ("rename", "replace", "unlink"):
        honest = getattr(Path, name)

        def kept(path: Path, *more: object, _honest: Any = honest, **named: object) -> object:
            if path.parent == place.fixed:
                raise PermissionError(errno.EPERM, "append only")
            return _honest(path, *more, **named)

        monkeypatch.setattr(Path, name, kept)
    assert place.anchor() is not None and place.anchor() is not None
    assert [path.name for path in sorted(place.fixed.iterdir())] == [file_name(1), file_name(2)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.fixed.iterdir()} == {0o400}
    assert place.sentences() == []


def test_an_anchor_that_was_cut_off_is_made_whole_by_the_next(place: Place) -> None:
    place.anchor()
    for path in (place.home / file_name(1), place.fixed / file_name(2)):
        path.unlink(missing_ok=True)
        path.touch(0o600)
    assert place.sentences() == [f"Anker 1 ontbreekt in map {place.home.name}."]
    place.anchor()
    first, second = ((folder / file_name(1)).read_text() for folder in (place.home, place.fixed))
    assert place.sentences() == [] and first == second


def test_an_anchor_that_is_made_while_is_verified_is_no_alarm(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read first, folders or database, another process may add to before the other is read."""
    place.anchor()
    read, makers = anchors.read, list[Thread]()

    def another(folder: Path) -> object:
        found = read(folder)
        if not makers:
            makers.append(Thread(target=place.anchor))
            makers[0].start()
            makers[0].join(0.2)
        return found

    monkeypatch.setattr(anchors, "read", another)
    told = place.sentences()
    makers[0].join()
    assert told == [] and (place.home / file_name(2)).exists()


def test_another_key_does_not_sign(place: Place, tmp_path: Path) -> None:
    place.anchor()
    other = Ed25519PrivateKey.generate().public_key()
    verdict = verify_ledger(place.ledger, [place.home], {key_id(other): other})
    assert ["is niet gegeven" in one.sentence for one in verdict.breaches] == [True] and verdict.anchors == 0


def test_an_export_is_verified_without_the_database(place: Place, tmp_path: Path) -> None:
    place.anchor()
    out, pem = tmp_path / "keten.jsonl", tmp_path / "sleutel.pem"
    pem.write_bytes(public_pem(signing_key(place.settings.anchor_key_file).public_key()))
    count = export(place.ledger, out, [place.home])
    verdict = verify_export(out, [], public_keys([pem]))
    assert (verdict.breaches, verdict.events, verdict.anchors, verdict.deliveries) == ((), count, 1, None)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    lines = out.read_text().splitlines(keepends=True)
    for changed, kind in (
        ([*lines[:-4], lines[-1]], "afgekapt"), ([*lines[:3], *lines[4:]], "ontbreekt"),
        ([*lines[:-1], lines[-1].replace('"plaats":', '"plaats":1')], "anker"),
        ([*lines[:-1], lines[-1].replace('"nummer"', '"numer"')], "anker"), (lines[:-1], "anker"),
        ([*lines[:-1], lines[-1].replace('"vorige":"0', '"vorige":"\udc80')], "anker"),
    ):  # fmt: skip
        out.write_text("".join(changed), errors="surrogateescape")
        assert kind in [one.kind for one in verify_export(out, [], public_keys([pem])).breaches], kind
    out.write_text("iets anders\n")
    with pytest.raises(UsageError, match="geen uitvoer van de keten"):
        verify_export(out, [], {})


def test_the_key_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "map" / "anker.sleutel"
    first = signing_key(path).public_key()
    assert public_pem(signing_key(path).public_key()) == public_pem(first)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and list(path.parent.iterdir()) == [path]
    path.write_text("geen sleutel")
    for read in (signing_key, lambda file: public_keys([file])):
        with pytest.raises(UsageError, match="geen"):
            read(path)


def test_several_keys_in_one_file(tmp_path: Path) -> None:
    keys = [Ed25519PrivateKey.generate().public_key() for _ in range(2)]
    path = tmp_path / "sleutels.pem"
    path.write_bytes(b"".join(map(public_pem, keys)))
    assert set(public_keys([path])) == set(map(key_id, keys))


def test_what_was_altered_is_never_anchored(place: Place) -> None:
    place.anchor()
    place.ledger.open_delivery("proef", "0344", OCTOBER, "bestand")
    with altered(place.ledger, "UPDATE event SET actor = 'piet' WHERE action = 'levering geopend'"
                               " AND delivery LIKE 'proef/0344%'", stays=True):  # fmt: skip
        pass
    for call in (lambda: verify_and_anchor(place.settings),
                 lambda: make(place.ledger, place.settings.anchor_key_file, [place.home, place.fixed])):  # fmt: skip
        with pytest.raises(BusinessError, match="veranderd"):
            call()
    assert len(list(place.home.iterdir())) == 1


def test_a_change_in_the_tables_stops_the_anchor_too(place: Place) -> None:
    with altered(place.ledger, "UPDATE receipt SET accepted = 10", stays=True):
        pass
    with pytest.raises(BusinessError, match="het antwoord van de partner is veranderd"):
        place.anchor()
    assert not place.home.exists()
