"""What an XSD says about every element, as flat data: path, type, facets, occurrence.

For the mapping checker and for documentation. Attributes come as ``Parent/@name``.
Import it lazily: xmlschema is heavy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from xmlschema.validators import XsdAnyElement, XsdGroup

from exchanges.core.errors import CatalogueError
from exchanges.core.schemas.diagnostic import diagnostic
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.schemas.facets import Facets

_XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True)
class Element:
    """One element (or attribute) in one place of the message.

    ``path`` has local names from the root; ``namespace`` is that of this element, empty when unqualified.
    ``type_name`` is the local name of the named type (None: anonymous), ``base`` the XSD built-in its value is made of
    (None for a group). ``min_occurs`` and ``max_occurs`` (None: unbounded) count inside one parent and include those of
    the sequences and choices around it; for a branch of a choice they hold when the branch is used. ``choice`` names
    the branch: ``Root#1.2`` is the second branch of the first choice in Root. The same path occurs more than once when
    two branches have the same element.
    """

    path: str
    namespace: str
    qualified: bool
    type_name: str | None
    base: str | None
    facets: Facets
    min_occurs: int
    max_occurs: int | None
    choice: str | None
    is_leaf: bool
    nillable: bool = False
    any_content: bool = False


def elements(entry: SchemaEntry, root: str | None = None) -> list[Element]:
    """Every element under ``root`` (default: the delivered one) in document order, the root first.

    A type that contains itself is followed once. Raises CatalogueError when root or schema is not usable.
    """
    name = root or entry.roots[0]
    return list(_elements(entry.xsd_of(name), entry.namespace, name))


@lru_cache(maxsize=64)
def _elements(xsd: Path, namespace: str, root: str) -> tuple[Element, ...]:
    declared = diagnostic(xsd).maps.elements.get(f"{{{namespace}}}{root}" if namespace else root)
    if declared is None:
        raise CatalogueError(f"Schema {xsd.name} kent het hoofdelement {root} niet.")
    return tuple(_walk(declared, root, 1, 1, None, ()))


def _walk(
    item: Any, path: str, least: int, most: int | None, choice: str | None, above: tuple[Any, ...]
) -> Iterator[Element]:
    kind = item.type
    simple = value_type(kind)
    wildcard = not simple and any(isinstance(particle, XsdAnyElement) for particle in kind.content)
    children = [] if simple else list(_children(kind.content, path))
    yield Element(
        path=path,
        namespace=_namespace(item.name),
        qualified=item.name.startswith("{"),
        type_name=_local(kind.name) if kind.name else None,
        base=_local(builtin(simple).name) if simple is not None else None,
        facets=facets(simple) if simple is not None else Facets(),
        min_occurs=least,
        max_occurs=most,
        choice=choice,
        is_leaf=not children,
        nillable=bool(item.nillable),
        any_content=wildcard,
    )
    if not kind.is_simple():
        yield from _attributes(kind, path)
    if kind in above:
        return
    for child, low, high, branch in children:
        yield from _walk(child, f"{path}/{_local(child.name)}", low, high, branch, (*above, kind))


def _attributes(kind: Any, path: str) -> Iterator[Element]:
    for name, attribute in kind.attributes.items():
        if name is None or attribute.use == "prohibited":  # None is the wildcard
            continue
        yield Element(
            path=f"{path}/@{_local(name)}",
            namespace=_namespace(name),
            qualified=name.startswith("{"),
            type_name=_local(attribute.type.name) if attribute.type.name else None,
            base=_local(builtin(attribute.type).name),
            facets=facets(attribute.type),
            min_occurs=1 if attribute.use == "required" else 0,
            max_occurs=1,
            choice=None,
            is_leaf=True,
        )


def _children(group: Any, path: str) -> Iterator[tuple[Any, int, int | None, str | None]]:
    """The elements directly in ``group``: element, least, most, branch."""
    counter = iter(range(1, 1 << 30))

    def of(particle: Any, low: int, high: int | None, branch: str | None) -> Iterator[Any]:
        low, high = low * particle.min_occurs, _times(high, particle.max_occurs)
        if isinstance(particle, XsdAnyElement):
            return
        if not isinstance(particle, XsdGroup):
            yield particle, low, high, branch
            return
        number = next(counter) if particle.model == "choice" and len(particle) > 1 else 0
        for position, part in enumerate(particle, 1):
            mark = f"#{number}.{position}"
            deeper = branch if not number else f"{branch}{mark}" if branch else f"{path}{mark}"
            yield from of(part, low, high, deeper)

    yield from of(group, 1, 1, None)


def value_type(kind: Any) -> Any | None:
    """The simple type of the text of ``kind`` (an xmlschema type), None when it has element content or none."""
    if kind.is_simple():
        return kind
    return kind.content if kind.has_simple_content() else None


def builtin(kind: Any) -> Any:
    """The XSD built-in a simple type restricts; lists and unions are their own."""
    while not str(kind.name or "").startswith(_XS) and kind.base_type is not None and not kind.is_union():
        kind = kind.base_type
    return kind


def facets(kind: Any) -> Facets:
    """The facets of an xmlschema simple type; of two steps the narrower (the nearer) wins, patterns add up."""
    found: dict[str, Any] = {}
    patterns: list[str] = []
    names = {
        "length": "length", "minLength": "min_length", "maxLength": "max_length", "totalDigits": "total_digits",
        "fractionDigits": "fraction_digits", "minInclusive": "min_inclusive", "maxInclusive": "max_inclusive",
        "minExclusive": "min_exclusive", "maxExclusive": "max_exclusive",
    }
    while kind is not None and not str(kind.name or "").startswith(_XS):
        for name, facet in (kind.facets or {}).items():
            local = _local(name or "")
            if local == "pattern":
                step = "|".join(facet.regexps)
                if step not in patterns:
                    patterns.append(step)
            elif local == "enumeration":
                found.setdefault("enumeration", tuple(str(node.get("value")) for node in facet))
            elif local in names:
                text = facet.elem.get("value") if facet.elem is not None else str(facet.value)
                found.setdefault(names[local], text if "clusive" in local else int(text))
        kind = kind.base_type
    return Facets(**found, patterns=tuple(patterns))


def _times(high: int | None, occurs: int | None) -> int | None:
    if high == 0 or occurs == 0:
        return 0
    return None if high is None or occurs is None else high * occurs


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _namespace(name: str) -> str:
    return name[1:].partition("}")[0] if name.startswith("{") else ""
