"""Another key, no key, and what lay there before there were keys."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exchanges.cli.app import main
from exchanges.core import run
from exchanges.core.access.who import actor
from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.keys import manage
from exchanges.core.keys.generations import Generations
from exchanges.core.ledger import Ledger
from exchanges.core.settings import Settings
from exchanges.core.store.opening import open_store

REPO = Path(__file__).resolve().parents[4]
DATA = b"<Burgerservicenr>999990019</Burgerservicenr>\n" * 3
SHA = hashlib.sha256(DATA).hexdigest()
FIRST, SECOND = "1f" * 32, "a2" * 32
Sluis = Callable[..., tuple[int, str]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    return run.open_ledger(settings)


def put(settings: Settings, data: bytes = DATA, gemeente: str = "0153") -> str:
    return open_store(settings).put_bytes(gemeente, data, name="x", media_type="x").sha256


def read(settings: Settings, sha256: str = SHA, gemeente: str = "0153") -> bytes:
    store = open_store(settings)  # a copy goes with the store it is of
    return store.local(gemeente, sha256).read_bytes()


def key_file(settings: Settings, gemeente: str = "0153") -> Path:
    return settings.root / "sleutels" / f"{gemeente}.sleutel"


def artefacts(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (settings.root / "artefacten" / "0153").glob("??/*")}


def events(ledger: Ledger) -> list[tuple[str, str, str]]:
    return [(one.actor, one.action, one.object) for one in ledger.events(None)]


# --- another key


def test_another_key_writes_nothing_again_but_the_data_keys(settings: Settings, ledger: Ledger) -> None:
    put(settings)
    put(settings, gemeente="0344")
    before, old, others = artefacts(settings), key_file(settings).read_text(), key_file(settings, "0344").read_text()
    done = manage.rotate(settings, ledger, "0153")
    assert (done.rewrapped, done.left) == (1, False)
    assert artefacts(settings) == before and read(settings) == DATA
    now = key_file(settings).read_text()
    assert now != old and len(now.split()) == 1 and key_file(settings, "0344").read_text() == others
    # The old one opens nothing any more; and what is stored from now on has a data key of its own.
    put(settings, b"nieuw")
    assert len(manage.standing(settings, "0153").generations) == 2
    heads = {data[8:16] for data in artefacts(settings).values()}
    assert len(heads) == 2
    key_file(settings).write_text(old)
    with pytest.raises(UsageError, match="niet die"):
        read(settings)
    assert (actor(), "sleutel.vervangen", "0153") in events(ledger)


def test_many_times(settings: Settings, ledger: Ledger) -> None:
    shas = []
    for number in range(4):
        shas.append(put(settings, b"%d" % number))
        manage.rotate(settings, ledger, "0153")
    assert [read(settings, sha256) for sha256 in shas] == [b"0", b"1", b"2", b"3"]
    assert [number for number, _ in manage.standing(settings, "0153").generations] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_interrupted_everything_can_still_be_read_and_it_can_be_done_again(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    put(settings)
    manage.rotate(settings, ledger, "0153")
    put(settings, b"nieuw")
    honest, calls = Generations._write, []

    def fails(self: Generations, *args: object, **more: object) -> None:
        calls.append(1)
        if len(calls) > at:
            raise KeyboardInterrupt
        honest(self, *args, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Generations, "_write", fails)
        manage.rotate(settings, ledger, "0153")
    assert read(settings) == DATA and manage.standing(settings, "0153").keys == 2
    manage.rotate(settings, ledger, "0153")
    assert read(settings) == DATA and manage.standing(settings, "0153").keys == 1


def test_a_delivery_that_is_underway_goes_on(settings: Settings, ledger: Ledger) -> None:
    put(settings)
    underway = open_store(settings)
    underway.local("0153", SHA)
    manage.rotate(settings, ledger, "0153")
    made = underway.put_bytes("0153", b"later", name="x", media_type="x")
    assert read(settings, made.sha256) == b"later"


def test_a_key_from_elsewhere_is_put_before_the_old_one(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETENSLUIS_SLEUTEL_0153", FIRST)
    put(settings)
    with pytest.raises(UsageError, match="Zet een nieuwe sleutel vóór de oude") as told:
        manage.rotate(settings, ledger, "0153")
    assert FIRST not in str(told.value)
    monkeypatch.setenv("KETENSLUIS_SLEUTEL_0153", f"{SECOND} {FIRST}")
    assert read(settings) == DATA
    assert manage.rotate(settings, ledger, "0153").left is True
    monkeypatch.setenv("KETENSLUIS_SLEUTEL_0153", SECOND)
    assert read(settings) == DATA and not key_file(settings).exists()


# --- no key


def test_destroyed_nothing_of_it_can_be_read_not_even_from_a_backup(
    settings: Settings, ledger: Ledger, tmp_path: Path
) -> None:
    put(settings)
    put(settings, gemeente="0344")
    backup = tmp_path / "reservekopie"
    shutil.copytree(settings.root / "artefacten", backup)
    manage.destroy(settings, ledger, "0153", actor="J. Jansen", reason="vertrokken")
    restored = Settings(home=tmp_path, store=str(backup))
    for place in (settings, restored):
        with pytest.raises(UsageError, match="Gemeente 0153 heeft geen sleutel"):
            read(place)
        assert read(place, gemeente="0344") == DATA
        with pytest.raises(UsageError, match="die er niet meer is"):
            manage.make(place, ledger, "0153")
    assert not key_file(settings).exists()
    said = [one for one in events(ledger) if one[1].startswith("sleutel.vernietig")]
    assert said == [("J. Jansen", "sleutel.vernietigen", "0153"), ("J. Jansen", "sleutel.vernietigd", "0153")]


@pytest.mark.parametrize("given", [{"actor": "", "reason": "x"}, {"actor": "J", "reason": " "}])
def test_somebody_decides_and_says_why(settings: Settings, ledger: Ledger, given: dict[str, str]) -> None:
    put(settings)
    with pytest.raises(UsageError, match="een naam en een reden"):
        manage.destroy(settings, ledger, "0153", **given)
    assert read(settings) == DATA


def test_a_key_from_elsewhere_is_destroyed_there(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETENSLUIS_SLEUTEL_0153", FIRST)
    with pytest.raises(UsageError, match="haal hem daar weg"):
        manage.destroy(settings, ledger, "0153", actor="J", reason="x")


def test_a_first_key_in_production(tmp_path: Path, ledger: Ledger) -> None:
    settings = Settings(home=tmp_path, production=True)
    with pytest.raises(UsageError, match="sluis keys make"):
        put(settings)
    manage.make(settings, ledger, "0153")
    put(settings)
    with pytest.raises(UsageError, match="heeft al een sleutel"):
        manage.make(settings, ledger, "0153")
    assert read(settings) == DATA


# --- from before there were keys


@pytest.fixture
def before(settings: Settings, tmp_path: Path) -> Settings:
    plain = open_store(Settings(home=tmp_path, keys="geen"))
    path = tmp_path / "fout.csv"
    path.write_bytes(DATA)
    for data in (DATA, b"", b"x" * 3_000_000):
        plain.put_bytes("0153", data, name="x", media_type="x")
    plain.put_bytes("0344", DATA, name="x", media_type="x")
    plain.quarantine("0153", path, "kolom ontbreekt")
    path.unlink()
    return settings


def in_clear(settings: Settings, gemeente: str = "0153") -> list[str]:
    folder = settings.root / "artefacten" / gemeente
    return [path.name for path in folder.rglob("*")
            if path.is_file() and (b"999990019" in path.read_bytes() or b"kolom" in path.read_bytes())]  # fmt: skip


def test_what_was_stored_before_is_sealed_where_it_lies(before: Settings, ledger: Ledger) -> None:
    put(before, b"al versleuteld")
    assert len(in_clear(before)) == 3
    assert (manage.standing(before, "0153").sealed, manage.standing(before, "0153").plain) == (1, 5)
    done = manage.encrypt(before, ledger, "0153")
    assert (done.sealed, done.before, done.altered) == (5, 1, [])
    assert in_clear(before) == [] and in_clear(before, "0344") != []
    assert read(before) == DATA and open_store(before).size("0153", SHA) == len(DATA)
    assert [one.reason for one in open_store(before).quarantined("0153")] == ["kolom ontbreekt"]
    again = manage.encrypt(before, ledger, "0153")
    assert (again.sealed, again.before) == (0, 6)
    assert [action for _, action, _ in events(ledger)].count("opslag.versleuteld") == 1
    assert not list((before.root / "artefacten" / "0153" / "tijdelijk").iterdir())


def test_a_file_that_was_altered_is_left_and_told(before: Settings, ledger: Ledger) -> None:
    [path] = (before.root / "artefacten" / "0153").glob(f"??/{SHA}")
    path.chmod(0o600)
    path.write_bytes(DATA[:-2] + b"?\n")
    path.with_name("verdwaald").write_bytes(DATA)  # what is no artefact may hold anything
    assert manage.standing(before, "0153").plain == 6
    done = manage.encrypt(before, ledger, "0153")
    assert done.altered == [f"0153/{SHA[:2]}/{SHA}", f"0153/{SHA[:2]}/verdwaald"] and done.sealed == 4
    assert path.read_bytes() == DATA[:-2] + b"?\n"
    with pytest.raises(BusinessError, match="is veranderd"):
        read(before)


def test_interrupted_each_file_is_there_whole(
    before: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        manage.encrypt(before, ledger, "0153", stop)
    standing = manage.standing(before, "0153")
    assert (standing.sealed, standing.plain) == (2, 3) and read(before) == DATA
    assert manage.encrypt(before, ledger, "0153").sealed == 3 and in_clear(before) == []


# --- on the command line


@pytest.fixture
def sluis(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Sluis:
    monkeypatch.setenv("KETENSLUIS_HOME", str(settings.home))
    (settings.root / "ketensluis.toml").write_text(
        '[gemeente.0153]\nnaam = "Enschede"\nbron = { soort = "parquet", locatie = "x" }\n', encoding="utf-8"
    )

    run.open_ledger(settings)

    def call(*words: str, group: str = "keys") -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["sluis", group, *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr()
        return int(ended.value.code or 0), out.out + out.err

    return call


def test_the_commands(before: Settings, sluis: Sluis, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = sluis("show")
    assert code == 1 and "sluis keys encrypt --gemeente 0153" in said
    assert sluis("encrypt", "--gemeente", "0153")[0] == 0
    code, said = sluis("show", "--json")
    found = json.loads(said)
    assert code == 0 and (found["sealed"], found["plain"], found["keys"]) == (5, 0, 1)
    key = key_file(before).read_text().strip()
    key_file(before).write_text(FIRST)  # such as from the backup of another installation
    code, said = sluis("show")
    assert code == 1 and "ONLEESBAAR, de sleutel is een andere" in said
    key_file(before).write_text(key)
    code, said = sluis("rotate", "--gemeente", "0153")
    assert code == 0 and "De oude opent niets meer" in said
    monkeypatch.setattr("typer.prompt", lambda text: "0344")
    code, told = sluis("destroy", "--gemeente", "0153", "--door", "J", "--reden", "vertrokken")
    assert (code, told) == (2, "sluis: Dat is een andere code; er is niets vernietigd.\n") and key_file(before).exists()
    code, told = sluis("destroy", "--gemeente", "0153", "--zeker")
    assert code == 2 and "geef --reden" in told and read(before) == DATA
    new = key_file(before).read_text().strip()
    code, gone = sluis("destroy", "--gemeente", "0153", "--door", "J", "--reden", "vertrokken", "--zeker")
    assert code == 0 and "Vernietig ook elke kopie" in gone
    code, lost = sluis("show")
    assert code == 1 and "ONLEESBAAR" in lost
    assert not [text for text in (said, told, gone, lost) if key[:12] in text or new[:12] in text]


def test_a_refused_file_as_it_came(before: Settings, monkeypatch: pytest.MonkeyPatch, sluis: Sluis) -> None:
    manage.encrypt(before, run.open_ledger(before), "0153")
    code, said = sluis("list", "--gemeente", "0153", "--json", group="quarantine")
    [found] = [json.loads(line) for line in said.splitlines()]
    assert code == 0 and (found["sha256"], found["name"], found["reason"]) == (SHA, "fout.csv", "kolom ontbreekt")
    code, said = sluis("open", SHA[:12], "--gemeente", "0153", group="quarantine")
    out = before.root / "herstel" / "0153" / "fout.csv"
    assert code == 0 and str(out) in said and out.read_bytes() == DATA and out.stat().st_mode & 0o077 == 0
    assert any(action == "inzage herstel" for _, action, _ in events(run.open_ledger(before)))
    for wrong in ("0" * 12, ""):
        assert sluis("open", wrong, "--gemeente", "0153", group="quarantine")[0] == 2
    out.unlink()
    monkeypatch.setenv("KETENSLUIS_PRODUCTION", "true")
    code, said = sluis("open", SHA[:12], "--gemeente", "0153", group="quarantine")
    assert code == 2 and "geen sleutel bij lijsten" in said and not out.exists()


def test_a_gemeente_is_four_digits(sluis: Sluis) -> None:
    for command in ("make", "rotate", "encrypt", "show"):
        assert sluis(command, "--gemeente", "../0344")[0] == 2


# --- nobody goes by another way


def test_every_store_is_opened_with_its_keys() -> None:
    """``Store(...)`` by itself would write in clear."""
    made = re.compile(r"(?<![\w.])Store\(")
    places = [path.relative_to(REPO / "exchanges").as_posix() for path in sorted((REPO / "exchanges").rglob("*.py"))
              if made.search(path.read_text(encoding="utf-8").replace("class Store", ""))]  # fmt: skip
    # In trust it is the store of certificates of a library.
    assert [place for place in places if place != "core/soap/trust.py"] == ["core/store/opening.py"]
    assert any("PolicyBuilder().store(Store(" in path.read_text() for path in [REPO / "exchanges/core/soap/trust.py"])
