"""Why a delivery needs approval, or why not, against the one that left before it. Pure: no ledger, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from exchanges.core.approve.basis import Basis
from exchanges.core.reports.dutch import number, percentage, quantity

DEFAULT_LIMIT = Decimal(10)  # percent of the delivery before (SEC-19)


@dataclass(frozen=True)
class Reason:
    """``text`` is a whole Dutch sentence with the numbers in it."""

    code: str
    text: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Measure:
    """A number that is compared: the records, a control total, the rows of a table. ``unit`` as in a declaration."""

    name: str
    title: str
    value: int
    unit: str = "aantal"

    @property
    def text(self) -> str:
        told = quantity(self.value, self.unit)
        return f"€ {told}" if self.unit in ("cent", "euro") else told


@dataclass(frozen=True)
class Facts:
    """One delivery as it is compared. ``basis`` is None where it is not known on what the delivery rested."""

    delivery: str
    basis: Basis | None
    measures: tuple[Measure, ...]


@dataclass
class Weighed:
    """``required``: why somebody else must agree. ``passed``: what was looked at and gives no cause."""

    required: list[Reason] = field(default_factory=list)
    passed: list[Reason] = field(default_factory=list)

    def put(self, code: str, needed: bool, text: str) -> None:
        (self.required if needed else self.passed).append(Reason(code, text))


def weigh(now: Facts, before: Facts | None, limit: Decimal, demanded: Mapping[str, str] | None = None) -> Weighed:
    """``before`` is the last delivery that left, None when there is none; ``limit`` in percent of its numbers;
    ``demanded`` what asks for approval whatever the numbers say, text by code."""
    found = Weighed()
    for code, text in sorted((demanded or {}).items()):
        found.put(code, True, text)
    if before is None:
        found.put("AKK-EERSTE", True, "Dit is de eerste levering: er is nog niets verzonden om mee te vergelijken.")
        return found
    found.put("AKK-EERSTE", False, f"Geen eerste levering: vergeleken met {before.delivery}.")
    _compare_basis(found, now.basis, before.basis)
    _compare_numbers(found, now, before, limit)
    return found


def _compare_basis(found: Weighed, now: Basis | None, before: Basis | None) -> None:
    if now is None or before is None:
        found.put("AKK-SELECTIE", True, "Van de vorige levering is niet vastgelegd volgens welke selectie, parameters,"
                                        " schema en mapping zij is gemaakt.")
        return
    changed = now.selection != before.selection
    found.put("AKK-SELECTIE", changed, "De selectie of een regel is gewijzigd sinds de vorige levering." if changed
              else "De selectie en de regels zijn die van de vorige levering.")
    told = list(_parameters(now, before))
    found.put("AKK-PARAMETERS", bool(told), f"Gewijzigde parameters: {'; '.join(told)}." if told
              else "De parameters zijn die van de vorige levering.")
    for code, what, versions, digests in (
        ("AKK-SCHEMA", "schema", (now.schema_version, before.schema_version), (now.schema, before.schema)),
        ("AKK-MAPPING", "mapping", (now.mapping_version, before.mapping_version), (now.mapping, before.mapping)),
    ):
        if versions[0] != versions[1]:
            found.put(code, True, f"Andere versie van {what}: {versions[0]}, was {versions[1]}.")
        elif digests[0] != digests[1]:
            found.put(code, True, f"De inhoud van {what} {versions[0]} is gewijzigd sinds de vorige levering.")
        else:
            found.put(code, False, f"Zelfde {what}: {versions[0]}.")


def _parameters(now: Basis, before: Basis) -> Iterator[str]:
    for name in sorted({*now.parameters, *before.parameters}):
        new, old = now.parameters.get(name), before.parameters.get(name)
        if new != old:
            yield f"{name} is {new or 'vervallen'}, was {old or 'er niet'}"
    if now.local != before.local:
        yield "gegevens van de gemeente voor deze uitwisseling"


def _compare_numbers(found: Weighed, now: Facts, before: Facts, limit: Decimal) -> None:
    """Beyond the limit is more than it: exactly ten percent passes."""
    bound = percentage(hundredths(limit))
    old = {one.name: one for one in before.measures}
    kept = {one.name for one in now.measures}
    gone = [Measure(one.name, one.title, 0, one.unit) for one in before.measures if one.name not in kept]
    for measure in (*now.measures, *gone):
        was = old.get(measure.name) or Measure(measure.name, measure.title, 0, measure.unit)
        beyond = abs(measure.value - was.value) * 100 > limit * abs(was.value)
        # What one of both did not count, such as a total that a newer version adds, was not nothing there.
        if measure.name not in old:
            said = f"{measure.text}, de vorige keer niet geteld"
        elif measure.name not in kept:
            said = f"nu niet geteld, was {was.text}"
        else:
            said = f"{measure.text}, was {was.text} ({change(measure.value, was.value)})"
        text = f"{measure.title}: {said}"
        found.put(_code(measure.name), beyond, f"{text}; meer dan {bound} verschil." if beyond else f"{text}.")


def change(now: int, before: int) -> str:
    """``+12,50 %``, ``−3,00 %``; where there was nothing: how much came."""
    if now == before:
        return "gelijk"
    if before == 0:
        return f"+{number(now)}" if now > 0 else number(now)
    share = hundredths(Decimal(now - before) * 100 / abs(before))
    return f"{'+' if share > 0 else ''}{percentage(share)}"


def hundredths(percent: Decimal) -> int:
    """Of a percent, rounded: for who reads it. What is beyond is decided on the number itself."""
    return int((percent * 100).to_integral_value(ROUND_HALF_EVEN))


def _code(name: str) -> str:
    kind = name.partition("/")[0]
    return {"records": "AKK-AANTAL", "totaal": "AKK-TOTAAL"}.get(kind, "AKK-TABEL")


def measures_of(records: int, words: tuple[str, str], details: Mapping[str, Any], tables: Mapping[str, tuple[str, int]]
                ) -> tuple[Measure, ...]:
    """``details`` are those of the reconciliation; ``tables`` titles and rows by table, the record table left out."""
    totals = [Measure(f"totaal/{one['id']}", f"Controletotaal {one['title']}", int(one["file"]), one["unit"])
              for one in details.get("totals", []) if one["file"] is not None]
    rows = [Measure(f"tabel/{name}", f"Regels {title}", value) for name, (title, value) in sorted(tables.items())]
    return Measure("records", f"Aantal {words[1]}", records), *totals, *rows

