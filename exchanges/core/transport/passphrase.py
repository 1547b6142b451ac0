"""The passphrase of a key: the settings say where it is, and never what it is."""

from __future__ import annotations

import os

from exchanges.core.connection import password_of
from exchanges.core.errors import UsageError


def passphrase_of(place: str, key: str = "de SFTP-sleutel") -> str | None:
    """What is at ``place``: ``env:NAME``, a variable of the environment, or ``airflow:ID``, the password of a
    connection, which only a task can read. None when ``place`` is empty. Raises UsageError, which names the ``key`` it
    is of, when nothing is there."""
    kind, _, name = place.partition(":")
    if not kind:
        return None
    found = os.environ.get(name, "") if kind == "env" else password_of(name)
    if not found:
        why = (f"omgevingsvariabele {name} ontbreekt of is leeg" if kind == "env" else
               f"Airflow-verbinding {name} heeft geen wachtwoord, of dit is geen taak van Airflow: gebruik dan env:")
        raise UsageError(f"De wachtzin van {key} is er niet: {why}.")
    return found
