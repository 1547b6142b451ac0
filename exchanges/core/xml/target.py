"""What a file is held against, and the tools of one thread to do it with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lxml import etree

from exchanges.core.mapping.reader import Reader
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.mapping.tokens import TokenReader
from exchanges.core.xml.split import Frame, parser

_local = threading.local()


@dataclass(frozen=True)
class Target:
    """What a file is held against: a schema compiled anew by ``compile`` for every thread, and a mapping to read
    it back with (none: verdict only). ``key`` names the pair for the caches."""

    key: str
    compile: Callable[[], Any]
    mapping: MessageMapping | None

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The elements from the root to a record, ``{namespace}local``; without a mapping none."""
        if self.mapping is None:
            return ()
        names = (name.rpartition(":") for name in self.mapping.list_node(self.mapping.record).path.split("/"))
        return tuple(
            f"{{{self.mapping.namespaces[prefix]}}}{local}" if prefix else local for prefix, _, local in names
        )

    @cached_property
    def local_path(self) -> tuple[str, ...]:
        return tuple(name.rpartition("}")[2] for name in self.path)


class Nothing:
    """A parser target that takes no events, so libxml2 only parses and makes no tree."""

    def close(self) -> None:
        return None


class Tools:
    """Schema and readers of one thread: lxml's hold the state of their last use."""

    def __init__(self, target: Target) -> None:
        self.schema = target.compile()
        self.mapping = target.mapping
        self.reader = Reader(target.mapping) if target.mapping else None
        self._tokens: dict[tuple[tuple[str | None, str], ...], TokenReader | None] = {}

    @classmethod
    def of(cls, target: Target) -> Tools:
        cache: dict[str, Tools] = _local.__dict__.setdefault("tools", {})
        if target.key not in cache:
            cache[target.key] = cls(target)
        return cache[target.key]

    def passes(self, data: bytes) -> bool:
        """Whether the document is valid, without a tree: a third cheaper than with one, and told only as yes or no.

        Raises etree.XMLSyntaxError when it is not well-formed.
        """
        etree.fromstring(data, self._passing)
        return not self._passing.error_log

    @cached_property
    def _passing(self) -> etree.XMLParser:
        return etree.XMLParser(
            target=Nothing(), schema=self.schema, resolve_entities=False, no_network=True, load_dtd=False,
            huge_tree=False,
        )

    def envelope(self, frame: Frame) -> dict[str, Any]:
        """The values of the envelope, without looking at the records."""
        return self.reader.scalar(etree.fromstring(frame.before + frame.after, parser())) if self.reader else {}

    def tokens(self, namespaces: Mapping[str | None, str]) -> TokenReader | None:
        """The fast reader for records around which ``namespaces`` are declared, if there is one."""
        key = tuple(namespaces.items())
        if self.mapping is not None and key not in self._tokens:
            self._tokens[key] = TokenReader.fitting(self.mapping, namespaces)
        return self._tokens.get(key)
