"""What can be wrong, or unusual, in the structure of a message. Each mutation has a name and changes one place.

Some leave a message valid (a comment, CDATA): both schemas must then still agree that it is.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import unescape

from exchanges.core.schemas.generate.builder import Builder
from exchanges.core.schemas.generate.grammar import XS, Element, Grammar, Group, Wildcard
from exchanges.core.schemas.generate.tree import Node, Writer, text


@dataclass
class Scene:
    """A message and the place to change: ``node`` in ``parent`` (None: the root)."""

    rng: random.Random
    grammar: Grammar
    builder: Builder
    writer: Writer
    root: Node
    node: Node
    parent: Node | None

    @property
    def at(self) -> int:
        assert self.parent is not None
        return next(index for index, child in enumerate(self.parent.children) if child is self.node)

    def another(self) -> Node:
        """A valid element from somewhere in the grammar."""
        place = self.rng.choice(self.grammar.places)
        return self.builder.element(self.grammar.at(place), self.rng, 0.0)

    def some_global(self) -> Node:
        return self.builder.element(self.rng.choice(self.grammar.globals), self.rng, 0.1)


_MOST = 100  # an element that may come more often is not written out to its maximum
Mutation = Callable[[Scene], bool]
MUTATIONS: dict[str, Mutation] = {}
# Where a mutation makes sense, by what the schema says of the element; not in here: everywhere.
APPLIES: dict[str, Callable[[Element], bool]] = {}


def _mutation(name: str, applies: Callable[[Element], bool] | None = None) -> Callable[[Mutation], Mutation]:
    def register(function: Mutation) -> Mutation:
        MUTATIONS[name] = function
        if applies is not None:
            APPLIES[name] = applies
        return function

    return register


def _in_text(name: str, write: Callable[[str], str]) -> None:
    """A mutation that writes the text of a leaf in another way."""

    def mutate(scene: Scene) -> bool:
        if not scene.node.markup or scene.node.children:
            return False
        scene.node.markup = write(unescape(scene.node.markup, {"&#13;": "\r"}))
        return True

    _mutation(name, lambda element: element.type.values is not None)(mutate)


def _between(name: str, *markup: str) -> None:
    """A mutation that puts markup before, between or after the children of an element."""

    def mutate(scene: Scene) -> bool:
        if scene.node.declared is not None and scene.node.declared.type.values is not None:
            return False
        extra = scene.rng.choice(markup)
        after = scene.rng.choice([None, *scene.node.children])
        if after is None:
            scene.node.markup += extra
        else:
            after.tail += extra
        return True

    _mutation(name, lambda element: element.type.values is None)(mutate)


_in_text("text:cdata", lambda value: f"<![CDATA[{value.replace(']]>', ']] >')}]]>")
_in_text("text:references", lambda value: "".join(f"&#{ord(char)};" for char in value))
_in_text("text:comment", lambda value: f"{text(value[:1])}<!-- x -->{text(value[1:])}")
_in_text("text:instruction", lambda value: f"{text(value[:1])}<?x y?>{text(value[1:])}")
_in_text("text:cdata_part", lambda value: f"{text(value[:1])}<![CDATA[]]>{text(value[1:])}")
_in_text("text:child", lambda value: f"{text(value)}<kind/>")
_in_text("text:none", lambda value: "")
_between("between:text", "x", "0", "&#160;")
_between("between:space", " ", "\n  ", "\t", "&#13;&#10;", "&#32;")
_between("between:cdata", "<![CDATA[ ]]>", "<![CDATA[x]]>", "<![CDATA[]]>")
_between("between:comment", "<!-- x -->")
_between("between:instruction", "<?x y?>")


@_mutation("element:removed")
def _removed(scene: Scene) -> bool:
    if scene.parent is None:
        return False
    del scene.parent.children[scene.at]
    return True


@_mutation("element:doubled")
def _doubled(scene: Scene) -> bool:
    if scene.parent is None:
        return False
    scene.parent.children.insert(scene.at, scene.node.copy())
    return True


@_mutation("element:once_too_often", lambda element: element.most is not None and 1 < element.most <= _MOST)
def _too_often(scene: Scene) -> bool:
    most = scene.node.declared.most if scene.node.declared else None
    if scene.parent is None or not most or not 1 < most <= _MOST:
        return False
    present = sum(child.declared is scene.node.declared for child in scene.parent.children)
    extra = [scene.node.copy() for _ in range(most + scene.rng.choice((0, 1)) - present)]
    scene.parent.children[scene.at : scene.at] = extra
    return True


@_mutation("element:many", lambda element: element.most is None)
def _many(scene: Scene) -> bool:
    """Far more often than the messages made elsewhere, of an element without a maximum."""
    if scene.parent is None or scene.node.declared is None or scene.node.declared.most is not None:
        return False
    extra = [scene.node.copy() for _ in range(scene.rng.randint(5, 30))]
    scene.parent.children[scene.at : scene.at] = extra
    return True


@_mutation("element:once_too_few", lambda element: element.least > 1)
def _too_few(scene: Scene) -> bool:
    least = scene.node.declared.least if scene.node.declared else 0
    if scene.parent is None or least < 2:
        return False
    del scene.parent.children[scene.at]
    return True


@_mutation("element:swapped")
def _swapped(scene: Scene) -> bool:
    if scene.parent is None or len(scene.parent.children) < 2:
        return False
    index, children = scene.at, scene.parent.children
    other = index + 1 if index + 1 < len(children) else index - 1
    children[index], children[other] = children[other], children[index]
    return True


@_mutation("element:moved")
def _moved(scene: Scene) -> bool:
    if scene.parent is None:
        return False
    del scene.parent.children[scene.at]
    target = scene.rng.choice([scene.root, scene.parent])
    target.children.insert(scene.rng.choice((0, len(target.children))), scene.node)
    return True


@_mutation("element:renamed")
def _renamed(scene: Scene) -> bool:
    name = scene.node.name
    scene.node.name = scene.rng.choice((name.swapcase(), name + "x", name[:-1] or "x", name.lower(), f"_{name}"))
    return True


@_mutation("element:unknown")
def _unknown(scene: Scene) -> bool:
    return _insert(scene, Node("Onbekend", scene.rng.choice(["", "urn:onbekend", *scene.grammar.namespaces])))


@_mutation("element:from_elsewhere")
def _elsewhere(scene: Scene) -> bool:
    return _insert(scene, scene.another())


@_mutation("element:global")
def _global(scene: Scene) -> bool:
    return _insert(scene, scene.some_global())


@_mutation("element:other_branch", lambda element: bool(_elements(element.type.content)))
def _other_branch(scene: Scene) -> bool:
    """A child the parent may have, where another branch or an earlier one was chosen."""
    content = scene.node.declared.type.content if scene.node.declared else None
    options = _elements(content)
    if not options:
        return False
    child = scene.builder.element(scene.rng.choice(options), scene.rng, 0.1)
    scene.node.children.insert(scene.rng.randint(0, len(scene.node.children)), child)
    return True


@_mutation("element:replaced")
def _replaced(scene: Scene) -> bool:
    other = scene.rng.choice((scene.another, scene.some_global))()
    scene.node.name, scene.node.namespace, scene.node.markup = other.name, other.namespace, other.markup
    scene.node.children, scene.node.attributes = other.children, other.attributes
    return True


@_mutation("root:global")
def _root(scene: Scene) -> bool:
    """The document is another element that may start one."""
    other = scene.some_global()
    scene.root.name, scene.root.namespace, scene.root.markup = other.name, other.namespace, other.markup
    scene.root.children, scene.root.attributes = other.children, other.attributes
    return True


@_mutation("element:wrapped")
def _wrapped(scene: Scene) -> bool:
    node = scene.node
    inner = Node(node.name, node.namespace, node.markup, node.children, node.attributes, node.declared)
    node.markup, node.children, node.attributes = "", [inner], {}
    return True


@_mutation("element:unwrapped", lambda element: element.type.content is not None)
def _unwrapped(scene: Scene) -> bool:
    if scene.parent is None or not scene.node.children:
        return False
    index = scene.at
    scene.parent.children[index : index + 1] = scene.node.children
    return True


@_mutation("element:emptied")
def _emptied(scene: Scene) -> bool:
    scene.node.children, scene.node.markup = [], scene.rng.choice(("", "", " ", "\n"))
    return True


@_mutation("element:any_content", lambda element: _has_wildcard(element.type.content))
def _any_content(scene: Scene) -> bool:
    """Where anything may stand: known elements right and wrong, unknown ones, text."""
    kind = scene.node.declared.type if scene.node.declared else None
    if kind is None or not _has_wildcard(kind.content):
        return False
    known = scene.some_global()
    if scene.rng.random() < 0.5 and known.children:
        del known.children[scene.rng.randrange(len(known.children))]
    inner = scene.rng.choice((known, Node("Onbekend", ""), Node("Onbekend", "urn:onbekend", children=[known])))
    inner.attributes.update(scene.rng.choice(({}, {"a": "1"})))
    scene.node.children.append(inner)
    scene.node.markup += scene.rng.choice(("", "x"))
    return True


@_mutation("namespace:changed")
def _namespace(scene: Scene) -> bool:
    node = scene.node
    others = [space for space in ("", "urn:onbekend", *scene.grammar.namespaces) if space != node.namespace]
    node.namespace = scene.rng.choice(others)
    return True


@_mutation("namespace:other_version")
def _version(scene: Scene) -> bool:
    if not scene.node.namespace:
        return False
    space = scene.node.namespace
    scene.node.namespace = scene.rng.choice((space[:-1] + "9", space + "/", space.swapcase(), space.replace("/", "-")))
    return True


@_mutation("namespace:default")
def _default(scene: Scene) -> bool:
    """Written without prefix under an own xmlns, so that the children share the namespace."""
    scene.node.namespace = scene.node.namespace or scene.rng.choice(scene.grammar.namespaces or ["urn:onbekend"])
    scene.node.default_namespace = True
    return True


@_mutation("namespace:all_below", lambda element: element.type.content is not None)
def _all_below(scene: Scene) -> bool:
    space = scene.rng.choice(["", scene.root.namespace, *scene.grammar.namespaces])
    todo = list(scene.node.children)
    for node in todo:
        node.namespace = space
        todo += node.children
    return bool(scene.node.children)


@_mutation("attribute:unknown")
def _attribute(scene: Scene) -> bool:
    space = scene.rng.choice(["", *scene.grammar.namespaces])
    scene.node.attributes[scene.writer.prefixed("onbekend", space)] = scene.rng.choice(("", "1"))
    return True


@_mutation("attribute:xml")
def _xml_attribute(scene: Scene) -> bool:
    # the id of an element may not come twice, even in a document without a schema
    values = {"xml:lang": "nl", "xml:space": "preserve", "xml:id": f"i{scene.rng.random()}"}
    name = scene.rng.choice(list(values))
    scene.node.attributes[name] = values[name]
    return True


@_mutation("attribute:nil")
def _nil(scene: Scene) -> bool:
    scene.node.attributes["xsi:nil"] = scene.rng.choice(("true", "1", "false", "0", "ja", ""))
    return True


@_mutation("attribute:nil_empty")
def _nil_empty(scene: Scene) -> bool:
    scene.node.attributes["xsi:nil"] = "true"
    scene.node.children, scene.node.markup = [], ""
    return True


@_mutation("attribute:type")
def _type(scene: Scene) -> bool:
    kind = scene.node.declared.type if scene.node.declared else None
    choices = [*scene.grammar.types, ("Onbekend", ""), ("Onbekend", XS)]
    if kind is not None and kind.name:
        choices += [(kind.name, kind.namespace)] * 4 + [(kind.name, "")]
    scene.node.attributes["xsi:type"] = scene.writer.prefixed(*scene.rng.choice(choices))
    return True


@_mutation("attribute:derived_type", lambda element: bool(element.type.derived))
def _derived_type(scene: Scene) -> bool:
    """The element as a type derived from its own, with the content of that type."""
    declared = scene.node.declared
    if declared is None or not declared.type.derived:
        return False
    kind = scene.rng.choice(declared.type.derived)
    other = scene.builder.element(Element(declared.name, declared.namespace, kind), scene.rng, 0.3)
    scene.node.markup, scene.node.children, scene.node.attributes = other.markup, other.children, other.attributes
    scene.node.attributes["xsi:type"] = scene.writer.prefixed(kind.name, kind.namespace)
    return True


@_mutation("attribute:location")
def _location(scene: Scene) -> bool:
    name = scene.rng.choice(("xsi:schemaLocation", "xsi:noNamespaceSchemaLocation"))
    scene.node.attributes[name] = f"{scene.root.namespace or 'urn:x'} nergens.xsd"
    return True


@_mutation("attribute:removed", lambda element: bool(element.type.attributes))
def _attribute_removed(scene: Scene) -> bool:
    if not scene.node.attributes:
        return False
    del scene.node.attributes[scene.rng.choice(list(scene.node.attributes))]
    return True


@_mutation("attribute:value", lambda element: any(item.values.invalid for item in element.type.attributes))
def _attribute_value(scene: Scene) -> bool:
    declared = scene.node.declared.type.attributes if scene.node.declared else []
    known = [item for item in declared if item.values.invalid]
    if not known:
        return False
    item = scene.rng.choice(known)
    name = scene.writer.prefixed(item.name, item.namespace)
    scene.node.attributes[name] = scene.rng.choice(item.values.invalid)[1]
    return True


def _insert(scene: Scene, new: Node) -> bool:
    """Before or after the place, or as a child of it."""
    if scene.parent is None or scene.rng.random() < 0.3:
        scene.node.children.insert(scene.rng.randint(0, len(scene.node.children)), new)
    else:
        scene.parent.children.insert(scene.at + scene.rng.randint(0, 1), new)
    return True


def _elements(group: Group | None) -> list[Element]:
    found: list[Element] = []
    for part in group.parts if group else ():
        if isinstance(part, Element):
            found.append(part)
        elif isinstance(part, Group):
            found += _elements(part)
    return found


def _has_wildcard(group: Group | None) -> bool:
    return any(
        isinstance(part, Wildcard) or (isinstance(part, Group) and _has_wildcard(part))
        for part in (group.parts if group else ())
    )
