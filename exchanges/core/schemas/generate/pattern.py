"""Texts that match an XSD regular expression (XML Schema part 2, appendix F).

Only what makes texts is implemented: the verdict is always given by the validators. A category block
(``\\p{IsBasicLatin}``) is read as any character.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

# What texts are made of: letters, digits of three scripts, signs, spaces, accents, beyond the basic plane.
ALPHABET = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "\t\nàéëïöüçñßĳĲłŚ’–€ªº½²\u00a0\u00ad\u2003\u0301٠١٣٩०५９Ａא漢\U0001d7d8\U0001f600"
)
Test = Callable[[str], bool]


@dataclass
class Chars:
    """One character out of a set."""

    tests: list[Test]
    ranges: list[tuple[int, int]]
    negated: bool = False
    minus: Chars | None = None
    pool: str = field(default="", init=False)
    plain: str = field(default="", init=False)

    def __post_init__(self) -> None:
        ends = "".join(chr(point) for pair in self.ranges for point in pair)
        self.pool = "".join(dict.fromkeys(char for char in ALPHABET + ends if self.has(char))) or "?"
        self.plain = "".join(char for char in self.pool if char < "\x7f") or self.pool

    def has(self, char: str) -> bool:
        inside = any(low <= ord(char) <= high for low, high in self.ranges) or any(test(char) for test in self.tests)
        return inside != self.negated and not (self.minus is not None and self.minus.has(char))

    def sample(self, rng: random.Random, hint: int) -> str:
        if self.ranges and not self.negated and self.minus is None and rng.random() < 0.8:
            low, high = rng.choice(self.ranges)
            return chr(rng.randint(low, high))
        return rng.choice(self.plain if rng.random() < 0.9 else self.pool)


@dataclass
class Repeat:
    part: Node
    least: int
    most: int | None

    def sample(self, rng: random.Random, hint: int) -> str:
        most = self.most if self.most is not None else max(self.least, hint) + 1
        choices = [self.least, most, min(max(self.least, hint), most), rng.randint(self.least, most)]
        return "".join(self.part.sample(rng, hint) for _ in range(rng.choice(choices)))


@dataclass
class Sequence:
    parts: list[Node]

    def sample(self, rng: random.Random, hint: int) -> str:
        return "".join(part.sample(rng, hint) for part in self.parts)


@dataclass
class Choice:
    parts: list[Node]

    def sample(self, rng: random.Random, hint: int) -> str:
        return rng.choice(self.parts).sample(rng, hint)


Node = Chars | Repeat | Sequence | Choice


def sample(pattern: str, rng: random.Random, hint: int) -> str:
    """A text that matches ``pattern``; open repetitions are about ``hint`` long."""
    return parse(pattern).sample(rng, hint)


@lru_cache(maxsize=1024)
def parse(pattern: str) -> Node:
    """Raises ValueError when ``pattern`` is not an XSD regular expression."""
    parser = _Parser(pattern)
    node = parser.choice()
    if parser.at < len(pattern):
        raise ValueError(f"onleesbaar patroon op plaats {parser.at}")
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        char = self.peek()
        if not char:
            raise ValueError("patroon houdt te vroeg op")
        self.at += 1
        return char

    def choice(self) -> Node:
        parts = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            parts.append(self.sequence())
        return parts[0] if len(parts) == 1 else Choice(parts)

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeated(self.atom()))
        return parts[0] if len(parts) == 1 else Sequence(parts)

    def atom(self) -> Node:
        char = self.take()
        if char == "(":
            node = self.choice()
            if self.take() != ")":
                raise ValueError("haakje niet gesloten")
            return node
        if char == "[":
            return self.char_class()
        if char == "\\":
            return self.escape()
        if char == ".":
            return Chars([], [(10, 10), (13, 13)], negated=True)
        return Chars([], [(ord(char), ord(char))])

    def repeated(self, part: Node) -> Node:
        char = self.peek()
        if not char or char not in "?*+{":
            return part
        self.at += 1
        if char != "{":
            return Repeat(part, int(char == "+"), 1 if char == "?" else None)
        end = self.text.index("}", self.at)
        low, comma, high = self.text[self.at : end].partition(",")
        self.at = end + 1
        return Repeat(part, int(low), int(high) if high else (None if comma else int(low)))

    def escape(self) -> Chars:
        char = self.take()
        if char in "pP":
            end = self.text.index("}", self.at)
            name = self.text[self.at + 1 : end]
            self.at = end + 1
            return Chars([_category(name)], [], negated=char == "P")
        if char.lower() in _CLASSES:
            return Chars([_CLASSES[char.lower()]], [], negated=char.isupper())
        literal = {"n": "\n", "r": "\r", "t": "\t"}.get(char, char)
        return Chars([], [(ord(literal), ord(literal))])

    def char_class(self) -> Chars:
        negated = self.peek() == "^"
        self.at += negated
        tests: list[Test] = []
        ranges: list[tuple[int, int]] = []
        minus: Chars | None = None
        while (char := self.take()) != "]":
            if char == "-" and self.peek() == "[":
                self.at += 1
                minus = self.char_class()
                continue
            if char == "\\":
                escaped = self.escape()
                if escaped.tests or escaped.negated:
                    tests.append(escaped.has)
                    continue
                char = chr(escaped.ranges[0][0])
            high = char
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", "["):
                self.at += 1
                high = self.take()
                if high == "\\":
                    high = chr(self.escape().ranges[0][0])
            ranges.append((ord(char), ord(high)))
        return Chars(tests, ranges, negated, minus)


def _category(name: str) -> Test:
    if name.startswith("Is"):
        return lambda char: True
    return lambda char: unicodedata.category(char).startswith(name)


_CLASSES: dict[str, Test] = {
    "d": lambda char: unicodedata.category(char) == "Nd",
    "s": lambda char: char in " \t\n\r",
    "w": lambda char: unicodedata.category(char)[0] not in "PZC",
    "i": lambda char: char in "_:" or (char.isascii() and char.isalpha()),  # the part every XML edition agrees on
    "c": lambda char: char in "-._:" or (char.isascii() and char.isalnum()),
}
