"""A message as nodes that can be broken in any way, and its bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from xml.sax.saxutils import escape, quoteattr

from exchanges.core.schemas.generate.grammar import Element

XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(slots=True)
class Node:
    """An element. ``markup`` is what stands before the children, already XML (text is escaped by the maker).

    ``attributes`` are ready to write: name with prefix, value without quotes. ``tail`` is markup after the end tag.
    With ``default_namespace`` the element is written without prefix and its unprefixed children share its namespace.
    """

    name: str
    namespace: str
    markup: str = ""
    children: list[Node] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    declared: Element | None = None
    tail: str = ""
    default_namespace: bool = False

    def copy(self) -> Node:
        """The same element once more, with all that is in it; ``declared`` is shared, it is the schema's.

        Without ``xml:id``: the same one twice is no XML.
        """
        attributes = {name: value for name, value in self.attributes.items() if name != "xml:id"}
        return replace(self, children=[child.copy() for child in self.children], attributes=attributes)


def text(value: str) -> str:
    """``value`` as markup. A carriage return would be read back as a line feed."""
    return escape(value, {"\r": "&#13;"})


class Writer:
    """Writes nodes; the prefixes of ``namespaces`` are declared on the root, those of others where they are used."""

    def __init__(self, namespaces: list[str]) -> None:
        self._prefixes = {namespace: f"n{number}" for number, namespace in enumerate(namespaces)}
        self._prefixes[XSI] = "xsi"
        self._prefixes["http://www.w3.org/2001/XMLSchema"] = "xs"
        self._root = "".join(f' xmlns:{prefix}="{escape(uri)}"' for uri, prefix in self._prefixes.items())

    def prefixed(self, name: str, namespace: str) -> str:
        """A QName as it can stand in an attribute value or as an attribute name."""
        return f"{self._prefixes[namespace]}:{name}" if namespace in self._prefixes else name

    def write(self, root: Node) -> bytes:
        out = ['<?xml version="1.0" encoding="UTF-8"?>\n']
        self._write(root, out, self._root)
        return "".join(out).encode()

    def _write(self, node: Node, out: list[str], declarations: str) -> None:
        if not node.namespace:
            tag = node.name
        elif node.default_namespace:
            tag, declarations = node.name, f"{declarations} xmlns={quoteattr(node.namespace)}"
        elif node.namespace in self._prefixes:
            tag = f"{self._prefixes[node.namespace]}:{node.name}"
        else:
            tag, declarations = f"x:{node.name}", f"{declarations} xmlns:x={quoteattr(node.namespace)}"
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in node.attributes.items())
        if node.markup or node.children:
            out.append(f"<{tag}{declarations}{attributes}>{node.markup}")
            for child in node.children:
                self._write(child, out, "")
            out.append(f"</{tag}>{node.tail}")
        else:
            out.append(f"<{tag}{declarations}{attributes}/>{node.tail}")
