"""The help of a command in Dutch: Typer writes what we say of it between headings and kinds of its own, in English."""

from __future__ import annotations

import re
from collections.abc import Sequence

from typer.core import TyperCommand

_Context = TyperCommand.context_class
_HEADINGS = {"Arguments": "Argumenten", "Options": "Opties", "Commands": "Opdrachten"}
_USAGE = {"[OPTIONS]": "[OPTIES]", "COMMAND [ARGS]...": "OPDRACHT [ARGUMENTEN]..."}
# How Typer writes a kind of value, what is required and what is meant when nothing is given.
_KINDS = {
    "str": "tekst", "list[str]": "tekst", "int": "getal", "int range": "getal", "float": "getal", "path": "pad",
    "list[Path]": "pad", "%Y-%m-%d": "jjjj-mm-dd",
}  # fmt: skip
# Between brackets behind what we say of it; None: not said, for an option is off until it is asked for.
_REMARKS: tuple[tuple[str, str | None], ...] = (
    (r"required", "verplicht"),
    (r"default: no-[a-z-]+", None),
    (r"default: (.+)", "standaard: {0}"),
    (r"x>=(\d+)", "{0} of meer"),
    (r"(\d+)<=x<=(\d+)", "{0} tot en met {1}"),
)
_BRACKETS = re.compile(r" *\[([^\[\]]+)\]$")


class DutchHelp(_Context.formatter_class):  # type: ignore[name-defined, misc]
    """Typer's writer of help, in Dutch."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for theirs, ours in _USAGE.items():
            args = args.replace(theirs, ours)
        super().write_usage(prog, args, prefix or "Gebruik: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(_kind(name), _remark(said)) for name, said in rows], col_max, col_spacing)


def speak_dutch() -> None:
    """From now on all help is written so."""
    _Context.formatter_class = DutchHelp


def _kind(name: str) -> str:
    return re.sub(r"<([^<>]+)>", lambda found: f"<{_KINDS.get(found[1], found[1])}>", name)


def _remark(said: str) -> str:
    if said == "Show this message and exit.":
        return "Deze uitleg."
    found = _BRACKETS.search(said)
    if found is None:
        return said
    told = [ours for remark in found[1].split("; ") if (ours := _in_brackets(remark)) is not None]
    return said[: found.start()] + (f"  [{'; '.join(told)}]" if told else "")


def _in_brackets(remark: str) -> str | None:
    for theirs, ours in _REMARKS:
        if found := re.fullmatch(theirs, remark):
            return None if ours is None else ours.format(*found.groups())
    return remark
