"""One version of one message in the catalogue. Standard library only until a schema is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from exchanges.core.declare import Certainty
from exchanges.core.errors import CatalogueError

if TYPE_CHECKING:
    from lxml import etree


@dataclass(frozen=True)
class SchemaEntry:
    """A message version.

    ``roots`` has the delivered root first; ``xsds`` gives our file per root. ``package`` and ``package_sha256``
    name the official package (None for an assumed message), ``official`` the file in it per root.
    ``certainty`` is about the schema, ``date_certainty`` about ``valid_from`` and ``valid_to`` (last day, None: open).
    ``same_as`` names the message whose schema and roots this one uses too (None: its own).
    """

    message: str
    version: str
    namespace: str
    roots: tuple[str, ...]
    xsds: Mapping[str, Path] = field(hash=False)
    valid_from: date
    valid_to: date | None
    package: str | None
    package_sha256: str | None
    official: Mapping[str, str] = field(hash=False)
    publisher: str | None
    certainty: Certainty
    date_certainty: Certainty
    source: str
    remarks: str
    same_as: str | None = None

    @property
    def xsd(self) -> Path:
        """The schema of the delivered root."""
        return self.xsds[self.roots[0]]

    @property
    def name(self) -> str:
        return f"{self.message} {self.version}"

    def xsd_of(self, root: str) -> Path:
        try:
            return self.xsds[root]
        except KeyError:
            raise CatalogueError(
                f"Bericht {self.name} heeft geen hoofdelement {root}; bekend: {', '.join(self.roots)}."
            ) from None

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def compile(self, root: str | None = None) -> etree.XMLSchema:
        """A fresh lxml XMLSchema of ``root`` (default: the delivered one).

        Its error log belongs to the object, so an object must not be shared between threads; see
        :func:`exchanges.core.schemas.compiled.compiled`. Raises CatalogueError when an import does not resolve.
        """
        from exchanges.core.schemas.compiled import compile_xsd

        return compile_xsd(self.xsd_of(root or self.roots[0]))


@dataclass(frozen=True)
class Unsupported:
    """A version we know of and refuse, with the reason in words for the user."""

    message: str
    version: str
    namespace: str
    roots: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    reason: str
    certainty: Certainty
    source: str

    @property
    def name(self) -> str:
        return f"{self.message} {self.version}"

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
