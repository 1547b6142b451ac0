"""What the token reader takes, and what it must leave to the general reader."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from exchanges.core.mapping.reader import Reader
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.mapping.tokens import TokenReader
from tests.unit.core.mapping.messages import NAMESPACES, mapping_of, node


def tricky() -> MessageMapping:
    """Names that recur: inside themselves, under two parents at one depth, as a group and as a value."""
    root = node("p:Bestand", "groep", occurs=(1, 1))
    record = node("p:Bestand/p:R", "lijst", "r")
    child = node("p:Bestand/p:R/p:R", "lijst", "kind")
    left, right = node(f"{record.path}/Links", "groep"), node(f"{record.path}/Rechts", "groep", "rechts")
    for parent, name in ((record, "r"), (child, "kind"), (left, "links"), (right, "rechts")):
        source = node(f"{parent.path}/Bron", "groep")
        source.children.append(node(f"{source.path}/Code", "waarde", f"{name}_bron", "code"))
        parent.children += [node(f"{parent.path}/Code", "waarde", f"{name}_code", "code"), source]
    record.children += [left, right, child]
    root.children.append(record)
    return mapping_of(root, "r", None, {"r": None, "kind": "r"})


MAPPING = tricky()
PLAIN = (
    "<p:R><Code>1</Code><Bron><Code>2</Code></Bron>"
    "<Links><Code>3</Code><Bron><Code>4</Code></Bron></Links><Rechts><Bron><Code>5</Code></Bron></Rechts>"
    "<p:R><Code>6</Code></p:R><p:R><Bron><Code>7</Code></Bron></p:R></p:R>\n"
    "<p:R>\n <Rechts>\n  <Code>8</Code>\n </Rechts>\n <p:R>\n </p:R>\n</p:R>\n"
)


def fast(body: str, namespaces: dict[str | None, str] | None = None) -> object:
    reader = TokenReader.fitting(MAPPING, namespaces or dict(NAMESPACES))
    assert reader is not None
    return reader.read(body.encode(), 1)


def slow(body: str) -> object:
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return Reader(MAPPING).read(etree.fromstring(f"<p:Bestand{declared}>\n{body}</p:Bestand>"), quotes=True)


def test_names_are_told_by_where_they_stand() -> None:
    tables = fast(PLAIN)
    assert tables == slow(PLAIN)
    assert isinstance(tables, dict)
    assert tables["r"].to_pylist() == [
        {"_line": 2, "r_code": "1", "r_bron": "2", "links_code": "3", "links_bron": "4", "rechts": True,
         "rechts_code": None, "rechts_bron": "5"},
        {"_line": 3, "r_code": None, "r_bron": None, "links_code": None, "links_bron": None, "rechts": True,
         "rechts_code": "8", "rechts_bron": None},
    ]
    assert tables["kind"].to_pylist() == [
        {"_line": 2, "kind_code": "6", "kind_bron": None, "_parent": 0, "_root": 0},
        {"_line": 2, "kind_code": None, "kind_bron": "7", "_parent": 0, "_root": 0},
        {"_line": 7, "kind_code": None, "kind_bron": None, "_parent": 1, "_root": 1},
    ]


TAKEN = {
    "text between elements": PLAIN.replace("<Links>", "los<Links>"),
    "white space": PLAIN.replace("><", ">\n\t <"),
    "references": PLAIN.replace(">3<", ">&lt;&gt;&quot;&apos;&amp;lt;&#13;&#xD;<"),
    "an empty element": PLAIN.replace(">3<", "><"),
    "quotes and apostrophes": PLAIN.replace(">3<", ">\"'<"),
    "other writing": PLAIN.replace(">3<", ">é中\U0001f600<"),
}
LEFT = {
    "nothing": "",
    "only text": "los",
    "comment": PLAIN.replace("<Links>", "<!-- x --><Links>"),
    "comment with tags": PLAIN.replace("<Links>", "<!-- <Code>9</Code> --><Links>"),
    "CDATA": PLAIN.replace(">3<", "><![CDATA[3]]><"),
    "CDATA with tags": PLAIN.replace(">3<", "><![CDATA[<Code>9</Code>]]><"),
    "instruction": PLAIN.replace("<Links>", "<?x y?><Links>"),
    "attribute": PLAIN.replace("<Links>", '<Links a="b">'),
    "attribute with >": PLAIN.replace("<Links>", '<Links a=">">'),
    "namespace declared anew": PLAIN.replace("<Links>", '<Links xmlns="urn:x">'),
    "space in a start tag": PLAIN.replace("<Links>", "<Links >"),
    "element in short": PLAIN.replace("<Code>3</Code>", "<Code/>"),
    "element unknown": PLAIN.replace("<Links>", "<Boven/><Links>"),
    "element known elsewhere": PLAIN.replace("<Links>", "<Links><Rechts></Rechts>"),
    "element in itself": PLAIN.replace("<Code>7</Code>", "<Bron></Bron>"),
    "element in a value": PLAIN.replace(">3<", ">3<Code>9</Code><"),
    "element twice": PLAIN.replace("<Code>3</Code>", "<Code>3</Code><Code>9</Code>"),
    "group twice": PLAIN.replace("</Rechts>\n <p:R>", "</Rechts><Rechts></Rechts>\n <p:R>"),
    "> in a text": PLAIN.replace(">3<", "> > <"),
    "numeric reference": PLAIN.replace(">3<", ">&#51;<"),
    "carriage return": PLAIN.replace("\n", "\r\n"),
    "no record": "<Code>1</Code>",
    "record in a stranger": f"<Vreemd>{PLAIN}</Vreemd>",
    "record in a value's place": PLAIN.replace("<Code>3</Code>", "<Code><p:R></p:R></Code>"),
}


@pytest.mark.parametrize("form", TAKEN)
def test_taken(form: str) -> None:
    assert fast(TAKEN[form]) == slow(TAKEN[form])
    assert TAKEN[form] != PLAIN


@pytest.mark.parametrize("form", LEFT)
def test_left_to_the_general_reader(form: str) -> None:
    assert fast(LEFT[form]) is None
    assert LEFT[form] != PLAIN


@pytest.mark.parametrize(
    "body", ["<p:R>", "</p:R>", "</p:R><p:R>", "</p:R><p:R></p:R>", "<Links></Links></p:R>", "<p:R></p:R></p:R>",
             "<p:R><Links></p:R>", ">", "<"]
)
def test_what_is_not_whole_is_left_too(body: str) -> None:
    """It does not come here, for it is parsed first; but a wrong table would be worse than none."""
    assert fast(body) is None


def test_prefixes_are_those_of_the_file() -> None:
    assert fast(PLAIN.replace("p:R>", "z:R>"), {"z": NAMESPACES["p"]}) == slow(PLAIN)
    assert fast(PLAIN, {"z": NAMESPACES["p"], "p": "urn:anders"}) is None


def test_tags_must_tell_namespaces_apart() -> None:
    root = node("p:Bestand", "groep")
    record = node("p:Bestand/p:R", "lijst", "r")
    record.children += [node(f"{record.path}/A", "waarde", "a", "code"),
                        node(f"{record.path}/q:A", "waarde", "b", "code")]
    root.children.append(record)
    mapping = mapping_of(root, "r", None, {"r": None})
    assert TokenReader.fitting(mapping, NAMESPACES) is not None
    assert TokenReader.fitting(mapping, {"p": NAMESPACES["p"]}) is None
    assert TokenReader.fitting(mapping, {"p": NAMESPACES["p"], None: NAMESPACES["q"]}) is None
    record.children.append(node(f"{record.path}/p:A", "waarde", "c", "code"))
    assert TokenReader.fitting(mapping, NAMESPACES) is not None
    assert TokenReader.fitting(replace(mapping, namespaces={"p": "urn:x", "q": "urn:x"}), {"p": "urn:x"}) is None
