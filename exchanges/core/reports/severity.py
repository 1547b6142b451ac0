"""How severe a finding is, in words and in order: the worst first."""

from __future__ import annotations

from dataclasses import dataclass

from exchanges.core.reports.parts import FindingKind


@dataclass(frozen=True)
class Severity:
    order: int
    name: str
    title: str
    meaning: str
    sign: str


SEVERITIES = (
    Severity(0, "blocker", "Blokkade", "de levering is tegengehouden", "blokkade"),
    Severity(1, "error", "Fout", "herstel dit; hoeveel er door zijn afgekeurd, staat per soort", "fout"),
    Severity(2, "warning", "Waarschuwing", "gaat mee, kijk ernaar", "let-op"),
    Severity(3, "info", "Ter informatie", "u hoeft niets te doen", "info"),
)
_BY_NAME = {one.name: one for one in SEVERITIES}


def severity(kind: FindingKind) -> Severity:
    return _BY_NAME[kind.severity]


def worst_first(kinds: tuple[FindingKind, ...]) -> list[FindingKind]:
    return sorted(kinds, key=lambda kind: (severity(kind).order, -kind.count, kind.code))
