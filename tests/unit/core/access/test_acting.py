"""Who is booked: the account, with somebody else only where the settings let it speak; and who are one person."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.access import acting as module
from exchanges.core.access.acting import acting, logged_in
from exchanges.core.access.who import accountable, same_person
from exchanges.core.errors import UsageError
from exchanges.core.settings import Settings

NAMES = st.sampled_from(["anna", "Anna ", "bert", "portaal", "Jan de Wit"])


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of which ``portaal`` may speak for others; the present account is kees."""
    monkeypatch.setattr(module, "actor", lambda: "kees")
    text = 'namens = ["portaal"]\n[airflow]\n"Anna Jansen" = "a.jansen"\n'
    (tmp_path / "ketensluis.toml").write_text(text, encoding="utf-8")
    return Settings(home=tmp_path, actors="")


def test_the_account_acts_and_speaks_for_nobody(installation: Settings) -> None:
    for said in ("", "  ", "kees", " Kees "):
        assert acting(said, installation) == "kees"
    with pytest.raises(UsageError, match="Account kees mag niet voor een ander spreken"):
        acting("anna", installation)


def test_who_may_speak_for_others_is_booked_with_them(installation, monkeypatch):
    monkeypatch.setattr(module, "actor", lambda: "portaal")
    assert acting(" Anna  Jansen", installation) == "portaal namens Anna Jansen"
    assert acting("", installation) == "portaal"
    with pytest.raises(UsageError, match="woord namens"):
        acting("anna namens bert", installation)


def test_without_settings_nobody_speaks_for_another(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "actor", lambda: "kees")
    with pytest.raises(UsageError, match="mag niet voor een ander"):
        acting("anna", Settings(home=tmp_path, actors=""))


def test_two_people_are_played_only_outside_production_and_only_by_that_word(installation):
    assert acting("anna", installation.model_copy(update={"actors": "vrij"})) == "anna"
    for changes in ({"actors": "vrij", "production": True}, {"actors": "ja"}):
        with pytest.raises(UsageError, match="KETENSLUIS_ACTORS"):
            acting("anna", installation.model_copy(update=changes))


def test_a_user_of_airflow_has_an_account(installation, tmp_path):
    assert logged_in("Anna  Jansen", installation) == "a.jansen"
    assert logged_in("bert", installation) == "bert"
    assert logged_in(None, installation) == logged_in(" ", installation) == ""
    assert logged_in("Anna Jansen", Settings(home=tmp_path / "leeg")) == "Anna Jansen"
    with pytest.raises(UsageError, match="woord namens"):
        logged_in("portaal namens bert", installation)


ONE = [
    ("anna", "Anna "), ("portaal namens anna", "anna"), ("portaal namens anna", "portaal"),
    ("portaal namens anna", "balie namens Anna"), ("portaal namens anna", "anna namens bert"),
    ("portaal namens portaal", "portaal namens bert"), ("Jan  de Wit", "jan de wit"),
]  # fmt: skip
TWO = [("anna", "bert"), ("portaal namens anna", "portaal namens bert"), ("portaal namens anna", "balie namens bert")]


@pytest.mark.parametrize(
    ("one", "other", "same"), [*((*pair, True) for pair in ONE), *((*pair, False) for pair in TWO)]
)
def test_one_person_is_who_has_an_account_in_common(one, other, same):
    assert same_person(one, other) is same_person(other, one) is same


@given(NAMES, NAMES, NAMES)
def test_nobody_becomes_another_by_speaking_for_one(account, other, third):
    speaks = f"{account} namens {other}"
    assert accountable(speaks) == other
    assert same_person(speaks, account) and same_person(speaks, other) and same_person(speaks, speaks)
    assert same_person(account, f"{account} namens {third}")
