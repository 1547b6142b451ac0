"""What can be wrong at a partner, as switches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Self, TypeVar

from exchanges.core.errors import UsageError


def switch(default: int | bool, text: str) -> Any:
    """A field of Switches: off, and what the command line says of it."""
    return field(default=default, metadata={"help": text})


def _typed(name: str) -> str:
    """As it is given on the command line, and stands in its help."""
    return name.replace("_", "-")


@dataclass(frozen=True)
class Switches:
    """Faults, all off by default; the texts are those of the command line (``fields(…)``, metadata ``help``)."""

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if not isinstance(value, bool) and value < 0:
                raise UsageError(f"Storing {_typed(one.name)}: {value} kan niet, geef nul of meer.")

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """From ``reject-every=5`` and ``never-answer`` as given on a command line. Raises UsageError."""
        kinds = {one.name: type(one.default) for one in fields(cls)}
        given: dict[str, int | bool] = {}
        for text in texts:
            name, equals, value = text.partition("=")
            name = name.strip().replace("-", "_")
            if name not in kinds:
                raise UsageError(f"Storing {_typed(name)!r} bestaat niet; kies uit: {_typed(', '.join(kinds))}.")
            if kinds[name] is bool and not equals:
                given[name] = True
            elif kinds[name] is int and value.strip().isdecimal():
                given[name] = int(value)
            else:
                shown = _typed(name)
                form = "geen waarde" if kinds[name] is bool else f"een getal, bijvoorbeeld {shown}=5"
                raise UsageError(f"Storing {shown} vraagt {form}.")
        return cls(**given)  # type: ignore[arg-type]


One = TypeVar("One", bound=Switches)
Other = TypeVar("Other", bound=Switches)


def only_in(texts: Iterable[str], one: type[Switches], other: type[Switches]) -> str | None:
    """The first fault that ``other`` knows and ``one`` does not, as it is typed."""
    mine, theirs = ({field.name for field in fields(kind)} for kind in (one, other))
    names = [text.partition("=")[0].strip().replace("-", "_") for text in texts]
    return next((_typed(name) for name in names if name in theirs - mine), None)


def split(texts: Iterable[str], one: type[One], other: type[Other]) -> tuple[One, Other]:
    """Of a partner with two doors: each gets the faults it knows. Raises UsageError for one that neither knows."""
    given = list(texts)
    names = [text.partition("=")[0].strip().replace("-", "_") for text in given]
    known = [{field.name for field in fields(kind)} for kind in (one, other)]
    for name in names:
        if not any(name in mine for mine in known):
            raise UsageError(
                f"Storing {_typed(name)!r} bestaat niet; kies uit: {_typed(', '.join(sorted(known[0] | known[1])))}."
            )
    chosen = [[text for text, name in zip(given, names, strict=True) if name in mine] for mine in known]
    return one.parse(chosen[0]), other.parse(chosen[1])


@dataclass(frozen=True)
class WireFaults(Switches):
    """What can be wrong between us and any partner that is reached by SFTP."""

    bytes_per_second: int = switch(0, "traag: zoveel bytes per seconde")
    drop_after: int = switch(0, "verbreek de verbinding na n bytes van een bestand")
    drop_times: int = switch(1, "hoe vaak drop_after gebeurt, daarna gaat het goed")
    never_answer: bool = switch(False, "ontvang wel, antwoord nooit")
    no_posix_rename: bool = switch(False, "ken de uitbreiding posix-rename niet")
    move_on_arrival: bool = switch(False, "haal een levering weg zodra zij er staat")
    disk_full_after: int = switch(0, "schijf vol zodra de map waarin wordt geleverd zoveel bytes heeft")
    changed_host_key: bool = switch(False, "toon een andere hostsleutel dan vastgelegd")
    refuse_auth: bool = switch(False, "weiger elke aanmelding")


@dataclass(frozen=True)
class Faults(WireFaults):
    """Those of a partner that answers with one report."""

    reject_every: int = switch(0, "wijs elk n-de bericht af")
    reject_count: int = switch(0, "wijs de eerste n berichten af")
    reject_file: bool = switch(False, "keur het hele bestand af")


@dataclass(frozen=True)
class PhaseFaults(WireFaults):
    """Those of a partner that answers in phases."""

    transport_errors: int = switch(0, "meld de eerste n keren een transportfout (fase 0)")
    refuse_schema: bool = switch(False, "weiger bij de validatie (fase 1)")
    refuse_consistency: bool = switch(False, "weiger bij de consistentiecontrole (fase 2)")
    report_count: int = switch(0, "meld fouten op de eerste n inkomstenverhoudingen (fase 2, klasse W)")
    compare_count: int = switch(0, "meld later verschillen op de eerste n inkomstenverhoudingen (fase 3)")
    late_seconds: int = switch(0, "meld eerst 'in behandeling', en antwoord zoveel seconden later (fase 2)")
    answer_twice: bool = switch(False, "geef elk antwoord twee keer")
    wrong_answer: bool = switch(False, "geef onder de naam van fase 2 het antwoord op een ander bericht")
