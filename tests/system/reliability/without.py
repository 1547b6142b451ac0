"""The protections of a delivery, each to be taken out: a test must then see what it was for."""

from __future__ import annotations

from collections.abc import Callable


def take_out(name: str) -> None:
    PROTECTIONS[name]()


PROTECTIONS: dict[str, Callable[[], None]] = {}
