"""Frozen dataclasses to and from plain JSON values, strictly: unknown or missing names and floats are errors.

Supported field types: str, int, bool, Literal of strings, another dataclass, ``tuple[T, ...]`` and ``T | None``.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from exchanges.core.reports.privacy import clean

T = TypeVar("T")
# Where a value stands: its name or number below that of the object or list it is in. Put in words when it is wrong.
Place = tuple["Place | str", "str | int"]
Reader = Callable[[Any, "Place | str"], Any]


class DocumentError(ValueError):
    """A report document that is not what the model says; the message names the path, never the value."""


def decode(cls: type[T], value: object, path: str = "report") -> T:
    """Build ``cls`` from parsed JSON. Texts pass :func:`clean`. Raises DocumentError."""
    kind: Any = cls
    result: T = _reader(kind)(value, path)
    return result


def encode(value: object) -> Any:
    """The plain JSON value of a dataclass: dicts, lists, str, int, bool and None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: encode(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return value


def canonical(value: object) -> bytes:
    """Canonical JSON of plain values: UTF-8, sorted names, no blanks, whole numbers only.

    The same bytes as ``jq -cjS .`` gives, so that anyone can compute a report's hash again.
    """
    _refuse_floats(value, "report")
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


@cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


def _at(place: Place | str) -> str:
    if isinstance(place, str):
        return place
    above, here = place
    return f"{_at(above)}.{here}" if isinstance(here, str) else f"{_at(above)}[{here}]"


@cache
def _reader(kind: Any) -> Reader:
    """What reads a value of this type. Made once a type: a report has some hundred values, and is read many times."""
    origin, of = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        inner = _reader(next(one for one in of if one is not type(None)))
        return lambda value, place: None if value is None else inner(value, place)
    if origin is tuple:
        return _tuple(_reader(of[0]))
    if origin is Literal:
        return _literal(of)
    return _dataclass(kind) if is_dataclass(kind) else _plain(kind)


def _dataclass(cls: Any) -> Reader:
    hints = get_type_hints(cls)
    readers = {field.name: _reader(hints[field.name]) for field in fields(cls)}
    needed = [one.name for one in fields(cls) if one.default is MISSING and one.default_factory is MISSING]

    def read(value: Any, place: Place | str) -> Any:
        if not isinstance(value, dict):
            raise DocumentError(f"{_at(place)}: expected an object")
        if unknown := sorted(map(str, value.keys() - readers.keys())):
            raise DocumentError(f"{_at(place)}: unknown {', '.join(unknown)}")
        for name in needed:
            if name not in value:
                raise DocumentError(f"{_at(place)}: {name} is missing")
        arguments = {name: read(value[name], (place, name)) for name, read in readers.items() if name in value}
        try:
            return cls(**arguments)
        except DocumentError as error:
            raise DocumentError(f"{_at(place)}: {error}") from None

    return read


def _tuple(inner: Reader) -> Reader:
    def read(value: Any, place: Place | str) -> Any:
        if not isinstance(value, list | tuple):
            raise DocumentError(f"{_at(place)}: expected a list")
        return tuple(inner(item, (place, index)) for index, item in enumerate(value))

    return read


def _literal(allowed: tuple[str, ...]) -> Reader:
    def read(value: Any, place: Place | str) -> Any:
        if value not in allowed:
            raise DocumentError(f"{_at(place)}: expected one of {', '.join(allowed)}")
        return value

    return read


def _plain(kind: Any) -> Reader:
    def read(value: Any, place: Place | str) -> Any:
        if type(value) is not kind:  # exact: True is no number, 1.0 is no whole number
            raise DocumentError(f"{_at(place)}: expected {kind.__name__}, not {type(value).__name__}")
        return clean(value) if kind is str else value

    return read


def _refuse_floats(value: object, path: str) -> None:
    if isinstance(value, float):
        raise DocumentError(f"{path}: floats are not allowed")
    if isinstance(value, dict):
        for name, item in value.items():
            _refuse_floats(item, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _refuse_floats(item, f"{path}[{index}]")
