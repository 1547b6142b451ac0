"""What Typer says of a command that is given wrongly, as everything else is said: one line of Dutch, and what to do."""

from __future__ import annotations

import re

_WORDS = {"argument": "Argument", "option": "Optie"}
# Typer's sentence, and ours. What is not here is shown as it came: better in English than not at all.
_SENTENCES = (
    (r"Missing (argument|option) (.+?)\.", r"{0} {1} ontbreekt."),
    (r"Missing command\.", r"Een opdracht ontbreekt."),
    (r"No such command (\S+)\. Did you mean (.+)\?", r"Opdracht {0} bestaat niet; lijkt op {1}."),
    (r"No such command (.+)\.", r"Opdracht {0} bestaat niet."),
    (r"No such option: (\S+) \(Possible options: (.+)\)", r"Optie '{0}' bestaat niet; lijkt op {1}."),
    (r"No such option: (\S+)", r"Optie '{0}' bestaat niet."),
    (r"Option (.+) requires an argument\.", r"Optie {0} moet een waarde hebben."),
    (r"Option (.+) does not take a value\.", r"Optie {0} heeft geen waarde."),
    (r"Got unexpected extra argument\(s\) \((.+)\)", r"Te veel opgegeven: {0}."),
    (r"Invalid value for (.+?): Input should be greater than or equal to (\S+)",
     r"Waarde van {0} is niet goed; geef {1} of meer."),
    (r"Invalid value for (.+?): Input should be less than or equal to (\S+)",
     r"Waarde van {0} is niet goed; geef {1} of minder."),
    (r"Invalid value for (.+?): Input should be a valid integer.*",
     r"Waarde van {0} is niet goed; geef een geheel getal."),
    (r"Invalid value for (.+?): Input should be a valid number.*",
     r"Waarde van {0} is niet goed; geef een getal, met een punt voor de decimalen."),
    (r"Invalid value for (.+?): .*", r"Waarde van {0} is niet goed."),
)  # fmt: skip


def in_dutch(said: str, command: str) -> str:
    """``said``: the complaint without usage; ``command``: what was given (``sluis run``), whose help says more."""
    for sentence, ours in _SENTENCES:
        if found := re.fullmatch(sentence, said, re.DOTALL):
            said = ours.format(*(_WORDS.get(word, word) for word in found.groups()))
            break
    return f"sluis: {said} Uitleg: {command} --help."
