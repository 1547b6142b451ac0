"""Who may do what: a matrix as data, ``mappings/toegang/rollen.csv``, and the accounts of the settings (``[rollen]``)
to whom it applies (SEC-17). The command line asks it before every command, and so does who decides about a delivery.

An installation that names nobody has no roles, and its accounts may do everything. One that names somebody denies what
is not allowed by name: also to an account without a role, and a command that is in no row.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from exchanges.core.access.who import actor
from exchanges.core.data import data_dir
from exchanges.core.errors import CatalogueError, UsageError
from exchanges.core.settings import Municipalities, Settings

ROLES = ("integratie", "consulent", "auditor", "beheerder")
DENIED = "toegang geweigerd"


@dataclass(frozen=True)
class Act:
    """What can be done, with the ``commands`` that do it, and the roles that are ``allowed`` to."""

    id: str
    title: str
    commands: tuple[str, ...]
    allowed: frozenset[str]
    source: str


def matrix() -> list[Act]:
    """In the order of the file. Raises CatalogueError for a cell that is not ja or nee, and a command named twice."""
    path, acts, seen = data_dir("mappings") / "toegang" / "rollen.csv", [], set[str]()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            commands = tuple(one.strip() for one in row["opdrachten"].split(","))
            for role in ROLES:
                if row.get(role) not in ("ja", "nee"):
                    raise CatalogueError(f"In {path.name} staat bij {row['handeling']} voor {role} geen ja of nee.")
            if twice := seen & set(commands):
                raise CatalogueError(f"In {path.name} staat {min(twice)} in twee rijen.")
            seen |= set(commands)
            allowed = frozenset(role for role in ROLES if row[role] == "ja")
            acts.append(Act(row["handeling"], row["omschrijving"], commands, allowed, row["bron"]))
    return acts


def require(command: str, settings: Settings | None = None, account: str = "") -> None:
    """That the present account, or another ``account``, may give the command. Raises UsageError, and books the refusal,
    when it may not."""
    settings, account = settings or Settings(), account or actor()
    why = why_not(command, account, settings)
    if why is None:
        return
    from exchanges.core.run import open_ledger

    known = configured(settings)
    role = known.rollen.get(account) if known else None
    open_ledger(settings).event(None, account, DENIED, command, "geweigerd", {"rol": role or "geen"})
    raise UsageError(why)


def why_not(command: str, account: str, settings: Settings) -> str | None:
    """Why this account may not do what the command does, in a line; None when it may."""
    known = configured(settings)
    if known is None or not known.rollen:
        return None
    role = known.rollen.get(account)
    if role is None:
        return f"Voor account {account} is geen rol ingesteld; vraag de beheerder om een rol."
    act = next((one for one in matrix() if command in one.commands), None)
    if act is not None and role in act.allowed:
        return None
    # Not the command that shows the matrix: most roles may not give it.
    who = " of ".join(one for one in ROLES if act is not None and one in act.allowed)
    return f"Rol {role} mag sluis {command} niet gebruiken" + (f"; daarvoor is de rol {who} nodig." if who else ".")


def configured(settings: Settings) -> Municipalities | None:
    """The settings of the installation; None where there is none. Raises UsageError for settings that cannot be read:
    who may do what is then unknown."""
    there = (settings.config or settings.root / "ketensluis.toml").exists()
    return settings.municipalities() if there else None
