"""What runs out is told thirty days ahead, once, and becomes an alarm when it is nearly too late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from exchanges.core import registry, watch
from exchanges.core.settings import Settings
from exchanges.core.soap.expiry import EXPIRES, expiring_of, tell_expiring
from exchanges.simulators.soap_keys import OIN_MUNICIPALITY, OIN_PARTNER, write
from tests.unit.core.dated_exchange import ID, toy


@pytest.fixture
def home(tmp_path: Path, keys, now, monkeypatch) -> Path:
    """A municipality with a certificate of its own for 100 days, one to be asked by for 20, and a list for 7 days."""
    monkeypatch.setattr(registry, "exchanges", lambda: {ID: toy(ID, None)})
    authority, made = keys.authority, tmp_path / "sleutels"
    made.mkdir()
    paths = {
        "ours": write(made / "ours.pem", authority.issue("a", OIN_MUNICIPALITY, days=100, since=0).pem),
        "own": write(made / "own.pem", authority.issue("b", OIN_MUNICIPALITY, days=400, since=0).pem),
        "server": write(made / "server.pem", authority.issue("c", OIN_MUNICIPALITY, days=20, since=0).pem),
        "key": write(made / "key.pem", keys.municipality.key_pem), "ca": write(made / "ca.pem", authority.pem),
        "crl": write(made / "crl.pem", authority.revocations(days=7)),
    }  # fmt: skip
    files = {name: str(path) for name, path in paths.items()}
    key = f'sleutel = "{files["key"]}"\n'
    both = f'oin = "{OIN_MUNICIPALITY}"\noin_partner = "{OIN_PARTNER}"\nca = "{files["ca"]}"\ncrl = "{files["crl"]}"\n'
    (tmp_path / "ketensluis.toml").write_text(
        f'[partner.{toy().partner}]\nsoort = "soap"\n[partner.{toy().partner}.soap]\nurl = "https://x/"\n{both}'
        f'certificaat = "{files["ours"]}"\n{key}'
        f'[gemeente.0153]\nnaam = "x"\nbron = {{ soort = "csv", locatie = "x" }}\n'
        f'[gemeente.0153.soap]\noin = "{OIN_MUNICIPALITY}"\ncertificaat = "{files["own"]}"\n{key}'
        f'[gemeente.0153.dienst.{ID}]\npad = "/x"\n{both}certificaat = "{files["server"]}"\n{key}'
    )
    return tmp_path


def found(home: Path, moment) -> dict[str, bool]:
    """Where something runs out, and whether that is urgent."""
    said = expiring_of(toy().partner, ID, ["0153"], Settings(home=home), moment)
    assert all("\n" not in one.text for one in said)
    return {one.where: one.urgent for one in said}


SERVER, OURS = f"gemeente.0153.dienst.{ID}.certificaat", f"partner.{toy().partner}.soap.certificaat"
LISTS = {f"partner.{toy().partner}.soap.crl", f"gemeente.0153.dienst.{ID}.crl"}


def test_thirty_days_ahead_and_urgent_in_the_last_week(home, now):
    assert found(home, now) == {SERVER: False}
    assert found(home, now - timedelta(days=11)) == {}
    assert found(home, now + timedelta(days=6)) == {SERVER: False}
    late = found(home, now + timedelta(days=14))
    assert late.pop(SERVER) and set(late) == LISTS and all(late.values())
    assert OURS in found(home, now + timedelta(days=71))
    assert found(home, now + timedelta(days=99))[OURS]


def test_a_list_that_is_too_old_refuses_everything_and_says_so(home, now):
    said = expiring_of(toy().partner, ID, ["0153"], Settings(home=home), now + timedelta(days=8))
    assert {one.where for one in said if "verlopen" in one.text} == LISTS


@pytest.mark.parametrize("name", ["server.pem", "crl.pem"])
def test_what_cannot_be_read_is_urgent(home, now, name):
    (home / "sleutels" / name).write_text("onzin")
    assert True in found(home, now).values()


def test_nothing_of_who_does_not_speak_soap(tmp_path, now, monkeypatch):
    monkeypatch.setattr(registry, "exchanges", lambda: {ID: toy(ID, None)})
    (tmp_path / "ketensluis.toml").write_text('[partner.x]\nsoort = "map"\nmap = "/tmp"\n')
    assert expiring_of("x", ID, [], Settings(home=tmp_path), now) == []


def test_the_watch_tells_it_once_and_sounds_the_alarm_every_day(home, now, caplog):
    settings = Settings(home=home)
    assert tell_expiring(ID, now, settings) == []
    assert tell_expiring(ID, now + timedelta(days=1), settings) == []
    events = [one for one in watch.open_ledger(settings).events(None) if one.action == EXPIRES]
    assert len(events) == 1 and events[0].object.startswith(SERVER) and "verloopt over" in caplog.text
    for later in (14, 15):
        assert len(tell_expiring(ID, now + timedelta(days=later), settings)) == 3


def test_the_calendar_looks_at_it(home, now, monkeypatch):
    monkeypatch.setattr(watch, "require_year", lambda *_: None)
    looked = watch.watch(ID, now + timedelta(days=15), Settings(home=home))
    assert len([text for text in looked.alarms if "certificaat" in text or "intrekkingslijst" in text]) == 3
