"""Where an element stands, told from tags alone: the paths of a mapping as tables of numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exchanges.core.mapping.table import MessageMapping, Node

Ints = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]

_PLACE, _RECORD = 0, 1


class Paths:
    """The elements of a record, numbered: 0 is the element around the records, 1 the record, the rest follow.

    ``number`` is by path of the mapping, ``names`` the distinct start tags, ``ends[element]`` the end tag,
    ``parent[element]`` the element above; ``tags`` how each name of the mapping is written in the file.
    """

    def __init__(self, record: Node, tags: Mapping[str, str]) -> None:
        nodes = [record]
        for node in nodes:
            nodes.extend(node.children)
        names = list(dict.fromkeys(f"<{tags[node.tag]}>" for node in nodes))
        self.tags = tags
        self.number = {node.path: number for number, node in enumerate(nodes, start=_RECORD)}
        self.count = len(nodes) + 1
        self.names = pa.array(names, pa.string())
        self.ends = pa.array(["", *(f"</{tags[node.tag]}>" for node in nodes)], pa.string())
        self.parent = np.array([-1, *(self.number.get(_above(node), _PLACE) for node in nodes)], np.int32)
        name = np.array([-1, *(names.index(f"<{tags[node.tag]}>") for node in nodes)], np.int32)
        # The element with that name, when there is only one; and the one with that name in each element. The row
        # more at the end, all -1, is that of element -1: none.
        self._only: Ints = np.full(len(names), -1, np.int32)
        self._child: Ints = np.full((self.count + 1, len(names)), -1, np.int32)
        for element in range(1, self.count):
            self._only[name[element]] = element if np.count_nonzero(name == name[element]) == 1 else -1
            self._child[self.parent[element], name[element]] = element
        # The element that is open again after so many end tags, counted from its start tag on.
        level = max(node.path.count("/") for node in nodes) - record.path.count("/") + 1
        self._open: Ints = np.full((self.count, level + 1), -1, np.int32)
        self._open[:, 0] = np.arange(self.count)
        for ends in range(1, level + 1):
            below = self._open[:, ends - 1]
            self._open[:, ends] = np.where(below < 0, -1, self.parent[below])

    @classmethod
    def of(cls, mapping: MessageMapping, namespaces: Mapping[str | None, str]) -> Paths | None:
        """The paths of a record in a file that declares ``namespaces`` (by prefix, None the default) around it;
        None when the file's tags cannot say which element is meant."""
        prefixes = {uri: prefix for prefix, uri in namespaces.items()}
        record = mapping.list_node(mapping.record)
        tags: dict[str, str] = {}
        todo = [record]
        for node in todo:
            todo.extend(node.children)
            prefix, _, local = node.tag.rpartition(":")
            if not prefix:
                if None in namespaces:
                    return None
                tags[node.tag] = local
            elif (uri := mapping.namespaces[prefix]) in prefixes:
                tags[node.tag] = f"{prefixes[uri]}:{local}" if prefixes[uri] else local
            else:
                return None
        return cls(record, tags) if len(set(tags.values())) == len(tags) else None

    def resolve(self, name: Ints, ends: Ints) -> Ints | None:
        """The element of each start tag: ``name`` its number in ``names``, ``ends[i]`` the end tags between start
        tags ``i - 1`` and ``i`` (one more at the end). None when one stands where the mapping has none such.
        """
        if len(name) == 0 or ends[0] != 0 or int(ends.max()) >= self._open.shape[1]:
            return None
        element = self._only[name]
        todo = np.flatnonzero(element < 0)
        level = np.cumsum(1 - ends[:-1])
        # From the outside in: an element is told by its name and the element it is in.
        for depth in range(1, self._open.shape[1]):
            now = todo[level[todo] == depth]
            if len(now):
                outer = np.flatnonzero(level == depth - 1)
                at = np.searchsorted(outer, now) - 1
                inside = np.where(at < 0, 0, element[outer[at]]) if len(outer) else 0
                element[now] = self._child[inside, name[now]]
        # What is open at each start tag must be what the mapping puts the element in, and nothing at the end.
        around = self._open[element, ends[1:]]
        right = (
            (element >= 0).all() and element[0] == _RECORD and around[-1] == _PLACE
            and (around[:-1] == self.parent[element[1:]]).all()
        )
        return element if right else None

    def closed(self, element: Ints, ends: Ints) -> Ints:
        """The element of each end tag, ``ends[i]`` of which come after start tag ``i``, of ``element[i]``; as
        :meth:`resolve` found them."""
        before = np.repeat(np.cumsum(ends) - ends, ends)
        return self._open[np.repeat(element, ends), np.arange(len(before)) - before]


def _above(node: Node) -> str:
    return node.path.rpartition("/")[0]
