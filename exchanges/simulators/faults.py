"""What can be wrong at a partner, as switches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from exchanges.core.errors import UsageError


def _switch(default: int | bool, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Faults:
    """All off by default. The texts are those of the command line (``fields(Faults)``, metadata ``help``)."""

    reject_every: int = _switch(0, "wijs elk n-de bericht af")
    reject_count: int = _switch(0, "wijs de eerste n berichten af")
    reject_file: bool = _switch(False, "keur het hele bestand af")
    bytes_per_second: int = _switch(0, "traag: zoveel bytes per seconde")
    drop_after: int = _switch(0, "verbreek de verbinding na n bytes van een bestand")
    drop_times: int = _switch(1, "hoe vaak drop_after gebeurt, daarna gaat het goed")
    never_answer: bool = _switch(False, "ontvang wel, antwoord nooit")
    no_posix_rename: bool = _switch(False, "ken de uitbreiding posix-rename niet")
    move_on_arrival: bool = _switch(False, "haal een levering weg zodra zij er staat")
    disk_full_after: int = _switch(0, "schijf vol zodra in/ zoveel bytes heeft")
    changed_host_key: bool = _switch(False, "toon een andere hostsleutel dan vastgelegd")
    refuse_auth: bool = _switch(False, "weiger elke aanmelding")

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if not isinstance(value, bool) and value < 0:
                raise UsageError(f"Storing {one.name}: {value} kan niet, geef nul of meer.")

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Faults:
        """From ``reject-every=5`` and ``never-answer`` as given on a command line. Raises UsageError."""
        kinds = {one.name: type(one.default) for one in fields(cls)}
        given: dict[str, int | bool] = {}
        for text in texts:
            name, equals, value = text.partition("=")
            name = name.strip().replace("-", "_")
            if name not in kinds:
                raise UsageError(f"Storing {name!r} bestaat niet; kies uit: {', '.join(kinds)}.")
            if kinds[name] is bool and not equals:
                given[name] = True
            elif kinds[name] is int and value.strip().isdecimal():
                given[name] = int(value)
            else:
                form = "geen waarde" if kinds[name] is bool else "een getal, bijvoorbeeld " + name + "=5"
                raise UsageError(f"Storing {name} vraagt {form}.")
        return cls(**given)  # type: ignore[arg-type]
