"""Terugmelding: on record once, in the ledger without a value, and sent once in a file that only the desk opens."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519

from exchanges.cli.terugmelding import _values
from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.handling.steps import Handling, Outcome, State
from exchanges.core.ledger.signals import SignalBook
from exchanges.core.lists.seal import unseal
from exchanges.core.retention.destroy import destroy
from exchanges.core.retention.terms import months_after
from exchanges.core.store.opening import open_store
from exchanges.ib_samenloop import terugmelding_file
from exchanges.ib_samenloop.terugmelding import add, here, read, registers, waiting
from exchanges.ib_samenloop.terugmelding_file import send
from exchanges.simulators.ib_signals import Signal
from tests.signals import Town, town

BSNS = ("999990019", "999990020", "999990032")
OLD, WHY = "Dorpsstraat 1", "De cliënt woont daar niet; zie 999990032."
COMMON, APART = x25519.Identity.generate(), x25519.Identity.generate()


class Place:
    """A municipality with signals that came in."""

    def __init__(self, home: Path, keys: str, kinds: tuple[str, ...] = ("KSD", "DET")) -> None:
        self.town: Town = town(home, BSNS, keys)
        self.sent: list[Signal] = self.town.month("2026-10", 6, kinds=kinds)
        self.town.put("2026-10", self.sent)
        _, stopped = self.town.receive()
        assert stopped is None
        self.settings, self.ledger = self.town.chain.settings, self.town.chain.ledger
        self.store, self.book = open_store(self.settings), SignalBook(self.ledger.database)

    def of(self, kind: str) -> Signal:
        return next(one for one in self.sent if one.kind == kind)

    def add(self, number: str, **more: Any) -> tuple[str, bool]:
        given = {"register": "BRP", "field": "woonadres", "old_value": OLD, "motivation": WHY, "actor": "J. Jansen",
                 "moment": datetime.now(UTC)} | more  # fmt: skip
        gemeente = given.pop("gemeente", "0153")
        return add(self.ledger, self.store, self.settings.pseudonymise_with(), gemeente, number, **given)

    def send(self, *, restricted: bool = True) -> terugmelding_file.Passed:
        return send(self.settings, self.store, self.book, "0153", waiting(self.ledger, "0153", restricted=restricted),
                    actor="P. Bakker", moment=datetime.now(UTC))  # fmt: skip

    def opened(self, folder: Path, key: x25519.Identity, *, apart: bool = False) -> list[dict[str, Any]]:
        """The rows of the last file for that key."""
        sealed = [name for name in self.town.lists(".zip.age") if "terugmelding" in name]
        names = [name for name in sealed if ("_beperkt" in name) == apart]
        folder.mkdir(exist_ok=True)
        out = folder / f"{names[-1]}.zip"
        unseal(self.settings.root / "lijsten" / "0153" / names[-1], str(key), out)
        with zipfile.ZipFile(out) as files:
            said = json.loads(files.read(next(name for name in files.namelist()
                                              if name.endswith(".json") and "manifest" not in name)))  # fmt: skip
        return [row for sheet in said["bladen"] for row in sheet["rijen"]]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "huis",
                 f'sleutel = "{COMMON.to_public()}"\nsleutel_beperkt = "{APART.to_public()}"')  # fmt: skip


def test_it_is_on_record_with_the_person_of_the_signal_and_the_ledger_has_no_value(place: Place) -> None:
    signal = place.of("KSD")
    sha256, fresh = place.add(signal.number)
    assert fresh
    said = read(place.store, "0153", sha256)
    assert (said["bsn"], said["oude_waarde"], said["motivering"]) == (signal.bsn, OLD, WHY)
    event = place.book.history("ib_samenloop", "0153", signal.number)[-1]
    assert (event.action, event.state, event.actor) == ("terugmelding", "ontvangen", "J. Jansen")
    assert dict(event.details) == {"register": "BRP", "veld": "woonadres", "document": sha256}
    (one,) = waiting(place.ledger, "0153")
    assert (one.register, one.field, one.person[:2]) == ("BRP", "woonadres", "p:")
    raw = b"".join(path.read_bytes() for path in place.settings.root.glob("ledger.sqlite*") if path.is_file())
    assert not any(text.encode() in raw for text in (OLD, "woont daar niet", *BSNS))


def test_the_same_doubt_is_noted_once(place: Place) -> None:
    number = place.of("KSD").number
    first = place.add(number)
    assert place.add(number, moment=datetime.now(UTC) + timedelta(days=3)) == (first[0], False)
    assert place.add(number, field="geboortedatum")[1] is True
    assert len(waiting(place.ledger, "0153")) == 2


def test_the_hash_says_nothing_about_the_value(place: Place, tmp_path: Path) -> None:
    """The same words at another installation, with another key, make another document."""
    other = Place(tmp_path / "ander", f'sleutel = "{COMMON.to_public()}"')
    other.settings = other.settings.model_copy(update={"pseudonym_key": "een andere sleutel"})
    assert place.add(place.of("KSD").number)[0] != other.add(other.of("KSD").number)[0]


def test_what_is_sent_is_sealed_for_the_desk_once(place: Place, tmp_path: Path) -> None:
    signal = place.of("KSD")
    place.add(signal.number)
    done = place.send()
    assert (done.sent, done.held) == (1, 0) and waiting(place.ledger, "0153", restricted=True) == []
    (row,) = place.opened(tmp_path / "open", COMMON)
    assert (row["register"], row["registernaam"], row["bsn"]) == ("BRP", registers()["BRP"], signal.bsn)
    assert (row["oude_waarde"], row["motivering"], row["behandelaar"]) == (OLD, WHY, "J. Jansen")
    assert row["opgesteld"] == str(here(datetime.now(UTC)))
    for path in (place.settings.root / "lijsten" / "0153").iterdir():
        assert OLD.encode() not in path.read_bytes() and signal.bsn.encode() not in path.read_bytes()
    event = place.book.history("ib_samenloop", "0153", signal.number)[-1]
    assert (event.action, event.actor, event.state) == ("terugmelding_verzonden", "P. Bakker", "ontvangen")
    assert place.send().sent == 0
    place.add(place.sent[2].number if place.sent[2].kind == "KSD" else place.sent[4].number)
    assert place.send().files[0].name.endswith("_002.zip.age")


def test_criminal_justice_goes_apart_and_is_shown_to_who_may_see_it(place: Place, tmp_path: Path) -> None:
    place.add(place.of("KSD").number)
    place.add(place.of("DET").number, register="BRP", field="verblijf")
    assert [one.kind for one in waiting(place.ledger, "0153")] == ["KSD"]
    assert place.send().sent == 2
    assert [row["veld"] for row in place.opened(tmp_path / "a", COMMON)] == ["woonadres"]
    assert [row["veld"] for row in place.opened(tmp_path / "b", APART, apart=True)] == ["verblijf"]


def test_without_a_key_nothing_is_sent(tmp_path: Path) -> None:
    place = Place(tmp_path / "huis", 'sleutel = ""')
    place.add(place.of("KSD").number)
    with pytest.raises(UsageError, match="geen sleutel"):
        place.send()
    half = Place(tmp_path / "half", f'sleutel = "{COMMON.to_public()}"')
    half.add(half.of("DET").number)
    assert (half.send().sent, half.send().held) == (0, 1)
    assert len(waiting(half.ledger, "0153", restricted=True)) == 1


def test_killed_before_it_is_noted_it_is_the_same_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.add(place.of("KSD").number)
    place.add(place.of("DET").number)

    def crash(*given: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(SignalBook, "append_all", crash)
        place.send()
    folder = place.settings.root / "lijsten" / "0153"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert place.send().sent == 2
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not [path for path in (place.settings.root / "werk").iterdir() if path.name.startswith("0153")]


def test_killed_before_it_is_noted_and_then_more_it_is_the_next_file(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.add(place.of("KSD").number)
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(SignalBook, "append_all", lambda *_: 1 / 0)
        place.send()
    folder = place.settings.root / "lijsten" / "0153"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    place.add(place.of("KSD").number, field="geboortedatum")
    assert place.send().files[0].name.endswith("_002.zip.age")
    assert before.items() <= {path.name: path.read_bytes() for path in folder.iterdir()}.items()
    assert len(place.opened(tmp_path / "open", COMMON)) == 2
    place.add(place.of("KSD").number, field="verblijf")
    assert place.send().files[0].name.endswith("_003.zip.age")


def test_it_is_of_the_day_it_is_here(place: Place, tmp_path: Path) -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    sha256, _ = place.add(place.of("KSD").number, moment=new_year)
    assert read(place.store, "0153", sha256)["opgesteld"] == "2027-01-01"
    done = send(place.settings, place.store, place.book, "0153", waiting(place.ledger, "0153"), actor="P. Bakker",
                moment=new_year)  # fmt: skip
    assert "_2027-01_" in done.files[0].name


def test_a_first_line_without_a_value_is_not_made_up_for_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "twijfel.txt").write_text("\nDe cliënt woont daar niet.\nZie het dossier.\n")
    assert _values(tmp_path / "twijfel.txt") == ("", "De cliënt woont daar niet.\nZie het dossier.")


@pytest.mark.parametrize(("more", "text"), [
    ({"register": "XYZ"}, "kies uit BRP"), ({"field": " "}, "veld nodig"), ({"old_value": ""}, "oude_waarde nodig"),
    ({"motivation": " "}, "motivering nodig"), ({"motivation": "x" * 4001}, "te lang"), ({"actor": " "}, "naam"),
    ({"actor": "ketensluis"}, "mens"), ({"gemeente": "0344"}, "niet bekend"),
])
def test_what_is_missing_or_unknown_is_refused(place: Place, more: dict[str, str], text: str) -> None:
    with pytest.raises(UsageError, match=text) as refusal:
        place.add(place.of("KSD").number, **more)
    assert OLD not in str(refusal.value) and waiting(place.ledger, "0153") == []


def test_no_bsn_gets_into_the_ledger_by_another_door(place: Place) -> None:
    for more in ({"field": BSNS[0]}, {"actor": BSNS[0]}):
        with pytest.raises(BusinessError) as refusal:
            place.add(place.of("KSD").number, **more)
        assert BSNS[0] not in str(refusal.value)


def test_the_document_goes_after_its_term_and_an_open_one_stays(place: Place) -> None:
    signal = place.of("KSD")
    sha256, _ = place.add(signal.number)
    place.send()
    open_, _ = place.add(signal.number, field="geslachtsnaam")
    today = date.today()
    destroy("0153", months_after(today, 15), place.settings)
    assert place.store.exists("0153", sha256)
    destroy("0153", months_after(today, 15) + timedelta(days=1), place.settings)
    assert not place.store.exists("0153", sha256) and place.store.exists("0153", open_)
    assert destroy("0153", months_after(today, 15) + timedelta(days=1), place.settings).files == 0


def test_of_a_signal_whose_content_is_gone_nothing_is_noted(place: Place) -> None:
    signal = place.of("KSD")
    handling = Handling(place.book, "ib_samenloop", "0153")
    for one in place.sent:
        for to in (State.toegewezen, State.in_onderzoek):
            handling.move(one.number, to, actor="kees", moment=datetime.now(UTC))
        handling.move(one.number, State.afgehandeld, actor="kees", moment=datetime.now(UTC),
                      outcome=Outcome.bekend, decision="B-1")  # fmt: skip
    destroy("0153", months_after(date.today(), 16), place.settings)
    with pytest.raises(BusinessError, match="vernietigd"):
        place.add(signal.number)
