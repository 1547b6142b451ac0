"""Months of the simulated polisadministratie, compared by the engine one after the other, and its truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.compare.engine import compare
from exchanges.core.compare.snapshot import Compared, Snapshot
from exchanges.core.mapping.table import load_mapping
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.xml.archive import archive_schemas, read_archive
from exchanges.core.xml.readback import ParquetSink
from exchanges.ib_oib.comparison import INCOME
from exchanges.simulators.uwv_archive import QUESTIONS
from exchanges.simulators.uwv_polis import Answers, Truth
from exchanges.simulators.uwv_polis_book import FIRST, Item, Told

MESSAGE, VERSION = "UWVDossierInkomstenGSD", "v0200"
LEVELS = {level.name: level for level in INCOME.levels}
CLASSES = (
    "NIEUWE_INKOMSTENVERHOUDING", "INGETROKKEN_INKOMSTENVERHOUDING", "BEEINDIGDE_INKOMSTENVERHOUDING",
    "NIEUWE_LOONPERIODE", "GECORRIGEERDE_LOONPERIODE", "VERVALLEN_LOONPERIODE", FIRST,
)


def snapshot(month: Answers, folder: Path) -> Snapshot:
    """What was answered, by way of an archive and the reader of archives."""
    folder.mkdir(parents=True)
    mapping = load_mapping(MESSAGE, VERSION)
    sink = ParquetSink(folder / "gelezen", archive_schemas(mapping))
    if any(one.answer is not None for one in month.questions):
        archive = month.write(folder / "antwoorden.zip")
        found = read_archive(archive, Catalogue.load().version(MESSAGE, VERSION), mapping, sink, skip=QUESTIONS)
        assert found.whole is None and not found.refused, found
    sink.close()
    asked = folder / "vragen.parquet"
    names = [f"antwoord-{number:07d}.xml" for number, _ in enumerate(month.questions, 1)]
    pq.write_table(pa.table({"bsn": [one.bsn for one in month.questions], "_naam": names}), asked)
    return _tables(sink.paths, asked, folder)


def _tables(paths: dict[str, Path], asked: Path, folder: Path) -> Snapshot:
    out = {name: folder / f"{name}.parquet" for name in ("gevraagd", *LEVELS)}
    client = f"(SELECT *, row_number() OVER () - 1 AS _row FROM read_parquet('{paths['client']}'))"
    relation = f"(SELECT *, row_number() OVER () - 1 AS _row FROM read_parquet('{paths['ikv']}'))"

    def day(column: str) -> str:
        return f"CAST(strptime(CAST({column} AS VARCHAR), '%Y%m%d') AS DATE)"

    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT v.bsn, CASE WHEN c._row IS NULL OR (c.fwi AND NOT coalesce(c.gevonden, false))"
            " THEN 'niet_bevraagd' WHEN c.niets_gevonden THEN 'niets_gevonden' ELSE 'beantwoord' END AS antwoord,"
            f" {day('c.levering_begin')} AS venster_begin, {day('c.levering_eind')} AS venster_eind"
            f" FROM read_parquet('{asked}') v LEFT JOIN {client} c USING (_naam)) TO '{out['gevraagd']}'"
        )
        con.execute(
            f"CREATE VIEW ikv AS SELECT c.bsn, r.* FROM {relation} r JOIN {client} c ON c._row = r._parent"
        )
        con.execute(f"COPY (SELECT * EXCLUDE (_row, _parent, _root) FROM ikv) TO '{out['ikv']}'")
        for name in ("ikp", "iko"):
            con.execute(
                "COPY (SELECT r.bsn, r.loonheffingennummer, r.volgnummer, k.* EXCLUDE (_parent, _root)"
                f" FROM read_parquet('{paths[name]}') k JOIN ikv r ON r._row = k._parent) TO '{out[name]}'"
            )
    return Snapshot((out["gevraagd"],), {name: (out[name],) for name in LEVELS})


@dataclass
class Chain:
    """What a gemeente knows: the snapshot of last time and the ledger."""

    folder: Path
    known: Snapshot | None = None
    ledger: list[Path] = field(default_factory=list)
    count: int = 0

    def follow(self, month: Answers) -> Compared:
        self.count += 1
        current = snapshot(month, self.folder / f"maand-{self.count}")
        found = compare(self.known, current, INCOME, self.folder / f"werk-{self.count}", period=str(month.period),
                        key=bytes(32), ledger=list(self.ledger))
        self.known = found.following
        self.ledger.append(found.ledger)
        return found


def found_items(compared: Compared) -> dict[str, dict[Item, dict[str, Any]]]:
    """By class and item the row of the list."""
    out: dict[str, dict[Item, dict[str, Any]]] = {kind: {} for kind in CLASSES}
    for lists in (compared.items, compared.first):
        for name, path in lists.items():
            for row in pq.read_table(path).to_pylist():
                item = Item(name, tuple(row[f.name] for f in LEVELS[name].key))
                assert item not in out[row["klasse"]]
                out[row["klasse"]][item] = row
    return out


def hold(compared: Compared, truth: Truth) -> dict[str, tuple[float, float]]:
    """Precision and recall per class, of corrections per sort. Raises AssertionError where a line says something else
    of its item than was planted, or persons and balances are not as they were."""
    rows = found_items(compared)
    scores = {}
    for kind in CLASSES:
        for sort in ("BEDRAG", "KENMERK") if kind == "GECORRIGEERDE_LOONPERIODE" else (None,):
            planted = truth.of(kind, sort)
            found = {item: row for item, row in rows[kind].items() if sort in (None, row["correctie"])}
            scores[f"{kind} {sort or ''}".strip()] = score(set(found), set(planted))
            for item in set(found) & set(planted):
                _same(found[item], planted[item])
    assert compared.closed and pq.read_table(compared.findings)["severity"].to_pylist().count("error") == 0
    assert compared.people.not_asked == len(truth.not_asked) and compared.people.empty == len(truth.empty)
    assert _warned(compared) == {code: count for code, count in (
        ("VGL-VENSTER-KORTER", truth.shorter), ("VGL-VENSTER-EERDER", truth.earlier)) if count}
    return scores


def score(found: set[Any], planted: set[Any]) -> tuple[float, float]:
    """Precision and recall; of nothing, 1."""
    good = len(found & planted)
    return good / len(found) if found else 1.0, good / len(planted) if planted else 1.0


def _same(row: dict[str, Any], planted: Told) -> None:
    level = LEVELS[planted.item.level]
    before, after = planted.change.before or {}, planted.change.after or {}
    for column in level.columns:
        assert (row[column], row[f"{column}_oud"]) == (after.get(column), before.get(column)), (planted, row)
    for column in level.measured:
        assert row[f"{column}_verschil"] == planted.difference(column)
    assert row["met_ouder"] == planted.with_relation, (planted, row)
    if planted.change.movement == "anders":
        assert set(row["gewijzigd"].split(",")) == {c for c in level.columns if before.get(c) != after.get(c)}


def _warned(compared: Compared) -> dict[str, int]:
    rows = pq.read_table(compared.findings).filter(pa.compute.field("severity") == "warning").to_pylist()
    return {row["code"]: int(row["text"].split()[1]) for row in rows}


PERFECT = (1.0, 1.0)


def imperfect(scores: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    return {name: one for name, one in scores.items() if one != PERFECT}


def explain(compared: Compared, truth: Truth) -> Sequence[str]:
    """For who mends: what was found and not planted, and the other way round."""
    rows = {(kind, item) for kind, items in found_items(compared).items() for item in items}
    planted = {(one.kind, one.item) for one in truth.told}
    return [f"te veel: {one}" for one in sorted(rows - planted, key=str)] + [
        f"gemist: {one}" for one in sorted(planted - rows, key=str)]
