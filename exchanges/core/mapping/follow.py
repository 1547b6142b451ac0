"""Which element may come after which: a content model as a table of yes and no.

Where every element of a content model stands in it once, and repeats either not at all or without end, the model is a
local language: a row of elements is in it exactly when each may come after the one before it (Glushkov). The same then
holds for a whole record read tag by tag, because from two start tags follows which elements ended between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from exchanges.core.mapping.paths import Ints, Paths
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.mapping.typed import full_name
from exchanges.core.schemas.declared import Complex, Group, NotRead, Place, Simple

_RECORD = 1


@dataclass
class _Model:
    """Of one content model, by numbers of elements: what can be first and last, what can follow what, and whether it
    can be empty."""

    empty: bool = True
    first: set[int] = field(default_factory=set)
    last: set[int] = field(default_factory=set)
    follows: set[tuple[int, int]] = field(default_factory=set)


class Follow:
    """What may follow what in the records of a mapping, ``types`` by path of their elements, ``around`` that of the
    element they are in (None: the record is the root): where one record is right there, any number is.

    Elements that the mapping does not have are as if they were never there: a record with one is not read by columns.
    Raises NotRead where the schema cannot be put like this.
    """

    def __init__(
        self, mapping: MessageMapping, paths: Paths, types: Mapping[str, Simple | Complex], around: Complex | None
    ) -> None:
        self._count, self._above = paths.count, paths.parent
        record = {full_name(mapping, mapping.list_node(mapping.record)): _RECORD}
        if around is not None and (_RECORD, _RECORD) not in _model(around.content, record).follows:
            raise NotRead("something between two records")
        self._models: dict[int, _Model | None] = {}
        for node in mapping.list_node(mapping.record).walk():
            kind = types[node.path]
            if node.kind == "vast" or (node.kind == "waarde") != isinstance(kind, Simple):
                raise NotRead(node.path)
            self._models[paths.number[node.path]] = _content(kind, {
                full_name(mapping, child): paths.number[child.path] for child in node.children
            })
        table = np.zeros((self._count, self._count), np.bool_)
        for element in self._models:
            table[element, list(self._after(element))] = True
        self._table = table.ravel()

    def allows(self, elements: Ints) -> bool:
        """Whether the schema allows these start tags in this order: ``elements`` by number, whole records."""
        pairs = elements[:-1] * np.int32(self._count) + elements[1:]
        return bool(self._table[pairs].all() and self._table[elements[-1] * self._count + _RECORD])

    def _after(self, element: int) -> Iterator[int]:
        """What may come after the start tag of ``element``; a record also stands for the end."""
        model = self._models[element]
        if model is not None:
            yield from model.first
            if not model.empty:
                return
        while element != _RECORD:
            above = self._models[int(self._above[element])]
            assert above is not None
            yield from (after for before, after in above.follows if before == element)
            if element not in above.last:
                return
            element = int(self._above[element])
        yield _RECORD


def _content(kind: Simple | Complex, numbers: dict[str, int]) -> _Model | None:
    """None: text. ``numbers`` are those of the elements in it, by name."""
    if isinstance(kind, Simple):
        return None
    if kind.attributes:
        raise NotRead("an attribute that must be there")
    if not _ever(kind.content):
        raise NotRead("an element that is always empty: white space is too much there")
    return _model(kind.content, numbers)


def _ever(part: Group | Place) -> bool:
    """Whether there can be an element in it."""
    return part.most != 0 and (isinstance(part, Place) or any(_ever(each) for each in part.parts))


def _model(part: Group | Place, numbers: dict[str, int]) -> _Model:
    if part.least > 1 or part.most not in (1, None):
        raise NotRead(f"{part.least} to {part.most} times")
    if isinstance(part, Place):
        one = {numbers[part.name]} if part.name in numbers else set()
        out = _Model(False, one, set(one))
    else:
        if part.most is None and any(_repeats(each) for each in part.parts):
            raise NotRead("repetition in repetition")
        # No times is as if it were not there: a choice is not empty for it.
        inner = [_model(each, numbers) for each in part.parts if each.most != 0]
        known = [number for each in inner for number in each.first | each.last | {n for p in each.follows for n in p}]
        if len(known) != len(set(known)):
            raise NotRead("an element in two places")
        out = _one_of(inner) if part.model == "choice" else _in_order(inner)
    if part.most is None:
        out.follows |= {(before, after) for before in out.last for after in out.first}
    out.empty |= part.least == 0
    return out


def _repeats(part: Group | Place) -> bool:
    """Whether there is a group in it that repeats: of one that repeats too libxml2 refuses what is right."""
    return isinstance(part, Group) and (part.most is None or any(_repeats(each) for each in part.parts))


def _one_of(parts: list[_Model]) -> _Model:
    return _Model(
        any(part.empty for part in parts),
        set().union(*(part.first for part in parts)),
        set().union(*(part.last for part in parts)),
        set().union(*(part.follows for part in parts)),
    )


def _in_order(parts: list[_Model]) -> _Model:
    out = _Model()
    for part in parts:
        out.follows |= part.follows | {(before, after) for before in out.last for after in part.first}
        out.first |= part.first if out.empty else set()
        out.last = part.last | (out.last if part.empty else set())
        out.empty &= part.empty
    return out
