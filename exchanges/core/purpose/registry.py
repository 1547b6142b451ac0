"""The register of purposes, as data: ``mappings/doelbinding/<exchange>.toml``, or the installation's own file of that
name in ``<home>/doelbinding``, which goes before it whole.

Entries are dated. What counts is the day on which data are processed, not the month they are about: an agreement that
has ended allows nothing any more, also not over an earlier month.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from exchanges.core.data import data_dir
from exchanges.core.errors import UsageError
from exchanges.core.settings import Settings

FOLDER = "doelbinding"
HOME_TIME = ZoneInfo("Europe/Amsterdam")
_TEXTS = ("verwerkingsactiviteit", "grondslag", "doel", "zekerheid", "bron")
_CERTAINTIES = ("verified", "secondary", "assumed")
_KEYS = {*_TEXTS, "geldig_van", "geldig_tot", "gegevenssoorten", "verstrekt", "leest", "bewaartermijn_maanden"}


@dataclass(frozen=True)
class Registered:
    """The purpose of an exchange: ``activity`` is its id in the register of processing activities (AVG art. 30),
    ``kinds`` of data, ``months`` each data class of :mod:`exchanges.core.retention.terms` is kept.

    ``gives`` are the (partner, message) to whom and in which data may go, ``reads`` the exchanges of which it may look
    in what they sent; its own is always among what it may read. ``until`` None: until further notice.
    """

    exchange: str
    activity: str
    legal_basis: str
    goal: str
    kinds: tuple[str, ...]
    months: dict[str, int]
    gives: frozenset[tuple[str, str]]
    reads: frozenset[str]
    since: date
    until: date | None
    certainty: str
    source: str

    def holds(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on <= self.until)


def entries(settings: Settings, exchange: str) -> list[Registered]:
    """All that is registered for the exchange, oldest first; nothing when there is no file. Raises UsageError for a
    file that cannot be read or says something else than the above, and for two entries that hold on one day."""
    path = place(settings, exchange)
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise UsageError(f"Doelbinding {path} is niet te lezen als TOML; herstel het bestand.") from None
    if set(said) - {FOLDER} or not isinstance(said.get(FOLDER, []), list):
        raise _wrong(path, "alleen [[doelbinding]]")
    found = sorted((_entry(path, exchange, one) for one in said.get(FOLDER, [])), key=lambda one: one.since)
    for before, after in pairwise(found):
        if before.until is None or before.until >= after.since:
            raise UsageError(f"Doelbinding {path} heeft twee regels die op {after.since} gelden; sluit de oudste af.")
    return found


def registered(settings: Settings, exchange: str, on: date) -> Registered | None:
    """The entry that holds on that day; None when there is none. Raises UsageError, as ``entries``."""
    return next((one for one in entries(settings, exchange) if one.holds(on)), None)


def place(settings: Settings, exchange: str) -> Path:
    """The file that counts."""
    own = settings.root / FOLDER / f"{exchange}.toml"
    return own if own.exists() else data_dir("mappings") / FOLDER / f"{exchange}.toml"


def _entry(path: Path, exchange: str, said: Any) -> Registered:
    if not isinstance(said, dict) or set(said) - _KEYS:
        raise _wrong(path, "geen andere namen dan de bekende")
    for name in _TEXTS:
        if not isinstance(said.get(name), str) or not said[name].strip():
            raise _wrong(path, f"{name} als tekst")
    if said["zekerheid"] not in _CERTAINTIES:
        raise _wrong(path, f"zekerheid {', '.join(_CERTAINTIES)}")
    since, until = said.get("geldig_van"), said.get("geldig_tot")
    if type(since) is not date or not (until is None or (type(until) is date and until >= since)):
        raise _wrong(path, "geldig_van en geldig_tot als datum, in die volgorde")
    kinds, reads, gives = said.get("gegevenssoorten"), said.get("leest", []), said.get("verstrekt", [])
    if not _all_texts(kinds) or not kinds:
        raise _wrong(path, "gegevenssoorten als lijst van teksten")
    if not _all_texts(reads):
        raise _wrong(path, "leest als lijst van uitwisselingen")
    if not isinstance(gives, list) or not all(
        isinstance(one, dict) and set(one) == {"aan", "bericht"} and _all_texts([*one.values()]) for one in gives
    ):
        raise _wrong(path, "verstrekt als lijst van { aan, bericht }")
    months = said.get("bewaartermijn_maanden")
    if not isinstance(months, dict) or not months or any(type(many) is not int or many < 1 for many in months.values()):
        raise _wrong(path, "bewaartermijn_maanden met hele maanden per soort")
    return Registered(
        exchange, said["verwerkingsactiviteit"], said["grondslag"], said["doel"], tuple(kinds), dict(months),
        frozenset((one["aan"], one["bericht"]) for one in gives), frozenset(reads), since, until, said["zekerheid"],
        said["bron"],
    )  # fmt: skip


def _all_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)


def _wrong(path: Path, wanted: str) -> UsageError:
    return UsageError(f"Doelbinding {path} klopt niet: verwacht {wanted}. Herstel het bestand.")
