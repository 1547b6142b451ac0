"""What the schema says of the elements of a mapping."""

from __future__ import annotations

from exchanges.core.mapping.table import MessageMapping, Node
from exchanges.core.schemas.declared import Complex, Declared, NotRead, Simple, places


def record_types(mapping: MessageMapping, schema: Declared) -> dict[str, Simple | Complex]:
    """The type of the record and of every element of the mapping below it, by path. Raises NotRead, also where an
    element is not in the schema."""
    record, above = mapping.list_node(mapping.record), around_records(mapping, schema)
    kind = _child(above, full_name(mapping, record)) if above else schema.root(full_name(mapping, record)).type()
    found: dict[str, Simple | Complex] = {}

    def walk(node: Node, kind: Simple | Complex) -> None:
        found[node.path] = kind
        for child in node.children:
            walk(child, _child(kind, full_name(mapping, child)))

    walk(record, kind)
    return found


def around_records(mapping: MessageMapping, schema: Declared) -> Complex | None:
    """The type of the element that the records are in; None where the record is the root. Raises NotRead."""
    record = mapping.list_node(mapping.record)
    steps = [node for node in mapping.nodes() if record.path.startswith(f"{node.path}/")]
    if not steps:
        return None
    kind = schema.root(full_name(mapping, mapping.root)).type()
    for step in steps[1:]:
        kind = _child(kind, full_name(mapping, step))
    if not isinstance(kind, Complex):
        raise NotRead(steps[-1].path)
    return kind


def full_name(mapping: MessageMapping, node: Node) -> str:
    """``{namespace}local``, or ``local`` when it is in none."""
    prefix, _, local = node.tag.rpartition(":")
    return f"{{{mapping.namespaces[prefix]}}}{local}" if prefix else local


def _child(kind: Simple | Complex, name: str) -> Simple | Complex:
    """The type of the element ``name`` in one of type ``kind``; where it may stand in two places it is one type."""
    found = [place.type() for place in places(kind.content) if place.name == name] if isinstance(kind, Complex) else []
    if not found or any(other != found[0] for other in found):
        raise NotRead(name)
    return found[0]
