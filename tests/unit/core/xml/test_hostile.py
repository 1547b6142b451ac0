"""Bad input is an answer: the right code for every one, and little memory for all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exchanges.core.xml.stream import check_file
from tests.unit.core.xml.hostile import CASES, write_all
from tests.unit.core.xml.samples import saved, whole
from tests.unit.core.xml.targets import REPO, Kept, collection

# 300 MB is what may be used (issue 2); the interpreter with its libraries is in it.
MOST_MB = 300


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """All files checked one after the other, in a process of their own so that its memory can be measured."""
    folder = tmp_path_factory.mktemp("vijandig")
    write_all(folder)
    run = subprocess.run(
        [sys.executable, "-m", "tests.unit.core.xml.hostile", str(folder)],
        cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)}, capture_output=True, text=True, check=True,
    )
    return dict(json.loads(run.stdout))


@pytest.mark.parametrize("name", CASES)
def test_code(name: str, outcome: dict[str, dict[str, list[str]]]) -> None:
    assert outcome["told"][name] == [CASES[name][0]]


def test_memory(outcome: dict[str, int]) -> None:
    assert outcome["most_mb"] < MOST_MB


def test_nothing_is_taken_from_elsewhere(tmp_path: Path) -> None:
    """An entity that names a file must not bring that file in, not even into a text that is refused."""
    secret = saved(tmp_path / "geheim", b"wachtwoord")
    data = whole(["<a>&x;</a>"]).replace(b"?>\n", f'?><!DOCTYPE a [<!ENTITY x SYSTEM "{secret}">]>'.encode())
    sink = Kept()
    checked = check_file(saved(tmp_path / "a.xml", data), collection(), sink)
    assert [fault.code for fault in checked.faults] == ["XML-05"]
    assert sink.parts == []


def test_a_file_of_one_kind_does_not_spoil_the_next(tmp_path: Path) -> None:
    for content in (b"<a", whole([]), b"\x00", whole([])):
        checked = check_file(saved(tmp_path / "a.xml", content), collection())
        assert bool(checked.faults) == (content != whole([]))
