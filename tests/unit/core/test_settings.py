"""Settings: from the environment and one file, wrong ones told in one line."""

from __future__ import annotations

import multiprocessing
import stat

import pytest

from exchanges.core.errors import UsageError
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings

GOOD = """
[gemeente.0153]
naam = "Enschede"
bron = { soort = "parquet", locatie = "/data/0153" }
methode = { dkd_reintegratie = "webservice" }

[gemeente.0344]
naam = "Utrecht"
bron = { soort = "sql", locatie = "env:BRON", mapping = "utrecht.toml" }
uitwisselingen = []

[partner.inlichtingenbureau]
soort = "sftp"
host = "partner.voorbeeld.invalid"
poort = 2222
gebruiker = "gemeente"
in = "naar"
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("HOME", "LEDGER", "STORE", "CONFIG", "PSEUDONYM_KEY", "PRODUCTION", "SOURCE"):
        monkeypatch.delenv(f"KETENSLUIS_{name}", raising=False)
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path / "huis"))
    (tmp_path / "huis").mkdir()
    return tmp_path / "huis"


def write(home, text: str) -> Settings:
    (home / "ketensluis.toml").write_text(text, encoding="utf-8")
    return Settings()


def test_everything_is_below_the_home(home):
    found = Settings()
    assert found.root == home
    assert found.ledger_url == f"sqlite:///{home / 'ledger.sqlite'}"
    assert found.store_url == str(home / "artefacten")
    assert found.work().parent == home
    assert found.production is False


def test_the_environment_can_say_otherwise(home, monkeypatch):
    monkeypatch.setenv("KETENSLUIS_LEDGER", "postgresql+psycopg://x/y")
    monkeypatch.setenv("KETENSLUIS_STORE", "s3://emmer")
    monkeypatch.setenv("KETENSLUIS_PRODUCTION", "true")
    monkeypatch.setenv("KETENSLUIS_CONFIG", str(home / "elders.toml"))
    (home / "elders.toml").write_text(GOOD)
    found = Settings()
    assert (found.ledger_url, found.store_url, found.production) == ("postgresql+psycopg://x/y", "s3://emmer", True)
    assert list(found.municipalities().gemeente) == ["0153", "0344"]


def test_municipalities_and_partners(home):
    found = write(home, GOOD).municipalities()
    assert found.gemeente["0153"].methode == {"dkd_reintegratie": "webservice"}
    assert found.gemeente["0344"].uitwisselingen == []
    partner = found.partner["inlichtingenbureau"]
    assert (partner.host, partner.poort, partner.inkomend, partner.uitgaand) == (
        "partner.voorbeeld.invalid",
        2222,
        "naar",
        "uit",
    )


@pytest.mark.parametrize(("text", "where"), [
    ("[gemeente.0153]\nnaam = 'x'\n", "gemeente.0153.bron"),
    ("[gemeente.0153]\nnaam = 'x'\nbron = { soort = 'excel', locatie = 'x' }\n", "gemeente.0153.bron.soort"),
    ("[gemeente.0153]\nnaam = 'x'\nbron = { soort = 'csv', locatie = 'x' }\nkleur = 'rood'\n", "gemeente.0153.kleur"),
    ("[partner.p]\nsoort = 'ftp'\n", "partner.p.soort"),
    ("[partner.p]\nsoort = 'sftp'\npoort = 'geheim-woord'\n", "partner.p.poort"),
    ("[gemeente\n", "line 1"),
    ("onbekend = 1\n", "onbekend"),
])  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_in_one_line(home, text, where):
    with pytest.raises(UsageError) as raised:
        write(home, text).municipalities()
    said = str(raised.value)
    assert where in said and "\n" not in said and "geheim-woord" not in said


def test_no_file_is_told_with_what_to_do(home):
    with pytest.raises(UsageError, match="ontbreken; maak ze"):
        Settings().municipalities()


def test_the_key_of_the_pseudonyms_is_made_once_and_private(home):
    key = Settings().pseudonymise_with()
    path = home / "pseudoniem.sleutel"
    assert len(key) >= 32 and Settings().pseudonymise_with() == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [other.name for other in home.iterdir()] == ["pseudoniem.sleutel"]


def test_nothing_is_no_key(home):
    """Pseudonyms under it would be those that anybody can make."""
    (home / "pseudoniem.sleutel").write_text("\n")
    with pytest.raises(UsageError, match=r"pseudoniem\.sleutel is leeg"):
        Settings().pseudonymise_with()


def test_the_key_can_come_from_the_environment(home, monkeypatch):
    monkeypatch.setenv("KETENSLUIS_PSEUDONYM_KEY", "van buiten")
    assert Settings().pseudonymise_with() == b"van buiten"
    assert not (home / "pseudoniem.sleutel").exists()


def _key(home: str) -> bytes:
    return Settings(home=home).pseudonymise_with()


def test_processes_that_start_at_once_get_the_same_key(home):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_key, [str(home)] * 8))) == 1


@pytest.mark.parametrize(("name", "value", "told"), [
    ("PRODUCTION", "misschien", "KETENSLUIS_PRODUCTION (kies true of false)"),
    ("MEMORY_MB", "veel", "KETENSLUIS_MEMORY_MB (geef een geheel getal)"),
])  # fmt: skip
def test_an_environment_that_cannot_be_read_is_told_by_name_and_not_by_value(home, monkeypatch, name, value, told):
    monkeypatch.setenv(f"KETENSLUIS_{name}", value)
    with pytest.raises(UsageError) as error:
        Settings()
    assert str(error.value) == f"Deze instellingen van de omgeving zijn niet te lezen: {told}."


@pytest.mark.parametrize("what", ["ledger", "pseudonym"])
def test_a_home_that_cannot_be_a_folder_is_told(home, tmp_path, monkeypatch, what):
    file = tmp_path / "bestand"
    file.write_text("", encoding="utf-8")
    settings = Settings(home=file)
    with pytest.raises(UsageError, match=r"KETENSLUIS_HOME \S+/bestand kan de map niet zijn: een deel van het pad is"):
        open_ledger(settings) if what == "ledger" else settings.pseudonymise_with()
