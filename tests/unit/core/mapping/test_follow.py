"""Whatever the content model: records that are judged right are valid, and those that are valid are judged right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from exchanges.core.mapping.table import MessageMapping, Node
from exchanges.core.mapping.tokens import TokenReader
from exchanges.core.schemas.declared import Declared
from tests.unit.core.mapping.messages import mapping_of, node

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
_ONCE = [(1, "1"), (0, "1")]
_OCCURS = [*_ONCE, (1, "unbounded"), (0, "unbounded")]


@st.composite
def models(draw: st.DrawFn, names: list[str], depth: int = 0, repeated: bool = False) -> str:
    """A sequence or choice of elements with ``names``, each once; some hold a model of their own. What is ``repeated``
    has no groups that repeat: libxml2 refuses what is right then."""
    kind = draw(st.sampled_from(["sequence", "sequence", "choice"]))
    parts, left = [], list(names)
    while left:
        size = draw(st.integers(1, len(left)))
        mine, left = left[:size], left[size:]
        group = size > 1 and depth < 3 and draw(st.booleans())
        least, most = draw(st.sampled_from(_ONCE if group and repeated else _OCCURS))
        occurs = f'minOccurs="{least}" maxOccurs="{most}"'
        if group:
            inner = draw(models(mine, depth + 1, repeated or most == "unbounded"))
            parts.append(inner.replace(">", f" {occurs}>", 1))
        elif size > 1 and depth < 3:
            inner = draw(models(mine[1:], depth + 1))
            parts.append(f'<xs:element name="{mine[0]}" {occurs}><xs:complexType>{inner}</xs:complexType></xs:element>')
        else:
            parts += [f'<xs:element name="{name}" type="xs:string" {occurs}/>' for name in mine]
    return f"<xs:{kind}>{''.join(parts)}</xs:{kind}>"


def schema_of(model: str, record: str = "") -> str:
    return (f'<xs:schema {XS}><xs:element name="Bestand"><xs:complexType><xs:sequence><xs:element name="R" '
            f'minOccurs="0" maxOccurs="unbounded"><xs:complexType{record}>{model}</xs:complexType></xs:element>'
            "</xs:sequence></xs:complexType></xs:element></xs:schema>")


def mapping_for(schema: str, left_out: frozenset[str]) -> MessageMapping:
    """All that the schema has but ``left_out`` and what is in it."""
    root, tables = node("Bestand", "groep"), {"R": None} | dict.fromkeys("abcdefgh", "R")

    def grow(parent: Node, element: etree._Element, again: bool) -> None:
        for child in element.iterchildren():
            name = child.get("name")
            repeats = again or child.get("maxOccurs") == "unbounded"
            if name is None:
                grow(parent, child, repeats)
            elif name not in left_out:
                inner = len(child) > 0
                kind = "lijst" if inner and repeats else "groep" if inner else "waarde"
                made = node(f"{parent.path}/{name}", kind, name if kind != "groep" else "", "code")
                parent.children.append(made)
                grow(made, child, False)

    grow(root, etree.fromstring(schema)[0], False)
    root.children[0].column = "R"
    return mapping_of(root, "R", None, tables)


@st.composite
def bodies(draw: st.DrawFn, mapping: MessageMapping) -> str:
    """Records as the mapping has them, with now and then something left out, doubled, or in another place."""

    def inside(parent: Node) -> str:
        parts = []
        for child in parent.children:
            text = f"<{child.tag}>{inside(child)}</{child.tag}>" if child.children else f"<{child.tag}>x</{child.tag}>"
            parts += [text] * draw(st.sampled_from([0, 1, 1, 1, 2] if child.children else [0, 1, 1, 1]))
        return "".join(draw(st.permutations(parts)) if draw(st.integers(0, 5)) == 0 else parts)

    record = mapping.list_node("R")
    return "\n".join(f"<R>{inside(record)}</R>" for _ in range(draw(st.integers(1, 3))))


def judged(schema: str, mapping: MessageMapping, body: str, folder: Path) -> bool:
    file = folder / "t.xsd"
    file.write_text(schema)
    reader = TokenReader.fitting(mapping, {}, Declared(file))
    assert reader is not None
    return reader.judged(body.encode(), 0) is not None


def valid(schema: str, body: str) -> bool:
    return etree.XMLSchema(etree.fromstring(schema)).validate(etree.fromstring(f"<Bestand>{body}</Bestand>"))


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_judged_right_is_valid(tmp_path: Path, data: st.DataObject) -> None:
    schema = schema_of(data.draw(models(list("abcdefgh"[: data.draw(st.integers(1, 8))]))))
    try:
        etree.XMLSchema(etree.fromstring(schema))
    except etree.XMLSchemaParseError:  # not deterministic: no such schema may be
        return
    mapping = mapping_for(schema, frozenset(data.draw(st.sets(st.sampled_from("abcdefgh"), max_size=2))))
    body = data.draw(bodies(mapping))
    assert judged(schema, mapping, body, tmp_path) == valid(schema, body)


SEQUENCE = '<xs:sequence><xs:element name="a" type="xs:string"/>{}</xs:sequence>'
BOTH = SEQUENCE.format('<xs:element name="b" type="xs:string" minOccurs="0"/>')
UNSURE = {
    "twice at most": SEQUENCE.format('<xs:element name="b" type="xs:string" minOccurs="0" maxOccurs="2"/>'),
    "twice at least": SEQUENCE.format('<xs:element name="b" type="xs:string" minOccurs="2" maxOccurs="unbounded"/>'),
    "in two places": SEQUENCE.format('<xs:element name="b" type="xs:string"/><xs:element name="a" type="xs:string"/>'),
    "with an attribute": BOTH + '<xs:attribute name="c" type="xs:string" use="required"/>',
    "with text beside the elements": BOTH,
    "repetition in repetition": SEQUENCE.format(
        '<xs:sequence minOccurs="0" maxOccurs="unbounded"><xs:choice minOccurs="0"><xs:choice maxOccurs="unbounded">'
        '<xs:element name="b" type="xs:string"/></xs:choice></xs:choice></xs:sequence>'),
    "elements where a text is read":
        SEQUENCE.format('<xs:element name="b"><xs:complexType><xs:sequence/></xs:complexType></xs:element>'),
}


@pytest.mark.parametrize("what", UNSURE)
def test_of_what_is_not_said_in_pairs_nothing_is_sure(what: str, tmp_path: Path) -> None:
    schema = schema_of(UNSURE[what], ' mixed="true"' if "beside" in what else "")
    mapping = mapping_for(schema_of(BOTH), frozenset())
    assert judged(schema_of(BOTH), mapping, "<R><a>x</a><b>x</b></R>", tmp_path)
    for body in ("<R><a>x</a></R>", "<R><a>x</a><b>x</b></R>", "<R><a>x</a><b></b></R>"):
        assert not judged(schema, mapping, body, tmp_path), body


@pytest.mark.parametrize("nothing", [
    "", "<xs:sequence/>", '<xs:sequence minOccurs="0" maxOccurs="0"><xs:element name="c"/></xs:sequence>',
])
def test_in_what_is_always_empty_there_is_no_white_space(nothing: str, tmp_path: Path) -> None:
    schema = schema_of(
        f'<xs:sequence><xs:element name="b"><xs:complexType>{nothing}</xs:complexType></xs:element></xs:sequence>')
    mapping = mapping_for(schema_of(SEQUENCE.format("")), frozenset("a"))
    mapping.list_node("R").children.append(node("Bestand/R/b", "groep", "b"))
    assert not valid(schema, "<R><b> </b></R>")
    assert not judged(schema, mapping, "<R><b> </b></R>", tmp_path)


@pytest.mark.parametrize(("model", "body"), [
    ("<xs:sequence><xs:sequence>{a}{b}{c}</xs:sequence>{b}</xs:sequence>", "ab"),
    ("<xs:choice><xs:sequence><xs:sequence>{d}{c}</xs:sequence>{b}</xs:sequence><xs:sequence>{c}{a}</xs:sequence>"
     "</xs:choice>", "cb"),
])
def test_an_element_in_two_places_of_which_one_is_hidden(model: str, body: str, tmp_path: Path) -> None:
    """In the middle of a group, or behind an element (``d``) that the mapping does not have."""
    schema = schema_of(model.format(**{name: f'<xs:element name="{name}" type="xs:string"/>' for name in "abcd"}))
    mapping = mapping_for(schema_of(SEQUENCE.format('<xs:element name="b"/><xs:element name="c"/>')), frozenset())
    record = f"<R>{''.join(f'<{name}>x</{name}>' for name in body)}</R>"
    assert not valid(schema, record)
    assert not judged(schema, mapping, record, tmp_path)


def test_a_text_where_a_group_is_read(tmp_path: Path) -> None:
    """Of the group it is known that it is there; the text is not looked at."""
    schema = schema_of('<xs:sequence><xs:element name="b" type="xs:date"/></xs:sequence>')
    mapping = mapping_for(schema, frozenset("b"))
    mapping.list_node("R").children.append(node("Bestand/R/b", "groep", "b"))
    assert not valid(schema, "<R><b></b></R>")
    assert not judged(schema, mapping, "<R><b></b></R>", tmp_path)


def test_a_choice_is_not_empty_for_what_may_not_be_there(tmp_path: Path) -> None:
    never = '<xs:sequence minOccurs="0" maxOccurs="0"><xs:element name="b" type="xs:string"/></xs:sequence>'
    schema = schema_of(f'<xs:choice><xs:element name="a" type="xs:string"/>{never}</xs:choice>')
    mapping = mapping_for(schema, frozenset("b"))
    assert judged(schema, mapping, "<R><a>x</a></R>", tmp_path)
    assert not valid(schema, "<R></R>")
    assert not judged(schema, mapping, "<R></R>", tmp_path)


MANY = '<xs:sequence><xs:element name="R" minOccurs="0" maxOccurs="unbounded">'
AROUND = {
    MANY: True,
    MANY.replace(' minOccurs="0"', ""): True,
    '<xs:choice minOccurs="0" maxOccurs="unbounded"><xs:element name="S"/><xs:element name="R">': True,
    '<xs:sequence maxOccurs="unbounded"><xs:element name="S" minOccurs="0"/><xs:element name="R">': True,
    '<xs:sequence maxOccurs="unbounded"><xs:element name="S"/><xs:element name="R">': False,
    MANY.replace("unbounded", "9"): False,
    MANY.replace(' maxOccurs="unbounded"', ""): False,
}


@pytest.mark.parametrize("around", AROUND)
def test_where_one_record_is_right_any_number_must_be(around: str, tmp_path: Path) -> None:
    """The first piece of a file says of all the others that what is around them is right."""
    plain = schema_of(SEQUENCE.format(""))
    schema = plain.replace(MANY, around)
    if "choice" in around:
        schema = "</xs:choice>".join(schema.rsplit("</xs:sequence>", 1))
    etree.XMLSchema(etree.fromstring(schema))
    assert judged(schema, mapping_for(plain, frozenset()), "<R><a>x</a></R>", tmp_path) == AROUND[around]


def test_an_element_that_may_not_be_there(tmp_path: Path) -> None:
    never = SEQUENCE.format('<xs:element name="b" type="xs:string" minOccurs="0" maxOccurs="0"/>')
    mapping = mapping_for(schema_of(SEQUENCE.format('<xs:element name="b" type="xs:string"/>')), frozenset())
    assert judged(schema_of(never.replace(' maxOccurs="0"', "")), mapping, "<R><a>x</a></R>", tmp_path)
    assert not judged(schema_of(never), mapping, "<R><a>x</a><b>x</b></R>", tmp_path)
