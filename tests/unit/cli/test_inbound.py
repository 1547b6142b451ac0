"""Commands about what comes in: a municipality that is not served, a file that is none, and what is still to do."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pyrage import x25519
from typer.testing import CliRunner

from exchanges.cli.app import app
from exchanges.cli.delivery import summary, tell
from exchanges.cli.terugmelding import _values
from exchanges.core.errors import KetensluisError, UsageError
from exchanges.core.receive.waiting import family
from exchanges.core.repair import refeed
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from tests.signals import Town, again, town

BSNS = ("999990019", "999990020", "999990032")
SETTINGS = '[gemeente.0153]\nnaam = "Enschede"\nbron = { soort = "parquet", locatie = "bron" }\n'
Said = Callable[..., tuple[int, str]]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    key = x25519.Identity.generate().to_public()
    lists = f'[gemeente.0153.lijsten]\nsleutel = "{key}"\n'
    (tmp_path / "ketensluis.toml").write_text(SETTINGS + lists, encoding="utf-8")
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path))
    open_ledger(Settings(home=tmp_path))

    def call(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, words)
        if isinstance(done.exception, KetensluisError):
            return done.exception.exit_code, str(done.exception)
        assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
        return done.exit_code, done.stdout

    return call


@pytest.mark.parametrize(("words", "nothing"), [
    (("signals", "status"), "Er zijn nog geen signalen ontvangen.\n"),
    (("signals", "terugmelding", "list"), "Er wacht geen terugmelding.\n"),
    (("signals", "terugmelding", "send"), "0 terugmeldingen verzonden\n"),
    (("lks", "taken"), "0 taken open, 0 te laat.\n"), (("lks", "stand"), "Er zijn nog geen signalen ontvangen.\n"),
    (("refeed", "--list"), "Er wacht niets op herstel.\n"),
])  # fmt: skip
def test_nothing_is_not_the_answer_for_who_is_not_served(said: Said, words: tuple[str, ...], nothing: str) -> None:
    assert said(*words, "--gemeente", "0153") == (0, nothing)
    assert said(*words, "--gemeente", "0135") == (2, "Gemeente 0135 staat niet in de instellingen.")


def test_a_register_that_is_not_known_is_said_also_when_nothing_waits(said: Said) -> None:
    code, told = said("signals", "terugmelding", "send", "--gemeente", "0153", "--register", "BPR")
    assert code == 2 and told.startswith("Register 'BPR' is niet bekend; kies uit BRP, ")


@pytest.mark.parametrize(("words", "told"), [
    (("klaar",), "Stap 'klaar' bestaat niet; kies uit toegewezen, in_onderzoek, afgehandeld."),
    (("afgehandeld", "--uitkomst", "niks"), "Uitkomst 'niks' bestaat niet; kies uit bekend, geen_gevolg, gewijzigd,"
     " beeindigd, teruggevorderd, onterecht_signaal."),
])  # fmt: skip
def test_what_can_be_done_with_a_signal_is_said(said: Said, words: tuple[str, ...], told: str) -> None:
    assert said("signals", "move", "12", *words, "--gemeente", "0153") == (2, told)


@pytest.mark.parametrize("place", ["sleutel", "sleutel/map"])
def test_lists_are_opened_into_a_folder(said: Said, tmp_path: Path, place: str) -> None:
    for name, text in (("sleutel", str(x25519.Identity.generate())), ("lijst.zip.age", "x")):
        (tmp_path / name).write_text(text)
    target = tmp_path / place
    told = said("unseal", str(tmp_path / "lijst.zip.age"), "--sleutel", str(tmp_path / "sleutel"), "--naar",
                str(target))  # fmt: skip
    assert told == (2, f"{target} is geen map waar geschreven kan worden; kies een andere.")


def test_a_value_in_another_encoding_is_told_and_a_mark_before_it_is_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(data: bytes) -> tuple[str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8", errors="surrogateescape"))
        return _values(None)

    with pytest.raises(UsageError, match="niet te lezen als tekst"):
        typed("Café\nreden".encode("cp1252"))
    assert typed("\ufeffCafé\nreden".encode()) == ("Café", "reden")
    (tmp_path / "twijfel.txt").write_text("Café\nreden", encoding="utf-8-sig")
    assert _values(tmp_path / "twijfel.txt") == ("Café", "reden")


def test_another_file_of_the_month_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place: Town = town(tmp_path / "huis", BSNS)
    monkeypatch.setenv("KETENSLUIS_HOME", str(place.chain.home))
    place.put("2026-10", place.month("2026-10", 3), name="RM_SIGNALEN_0153_2026-10_08.csv")
    path = place.put("2026-10", place.month("2026-10", 4))
    told = []
    for new in (False, True):
        delivery, stopped = place.receive(new=new)
        assert stopped is None
        found = summary(delivery)
        tell(found, None, False)
        told.append((found["read"], found["waiting"], "--nieuw" in capsys.readouterr().out))
    assert told == [(3, 1, True), (4, None, False)]
    again(path, "RM_SIGNALEN_0153_2026-10_07.csv").write_bytes(path.read_bytes().replace(b"S0000", b"T0000"))
    delivery, _ = place.receive(new=True)
    # The two that lie behind it were worked through.
    assert (summary(delivery)["read"], summary(delivery)["waiting"]) == (4, None)


def test_what_waits_says_how_much_of_it_was_repaired(tmp_path: Path) -> None:
    place = town(tmp_path / "huis", BSNS)
    path = place.put("2026-10", place.month("2026-10", 4))
    good = path.read_text(encoding="utf-8").splitlines()
    bad = [line.replace(";2026-10-", ";2026-99-") for line in good]
    path.write_text("\r\n".join([good[0], *bad[1:3], *good[3:], ""]), encoding="utf-8", newline="")
    delivery, _ = place.receive()
    before = family(place.chain.ledger, delivery)
    assert before is not None and before.reason == "2 niet te lezen"
    fixed = tmp_path / "hersteld.csv"
    fixed.write_text("\r\n".join([*good[:2], ""]), encoding="utf-8", newline="")
    refeed(delivery, fixed, actor="J. Jansen", reason="melding 1", settings=place.chain.settings)
    after = family(place.chain.ledger, delivery)
    assert after is not None and (after.rows, after.reason) == (1, "2 niet te lezen; daarvan 1 hersteld of al bekend")
