"""A valid message: at random, or such that it holds a given element."""

from __future__ import annotations

import random

from exchanges.core.schemas.generate.grammar import Element, Grammar, Group, Place, Trail, Wildcard
from exchanges.core.schemas.generate.tree import Node, Writer, text

_DEEP = 12  # below this depth only what is mandatory


class Builder:
    """Makes nodes from a grammar. ``fill`` is the chance that an optional part is there."""

    def __init__(self, grammar: Grammar, writer: Writer) -> None:
        self.grammar, self.writer = grammar, writer

    def message(self, rng: random.Random, place: Place | None = None) -> tuple[Node, list[Node]]:
        """The root, and the nodes from the root down to the one in ``place`` (only the root without a place)."""
        line: list[Node] = []
        fill = rng.choice((0.15, 0.4, 0.7)) if place is None else 0.2
        root = self.element(self.grammar.root, rng, fill, place.trail if place else None, line)
        return root, line

    def element(self, declared: Element, rng: random.Random, fill: float = 0.2, trail: Trail | None = None,
                line: list[Node] | None = None, depth: int = 0) -> Node:
        node = Node(declared.name, declared.namespace, declared=declared)
        if line is not None:
            line.append(node)
        kind = declared.type
        for attribute in kind.attributes:
            if attribute.values.valid and (attribute.required or rng.random() < fill):
                name = self.writer.prefixed(attribute.name, attribute.namespace)
                node.attributes[name] = rng.choice(attribute.values.valid)[1]
        if kind.values is not None:
            node.markup = text(rng.choice(kind.values.valid)[1]) if kind.values.valid else ""
        elif kind.content is not None:
            way, rest = (trail[0], trail[1:]) if trail else (None, None)
            self._group(kind.content, node, rng, fill if depth < _DEEP else 0.0, way, rest, line, depth)
        return node

    def _group(self, group: Group, node: Node, rng: random.Random, fill: float, way: tuple[int, ...] | None,
               rest: Trail | None, line: list[Node] | None, depth: int) -> None:
        """Append the parts of ``group`` to ``node``; ``way`` says which part must be there, in the first round."""
        rounds = _times(group.least, group.most, rng, fill)
        for turn in range(max(rounds, 1 if way else 0)):
            forced = way[0] if way and turn == 0 else None
            if group.model == "choice":
                chosen = [forced if forced is not None else rng.randrange(len(group.parts))]
            else:
                chosen = list(range(len(group.parts)))
                if group.model == "all":
                    rng.shuffle(chosen)
            for index in chosen:
                part = group.parts[index]
                onward = way[1:] if forced == index and way else None
                if isinstance(part, Group):
                    self._group(part, node, rng, fill, onward or None, rest, line, depth)
                elif isinstance(part, Wildcard):
                    for _ in range(part.least):
                        node.children.append(self.element(rng.choice(self.grammar.globals), rng, 0.0, depth=depth + 1))
                else:
                    times = _times(part.least, part.most, rng, fill)
                    if onward is not None:  # the element asked for: the first of its kind is on the line
                        node.children.append(self.element(part, rng, fill, rest, line, depth + 1))
                        times -= 1
                    for _ in range(times):
                        node.children.append(self.element(part, rng, fill, depth=depth + 1))


def _times(least: int, most: int | None, rng: random.Random, fill: float) -> int:
    times = least
    while (most is None or times < most) and times < least + 2 and rng.random() < fill:
        times += 1
    return times
