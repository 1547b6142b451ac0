"""Where the passphrase of a key comes from: the environment or Airflow, and never the settings."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from exchanges.core.errors import TransportError, UsageError
from exchanges.core.settings import Settings
from exchanges.core.steps.deliver import channel_of
from exchanges.core.transport import Channel
from tests.servers.sshd import write_key

SECRET = "zeer-geheim-woord"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_key(tmp_path / "key", ed25519.Ed25519PrivateKey.generate(), passphrase=SECRET.encode())
    (tmp_path / "known_hosts").touch()
    return tmp_path


def partner(home: Path, wachtzin: str) -> Channel:
    """As the settings file says."""
    (home / "ketensluis.toml").write_text(
        f'[partner.p]\nsoort = "sftp"\nhost = "127.0.0.1"\npoort = 1\ngebruiker = "g"\nsleutel = "{home / "key"}"\n'
        f'known_hosts = "{home / "known_hosts"}"\n{wachtzin}\n'
    )
    return channel_of(Settings(home=home).municipalities().partner["p"])


def opened(home: Path, wachtzin: str) -> str:
    """What is said; with the right passphrase only that nobody is there."""
    with pytest.raises((UsageError, TransportError)) as told, partner(home, wachtzin):
        pass
    said = str(told.value)
    assert "\n" not in said and SECRET not in said and SECRET not in "".join(traceback.format_exception(told.value))
    return said


RIGHT = "neemt geen verbinding aan"


def test_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WACHTZIN_P", SECRET)
    assert RIGHT in opened(home, 'wachtzin = "env:WACHTZIN_P"')
    monkeypatch.setenv("WACHTZIN_P", "ander-geheim")
    said = opened(home, 'wachtzin = "env:WACHTZIN_P"')
    assert "of de wachtzin klopt niet" in said and "ander-geheim" not in said


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_there_is_named(home: Path, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("WACHTZIN_P", raising=False)
    if value is not None:
        monkeypatch.setenv("WACHTZIN_P", value)
    assert "omgevingsvariabele WACHTZIN_P ontbreekt of is leeg" in opened(home, 'wachtzin = "env:WACHTZIN_P"')


def test_a_key_that_has_one_of_which_nothing_is_said(home: Path) -> None:
    assert "zeg dan in de instellingen met wachtzin waar die staat" in opened(home, "")


def test_from_a_connection_of_airflow(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "dit is geen taak van Airflow" in opened(home, 'wachtzin = "airflow:sftp_p"')
    asked = []

    def get(name: str) -> SimpleNamespace:
        asked.append(name)
        return SimpleNamespace(password=SECRET)

    for name, has in {
        "airflow.sdk.execution_time.task_runner": SimpleNamespace(SUPERVISOR_COMMS=object()),
        "airflow.sdk": SimpleNamespace(Connection=SimpleNamespace(get=get)),
        "airflow.sdk.exceptions": SimpleNamespace(AirflowNotFoundException=KeyError),
    }.items():
        monkeypatch.setitem(sys.modules, name, has)  # type: ignore[arg-type]
    assert RIGHT in opened(home, 'wachtzin = "airflow:sftp_p"')
    assert asked == ["sftp_p"]


@pytest.mark.parametrize("given", [SECRET, f"env:{SECRET} {SECRET}", "env:", f"vault:{SECRET}"])
def test_the_passphrase_itself_in_the_settings_is_refused_and_not_repeated(home: Path, given: str) -> None:
    with pytest.raises(UsageError, match=r"kloppen niet bij partner\.p\.wachtzin\.$") as told:
        partner(home, f'wachtzin = "{given}"')
    assert SECRET not in str(told.value)
