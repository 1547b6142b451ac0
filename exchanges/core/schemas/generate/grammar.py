"""A schema as a light graph to generate from: elements, types, groups, and the texts for each simple type."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from xmlschema.validators import XsdAnyElement, XsdElement, XsdGroup

from exchanges.core.schemas.diagnostic import diagnostic
from exchanges.core.schemas.generate.values import Values, values_of
from exchanges.core.schemas.model import value_type

XS = "http://www.w3.org/2001/XMLSchema"
_BUILTINS = ("anyType", "anySimpleType", "string", "token", "integer", "decimal", "date")
_DEEPEST = 24


@dataclass
class Wildcard:
    """``xs:any``; ``least`` and ``most`` (None: unbounded) times."""

    least: int
    most: int | None


@dataclass
class Group:
    """A sequence, choice or all of parts."""

    model: str
    least: int
    most: int | None
    parts: list[Element | Group | Wildcard] = field(default_factory=list)


@dataclass
class Attribute:
    name: str
    namespace: str
    required: bool
    values: Values


@dataclass
class Type:
    """``values`` for text content, else ``content`` (None: empty). ``mixed``: text may stand between elements.
    ``derived``: the named types that may stand in its place with ``xsi:type``."""

    name: str
    namespace: str
    values: Values | None = None
    content: Group | None = None
    attributes: list[Attribute] = field(default_factory=list)
    mixed: bool = False
    derived: list[Type] = field(default_factory=list)


@dataclass
class Element:
    name: str
    namespace: str
    type: Type
    least: int = 1
    most: int | None = 1


Trail = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Place:
    """One element in one place: ``trail`` has, per level below the root, the way through the groups to the next
    element (the index of the part at each group)."""

    path: str
    trail: Trail


@lru_cache(maxsize=8)
def grammar_of(xsd: Path, namespace: str, root: str, seed: int) -> Grammar:
    """A grammar, made once per process: the texts take a second for a schema of some size."""
    return Grammar(xsd, namespace, root, seed)


class Grammar:
    """The schema in ``xsd`` seen from ``root``. ``seed`` decides the texts.

    ``globals`` are all elements any document could start with, ``types`` all named types (local name, namespace).
    """

    def __init__(self, xsd: Path, namespace: str, root: str, seed: int) -> None:
        self._schema = diagnostic(xsd)
        self._seed = seed
        self._types: dict[int, Type] = {}
        self._values: dict[int, Values] = {}
        maps = self._schema.maps
        self.globals = [self._element(item) for name, item in sorted(maps.elements.items()) if XS not in name]
        self.root = next(e for e in self.globals if (e.name, e.namespace) == (root, namespace))
        named = {name: kind for name, kind in sorted(maps.types.items()) if XS not in name}
        for kind in named.values():
            base = kind.base_type
            while base is not None and XS not in (base.name or XS):
                self._type(base).derived.append(self._type(kind))
                base = base.base_type
        self.types = [_split(name) for name in named]
        self.types += [(name, XS) for name in _BUILTINS]
        self.namespaces = sorted(({e.namespace for e in self.globals} | {ns for _, ns in self.types}) - {XS, ""})

    @cached_property
    def places(self) -> list[Place]:
        """Every element under the root, the root first; a type inside itself is followed once."""
        found: list[Place] = []

        def walk(element: Element, path: str, trail: Trail, above: tuple[int, ...]) -> None:
            found.append(Place(path, trail))
            if id(element.type) in above or len(trail) > _DEEPEST:
                return
            for way, child in _ways(element.type.content, ()):
                walk(child, f"{path}/{child.name}", (*trail, way), (*above, id(element.type)))

        walk(self.root, self.root.name, (), ())
        return found

    def at(self, place: Place) -> Element:
        """The element declared in ``place``."""
        element = self.root
        for way in place.trail:
            part: Any = element.type.content
            for index in way:
                part = part.parts[index]
            element = part
        return element

    @cached_property
    def unfilled(self) -> list[str]:
        """Names of the elements for which no valid text was found: nothing under them can be proven."""
        return sorted({place.path for place in self.places
                       if (values := self.at(place).type.values) is not None and not values.valid})

    def _element(self, item: Any) -> Element:
        name, namespace = _split(item.name)
        return Element(name, namespace, self._type(item.type), item.min_occurs, item.max_occurs)

    def _type(self, kind: Any) -> Type:
        if id(kind) in self._types:
            return self._types[id(kind)]
        name, namespace = _split(kind.name or "")
        made = self._types[id(kind)] = Type(name, namespace)
        simple = value_type(kind)
        if simple is not None:
            made.values = self._texts(simple)
        elif len(kind.content):
            made.content = self._group(kind.content)
        if not kind.is_simple():
            made.mixed = bool(kind.mixed)
            for key, item in kind.attributes.items():
                if key is not None and item.use != "prohibited":
                    local, space = _split(key)
                    made.attributes.append(Attribute(local, space, item.use == "required", self._texts(item.type)))
        return made

    def _group(self, group: Any) -> Group:
        made = Group(group.model, group.min_occurs, group.max_occurs)
        for part in group:
            if isinstance(part, XsdGroup):
                made.parts.append(self._group(part))
            elif isinstance(part, XsdElement):
                made.parts.append(self._element(part))
            elif isinstance(part, XsdAnyElement):
                made.parts.append(Wildcard(part.min_occurs, part.max_occurs))
        return made

    def _texts(self, kind: Any) -> Values:
        if id(kind) not in self._values:
            # a seed of its own per type: the texts of one type do not depend on which others there are
            self._values[id(kind)] = values_of(kind, random.Random(f"{self._seed}:{kind.name or len(self._values)}"))
        return self._values[id(kind)]


def _ways(group: Group | None, way: tuple[int, ...]) -> list[tuple[tuple[int, ...], Element]]:
    found: list[tuple[tuple[int, ...], Element]] = []
    for index, part in enumerate(group.parts if group else ()):
        if isinstance(part, Element):
            found.append(((*way, index), part))
        elif isinstance(part, Group):
            found += _ways(part, (*way, index))
    return found


def _split(name: str) -> tuple[str, str]:
    namespace, _, local = name.rpartition("}")
    return local, namespace.lstrip("{")
