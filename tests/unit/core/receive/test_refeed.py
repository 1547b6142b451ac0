"""What was refused is repaired and fed again: every record is loaded once, and the balance over both closes."""

from __future__ import annotations

import stat
import tempfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyrage import x25519

from exchanges.core import run
from exchanges.core.errors import BalanceError, Blocked, BusinessError, NothingToSend, UsageError
from exchanges.core.ledger import DeliveryState
from exchanges.core.lists.seal import unseal
from exchanges.core.receive.waiting import families
from exchanges.core.repair import refeed, write_out
from exchanges.ib_samenloop import csv_file
from exchanges.ib_samenloop.layout import layouts
from exchanges.simulators.ib_signals import Signal, Signals, with_unknown_column
from tests.chain import copied
from tests.signals import Town, again, town
from tests.stored import table

BSNS = ("999990019", "999990020", "999990032", "999990044", "999990056")
FIRST, SECOND = "ib_samenloop/0153/2026-10/0001", "ib_samenloop/0153/2026-10/0002"


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path / "huis", BSNS)


def cut(line: str) -> str:
    return ";".join(line.split(";")[:9])


def nobody(line: str) -> str:
    return ";".join("" if cell in BSNS else cell for cell in line.split(";"))


def unread(line: str) -> str:
    return ";".join("20269999" if place == 9 else cell for place, cell in enumerate(line.split(";")))


DAMAGE = (cut, nobody, unread)


def damaged(path: Path, rows: Sequence[int], how: Any = unread) -> list[str]:
    """Damage these records of a CSV (from 0); gives the good lines, the header first."""
    good = path.read_text(encoding="utf-8").splitlines()
    lay(path, [how(line) if place - 1 in rows else line for place, line in enumerate(good)])
    return good


