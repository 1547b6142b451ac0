"""select: freeze the source, choose the rows, account for every one that is left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.approve.basis import Basis
from exchanges.core.bsn import pseudonyms
from exchanges.core.errors import SourceError
from exchanges.core.findings import FINDINGS, finding, findings_table
from exchanges.core.select import Selected, listed_tables, texts
from exchanges.core.select import select as select_rows
from exchanges.core.source import Snapshot
from exchanges.core.sql import add_sources, session
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.measured import measured
from exchanges.core.steps.received import add_received
from exchanges.core.supersede.adding import (
    ARTEFACT,
    NOTHING_TO_ADD,
    add_wanted,
    addition,
    not_selected,
    wanted,
)

PARQUET = "application/vnd.apache.parquet"


def select(context: Context) -> Result:
    """Artefacts ``bron/<table>`` (the frozen source), ``selectie/<table>`` and ``spoor/<table>`` (why a row stayed).

    Raises SourceError when the source cannot be read as declared or is empty.
    """
    selection = context.flow.selection
    try:
        snapshot = context.source().snapshot(selection.sources, selection.optional_sources, context.work / "bron")
    except SourceError as error:
        if error.original is not None:
            keep_original(context, error.original, str(error))
        raise
    population = snapshot.tables[selection.population]
    if population.rows == 0 and not context.flow.may_be_empty:
        keep_original(context, Path(population.origin), "lege tabel")
        raise SourceError(
            f"Bron van gemeente {context.delivery.gemeente}: tabel {selection.population} is leeg. "
            "Controleer de aanlevering; er is niets verzonden."
        )
    # The balance is held against the files themselves, counted by another library than the selection.
    rows = {name: pq.read_metadata(table.path).num_rows for name, table in snapshot.tables.items()}
    for name, table in snapshot.tables.items():
        if rows[name] != table.rows:
            raise SourceError(
                f"Bron van gemeente {context.delivery.gemeente}: tabel {name} had {table.rows} rijen bij het lezen en "
                f"{rows[name]} daarna. Er is niets verzonden; lees de bron opnieuw."
            )
    out = context.work / "selectie"
    out.mkdir()
    known = measured(context)
    adds = addition(context)
    wanted_records = wanted(context, adds) if adds is not None else None
    with (
        _damage_told(context, snapshot),
        session(context.work, context.settings.memory_mb, rows=population.rows) as con,
    ):
        add_sources(con, {name: table.path for name, table in snapshot.tables.items()}, *texts(selection))
        add_received(con, context)
        if wanted_records is not None:
            add_wanted(con, wanted_records)
        selected = select_rows(con, selection, context.parameters, rows, out)
        moment = con.execute(
            "SELECT strftime(max(m), '%Y%m%dT%H%M%S') FROM ("
            + " UNION ALL ".join(f"SELECT max({selection.changed}) AS m FROM bron.{name}" for name in selection.sources)
            + ")"
        ).fetchone()
    findings = pa.concat_tables([snapshot.findings, _doubled(context, selected)])
    blocked, nothing = _unreadable(context, snapshot), ""
    record = selected.paths[context.mapping.record]
    if wanted_records is not None:
        findings = pa.concat_tables([findings, not_selected(context, wanted_records, record)])
        if selected.balances[0].out == 0:
            nothing = NOTHING_TO_ADD
    elif selected.balances[0].out == 0 and not context.flow.may_be_empty:
        empty = "De selectie is leeg: geen enkel record voldoet. Een lege levering zou alles bij de partner wissen."
        blocked = f"{blocked} {empty}".strip()
        findings = pa.concat_tables(
            [
                findings,
                findings_table(
                    [
                        finding(
                            "SEL-NUL", "blocker", empty, action="Controleer de bron en de periode.", source="levering"
                        )
                    ]
                ),
            ]
        )
    files = {f"bron/{name}": Made(table.path, PARQUET, table.rows) for name, table in snapshot.tables.items()}
    files |= {f"selectie/{name}": Made(path, PARQUET) for name, path in selected.paths.items()}
    files |= {f"spoor/{name}": Made(path, PARQUET) for name, path in selected.trace.items()}
    details = {
        "inputs": [table.told for table in snapshot.tables.values()],
        "excluded": [{"table": line.table, "code": line.code, "count": line.count} for line in selected.excluded],
        "selected": selected.sha256,
        "moment": moment[0] if moment else None,
        "received": known,
        "basis": asdict(Basis.of(context)),
    }
    if wanted_records is not None:
        files[ARTEFACT] = Made(wanted_records, PARQUET)
    return Result(selected.balances, files, details, findings, blocked, "" if blocked else nothing)


@contextmanager
def _damage_told(context: Context, snapshot: Snapshot) -> Iterator[None]:
    """What the engine cannot read may be a table that is damaged where nobody looked before: then SourceError."""
    import duckdb

    try:
        yield
    except duckdb.Error:
        for table in snapshot.tables.values():
            if not _whole(table.path):
                keep_original(context, Path(table.origin), "beschadigde tabel")
                raise SourceError(
                    f"Bron van gemeente {context.delivery.gemeente}: tabel {table.name} is beschadigd; "
                    "maak de uitvoer opnieuw. Er is niets verzonden."
                ) from None
        raise


def _whole(path: Path) -> bool:
    """Whether every value of a Parquet file can be read."""
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(use_threads=False):
                batch.validate(full=True)
    except (pa.ArrowException, OSError):
        return False
    return True


def _doubled(context: Context, selected: Selected) -> pa.Table:
    """Where more comes out than went in, the balance stops the delivery; here it is told of whom. What hangs below
    such a row comes twice with it."""
    tables = zip(listed_tables(context.flow.selection), selected.balances, strict=False)
    table = next((one for one, line in tables if line.out + line.excluded > line.into), None)
    if table is None:
        return FINDINGS.empty_table()
    rows = pq.read_table(selected.paths[table.name])
    counts = rows["_id"].value_counts()
    twice = pc.struct_field(counts, 0).filter(pc.greater(pc.struct_field(counts, 1), 1))
    first = pc.index_in(twice, value_set=rows["_id"].combine_chunks())
    known = table.name == context.mapping.record
    keys = rows[context.record_key].cast(pa.string()).take(first) if known else pa.nulls(len(first), pa.string())
    text = (
        f"Een rij van {table.origin} komt meer dan één keer uit de selectie: iets waar zij naar verwijst, zoals de "
        "persoon of het adres, staat dubbel in de bron."
    )
    action = "Haal de dubbele rij weg en begin opnieuw."
    return findings_table(
        [
            finding("SEL-DUBBEL", "blocker", text, table=table.origin, record=name, action=action, source="levering")
            for name in pseudonyms(keys, context.settings.pseudonymise_with()).to_pylist()
        ]
    )


def _unreadable(context: Context, snapshot: Snapshot) -> str:
    """A value that cannot be read cannot be left out either: what to say when there is one. The files go into
    quarantine."""
    wrong = snapshot.findings.filter(pc.equal(snapshot.findings["severity"], "blocker"))
    tables = wrong["table"].unique().drop_null().to_pylist()
    if not tables:
        return ""
    said = f"De bron heeft waarden die niet te lezen zijn, in {', '.join(tables)}. Er is niets verzonden."
    for name in tables:
        keep_original(context, Path(snapshot.tables[name].origin), said)
    return said


def keep_original(context: Context, path: Path, reason: str) -> None:
    """Quarantine a file of the source, if it is one."""
    if path.is_file():
        kept = context.store.quarantine(context.delivery.gemeente, path, reason)
        context.ledger.event(
            context.delivery.id, "ketensluis", "quarantine", kept.name, "bewaard", {"sha256": kept.sha256}
        )
