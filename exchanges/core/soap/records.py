"""The records of a finished file as messages, one by one: the bytes that were checked are the bytes that are told."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from exchanges.core.mapping.table import MessageMapping
from exchanges.core.soap.verify import canonical
from exchanges.core.transport.channel import Outgoing


def records(path: Outgoing, mapping: MessageMapping) -> Iterator[bytes]:
    """Every record of the file in its order, as exclusive c14n: nothing of the envelope around it goes along. The file
    goes by as a stream; it has been checked, so what is wrong with it is an error of the program."""
    with path.open("rb") as file:
        found = etree.iterparse(file, tag=_name(mapping), events=("end",), resolve_entities=False, no_network=True,
                                load_dtd=False, remove_comments=True)  # fmt: skip
        for _, element in found:
            # What follows the element in the file is not of the record.
            element.tail = None
            yield canonical(element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _name(mapping: MessageMapping) -> str:
    prefix, _, local = mapping.list_node(mapping.record).tag.rpartition(":")
    return f"{{{mapping.namespaces[prefix]}}}{local}" if prefix else local
