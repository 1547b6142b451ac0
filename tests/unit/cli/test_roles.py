"""Who may do what: every cell of the matrix that says no is refused, by every command in it, and booked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command_name

from exchanges.cli.app import COMMANDS, app
from exchanges.core.access import roles
from exchanges.core.access.review import reviewed, rights
from exchanges.core.access.roles import ROLES, matrix, require
from exchanges.core.errors import CatalogueError, UsageError
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings

SETTINGS = '[toegang]\neigenaar = "p.smit"\n[rollen]\n' + "".join(f'"een {role}" = "{role}"\n' for role in ROLES)
CELLS = [(act.id, command, role) for act in matrix() for command in act.commands for role in ROLES]
MAY = {(act.id, command, role) for act in matrix() for command in act.commands for role in act.allowed}
# A part of a command that is asked by itself.
PARTS = {"refeed --export"}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("rollen")
    (made / "ketensluis.toml").write_text(SETTINGS, encoding="utf-8")
    return made


@pytest.fixture
def as_(home, monkeypatch) -> Callable[[str], None]:
    monkeypatch.setenv("KETENSLUIS_HOME", str(home))
    return lambda account: monkeypatch.setattr(roles, "actor", lambda: account)


def callbacks(group: typer.Typer, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Callable[..., object]]]:
    for info in group.registered_commands:
        assert info.callback is not None
        yield " ".join((*path, info.name or get_command_name(info.callback.__name__))), info.callback
    for sub in group.registered_groups:
        assert sub.typer_instance is not None
        yield from callbacks(sub.typer_instance, (*path, str(sub.name)))


CALLED = dict(callbacks(app))


def test_every_command_is_in_the_matrix_and_nothing_else():
    named = {command for act in matrix() for command in act.commands}
    assert named - PARTS == set(COMMANDS) == set(CALLED)


@pytest.mark.parametrize(("act", "command", "role"), CELLS, ids=[f"{command}-{role}" for _, command, role in CELLS])
def test_each_cell(as_, home, act, command, role):
    as_(f"een {role}")
    allowed = role in next(one.allowed for one in matrix() if one.id == act)
    if allowed:
        require(command)
        return
    who = " of ".join(other for other in ROLES if (act, command, other) in MAY)
    with pytest.raises(UsageError, match=f"Rol {role} mag sluis {command} niet gebruiken; daarvoor is de rol {who} "):
        if command in PARTS:
            require(command)
        else:
            CALLED[command]()  # without arguments: the question comes before anything of the command
    event = open_ledger(Settings(home=home)).events(None)[-1]
    assert (event.actor, event.action, event.object) == (f"een {role}", "toegang geweigerd", command)


def test_an_account_without_a_role_may_do_nothing(as_):
    as_("vreemdeling")
    for command in COMMANDS:
        with pytest.raises(UsageError, match="Voor account vreemdeling is geen rol ingesteld"):
            require(command)


def test_a_command_that_is_in_no_row_is_for_nobody(as_):
    for role in ROLES:
        as_(f"een {role}")
        with pytest.raises(UsageError, match="mag sluis iets nieuws niet"):
            require("iets nieuws")


def test_without_roles_or_without_an_installation_everybody_may(tmp_path):
    for command in COMMANDS:
        require(command, Settings(home=tmp_path))
    (tmp_path / "ketensluis.toml").write_text("", encoding="utf-8")
    require("why", Settings(home=tmp_path))


def test_settings_that_cannot_be_read_open_nothing(tmp_path):
    (tmp_path / "ketensluis.toml").write_text("rollen = 1", encoding="utf-8")
    with pytest.raises(UsageError, match="kloppen niet bij rollen"):
        require("why", Settings(home=tmp_path))


@pytest.mark.parametrize(("what", "by", "said"), [(";ja;nee;", ";ja;misschien;", "geen ja of nee"),
                                                  ("why, where", "why, run", "run in twee rijen")])  # fmt: skip
def test_a_matrix_that_cannot_be_read_is_refused(tmp_path, monkeypatch, what, by, said):
    text = (roles.data_dir("mappings") / "toegang" / "rollen.csv").read_text(encoding="utf-8")
    (tmp_path / "toegang").mkdir()
    (tmp_path / "toegang" / "rollen.csv").write_text(text.replace(what, by), encoding="utf-8")
    monkeypatch.setattr(roles, "data_dir", lambda kind: tmp_path)
    with pytest.raises(CatalogueError, match=said):
        matrix()


def test_nobody_sees_personal_data_and_keeps_the_machine(as_):
    """The reasons for roles: who runs it does not look at people, who looks at people does not keep the keys."""
    acts = {act.id: act.allowed for act in matrix()}
    assert acts["persoon"] == acts["werklijst"] == {"consulent"}
    assert acts["beheer"] == {"beheerder"} and "beheerder" not in acts["stand"] | acts["verwerken"]
    assert "auditor" not in acts["verwerken"] | acts["akkoord"] | acts["beheer"]


def test_rights_are_reviewed_by_an_owner_and_are_due_again(tmp_path):
    from datetime import datetime

    from exchanges.core.purpose.registry import HOME_TIME
    from exchanges.core.retention.terms import months_after

    ledger, today = open_ledger(Settings(home=tmp_path)), datetime.now(HOME_TIME).date()
    known = {"anna": "consulent", "bert": "beheerder"}
    assert all(one.late(today) and one.reviewed is None for one in rights(ledger, known))
    reviewed(ledger, known, "p.smit")
    anna, bert = rights(ledger, known)
    assert (anna.owner, anna.until) == ("p.smit", months_after(today, 12)) and not anna.privileged
    assert bert.until == months_after(today, 3) and bert.privileged
    assert not bert.late(months_after(today, 3)) and bert.late(months_after(today, 4))
    # Another role has not been looked at.
    assert [one.late(today) for one in rights(ledger, {"anna": "auditor"})] == [True]
