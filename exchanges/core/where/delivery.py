"""One delivery: in which tables the person is, which rule left rows out, and what became of the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from exchanges.core.declare import Exchange, Flow
from exchanges.core.intake import Intake
from exchanges.core.ledger import Delivery, DeliveryState
from exchanges.core.ledger.corrections import CorrectionRow
from exchanges.core.mapping.table import load_mapping
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.select import WITH_RECORD, WITH_RECORD_TEXT, rule_of
from exchanges.core.sql import parquet, session
from exchanges.core.supersede.narrow import CODE as ADDITION
from exchanges.core.supersede.narrow import left_out as not_added
from exchanges.core.supersede.since import Since
from exchanges.core.where.books import Gone, Part, Said
from exchanges.core.where.columns import Rows, values_at

# What people call the tables of a step, by how their names begin.
STAGES = {
    ("select", "bron/"): "in de bron",
    ("select", "selectie/"): "geselecteerd",
    ("check", "teruglezing/"): "in het bestand",
    ("read", "gelezen/"): "ontvangen",
    ("compare", "bron/"): "in de bron",
    ("compare", "nieuw/"): "nieuw",
    ("compare", "apart/"): "alleen geteld",
    ("compare", "stand/"): "in het beeld voor de volgende keer",
    ("compare", "grootboek/"): "eerder verteld",
}
_CLASSES = {
    "nieuw": "nieuw", "bekend": "al bekend", "botst": "apart gezet: zelfde nummer, andere inhoud",
    "afgewezen": "apart gezet door een regel", "buiten": "alleen geteld",
}  # fmt: skip
SENT, ACCEPTED, REFUSED, REJECTED, PUBLISHED = "verzonden", "geaccepteerd", "geweigerd", "afgewezen", "gepubliceerd"


@dataclass(frozen=True)
class Place:
    """How many rows of a table are about the person; ``stage`` is what people call it."""

    stage: str
    step: str
    table: str
    rows: int


@dataclass(frozen=True)
class LeftOut:
    """Rows of the source that a rule of the selection left out."""

    code: str
    table: str
    rows: int
    text: str


@dataclass
class Traced:
    """``outcome`` is what became of it, as far as the delivery has come; empty when the person is not in it.
    ``unreadable`` are tables that are missing from the store or were altered, in its own words. ``correction``: what it
    corrects, None for nothing. ``stand`` is its state in a word as it is today; ``since`` what became of the person in
    it after the partner took it, nothing when that stands."""

    delivery: Delivery
    stand: str = ""
    places: list[Place] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    findings: list[Said] = field(default_factory=list)
    outcome: list[str] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    correction: CorrectionRow | None = None
    since: list[Since] = field(default_factory=list)

    @property
    def found(self) -> bool:
        return bool(self.places or self.left_out or self.findings)


@dataclass(frozen=True)
class Asked:
    """What is looked for: ``key`` is the BSN. ``rows`` gives the row numbers of the person in the table with that hash,
    None when it has no column for one; ``path`` where it is."""

    key: str
    work: Path
    memory_mb: int
    rows: Callable[[str, str], Rows | None]
    path: Callable[[str], Path]


def trace(asked: Asked, exchange: Exchange, out: Traced, parts: Sequence[Part], done: set[str],
          *, restricted: bool) -> None:  # fmt: skip
    """Fills ``out``. Of criminal-justice data only when ``restricted``. Raises BusinessError for a table that is
    missing or altered."""
    flow = exchange.flows.get(out.delivery.method)
    person, hidden = "bsn", set[str]()
    if isinstance(flow, Intake):
        person, hidden = flow.person, set() if restricted else set(flow.apart)
    out.findings = [one for one in out.findings if one.table not in hidden]
    tables = {(part.step, part.role): part.sha256 for part in parts}
    hits: dict[tuple[str, str], Rows] = {}
    for part in parts:
        stage = next((name for (step, begin), name in STAGES.items()
                      if step == part.step and part.role.startswith(begin)), None)  # fmt: skip
        table = part.role.rpartition("/")[2]
        if stage is None or table in hidden:
            continue
        rows = asked.rows(part.sha256, person)
        if rows is not None and len(rows):
            hits[part.step, part.role] = rows
            out.places.append(Place(stage, part.step, table, len(rows)))
    if isinstance(flow, Flow):
        if any(step == "select" and role.startswith("bron/") for step, role in hits):
            out.left_out.extend(_left_out(asked, flow, out, tables))
        _sent(asked, flow, out, tables, hits, done)
    elif isinstance(flow, Intake):
        _received(asked, flow, out, tables, hits, done)


def _left_out(asked: Asked, flow: Flow, out: Traced, tables: Mapping[tuple[str, str], str]) -> list[LeftOut]:
    """Per rule the rows of the person that it left out; only the technical keys are read, and the key itself."""
    selection = flow.selection
    idents, persons = dict(selection.idents), dict(selection.persons)
    own = idents[selection.population]
    there = [name for name in dict.fromkeys((*selection.sources, *selection.optional_sources, *idents))
             if ("select", f"bron/{name}") in tables]  # fmt: skip
    key = _record_key(flow, out.delivery)
    found = []
    with session(asked.work, asked.memory_mb, rows=0) as con:
        for name in there:
            con.execute(f"CREATE VIEW bron.{name} AS FROM {parquet(asked.path(tables['select', f'bron/{name}']))}")
        mine = f"SELECT {own} AS id FROM bron.{selection.population} WHERE {key} = ?"
        con.execute(f"CREATE TABLE gevraagd (id) AS {selection.person or mine}", [asked.key])
        for table, ident in idents.items():
            trail = tables.get(("select", f"spoor/{table}"))
            if trail is None:
                continue
            whose: list[tuple[str, list[str]]] = []
            if own in con.table(f"bron.{table}").columns:
                whose.append((f"r.{own} IN (SELECT id FROM gevraagd)", []))
            if table in persons:
                whose.append((f"r.{ident} IN ({persons[table]})", [asked.key]))
            if not whose:
                continue
            rows = con.execute(
                f"SELECT s.code, count(*) FROM {parquet(asked.path(trail))} s WHERE s._id IN (SELECT r.{ident} FROM"
                f" bron.{table} r WHERE {' OR '.join(sql for sql, _ in whose)}) GROUP BY 1 ORDER BY 1",
                [value for _, values in whose for value in values],
            ).fetchall()
            found += [LeftOut(code, table, many, _rule_text(flow, code, out.correction)) for code, many in rows]
    return found


def _rule_text(flow: Flow, code: str, correction: CorrectionRow | None) -> str:
    if code == ADDITION and correction is not None:
        return not_added(correction)
    rule = rule_of(flow.selection, code)
    return rule.text if rule else WITH_RECORD_TEXT if code == WITH_RECORD else ""


def _record_key(flow: Flow, delivery: Delivery) -> str:
    entry = Catalogue.load().entry(flow.message.name, delivery.period)
    mapping = load_mapping(entry.message, entry.version)
    return mapping.tables[mapping.record].key[0]


def _sent(asked: Asked, flow: Flow, out: Traced, tables: Mapping[tuple[str, str], str],
          hits: Mapping[tuple[str, str], Rows], done: set[str]) -> None:  # fmt: skip
    chosen, refused = hits.get(("select", f"selectie/{_record(flow, out.delivery)}")), tables.get(("map", "verworpen"))
    if chosen is not None and refused is not None:
        gone = np.isin(chosen, values_at(asked.path(refused), "row", _all(asked.path(refused))).to_numpy()).sum()
        if gone:
            out.places.append(Place(REJECTED, "map", _record(flow, out.delivery), int(gone)))
            out.outcome.append(REJECTED)
    if not any(step == "check" for step, _ in hits):
        return
    if "deliver" not in done:
        return
    out.outcome.append(SENT)
    state = out.delivery.state
    told = any(one.step in ("receipt", "later") and one.severity == "error" for one in out.findings)
    if state is DeliveryState.rejected or (told and state is DeliveryState.partly_accepted):
        out.outcome.append(REFUSED)
    elif state in (DeliveryState.accepted, DeliveryState.partly_accepted):
        out.outcome.append(ACCEPTED)


def _record(flow: Flow, delivery: Delivery) -> str:
    entry = Catalogue.load().entry(flow.message.name, delivery.period)
    return load_mapping(entry.message, entry.version).record


def _all(path: Path) -> Rows:
    import pyarrow.parquet as pq

    return np.arange(pq.read_metadata(path).num_rows)


def _received(asked: Asked, flow: Intake, out: Traced, tables: Mapping[tuple[str, str], str],
              hits: Mapping[tuple[str, str], Rows], done: set[str]) -> None:  # fmt: skip
    """What each record of the person was: new, known, set apart; and whether people were told."""
    classes = tables.get(("compare", "klasse/merk"))
    if classes is not None:
        path = asked.path(classes)
        numbers = values_at(path, "rij", _all(path))
        for name in flow.records:
            rows, sha256 = hits.get(("read", f"gelezen/{name}")), tables.get(("read", f"gelezen/{name}"))
            if rows is None or sha256 is None:
                continue
            mine = values_at(asked.path(sha256), "rij", rows)
            found = values_at(path, "klasse", np.flatnonzero(pc.is_in(numbers, value_set=mine).to_numpy()))
            for one in found.value_counts().to_pylist():
                out.places.append(Place(_CLASSES[one["values"]], "compare", name, one["counts"]))
    told = any(step == "compare" and role.startswith("nieuw/") for step, role in hits)
    if told and "publish" in done:
        out.outcome.append(PUBLISHED)
