"""Which source has the key of a municipality, and what to say when none has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exchanges.core.errors import UsageError
from exchanges.core.keys.sources import FolderKeys, KeySource


@dataclass(frozen=True)
class KeyRing:
    """``sources`` are asked in their order; the first that has a key of the municipality counts. ``makes``: where a
    first key may be made for a municipality of which nothing was sealed yet; None: nowhere, a person gives it."""

    sources: Sequence[KeySource]
    makes: FolderKeys | None = None

    def keys(self, gemeente: str) -> list[bytes]:
        """The keys, the one in use first. Raises UsageError when there is none."""
        found = self._found(gemeente)
        if found is None:
            raise UsageError(
                f"Gemeente {gemeente} heeft geen sleutel ({self.where(gemeente)}); zonder die sleutel is niets van deze"
                " gemeente te lezen of te bewaren. Zet hem terug; is er nooit een geweest, maak er dan een met sluis"
                " keys make."
            )
        return found[1]

    def first(self, gemeente: str) -> list[bytes]:
        """As ``keys``, for a municipality of which nothing was sealed yet: one is made where that may be."""
        if self.makes is not None and self._found(gemeente) is None:
            return self.makes.make(gemeente)
        return self.keys(gemeente)

    def where(self, gemeente: str) -> str:
        """The source that has the key; all that were asked when none has."""
        found = self._found(gemeente)
        if found is not None:
            return found[0].where(gemeente)
        return f"gezocht in {', '.join(source.where(gemeente) for source in self.sources)}"

    def has(self, gemeente: str) -> bool:
        return self._found(gemeente) is not None

    def folder(self, gemeente: str) -> FolderKeys | None:
        """The folder with the key, or with what is left of it; None when another source has it, or none."""
        for source in self.sources:
            if isinstance(source, FolderKeys) and source.holds(gemeente):
                return source
            if source.find(gemeente):
                return None
        return None

    def _found(self, gemeente: str) -> tuple[KeySource, list[bytes]] | None:
        for source in self.sources:
            keys = source.find(gemeente)
            if keys:
                return source, keys
        return None
