"""However the same message is written, in however many pieces: the tables are those of the XSLT reader alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from exchanges.core.mapping.reader import Reader
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.mapping.tokens import TokenReader
from exchanges.core.mapping.writer import Writer
from exchanges.core.xml import split
from exchanges.core.xml.constants import Constants
from exchanges.core.xml.stream import check_file
from tests.unit.core.mapping.messages import NAMESPACES, mappings, tables_for
from tests.unit.core.xml.decorations import decorated
from tests.unit.core.xml.targets import Kept, any_schema

_DECLARED = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
_OPEN = st.sampled_from(["", "\n", "<!-- <p:A> -->", " ", "\r\n"])
_CLOSE = st.sampled_from(["", "\n", "<!-- x -->", "<!-- </p:A> -->", "\n\n"])


@st.composite
def files(draw: st.DrawFn) -> tuple[MessageMapping, bytes]:
    mapping = draw(mappings())
    fragments = Writer(mapping).fragments(draw(tables_for(mapping))).to_pylist()
    body = draw(decorated(draw(st.sampled_from(["", "\n", " \n"])).join(fragments)))
    text = f"<p:Bestand{_DECLARED}>{draw(_OPEN)}{body}{draw(_CLOSE)}</p:Bestand>{draw(_CLOSE)}"
    return mapping, text.encode()


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=files(), piece=st.sampled_from([1, 40, 200, 1 << 20]))
def test_tables_are_those_of_the_general_reader(
    file: tuple[MessageMapping, bytes], piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping, data = file
    monkeypatch.setattr(split, "PIECE_BYTES", piece)
    path = tmp_path / "bestand.xml"
    path.write_bytes(data)
    sink = Kept()
    checked = check_file(path, any_schema(mapping), sink)
    try:
        document = etree.fromstring(data)
    except etree.XMLSyntaxError:
        assert [fault.code for fault in checked.faults] == ["XML-01"]
        return
    wanted = Reader(mapping).read(document, quotes=True)
    assert checked.faults == []
    assert checked.records == wanted["record"].num_rows
    assert sink.tables() == {name: table.combine_chunks() for name, table in wanted.items()}


@settings(max_examples=250)
@given(files())
def test_the_token_reader_is_right_or_silent(file: tuple[MessageMapping, bytes]) -> None:
    mapping, data = file
    try:
        document = etree.fromstring(data)
    except etree.XMLSyntaxError:
        return
    start, end = data.index(b">") + 1, data.index(b"</p:Bestand>")
    tokens = TokenReader.fitting(mapping, NAMESPACES)
    fast = tokens.read(data[start:end], 0) if tokens else None
    assert fast is None or fast == Reader(mapping).read(document, quotes=True)
    assert fast is None or Constants(mapping, of_record=True).faults(document) == []