def lay(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("".join(f"{line}\r\n" for line in lines), encoding="utf-8", newline="")
    return path


def feed(place: Town, file: Path | None, id: str = FIRST) -> str:
    done = refeed(id, file, actor="J. Jansen", reason="melding 12", settings=place.chain.settings)
    return done.delivery


def loaded(place: Town) -> Counter[str]:
    """How often each number was published as new, over all deliveries."""
    found: Counter[str] = Counter()
    for one in place.chain.ledger.deliveries("ib_samenloop", "0153"):
        row = place.chain.ledger.step_result(one.id, "compare")
        if one.state is DeliveryState.published and row is not None:
            for role in ("nieuw/signaal", "nieuw/signaal_strafrecht"):
                said = table(place.chain.home, "0153", row.artefacts[role].sha256, ["signaalnummer"])
                found.update(said["signaalnummer"].to_pylist())
    return found


def waits(place: Town) -> dict[str, int | None]:
    return {one.root.id: one.rows for one in families(place.chain.ledger)}


def repair_line(place: Town, delivery: str) -> dict[str, Any]:
    steps = {step["step"]: step for step in place.chain.report(delivery)["steps"]}
    found: dict[str, Any] = next(
        line for line in steps["reconcile"]["measures"] if line["measure"] == "eerder_apart_gezet"
    )
    return found


def test_rows_that_were_set_apart_are_repaired_and_the_balance_over_both_closes(place: Town, tmp_path: Path) -> None:
    sent = place.month("2026-10", 12)
    good = damaged(place.put("2026-10", sent), (2, 5, 7))
    place.receive()
    assert waits(place) == {FIRST: 3}
    fixed = lay(tmp_path / "999990019.csv", [good[0], good[3], good[6], good[8]])
    assert feed(place, fixed) == SECOND
    assert waits(place) == {} and loaded(place) == Counter(one.number for one in sent)
    line = repair_line(place, SECOND)
    assert (line["into"], line["out"], line["duplicate"], line["held"], line["closed"]) == (3, 3, 0, 0, True)
    # A few repaired rows are no month, to be held against other months.
    for delivery, unusual in ((FIRST, ["R-SIG 5"]), (SECOND, [])):
        codes = [one["code"] for one in place.chain.report(delivery)["controls"]]
        assert codes == ["R-SIG 1", "R-SIG 3", "R-SIG 4", *unusual]
    facts = {fact["label"]: fact["text"] for fact in place.chain.report(SECOND)["facts"]}
    assert facts["Aansluiting"] == (
        "Van 3 signalen die wachtten: 3 nieuw, 0 intussen al bekend, 0 alleen geteld, 0 wacht nog."
    )
    assert place.chain.report(FIRST)["facts"] == [{"label": "Hersteld", "text": f"In levering {SECOND}."}]
    assert place.chain.report(SECOND)["delivery"]["file_name"] == "RM_SIGNALEN_0153_2026-10_09.herstel0002.csv"
    event = next(one for one in place.chain.ledger.events(FIRST) if one.action == "herstel geopend")
    assert (event.actor, event.result, event.object) == ("J. Jansen", "melding 12", SECOND)


def test_the_same_repair_twice_changes_nothing(place: Town, tmp_path: Path) -> None:
    good = damaged(place.put("2026-10", place.month("2026-10", 6)), (1,))
    place.receive()
    fixed = lay(tmp_path / "hersteld.csv", [good[0], good[2]])
    feed(place, fixed)
    folder = place.chain.home / "lijsten" / "0153"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    events = len(place.chain.ledger.events(SECOND)) + len(place.chain.ledger.events(FIRST))
    assert feed(place, again(fixed, "kopie.csv")) == SECOND
    assert feed(place, fixed, SECOND) == SECOND
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert len(place.chain.ledger.events(SECOND)) + len(place.chain.ledger.events(FIRST)) == events
    assert len(place.chain.ledger.deliveries()) == 2


def test_a_whole_corrected_file_brings_only_what_was_missing(place: Town, tmp_path: Path) -> None:
    sent = place.month("2026-10", 10)
    good = damaged(place.put("2026-10", sent), (0, 9))
    place.receive()
    feed(place, lay(tmp_path / "alles.csv", good))
    assert place.counts(SECOND) == {"new": 2, "known": 8, "clash": 0, "rejected": 0}
    assert repair_line(place, SECOND)["into"] == 2 and loaded(place) == Counter(one.number for one in sent)


def test_what_is_repaired_in_parts_waits_for_the_rest(place: Town, tmp_path: Path) -> None:
    sent = place.month("2026-10", 8)
    good = damaged(place.put("2026-10", sent), (1, 2, 3), cut)
    place.receive()
    feed(place, lay(tmp_path / "een.csv", [good[0], good[2], cut(good[3])]))
    assert waits(place) == {FIRST: 2} and repair_line(place, SECOND)["held"] == 2
    own = place.chain.home / "herstel" / "0153"
    path, rows = write_out(FIRST, own, actor="J. Jansen", settings=place.chain.settings)
    assert rows == 2 and path.read_text().splitlines()[1:] == [cut(good[3]), cut(good[4])]
    feed(place, lay(tmp_path / "twee.csv", good))
    assert waits(place) == {} and loaded(place) == Counter(one.number for one in sent)


def test_a_repair_cannot_bring_more_than_was_refused(place: Town, tmp_path: Path) -> None:
    good = damaged(place.put("2026-10", place.month("2026-10", 6)), (1,))
    place.receive()
    extra = Signals(9, "0153", BSNS)
    other = extra.write(tmp_path / "elders", place.chain.delivery(FIRST).period, [
        replace(one, number=f"X{number}") for number, one in enumerate(place.month("2026-10", 2, kinds=("VRT",)))
    ], "09", "csv").read_text(encoding="utf-8").splitlines()  # fmt: skip
    with pytest.raises(BalanceError, match="eerder_apart_gezet sluit niet"):
        feed(place, lay(tmp_path / "meer.csv", [good[0], good[2], other[1]]))
    assert place.chain.delivery(SECOND).state is DeliveryState.blocked
    assert not place.lists("_002*") and waits(place) == {FIRST: 1}
    feed(place, lay(tmp_path / "goed.csv", [good[0], good[2]]))
    assert waits(place) == {}


def test_what_the_partner_sent_again_meanwhile_is_known_and_waits_no_more(place: Town, tmp_path: Path) -> None:
    sent = place.month("2026-10", 5)
    good = damaged(place.put("2026-10", sent), (4,))
    place.receive()
    place.put("2026-11", [sent[4], *place.month("2026-11", 3)], delivery="L2026000002")
    place.receive("2026-11")
    feed(place, lay(tmp_path / "hersteld.csv", [good[0], good[5]]))
    line = repair_line(place, SECOND)
    assert (line["into"], line["out"], line["duplicate"]) == (1, 0, 1)
    assert waits(place) == {} and set(loaded(place).values()) == {1}


def test_a_number_with_other_content_waits_too(place: Town, tmp_path: Path) -> None:
    sent = place.month("2026-10", 5)
    place.put("2026-10", sent)
    place.receive()
    clash = replace(sent[0], bsn=next(bsn for bsn in BSNS if bsn != sent[0].bsn))
    path = place.put("2026-11", [clash, *place.month("2026-11", 2)], delivery="L2026000002")
    second, _ = place.receive("2026-11")
    (one,) = families(place.chain.ledger)
    assert (one.root.id, one.rows, one.reason) == (second, 1, "1 zelfde nummer met andere inhoud")
    lines = path.read_text(encoding="utf-8").splitlines()
    feed(place, lay(tmp_path / "nieuw_nummer.csv", [lines[0], lines[1].replace(clash.number, "S0009")]), second)
    assert waits(place) == {} and loaded(place)["S0009"] == 1


@pytest.fixture(scope="module")
def unknown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, list[str]]:
    place = town(tmp_path_factory.mktemp("onbekend") / "huis", BSNS)
    path = place.put("2026-10", place.month("2026-10", 6))
    good = path.read_text(encoding="utf-8").splitlines()
    with_unknown_column(path)
    _, stopped = place.receive()
    assert isinstance(stopped, Blocked)
    return place, good


