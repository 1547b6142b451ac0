"""Elements that have the same text in every message: whether they have it, in a document with a tree.

Nothing is read of them, so nothing else would see it when they say something else. A number may be written otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lxml import etree

from exchanges.core.mapping.table import MessageMapping, Node
from exchanges.core.xml.faults import Fault

CODE = "VAST"
_TEXT = "Dit element heeft een andere waarde dan dit bericht altijd heeft."
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Constants:
    """Of one message version; ``of_record`` those in its records, else those around them."""

    def __init__(self, mapping: MessageMapping, *, of_record: bool) -> None:
        record = mapping.list_node(mapping.record)
        self._level = record.path.count("/") if of_record else None
        above = {id(child): node for node in mapping.nodes() for child in node.children}
        inside = {id(node) for node in record.walk()}
        self._namespaces = mapping.namespaces
        self._found: dict[str, list[Node]] = {}
        for node in mapping.nodes():
            if node.kind == "vast" and (id(node) in inside) == of_record:
                self._found.setdefault(above[id(node)].path, []).append(node)
        self._tests = {
            path: etree.XPath(f"/{path}[not({' and '.join(map(_has, nodes))})]", namespaces=mapping.namespaces)
            for path, nodes in self._found.items()
        }

    def faults(self, document: Any) -> list[Fault]:
        """One per element with another text, in order of line. Of one that is absent the schema tells."""
        found = [
            fault
            for path, test in self._tests.items()
            for parent in test(document)
            for fault in self._of(parent, self._found[path])
        ]
        return sorted(found, key=lambda fault: fault.line or 0)

    def _of(self, parent: Any, nodes: list[Node]) -> Iterator[Fault]:
        for node in nodes:
            prefix, _, local = node.tag.rpartition(":")
            name = f"{{{self._namespaces[prefix]}}}{local}" if prefix else local
            for element in parent.iterchildren(name):
                if not _same(element, node.text):
                    path = "/".join(step.rpartition(":")[2] for step in node.path.split("/"))
                    yield Fault(CODE, _TEXT, path, element.sourceline, self._number(parent))

    def _number(self, element: Any) -> int | None:
        """Which record the element is in, counted from 0; None outside them."""
        if self._level is None:
            return None
        record = [element, *element.iterancestors()][-1 - self._level]
        return sum(1 for _ in record.itersiblings(record.tag, preceding=True))


def _has(node: Node) -> str:
    number = _NUMBER.fullmatch(node.text)
    return f"number({node.tag}) = {node.text}" if number else f"{node.tag} = {_literal(node.text)}"


def _same(element: Any, text: str) -> bool:
    found = "".join(element.itertext())
    if not _NUMBER.fullmatch(text):
        return found == text
    try:
        return Decimal(found.strip()) == Decimal(text)
    except ArithmeticError:
        return False


def _literal(text: str) -> str:
    return f'"{text}"' if '"' not in text else f"'{text}'"
