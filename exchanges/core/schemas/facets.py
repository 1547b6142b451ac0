"""The restrictions a simple type puts on its texts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facets:
    """The restrictions on a value, of the type and all it is derived from; None or empty: not restricted.

    ``patterns`` must all match (alternatives of one step are one pattern, joined by ``|``). ``enumeration`` is the
    narrowest list. Bounds are texts, as they would stand in a message.
    """

    length: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    patterns: tuple[str, ...] = ()
    enumeration: tuple[str, ...] = ()
    total_digits: int | None = None
    fraction_digits: int | None = None
    min_inclusive: str | None = None
    max_inclusive: str | None = None
    min_exclusive: str | None = None
    max_exclusive: str | None = None

    def kinds(self) -> tuple[str, ...]:
        """Names of the facets that are set."""
        return tuple(name for name in self.__dataclass_fields__ if getattr(self, name) not in (None, ()))
