"""The schema catalogue: message and date in, exactly one schema version out.

Read from ``schemas/catalogue.toml``. A gap or an overlap in the dates of a message, a missing file or a double root is
an error when the catalogue is read, not when a delivery trips over it.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from exchanges.core.data import data_dir
from exchanges.core.declare import Certainty
from exchanges.core.errors import CatalogueError
from exchanges.core.period import Period
from exchanges.core.schemas.entry import SchemaEntry, Unsupported

FILE = "catalogue.toml"


@dataclass(frozen=True)
class Catalogue:
    """All versions of all messages. Immutable; share it freely."""

    folder: Path
    entries: tuple[SchemaEntry, ...]
    unsupported: tuple[Unsupported, ...] = ()

    @classmethod
    def load(cls, folder: Path | None = None) -> Catalogue:
        """Read and check the catalogue in ``folder`` (default: the product's own), once per process.

        Raises CatalogueError, in one line, when it cannot be read or :meth:`check` finds a problem.
        """
        return _load((folder or data_dir("schemas")).resolve())

    def entry(self, message: str, when: Period | date) -> SchemaEntry:
        """The version of ``message`` valid on ``when``; a period counts by its first day.

        Raises CatalogueError that names the versions there are and what to install.
        """
        day = when.start if isinstance(when, Period) else when
        for entry in self.entries:
            if entry.message == message and entry.covers(day):
                return entry
        for refused in self.unsupported:
            if refused.message == message and refused.covers(day):
                raise CatalogueError(f"Voor {when} geldt {refused.name}: {refused.reason}.")
        raise CatalogueError(self._missing(message, when))

    def version(self, message: str, version: str) -> SchemaEntry:
        """One named version. Raises CatalogueError when it is unknown or unsupported."""
        for entry in self.entries:
            if (entry.message, entry.version) == (message, version):
                return entry
        for refused in self.unsupported:
            if (refused.message, refused.version) == (message, version):
                raise CatalogueError(f"{refused.name}: {refused.reason}.")
        raise CatalogueError(f"Bericht {message} {version} staat niet in de schemacatalogus.")

    def by_root(self, namespace: str, local: str) -> SchemaEntry | None:
        """The version whose root element this is, or None; :meth:`refusal` then says why not.

        Of messages that share a schema it is the one the schema is of.
        """
        for entry in self.own:
            if entry.namespace == namespace and local in entry.roots:
                return entry
        return None

    def refusal(self, namespace: str, local: str) -> str:
        """Why a document with this root is not accepted, in Dutch, for the user."""
        for refused in self.unsupported:
            if refused.namespace == namespace and local in refused.roots:
                return f"{refused.name}: {refused.reason}."
        for entry in self.entries:
            if entry.namespace == namespace:
                return f"{entry.name} kent dit hoofdelement niet; wel: {', '.join(entry.roots)}."
            if local in entry.roots:
                return f"Het hoofdelement {local} staat in een andere naamruimte of versie dan {entry.name}."
        return "Dit hoofdelement hoort bij geen bericht in de schemacatalogus."

    @property
    def own(self) -> tuple[SchemaEntry, ...]:
        """The versions without those of messages that use the schema of another message."""
        return tuple(entry for entry in self.entries if entry.same_as is None)

    def check(self) -> list[str]:
        """What is wrong with the catalogue, in Dutch; empty when nothing is."""
        messages = sorted({entry.message for entry in self.entries})
        problems = [problem for message in messages for problem in self._dates(message)]
        roots: dict[tuple[str, str], list[str]] = defaultdict(list)
        for entry in self.own:
            for root in entry.roots:
                roots[entry.namespace, root].append(entry.name)
                if not entry.xsds[root].is_file():
                    problems.append(f"{entry.name}: schemabestand van {root} ontbreekt")
            if entry.package and set(entry.official) != set(entry.roots):
                problems.append(f"{entry.name}: niet elk hoofdelement noemt zijn bestand in pakket {entry.package}")
        problems += [f"hoofdelement {root} hoort bij {' en '.join(owners)}"
                     for (_, root), owners in roots.items() if len(owners) > 1]
        return problems

    def _dates(self, message: str) -> list[str]:
        every: list[SchemaEntry | Unsupported] = [*self.entries, *self.unsupported]
        known = sorted((item for item in every if item.message == message), key=lambda item: item.valid_from)
        problems = [f"{item.name}: eindigt voor het begint" for item in known
                    if item.valid_to is not None and item.valid_to < item.valid_from]
        versions = [item.version for item in known]
        problems += [f"{message} {version} staat er meer dan eens" for version in sorted(set(versions))
                     if versions.count(version) > 1]
        for before, after in pairwise(known):
            if before.valid_to is None or before.valid_to >= after.valid_from:
                problems.append(f"{message}: {before.version} en {after.version} gelden samen vanaf {after.valid_from}")
            elif before.valid_to + timedelta(days=1) != after.valid_from:
                problems.append(f"{message}: geen versie tussen {before.valid_to} en {after.valid_from}")
            if after.valid_from.day != 1:
                problems.append(f"{message} {after.version}: begint midden in een maand ({after.valid_from})")
        return problems

    def _missing(self, message: str, when: Period | date) -> str:
        known = [entry for entry in self.entries if entry.message == message]
        if not known:
            return f"Bericht {message} staat niet in de schemacatalogus; bekend: {', '.join(self._messages())}."
        versions = ", ".join(
            f"{e.version} vanaf {e.valid_from}" + (f" tot en met {e.valid_to}" if e.valid_to else "") for e in known
        )
        package = next((entry.package for entry in reversed(known) if entry.package), None)
        install = (
            f"installeer de versie van {package.rpartition('-v')[0] or package} voor deze periode "
            f"(sluis schemas install PAKKET) en voeg haar toe aan de schemacatalogus"
            if package else "voeg de versie voor deze periode toe aan de schemacatalogus"
        )
        return f"Geen schema voor {message} in {when}; bekend: {versions}; {install}."

    def _messages(self) -> list[str]:
        return sorted({entry.message for entry in self.entries})


@lru_cache(maxsize=8)
def _load(folder: Path) -> Catalogue:
    path = folder / FILE
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        catalogue = Catalogue(
            folder,
            tuple(_entry(folder, item, name) for item in raw.get("schema", []) for name in _messages(item)),
            tuple(_unsupported(item, name) for item in raw.get("unsupported", []) for name in _messages(item)),
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"De schemacatalogus {FILE} is niet leesbaar: {error}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise CatalogueError(f"De schemacatalogus {FILE} is onvolledig: {error}.") from error
    if not catalogue.entries:
        raise CatalogueError(f"De schemacatalogus {FILE} is leeg.")
    problems = catalogue.check()
    if problems:
        raise CatalogueError(f"De schemacatalogus {FILE} klopt niet: {'; '.join(problems)}.")
    return catalogue


def _messages(item: dict[str, Any]) -> list[str]:
    return [item["message"], *item.get("also", [])]


def _entry(folder: Path, item: dict[str, Any], message: str) -> SchemaEntry:
    official = item.get("official", {})
    roots = item["root"]
    return SchemaEntry(
        message=message,
        version=item["version"],
        namespace=item["namespace"],
        roots=tuple(root["name"] for root in roots),
        xsds={root["name"]: folder / root["xsd"] for root in roots},
        valid_from=_day(item["valid_from"]),
        valid_to=_day(item["valid_to"]) if "valid_to" in item else None,
        package=official["package"] if official else None,
        package_sha256=official["sha256"] if official else None,
        official={root["name"]: root["official"] for root in roots if "official" in root},
        publisher=official.get("publisher"),
        certainty=_certainty(item["certainty"]),
        date_certainty=_certainty(item["date_certainty"]),
        source=item["source"],
        remarks=item.get("remarks", ""),
        same_as=item["message"] if message != item["message"] else None,
    )


def _unsupported(item: dict[str, Any], message: str) -> Unsupported:
    return Unsupported(
        message=message,
        version=item["version"],
        namespace=item["namespace"],
        roots=tuple(item["roots"]),
        valid_from=_day(item["valid_from"]),
        valid_to=_day(item["valid_to"]) if "valid_to" in item else None,
        reason=item["reason"],
        certainty=_certainty(item["certainty"]),
        source=item["source"],
    )


def _day(value: object) -> date:
    if type(value) is not date:  # TOML date-times are dates too, to isinstance
        raise ValueError(f"{value} is geen datum")
    return value


def _certainty(value: str) -> Certainty:
    if value not in get_args(Certainty):
        raise ValueError(f"{value} is geen zekerheid")
    return value  # type: ignore[return-value]