@pytest.fixture
def refused(unknown: tuple[Town, list[str]], tmp_path: Path) -> tuple[Town, list[str]]:
    """A file with a column nobody knows; the good lines are given with it."""
    place, good = unknown
    return there(place, tmp_path), good


def there(place: Town, folder: Path) -> Town:
    """The same in ``folder``."""
    return Town(copied(place.chain, folder), deepcopy(place.sends))


def test_a_refused_file_is_repaired_as_a_whole(refused: tuple[Town, list[str]], tmp_path: Path) -> None:
    place, good = refused
    (one,) = families(place.chain.ledger)
    assert (one.root.id, one.rows) == (FIRST, None) and "kolom" in one.reason
    feed(place, lay(tmp_path / "hersteld.csv", good))
    assert place.counts(SECOND)["new"] == 6 and waits(place) == {}
    # The partner's folder still has the refused bytes: the delivery that refused them has nothing left to do.
    delivery, stopped = place.receive()
    assert delivery == FIRST and isinstance(stopped, NothingToSend) and SECOND in str(stopped)


def test_a_repaired_file_with_fewer_rows_is_noticed(refused: tuple[Town, list[str]], tmp_path: Path) -> None:
    place, good = refused
    feed(place, lay(tmp_path / "minder.csv", good[:-1]))
    assert place.findings(SECOND) == {"IN-HERSTEL-MINDER": 1}
    assert place.counts(SECOND)["new"] == 5


def test_a_repair_that_is_refused_leaves_the_file_waiting(refused: tuple[Town, list[str]], tmp_path: Path) -> None:
    place, good = refused
    with pytest.raises(Blocked):
        feed(place, lay(tmp_path / "fout.csv", [good[0].replace("BSN;", "Burger;", 1), *good[1:]]))
    assert waits(place) == {FIRST: None}
    feed(place, lay(tmp_path / "goed.csv", good))
    assert waits(place) == {} and set(loaded(place).values()) == {1} and len(loaded(place)) == 6


