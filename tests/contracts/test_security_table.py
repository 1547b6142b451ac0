"""docs/security.md says of every requirement which test holds it, and those tests are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.contract
ROW = re.compile(r"^\| (SEC-[0-9]{2}) \| (?P<what>[^|]+) \| (?P<how>.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


@pytest.fixture(scope="module")
def rows(repo: Path) -> list[tuple[str, str]]:
    text = (repo / "docs" / "security.md").read_text(encoding="utf-8")
    return [(row[1], row["how"]) for row in ROW.finditer(text)]


def named_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_requirement_has_its_row_once(rows: list[tuple[str, str]]) -> None:
    assert [name for name, _ in rows] == [f"SEC-{number:02d}" for number in range(1, 33)]


def test_it_is_held_by_a_test_that_is_there_or_it_says_why_it_comes_later(
    rows: list[tuple[str, str]], repo: Path
) -> None:
    for name, how in rows:
        named = NAMED.findall(how)
        assert named or how.startswith("Later: "), name
        for file, test in named:
            assert (repo / file).is_file(), f"{name}: {file}"
            assert not test or test in named_in(repo / file), f"{name}: {file}::{test}"
