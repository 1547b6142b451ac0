"""Any mapping, any rows: the writer against plain recursion, the two readers against each other and the rows."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from exchanges.core.mapping.reader import Reader
from exchanges.core.mapping.table import MessageMapping, Node
from exchanges.core.mapping.tokens import TokenReader
from exchanges.core.mapping.writer import Writer
from tests.unit.core.mapping.messages import (
    NAMESPACES,
    columns_of,
    expected_records,
    mapping_of,
    mappings,
    node,
    normal,
    tables_for,
)

Tables = dict[str, pa.Table]


@st.composite
def messages(draw: st.DrawFn) -> tuple[MessageMapping, Tables]:
    mapping = draw(mappings())
    return mapping, draw(tables_for(mapping))


def document(body: str) -> bytes:
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return f"<p:Bestand{declared}>\n{body}</p:Bestand>".encode()


@settings(max_examples=100)
@given(messages())
def test_writer_gives_what_plain_recursion_gives(message: tuple[MessageMapping, Tables]) -> None:
    mapping, tables = message
    assert Writer(mapping).fragments(tables).to_pylist() == expected_records(mapping, tables)


@settings(max_examples=100)
@given(messages())
def test_both_readers_give_the_same_tables(message: tuple[MessageMapping, Tables]) -> None:
    mapping, tables = message
    body = "".join(f"{line}\n" for line in Writer(mapping).fragments(tables).to_pylist())
    tokens = TokenReader.fitting(mapping, NAMESPACES)
    tags = [node.tag for node in mapping.list_node("record").walk()]
    fixed = {node.tag for node in mapping.nodes() if node.kind == "vast"}
    assert (tokens is None) == any(tags.count(tag) > 1 for tag in fixed)
    if tokens is None:
        return
    fast = tokens.read(body.encode(), 1)
    slow = Reader(mapping).read(etree.fromstring(document(body)), quotes=True)
    if not body:
        assert fast is None
        assert slow["record"].num_rows == 0
        return
    assert fast is not None, "what the writer writes is in plain form"
    assert fast == slow


def clean_mapping() -> MessageMapping:
    """One in which nothing that is written can be lost: no group decides over values that are there."""
    root = node("p:Bestand", "groep", occurs=(1, 1))
    record = node("p:Bestand/q:Persoon", "lijst", "record", occurs=(0, None))
    inner = node("p:Bestand/q:Persoon/Deel", "lijst", "deel", occurs=(0, None))
    innermost = node("p:Bestand/q:Persoon/Deel/Groep/q:Persoon", "lijst", "stuk", occurs=(0, None))
    for parent in (record, inner, innermost):
        parent.children += _values(parent.path, parent.column)
    group = node("p:Bestand/q:Persoon/Deel/Groep", "groep")
    group.children += [*_values(group.path, "groep"), innermost]
    signed = node(f"{record.path}/Percentage", "groep", occurs=(1, 1))
    signed.children += [node(f"{signed.path}/Teken", "waarde", "perc", "teken"),
                        node(f"{signed.path}/Getal", "waarde", "perc", "percentage5")]
    amount = node(f"{inner.path}/Bedrag", "groep")
    amount.children += [node(f"{amount.path}/Teken", "waarde", "cent", "teken-"),
                        node(f"{amount.path}/Getal", "waarde", "cent", "bedrag")]
    inner.children += [group, amount]
    record.children += [signed, inner]
    root.children.append(record)
    return mapping_of(root, "record", None, {"record": None, "deel": "record", "stuk": "deel"})


def _values(path: str, prefix: str) -> list[Node]:
    forms = ("tekst", "tekst(3)", "code", "datum", "dag", "percentage5", "janee", "getal")
    return [node(f"{path}/W{number}", "waarde", f"{prefix}_{number}", form) for number, form in enumerate(forms)]


_CLEAN = clean_mapping()


@settings(max_examples=60)
@given(tables_for(_CLEAN))
def test_what_is_written_is_read_back(tables: Tables) -> None:
    fragments = Writer(_CLEAN).fragments(tables).to_pylist()
    body = "".join(f"{text}\n" for text in fragments)
    read = Reader(_CLEAN).read(etree.fromstring(document(body)), quotes=True)
    for name, table in tables.items():
        for column, form in columns_of(_CLEAN.list_node(name)).items():
            assert form is not None
            wanted = [normal(form, value) for value in table[column].to_pylist()]
            assert read[name][column].to_pylist() == wanted, (name, column)
        if "_parent" in table.column_names:
            assert read[name]["_parent"].to_pylist() == table["_parent"].to_pylist()
    lines, line = [], 2
    for text in fragments:
        lines.append(line)
        line += text.count("\n") + 1
    assert read["record"]["_line"].to_pylist() == lines
