"""The help of every command is in Dutch, also what Typer writes of it by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from exchanges.cli.app import app

ENGLISH = re.compile(
    r"Usage|\b(Options|Arguments|Commands|OPTIONS|ARGS|COMMAND|default|required|message)\b|<(str|int|float|path|list)|x[<>]=|<=x"
)


def helps() -> Iterator[tuple[str, str]]:
    def walk(command: Any, name: str, above: Any) -> Iterator[tuple[str, str]]:
        context = command.context_class(command, info_name=name.rpartition(" ")[2], parent=above)
        yield name, command.get_help(context)
        for inner, found in getattr(command, "commands", {}).items():
            yield from walk(found, f"{name} {inner}", context)

    yield from walk(get_command(app), "sluis", None)


def test_nothing_is_english() -> None:
    texts = dict(helps())
    assert len(texts) > 60
    assert {name: found for name, text in texts.items() if (found := ENGLISH.findall(text))} == {}


def test_what_is_said_of_a_value() -> None:
    texts = dict(helps())
    bench = re.sub(r"\s+", " ", texts["sluis bench"])
    assert bench.startswith("Gebruik: sluis bench [OPTIES] [what]")
    assert "--clients <getal> Aantal personen (outbound). [standaard: 200000; 1 of meer]" in bench
    assert "[2006 tot en met 2099; verplicht]" in texts["sluis loonaangifte jaar"]
    run = re.sub(r"\s+", " ", texts["sluis run"])
    assert "--nieuw / --no-nieuw Een nieuwe levering als de vorige is afgerond. --methode" in run
    assert "--periode <tekst> Maand, jjjj-mm. [verplicht]" in run
    assert "--help Deze uitleg." in run
