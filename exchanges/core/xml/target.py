"""What a file is held against, and the tools of one thread to do it with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from exchanges.core.mapping.reader import Reader
from exchanges.core.mapping.table import MessageMapping, Node
from exchanges.core.mapping.tokens import TokenReader
from exchanges.core.schemas.declared import Declared, NotRead, declared
from exchanges.core.xml.constants import Constants
from exchanges.core.xml.lists import Lists

_local = threading.local()


@dataclass(frozen=True)
class Target:
    """What a file is held against: a schema compiled anew by ``compile`` for every thread, and a mapping to read
    it back with (none: verdict only). ``key`` names the pair for the caches. From ``xsd``, the
    schema's file, is read what can be judged by columns (none: nothing)."""

    key: str
    compile: Callable[[], Any]
    mapping: MessageMapping | None
    xsd: Path | None = None

    @cached_property
    def declared(self) -> Declared | None:
        with suppress(NotRead):
            return declared(self.xsd) if self.xsd else None
        return None

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The elements from the root to a record, ``{namespace}local``; without a mapping none."""
        return _names(self.mapping, self.mapping.list_node(self.mapping.record)) if self.mapping else ()

    @cached_property
    def local_path(self) -> tuple[str, ...]:
        return tuple(name.rpartition("}")[2] for name in self.path)

    @cached_property
    def lists(self) -> Lists | None:
        """The lists of the envelope; None when the mapping has none."""
        mapping = self.mapping
        if mapping is None or not mapping.envelope_tables:
            return None
        tops = [mapping.list_node(name) for name in mapping.envelope_tables if mapping.tables[name].parent is None]
        around = mapping.list_node(mapping.record).path.split("/")[-2]
        inner = any(node.tag == around for top in tops for node in top.walk())
        return Lists(tuple((_names(mapping, node), node.min_occurs) for node in tops), inner)

    @cached_property
    def most_records(self) -> int | None:
        """As many records as the schema allows; None: any number."""
        return self.mapping.list_node(self.mapping.record).max_occurs if self.mapping else None


def _names(mapping: MessageMapping, node: Node) -> tuple[str, ...]:
    """The elements from the root to ``node``, ``{namespace}local``."""
    names = (name.rpartition(":") for name in node.path.split("/"))
    return tuple(f"{{{mapping.namespaces[prefix]}}}{local}" if prefix else local for prefix, _, local in names)


class Nothing:
    """A parser target that takes no events, so libxml2 only parses and makes no tree."""

    def close(self) -> None:
        return None


class Tools:
    """Schema and readers of one thread: lxml's hold the state of their last use."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.mapping = target.mapping
        self.reader = Reader(target.mapping) if target.mapping else None
        self.constants = Constants(target.mapping, of_record=True) if target.mapping else None
        self.around = Constants(target.mapping, of_record=False) if target.mapping else None
        self._tokens: dict[tuple[tuple[str | None, str], ...], TokenReader | None] = {}

    @classmethod
    def of(cls, target: Target) -> Tools:
        cache: dict[str, Tools] = _local.__dict__.setdefault("tools", {})
        if target.key not in cache:
            cache[target.key] = cls(target)
        return cache[target.key]

    @cached_property
    def schema(self) -> Any:
        return self._target.compile()

    def records_in(self, document: Any) -> int:
        """How many records the document has."""
        return int(self._count(document))

    @cached_property
    def _count(self) -> etree.XPath:
        assert self.mapping is not None
        record = self.mapping.list_node(self.mapping.record)
        return etree.XPath(f"count(/{record.path})", namespaces=self.mapping.namespaces)

    def passes(self, data: bytes) -> bool:
        """Whether the document is valid, without a tree: a third cheaper than with one, and told only as yes or no.

        Raises etree.XMLSyntaxError when it is not well-formed.
        """
        etree.fromstring(data, self._passing)
        return not self._passing.error_log

    def told(self) -> int:
        """How many errors there were in what did not pass last."""
        return len(self._passing.error_log)

    @cached_property
    def _passing(self) -> etree.XMLParser:
        return etree.XMLParser(
            target=Nothing(), schema=self.schema, resolve_entities=False, no_network=True, load_dtd=False,
            huge_tree=False,
        )

    def tokens(self, namespaces: Mapping[str | None, str]) -> TokenReader | None:
        """The fast reader for records around which ``namespaces`` are declared, if there is one."""
        key = tuple(namespaces.items())
        if self.mapping is not None and key not in self._tokens:
            self._tokens[key] = TokenReader.fitting(self.mapping, namespaces, self._target.declared)
        return self._tokens.get(key)
