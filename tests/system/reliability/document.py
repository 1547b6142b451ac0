"""docs/reliability.md: the table fault, expected, seen. Written from what the tests declare and saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.system.reliability.cases import CHAPTERS, Case

PATH = Path(__file__).resolve().parents[3] / "docs" / "reliability.md"
HEAD = """\
# Betrouwbaarheid: fout, verwacht, gezien

Dit bestand is gemaakt door de tests in `tests/system/reliability/` (`make reliability`); een test houdt elke regel
tegen wat er werkelijk gebeurt. De proef is een levering `dkd_reintegratie` van een kleine gemeente aan een nagebootst
Inlichtingenbureau, in echte processen.
"""
_TOP = "| nr | fout | verwacht | gezien |\n|---|---|---|---|\n"


def cases() -> list[Case]:
    return [case for _, _, group in CHAPTERS for case in group]


def render(seen: Mapping[str, str]) -> str:
    """Raises KeyError for a case that was not seen."""
    return "\n".join([HEAD, *(_chapter(title, text, group, seen) for title, text, group in CHAPTERS)])


def _chapter(title: str, text: str, group: Sequence[Case], seen: Mapping[str, str]) -> str:
    lines = "".join(f"| {case.id} | {case.fault} | {case.expected} | {seen[case.id]} |\n" for case in group)
    return f"## {title}\n\n{text}\n\n{_TOP}{lines}"


def write(seen: Mapping[str, str]) -> None:
    """What was not seen this time stays; AssertionError when it never was."""
    known = {number: row[2] for number, row in read().items()} if PATH.exists() else {}
    seen = {**known, **seen}
    missing = [case.id for case in cases() if case.id not in seen]
    assert not missing, f"not seen, so nothing was written: {', '.join(missing)}"
    PATH.write_text(render(seen), encoding="utf-8")


def read() -> dict[str, tuple[str, str, str]]:
    """Fault, expected and seen by number."""
    rows = [line.strip("| ").split(" | ") for line in PATH.read_text("utf-8").splitlines() if line.startswith("| ")]
    return {number: (fault, expected, seen) for number, fault, expected, seen in rows if number != "nr"}
