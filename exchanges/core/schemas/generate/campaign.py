"""Which messages, in which order: the whole plan follows from the schemas and one seed.

Of every twenty messages four are valid, seven have one wrong text, eight have one mutation and one has several.
Wrong texts go round the types, mutations round the elements, each time in the next place of that type or element, so
that a small number of messages already tries a little of everything.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, cycle

from exchanges.core.schemas.generate.builder import Builder
from exchanges.core.schemas.generate.grammar import Element, Grammar, Place
from exchanges.core.schemas.generate.mutations import APPLIES, MUTATIONS, Scene
from exchanges.core.schemas.generate.tree import Node, Writer, text

_ROUND = ("valid", "text", "mutation", "text", "mutation") * 3 + ("valid", "text", "mutation", "mutation", "several")
_PATIENCE = 4  # a place where a mutation could not be made so many times is not tried again


@dataclass(frozen=True)
class Made:
    """A message, what was done to it (empty: valid as built) and where."""

    xml: bytes
    mutations: tuple[str, ...]
    path: str


def campaign(grammars: list[Grammar], messages: int, seed: int) -> Iterator[Made]:
    """``messages`` messages, in turn from each grammar."""
    namespaces = sorted({space for grammar in grammars for space in grammar.namespaces})
    plans = [_Plan(grammar, Writer(namespaces), random.Random(f"{seed}:{number}"))
             for number, grammar in enumerate(grammars)]
    for number in range(messages):
        plan = plans[number % len(plans)]
        yield plan.make(_ROUND[number // len(plans) % len(_ROUND)])


class _Plan:
    def __init__(self, grammar: Grammar, writer: Writer, rng: random.Random) -> None:
        self.grammar, self.writer, self.rng = grammar, writer, rng
        self.builder = Builder(grammar, writer)
        self.texts = self._texts()
        self.places = {name: deque(self._places(APPLIES.get(name))) for name in MUTATIONS}
        self.mutations = cycle([name for name, places in self.places.items() if places])
        self.failures: Counter[tuple[str, Place]] = Counter()

    def make(self, kind: str) -> Made:
        if kind == "text" and (made := self._text()) is not None:
            return made
        if kind == "mutation":
            return self._mutation(next(self.mutations))
        if kind == "several":
            return self._several()
        root, _ = self.builder.message(self.rng)
        return Made(self.writer.write(root), (), root.name)

    def _text(self) -> Made | None:
        found = next(self.texts, None)
        if found is None:
            return None
        place, name, value = found
        root, line = self.builder.message(self.rng, place)
        line[-1].markup = text(value)
        return Made(self.writer.write(root), (name,), place.path)

    def _mutation(self, name: str) -> Made:
        places = self.places[name]
        while places:
            place = places.popleft()
            root, line = self.builder.message(self.rng, place)
            done = MUTATIONS[name](self._scene(root, line))
            self.failures[name, place] += not done
            if self.failures[name, place] < _PATIENCE:
                places.append(place)
            if done:
                return Made(self.writer.write(root), (name,), place.path)
        return self.make("valid")  # nowhere to be made in this message

    def _several(self) -> Made:
        root, _ = self.builder.message(self.rng, self.rng.choice(self.grammar.places))
        done = []
        for name in self.rng.choices(list(MUTATIONS), k=self.rng.randint(2, 4)):
            if MUTATIONS[name](self._scene(root, self._some_line(root))):
                done.append(name)
        return Made(self.writer.write(root), tuple(done), root.name)

    def _some_line(self, root: Node) -> list[Node]:
        line = [root]
        while line[-1].children and (len(line) == 1 or self.rng.random() < 0.7):
            line.append(self.rng.choice(line[-1].children))
        return line

    def _scene(self, root: Node, line: list[Node]) -> Scene:
        parent = line[-2] if len(line) > 1 else None
        return Scene(self.rng, self.grammar, self.builder, self.writer, root, line[-1], parent)

    def _places(self, applies: Callable[[Element], bool] | None) -> list[Place]:
        """The places to which it applies in random order, but first one of every element, then a second, ..."""
        places = self.rng.sample(self.grammar.places, len(self.grammar.places))
        if applies is not None:
            places = [place for place in places if applies(self.grammar.at(place))]
        seen: Counter[int] = Counter()
        turns = {}
        for place in places:
            element = id(self.grammar.at(place))
            turns[place] = seen[element]
            seen[element] += 1
        return sorted(places, key=turns.__getitem__)

    def _texts(self) -> Iterator[tuple[Place, str, str]]:
        """Round the types; of each type the next wrong text in its next place. Ends only if no text is ever wrong."""
        by_type: dict[int, list[Place]] = {}
        for place in self.grammar.places:
            values = self.grammar.at(place).type.values
            if values is not None and values.invalid:
                by_type.setdefault(id(values), []).append(place)
        if not by_type:
            return
        for turn in count():
            for places in by_type.values():
                place = places[turn % len(places)]
                values = self.grammar.at(place).type.values
                assert values is not None
                name, value = values.invalid[turn % len(values.invalid)]
                yield place, name, value
