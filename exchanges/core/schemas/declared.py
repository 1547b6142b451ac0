"""What an XSD declares, read from its text: content models and simple types, by lxml alone.

xmlschema knows all of XML Schema and takes half a second to load a message; a delivery needs these few constructs in
every process. A schema with anything that is not read here says so, and is left to the libraries that know it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from exchanges.core.schemas.facets import Facets

_XS = "{http://www.w3.org/2001/XMLSchema}"
# What says something about places that are not near, or that only some documents see: then nothing is read here.
_FAR = ("key", "keyref", "unique", "redefine", "override")
_NUMBERS = {
    "length": "length", "minLength": "min_length", "maxLength": "max_length", "totalDigits": "total_digits",
    "fractionDigits": "fraction_digits",
}  # fmt: skip
_BOUNDS = {
    "minInclusive": "min_inclusive", "maxInclusive": "max_inclusive", "minExclusive": "min_exclusive",
    "maxExclusive": "max_exclusive",
}  # fmt: skip


class NotRead(Exception):
    """The schema uses what is not read here, or says nothing of what was asked."""


@dataclass(frozen=True)
class Simple:
    """Text: the local name of the built-in type it is made of, and what restricts it."""

    base: str
    facets: Facets


@dataclass(frozen=True)
class Group:
    """A ``sequence`` or ``choice`` of parts, ``least`` to ``most`` times (None: any number)."""

    model: str
    parts: tuple[Group | Place, ...]
    least: int
    most: int | None


@dataclass(frozen=True)
class Complex:
    """Elements. ``attributes``: there is one that must be there."""

    content: Group
    attributes: bool


@dataclass(frozen=True)
class Place:
    """An element in one place of a content model; ``name`` is ``{namespace}local``, or ``local`` without one."""

    name: str
    least: int
    most: int | None
    _node: Any
    _document: _Document

    def type(self) -> Simple | Complex:
        """What may be in the element. Raises NotRead."""
        return self._document.declared.type_of(self._node, self._document)


@dataclass(frozen=True)
class _Document:
    """One file of the schema: the namespace its declarations are in (of who includes it, when it names none)."""

    declared: Declared
    namespace: str
    qualified: bool
    own: bool

    def name(self, local: str) -> str:
        return f"{{{self.namespace}}}{local}" if self.namespace else local

    def resolve(self, node: Any, text: str) -> str:
        prefix, _, local = text.rpartition(":")
        uri = node.nsmap.get(prefix or None, "" if self.own else self.namespace)
        return f"{{{uri}}}{local}" if uri else local


class Declared:
    """The global declarations of a schema and of all it includes and imports. Raises NotRead."""

    def __init__(self, xsd: Path) -> None:
        self._globals: dict[tuple[str, str], tuple[Any, _Document]] = {}
        seen: set[tuple[Path, str | None]] = set()
        todo: list[tuple[Path, str | None]] = [(xsd.resolve(), None)]
        while todo:
            path, above = todo.pop()
            if (path, above) in seen:
                continue
            seen.add((path, above))
            root = _parsed(path)
            own = root.get("targetNamespace")
            namespace = own if own is not None else above or ""
            document = _Document(self, namespace, root.get("elementFormDefault") == "qualified", own is not None)
            for node in root.iterchildren(tag=etree.Element):
                kind = _kind(node)
                if kind in ("include", "import"):
                    location = node.get("schemaLocation")
                    if location is None:
                        raise NotRead(f"{path.name}: an import without a file")
                    todo.append(((path.parent / location).resolve(), namespace if kind == "include" else None))
                elif kind != "annotation":
                    self._globals[_space(kind), document.name(node.get("name"))] = node, document

    def root(self, name: str) -> Place:
        """The global element ``{namespace}local``. Raises NotRead when there is none."""
        node, document = self._global("element", name)
        return Place(name, 1, 1, node, document)

    def type_of(self, node: Any, document: _Document) -> Simple | Complex:
        """That of an ``xs:element`` in ``document``. Raises NotRead."""
        if node.get("ref"):
            node, document = self._global("element", document.resolve(node, node.get("ref")))
        _only(node, {"name", "type", "minOccurs", "maxOccurs", "nillable", "form"})
        inner = _parts(node)
        if node.get("type"):
            return self._named(document.resolve(node, node.get("type")))
        if len(inner) != 1:
            raise NotRead(f"element {node.get('name')} without a type")
        return self._type(inner[0], document)

    def _named(self, name: str) -> Simple | Complex:
        if name.startswith(_XS):
            if name in (f"{_XS}anyType", f"{_XS}anySimpleType"):
                raise NotRead(name)
            return Simple(name[len(_XS) :], Facets())
        return self._type(*self._global("type", name))

    def _type(self, node: Any, document: _Document) -> Simple | Complex:
        return self._simple(node, document) if _kind(node) == "simpleType" else self._complex(node, document)

    def _simple(self, node: Any, document: _Document) -> Simple:
        steps = _parts(node)
        if len(steps) != 1 or _kind(steps[0]) != "restriction":
            raise NotRead(f"simpleType {node.get('name')}: a list or union")
        step = steps[0]
        parts = _parts(step)
        if step.get("base"):
            base = self._named(document.resolve(step, step.get("base")))
        else:
            base, parts = self._type(parts[0], document), parts[1:]
        if not isinstance(base, Simple):
            raise NotRead(f"simpleType {node.get('name')} of a complex one")
        return Simple(base.base, _narrowed(base.facets, parts))

    def _complex(self, node: Any, document: _Document) -> Complex:
        _only(node, {"name"})
        parts, content, needed = _parts(node), [], False
        if [_kind(part) for part in parts] == ["complexContent"]:
            (extension,) = _parts(parts[0])
            if _kind(extension) != "extension":
                raise NotRead(f"complexType {node.get('name')}: a restriction")
            base = self._named(document.resolve(extension, extension.get("base")))
            if not isinstance(base, Complex):
                raise NotRead(f"complexType {node.get('name')} of a simple one")
            parts, content, needed = _parts(extension), [base.content], base.attributes
        for part in parts:
            if _kind(part) == "attribute":
                needed |= part.get("use") == "required"
            else:
                content.append(self._group(part, document))
        return Complex(content[0] if len(content) == 1 else Group("sequence", tuple(content), 1, 1), needed)

    def _group(self, node: Any, document: _Document) -> Group:
        _only(node, {"minOccurs", "maxOccurs", "ref"})
        least, most = _occurs(node)
        if _kind(node) == "group":
            inner, of = self._global("group", document.resolve(node, node.get("ref")))
            (model,) = _parts(inner)
            return Group("sequence", (self._group(model, of),), least, most)
        if _kind(node) not in ("sequence", "choice"):
            raise NotRead(f"xs:{_kind(node)}")
        return Group(_kind(node), tuple(self._particles(node, document)), least, most)

    def _particles(self, node: Any, document: _Document) -> Iterator[Group | Place]:
        for part in _parts(node):
            if _kind(part) != "element":
                yield self._group(part, document)
                continue
            least, most = _occurs(part)
            if part.get("ref"):
                name = document.resolve(part, part.get("ref"))
            else:
                qualified = part.get("form", "qualified" if document.qualified else "") == "qualified"
                name = document.name(part.get("name")) if qualified else part.get("name")
            yield Place(name, least, most, part, document)

    def _global(self, kind: str, name: str) -> tuple[Any, _Document]:
        try:
            return self._globals[kind, name]
        except KeyError:
            raise NotRead(f"no {kind} {name}") from None


@lru_cache(maxsize=16)
def declared(xsd: Path) -> Declared:
    """What ``xsd`` declares, once per process. Raises NotRead."""
    return Declared(xsd)


def places(group: Group) -> Iterator[Place]:
    """The elements in a content model, each time they stand there."""
    for part in group.parts:
        if isinstance(part, Place):
            yield part
        else:
            yield from places(part)


def _parsed(path: Path) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.parse(str(path), parser).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        raise NotRead(path.name) from error
    for node in root.iter(tag=etree.Element):
        if node.tag in {_XS + far for far in _FAR} or node.get("substitutionGroup") is not None:
            raise NotRead(f"{path.name}: {node.tag}")
    return root


def _narrowed(base: Facets, parts: list[Any]) -> Facets:
    """``base`` with one step of restriction more: of each facet the nearer, patterns of all steps."""
    found: dict[str, Any] = {}
    patterns: list[str] = []
    listed: list[str] = []
    for part in parts:
        kind, value = _kind(part), part.get("value")
        if kind == "pattern":
            patterns.append(value)
        elif kind == "enumeration":
            listed.append(value)
        elif kind in _NUMBERS:
            found[_NUMBERS[kind]] = int(value)
        elif kind in _BOUNDS:
            found[_BOUNDS[kind]] = value
        else:
            raise NotRead(f"xs:{kind}")
    if listed:
        found["enumeration"] = tuple(listed)
    step = "|".join(patterns)
    if patterns and step not in base.patterns:  # an empty pattern is one: only no text matches it
        found["patterns"] = (step, *base.patterns)
    return Facets(**{name: getattr(base, name) for name in base.kinds()} | found)


def _occurs(node: Any) -> tuple[int, int | None]:
    most = node.get("maxOccurs", "1")
    return int(node.get("minOccurs", "1")), None if most == "unbounded" else int(most)


def _parts(node: Any) -> list[Any]:
    """The children that say something."""
    return [child for child in node.iterchildren(tag=etree.Element) if _kind(child) != "annotation"]


def _only(node: Any, known: set[str]) -> None:
    """Raises NotRead when ``node`` has other attributes than ``known``: a default, an abstract type, mixed content."""
    if more := {name for name in node.attrib if not name.startswith("{")} - known:
        raise NotRead(f"xs:{_kind(node)} with {', '.join(sorted(more))}")


def _kind(node: Any) -> str:
    return str(node.tag).removeprefix(_XS)


def _space(kind: str) -> str:
    """Simple and complex types share their names."""
    return "type" if kind in ("simpleType", "complexType") else kind
