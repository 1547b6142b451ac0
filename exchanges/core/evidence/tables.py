"""The tables held against the chain: of everything booked the newest event says what it was (docs/evidence.md).

Deliveries are taken some at a time, so that memory does not grow with the ledger; findings one step at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from exchanges.core.evidence.breach import Breach
from exchanges.core.evidence.loose import loose_breaches
from exchanges.core.ledger import booked
from exchanges.core.ledger.findings import findings_by_step
from exchanges.core.ledger.model import StepState
from exchanges.core.ledger.tables import artefact, balance, delivery, event, step
from exchanges.core.ledger.texts import columns_of
from exchanges.core.reports.dutch import number
from exchanges.core.store.privacy import without_bsn

_AT_ONCE = 100
_WORDS = {
    "levering": "de regel van de levering", "ontvangst": "het antwoord van de partner", "herstel": "de herstelregel",
    "correctie": "de correctieregel", "stap": "de details", "einde": "het einde", "balansen": "de balans",
    "artefacten": "de lijst van bestanden", "bevindingen": "de bevindingen",
}
_PLURAL = ("stap", "bevindingen")
_Key = tuple[str, Any]
_Parts = Mapping[str, str]


class Said(NamedTuple):
    """The newest event about one thing."""

    place: int
    action: str
    parts: _Parts


def table_breaches(connection: sa.Connection) -> Iterator[Breach]:
    """What differs from the chain, by delivery. The chain itself must have been found whole."""
    ids = sa.union(
        sa.select(delivery.c.id.label("id")), sa.select(step.c.delivery),
        sa.select(event.c.delivery).where(event.c.delivery.is_not(None)).distinct(),
    ).order_by(sa.text("1"))
    for some in connection.execute(ids.execution_options(yield_per=_AT_ONCE)).scalars().partitions(_AT_ONCE):
        said, now = _said(connection, some), _now(connection, some)
        for id in some:
            yield from _of_delivery(id, said[id], now[id])
    yield from loose_breaches(connection)


def _of_delivery(id: str, said: dict[_Key, Said], now: dict[_Key, _Parts]) -> Iterator[Breach]:
    for key in said.keys() - now.keys():
        yield _breach(id, key, _whole(key[0]), "ontbreekt", said[key])
    for key, parts in now.items():
        if key not in said:
            if parts != _STARTED:
                yield _breach(id, key, _whole(key[0]), "staat niet in de keten en is er dus buiten om bijgezet", None)
            continue
        for part, found in parts.items():
            if found != said[key].parts[part]:
                word = part if key[0] == booked.STEP else key[0]
                yield _breach(id, key, word, "zijn veranderd" if word in _PLURAL else "is veranderd", said[key])


def _whole(kind: str) -> str:
    return "einde" if kind == booked.STEP else kind


def _breach(id: str, key: _Key, word: str, what: str, said: Said | None) -> Breach:
    where = f"levering {id}, stap {key[1]}" if key[0] == booked.STEP else f"levering {id}"
    knows = "" if said is None else f"; plaats {number(said.place)} van de keten ({said.action}) zegt iets anders"
    sentence = without_bsn(f"{where[:1].upper()}{where[1:]}: {_WORDS[word]} {what}{knows}.")
    return Breach("regel", sentence, said and said.place, id, said and said.action)


def _said(connection: sa.Connection, ids: Any) -> dict[str, dict[_Key, Said]]:
    found: dict[str, dict[_Key, Said]] = defaultdict(dict)
    query = sa.select(event.c.place, event.c.delivery, event.c.action, event.c.booked).where(
        event.c.delivery.in_(ids), event.c.booked.is_not(None)
    )
    for place, id, action, said in connection.execute(query.order_by(event.c.place)).all():
        found[id][said["soort"], said["sleutel"]] = Said(place, action, said["delen"])
    return found


# A step that was started and never ended: nothing is booked of it.
_STARTED: _Parts = {}


def _now(connection: sa.Connection, ids: Any) -> dict[str, dict[_Key, _Parts]]:
    found: dict[str, dict[_Key, _Parts]] = defaultdict(dict)
    for kind, (table, owner, _, columns) in booked.ROWS.items():
        query = sa.select(table.c[owner].label("owner"), *columns_of(table, columns))
        for row in connection.execute(query.where(table.c[owner].in_(ids))).mappings().all():
            said = booked.row(kind, dict(row))
            found[row["owner"]][kind, said["sleutel"]] = said["delen"]
    lines = _by_step(connection, balance, booked.BALANCE, ids)
    files = _by_step(connection, artefact, booked.ARTEFACT, ids)
    findings = findings_by_step(connection, ids)
    for of, [values] in _by_step(connection, step, booked.STEP_COLUMNS, ids).items():
        _, _, attempt, state, _, finished = values
        running = state == StepState.running and finished is None
        untouched = running and attempt == 1 and not (of in lines or of in files or of in findings)
        parts = booked.step(of[1], values, lines.get(of, ()), files.get(of, ()), findings.get(of, booked.NO_FINDINGS))
        if running:
            del parts["delen"]["einde"]
        found[of[0]][booked.STEP, of[1]] = _STARTED if untouched else parts["delen"]
    return found


def _by_step(connection: sa.Connection, table: sa.Table, columns: tuple[str, ...],
             ids: Any) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    found: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    query = sa.select(table.c.delivery, table.c.step, *columns_of(table, columns)).where(table.c.delivery.in_(ids))
    for row in connection.execute(query).all():
        found[row[0], row[1]].append(row[2:])
    return found
