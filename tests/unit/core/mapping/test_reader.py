"""The reader by stylesheet, whatever a mapping calls its namespaces."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from exchanges.core.mapping.reader import Reader
from exchanges.core.mapping.table import read_mapping


@pytest.mark.parametrize("prefix", ["s", "x", "saxon", "p"])
def test_a_mapping_may_call_its_namespace_anything(tmp_path: Path, prefix: str) -> None:
    folder = tmp_path / "Proef" / "v1"
    folder.mkdir(parents=True)
    (folder / "message.toml").write_text(
        f'message = "Proef"\nversion = "v1"\ncertainty = "verified"\nrecord = "r"\n[namespaces]\n{prefix} = "urn:p"\n'
        '[tables.r]\ntitle = "r"\nkey = ["a"]\n'
    )
    head = "pad;soort;kolom;opmaak;herhaling;codelijst;opmerking;bron;zekerheid"
    (folder / "mapping.csv").write_text(
        f"{head}\n{prefix}:B;lijst;r;;0..n;;;spec;verified\n{prefix}:B/A;waarde;a;code;1..1;;;spec;verified\n"
    )
    document = etree.fromstring('<q:B xmlns:q="urn:p"><A>een "twee"</A></q:B>')
    read = Reader(read_mapping(folder)).read(document, quotes=True)
    assert read["r"]["a"].to_pylist() == ['een "twee"']
