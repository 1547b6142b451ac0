"""Frozen dataclasses to and from plain JSON values, strictly: unknown or missing names and floats are errors.

Supported field types: str, int, bool, Literal of strings, another dataclass, ``tuple[T, ...]`` and ``T | None``.
"""

from __future__ import annotations

import json
import types
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from exchanges.core.reports.privacy import clean

T = TypeVar("T")


class DocumentError(ValueError):
    """A report document that is not what the model says; the message names the path, never the value."""


def decode(cls: type[T], value: object, path: str = "report") -> T:
    """Build ``cls`` from parsed JSON. Texts pass :func:`clean`. Raises DocumentError."""
    result: T = _dataclass(cls, value, path)
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


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _dataclass(cls: Any, value: object, path: str) -> Any:
    if not isinstance(value, dict):
        raise DocumentError(f"{path}: expected an object")
    known = {field.name: field for field in fields(cls)}
    if unknown := sorted(map(str, set(value) - set(known))):
        raise DocumentError(f"{path}: unknown {', '.join(unknown)}")
    arguments = {}
    for name, field in known.items():
        if name in value:
            arguments[name] = _value(_hints(cls)[name], value[name], f"{path}.{name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise DocumentError(f"{path}: {name} is missing")
    try:
        return cls(**arguments)
    except DocumentError as error:
        raise DocumentError(f"{path}: {error}") from None


def _value(kind: Any, value: object, path: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else _value(next(k for k in get_args(kind) if k is not type(None)), value, path)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise DocumentError(f"{path}: expected a list")
        return tuple(_value(get_args(kind)[0], item, f"{path}[{index}]") for index, item in enumerate(value))
    if origin is Literal:
        if value not in get_args(kind):
            raise DocumentError(f"{path}: expected one of {', '.join(get_args(kind))}")
        return value
    if is_dataclass(kind):
        return _dataclass(kind, value, path)
    if type(value) is not kind:  # exact: True is no number, 1.0 is no whole number
        raise DocumentError(f"{path}: expected {kind.__name__}, not {type(value).__name__}")
    return clean(value) if isinstance(value, str) else value


def _refuse_floats(value: object, path: str) -> None:
    if isinstance(value, float):
        raise DocumentError(f"{path}: floats are not allowed")
    if isinstance(value, dict):
        for name, item in value.items():
            _refuse_floats(item, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _refuse_floats(item, f"{path}[{index}]")