def test_the_original_goes_through_once_its_version_is_known(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put("2026-10", place.month("2026-10", 6))
    with monkeypatch.context() as patch:
        patch.setattr(csv_file, "layouts", lambda: [one for one in layouts() if one.version != "09"])
        _, stopped = place.receive()
        assert isinstance(stopped, Blocked) and waits(place) == {FIRST: None}
        with pytest.raises(Blocked):
            feed(place, None)
    assert feed(place, None) == SECOND  # the one that was refused again goes on
    assert place.counts(SECOND)["new"] == 6 and waits(place) == {}


def test_the_next_file_of_the_partner_does_not_wait_for_a_repair(
    refused: tuple[Town, list[str]], tmp_path: Path
) -> None:
    place, _ = refused
    with pytest.raises(Blocked):
        feed(place, lay(tmp_path / "fout.csv", ["weg;weg"]))
    (place.outbox / "RM_SIGNALEN_0153_2026-10_09.csv").unlink()
    place.put("2026-10", place.month("2026-10", 4), name="RM_SIGNALEN_0153_2026-10_09b.csv")
    delivery, stopped = place.receive()
    assert (delivery, stopped) == (FIRST, None) and place.counts(FIRST)["new"] == 4


def test_a_file_of_another_municipality_is_refused_again(refused: tuple[Town, list[str]], tmp_path: Path) -> None:
    place, good = refused
    with pytest.raises(Blocked, match="andere gemeente"):
        feed(place, lay(tmp_path / "ander.csv", [line.replace(";0153;", ";0344;") for line in good]))
    assert not loaded(place) and waits(place) == {FIRST: None}


def test_two_municipalities_do_not_mix(tmp_path: Path) -> None:
    """The same bytes refused in two places: what is fed in one is not fed in the other."""
    here, there = town(tmp_path / "hier", BSNS), town(tmp_path / "daar", BSNS)
    text = (there.chain.home / "ketensluis.toml").read_text(encoding="utf-8")
    (here.chain.home / "ketensluis.toml").write_text(
        (here.chain.home / "ketensluis.toml").read_text(encoding="utf-8")
        + text[: text.index("[partner")].replace("0153", "0344"), encoding="utf-8",
    )  # fmt: skip
    good = damaged(here.put("2026-10", here.month("2026-10", 4)), (1,))
    here.receive()
    other = Signals(2, "0344", BSNS)
    path = other.write(here.outbox, here.chain.delivery(FIRST).period, here.month("2026-10", 4), "09", "csv")
    damaged(path, (2,))
    theirs = run.open_run("ib_samenloop", "0344", "2026-10", settings=here.chain.settings)
    run.run_delivery(theirs, here.chain.settings)
    feed(here, lay(tmp_path / "hersteld.csv", [good[0], good[2]]))
    assert waits(here) == {theirs: 1}
    assert [one.id for one in here.chain.ledger.deliveries(gemeente="0344")] == [theirs]


def test_what_is_written_out_is_for_its_owner_in_the_place_of_the_municipality(place: Town, tmp_path: Path) -> None:
    good = damaged(place.put("2026-10", place.month("2026-10", 6)), (1, 4))
    place.receive()
    chosen = place.chain.settings
    own = place.chain.home / "herstel" / "0153"
    for elsewhere in (tmp_path, own.parent / "0344", own / ".." / "0344"):
        with pytest.raises(UsageError, match="persoonsgegevens"):
            write_out(FIRST, elsewhere, actor="J. Jansen", settings=chosen)
    path, rows = write_out(FIRST, own / "werk", actor="J. Jansen", settings=chosen)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and rows == 2
    assert path.read_text(encoding="utf-8").splitlines() == [good[0], unread(good[2]), unread(good[5])]
    with pytest.raises(UsageError, match="staat er al"):
        write_out(FIRST, own / "werk", actor="J. Jansen", settings=chosen)
    assert any(event.action == "apart gezette regels uitgeschreven" for event in place.chain.ledger.events(FIRST))
    lay(path, [good[0], good[2], good[5]])
    feed(place, path)
    assert waits(place) == {}


def test_with_a_key_of_the_municipality_it_is_sealed_and_in_production_never_in_clear(tmp_path: Path) -> None:
    key = x25519.Identity.generate()
    for name, keys in (("zonder", ""), ("met", f'sleutel = "{key.to_public()}"')):
        here = town(tmp_path / name, BSNS, keys)
        good = damaged(here.put("2026-10", here.month("2026-10", 6)), (1, 4))
        here.receive()
        own, chosen = here.chain.home / "herstel" / "0153", here.chain.settings
        if not keys:
            with pytest.raises(UsageError, match="geen sleutel bij lijsten"):
                write_out(FIRST, own, actor="J", settings=chosen.model_copy(update={"production": True}))
            assert not own.exists()
            continue
        path, rows = write_out(FIRST, own, actor="J", settings=chosen)
        assert rows == 2 and path.name.endswith(".herstel.zip.age")
        assert not [bsn for bsn in BSNS if bsn.encode() in path.read_bytes()]
        unseal(path, str(key), tmp_path / "open.zip")
        with zipfile.ZipFile(tmp_path / "open.zip") as opened:
            [inside] = opened.namelist()
            text = opened.read(inside).decode("utf-8")
        assert inside.endswith(".herstel.csv") and text.splitlines() == [good[0], unread(good[2]), unread(good[5])]
        with pytest.raises(UsageError, match="staat er al"):
            write_out(FIRST, own, actor="J", settings=chosen)


def test_rows_of_an_xml_are_repaired_with_the_whole_file(place: Town, tmp_path: Path) -> None:
    path = place.put("2026-10", place.month("2026-10", 6), form="xml")
    good = path.read_bytes()
    begin = good.index(b"<DatumSignaal>") + len(b"<DatumSignaal>")
    path.write_bytes(good[:begin] + b"2026-02-30" + good[begin + 10 :])
    place.receive()
    own = place.chain.home / "herstel" / "0153"
    with pytest.raises(UsageError, match="hele bestand"):
        write_out(FIRST, own, actor="J. Jansen", settings=place.chain.settings)
    fixed = tmp_path / "alles.xml"
    fixed.write_bytes(good)
    feed(place, fixed)
    assert place.counts(SECOND) == {"new": 1, "known": 5, "clash": 0, "rejected": 0} and waits(place) == {}


@pytest.mark.parametrize(("id", "error", "text"), [
    ("ib_samenloop/0153/2026-10/0009", UsageError, "bestaat niet"),
    (FIRST, UsageError, "niets geweigerd"),
])
def test_where_nothing_waits_nothing_is_fed(
    place: Town, tmp_path: Path, id: str, error: type[Exception], text: str
) -> None:
    good = place.put("2026-10", place.month("2026-10", 3))
    place.receive()
    with pytest.raises(error, match=text):
        feed(place, good, id)


def test_a_repair_has_a_person_a_reason_and_no_bsn(place: Town, tmp_path: Path) -> None:
    good = damaged(place.put("2026-10", place.month("2026-10", 3)), (1,))
    place.receive()
    fixed = lay(tmp_path / "hersteld.csv", [good[0], good[2]])
    for actor, reason in ((" ", "x"), ("J", " ")):
        with pytest.raises(UsageError, match="naam en een reden"):
            refeed(FIRST, fixed, actor=actor, reason=reason, settings=place.chain.settings)
    with pytest.raises(BusinessError) as refusal:
        refeed(FIRST, fixed, actor="J", reason="999990019", settings=place.chain.settings)
    assert "999990019" not in str(refusal.value) and len(place.chain.ledger.deliveries()) == 1


@pytest.fixture(scope="module")
def two_apart(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, list[Signal], list[str]]:
    place = town(tmp_path_factory.mktemp("apart") / "huis", BSNS)
    sent = place.month("2026-10", 6)
    good = damaged(place.put("2026-10", sent), (1, 3))
    place.receive()
    return place, sent, good


@pytest.mark.parametrize("step", ["collect", "read", "compare", "reconcile", "publish"])
def test_a_repair_that_is_killed_goes_on(two_apart: Any, tmp_path: Path, monkeypatch: Any, step: str) -> None:
    made, sent, good = two_apart
    place = there(made, tmp_path)
    fixed = lay(tmp_path / "hersteld.csv", [good[0], good[2], good[4]])
    honest = run._book

    def crash(*given: Any) -> DeliveryState:
        if given[2] == step:
            raise MemoryError
        return honest(*given)

    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(run, "_book", crash)
        feed(place, fixed)
    fixed.unlink()  # it was kept when it was fed
    assert run.run_delivery(SECOND, place.chain.settings) is None
    assert waits(place) == {} and loaded(place) == Counter(one.number for one in sent)


@given(st.data())
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
def test_however_it_is_split_and_repaired_every_record_is_loaded_once(data: st.DataObject) -> None:
    """Some rows bad in several ways, repaired in some order, in files that may repeat good rows or try bad ones again,
    with the partner sending some of them once more in between."""
    with tempfile.TemporaryDirectory() as folder:
        place = town(Path(folder) / "huis", BSNS)
        sent = place.month("2026-10", 7)
        bad = data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=5, unique=True), "bad")
        good = damaged(place.put("2026-10", sent), bad, data.draw(st.sampled_from(DAMAGE), "how"))
        place.receive()
        if data.draw(st.booleans(), "sent again"):
            rest = data.draw(st.lists(st.sampled_from(sent), unique_by=lambda one: one.number, max_size=3), "again")
            place.put("2026-11", rest, delivery="L2026000002")
            place.receive("2026-11")
        order = data.draw(st.permutations(bad), "order")
        at = data.draw(st.integers(0, len(order)), "split")
        for number, part in enumerate((order[:at], order[at:])):
            if not part or not waits(place):
                continue
            others = data.draw(st.lists(st.integers(0, 6), max_size=3, unique=True), "with others")
            rows = [good[0], *(good[row + 1] for row in part)]
            rows += [good[row + 1] if row not in bad else cut(good[row + 1]) for row in others if row not in part]
            feed(place, lay(Path(folder) / f"{number}.csv", rows))
        assert loaded(place) == Counter(one.number for one in sent)
        assert all(line.closed for one in place.chain.ledger.deliveries() for row in place.chain.ledger.steps(one.id)
                   for line in row.balances)  # fmt: skip
        assert waits(place) == {}
