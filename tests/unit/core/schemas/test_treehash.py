"""The tree hash depends on names and bytes of schema files, and on nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

from exchanges.core.schemas.treehash import hash_of, tree_hash


def test_the_rule_written_out(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b/a.xsd").write_bytes(b"1")
    (tmp_path / "a.wsdl").write_bytes(b"2")
    (tmp_path / "a.txt").write_bytes(b"3")
    counted = (("a.wsdl", b"2"), ("b/a.xsd", b"1"))
    lines = "".join(f"{name}\0{hashlib.sha256(text).hexdigest()}\n" for name, text in counted)
    assert tree_hash(tmp_path) == hashlib.sha256(lines.encode()).hexdigest()
    assert tree_hash(tmp_path) == hash_of([("b/a.xsd", b"1"), ("a.wsdl", b"2")])


def test_names_and_bytes_count_other_files_do_not(tmp_path: Path) -> None:
    (tmp_path / "a.xsd").write_bytes(b"1")
    first = tree_hash(tmp_path)
    (tmp_path / "note.md").write_bytes(b"x")
    assert tree_hash(tmp_path) == first
    (tmp_path / "a.xsd").rename(tmp_path / "b.xsd")
    assert tree_hash(tmp_path) != first
    (tmp_path / "b.xsd").write_bytes(b"2")
    assert tree_hash(tmp_path / "b.xsd") == tree_hash(tmp_path)
