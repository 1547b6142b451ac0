"""The frame of the records of a message that has lists outside them.

Such a list may stand before the records or after them, hold elements with the records' own name, and be some
megabytes. So the records are looked for between the tags of the element around them, in the whole file; and only the
first piece is checked with the lists in it.
"""

from __future__ import annotations

import mmap
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, BinaryIO

from lxml import etree

from exchanges.core.xml.split import HEAD_BYTES, MOST_TAGS, PROBE, TRIES, CannotSplit, Frame, Root, place, written

# Of all that is not a record. A tree of it is made, so there is also no more of it than MOST_TAGS.
ENVELOPE_BYTES = 48 * 1024 * 1024
_GAP = b"\n"
_CUT = re.compile(f'<{PROBE}(?: xmlns="")?/>'.encode())


@dataclass(frozen=True)
class Lists:
    """``paths``: names from the root to each list (``{namespace}local``), with how many the schema wants at least.
    ``inner``: the name of the element around the records also occurs in one of them."""

    paths: tuple[tuple[tuple[str, ...], int], ...]
    inner: bool


def frame_with_lists(file: BinaryIO, root: Root, path: tuple[str, ...], lists: Lists) -> Frame:
    """Find the frame of the records in a file of the file system; ``path`` as for
    :func:`exchanges.core.xml.split.frame`.

    Raises CannotSplit, also when there are no records.
    """
    data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    for around, record in product(written(root, path[-2]), written(root, path[-1])):
        for start, end in _places(data, around, record, lists.inner):
            if start + len(data) - end > ENVELOPE_BYTES:
                continue
            before, after = data[:start], data[end:]
            if before.count(b"<") + after.count(b"<") > MOST_TAGS:
                continue
            probe = place(before, after, path)
            if probe is not None:
                namespaces, end_tag = dict(probe.getparent().nsmap), b"</" + record + b">"
                slim = Frame(*_without(probe.getroottree().getroot(), lists), end_tag, namespaces, _GAP)
                return Frame(before, after, end_tag, namespaces, _GAP, slim)
    raise CannotSplit


def _places(data: mmap.mmap, around: bytes, record: bytes, inner: bool) -> Iterator[tuple[int, int]]:
    """Where the records may begin and end. What looks like a tag may stand in a comment; a few tries will do."""
    opened = re.search(rb"<" + re.escape(around) + rb"[\s>]", data)
    if opened is None:
        return
    begin, end_tag = opened.end(), b"</" + record + b">"
    start_tag = re.compile(rb"<" + re.escape(record) + rb"[\s/>]")
    for close in islice(_closes(data, around, begin, inner), TRIES):
        at = data.rfind(end_tag, begin, close)
        if at >= 0:
            end = at + len(end_tag)
            yield from ((start.start(), end) for start in islice(start_tag.finditer(data, begin, end), TRIES))


def _closes(data: mmap.mmap, around: bytes, begin: int, inner: bool) -> Iterator[int]:
    """Where the element around the records may end: seen from the end of the file, where it nearly always is near,
    unless others of its name come after it."""
    tag = re.compile(rb"</" + re.escape(around) + rb"\s*>")
    if inner:
        yield from (found.start() for found in tag.finditer(data, begin))
        return
    at = len(data)
    while (at := data.rfind(b"</" + around, begin, at)) >= 0:
        if tag.match(data, at):
            yield at


def _without(root: Any, lists: Lists) -> tuple[bytes, bytes]:
    """What is around the place of the records when the lists are as short as the schema allows."""
    for path, least in lists.paths:
        kept: Counter[Any] = Counter()
        for element in root.findall("/".join(path[1:])):
            above = element.getparent()
            kept[above] += 1
            if kept[above] > least:
                above.remove(element)
    parts = _CUT.split(etree.tostring(root, encoding="UTF-8", xml_declaration=False, with_tail=False))
    if len(parts) != 2 or len(parts[0]) + len(parts[1]) > 2 * HEAD_BYTES:
        raise CannotSplit
    return parts[0], parts[1]
