"""A record that the partner refused and that is as it was then, is not repaired: it stays refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.bsn import pseudonyms
from exchanges.core.findings import FINDINGS, finding, findings_table
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.sql import parquet, session
from exchanges.core.supersede.adding import ARTEFACT, PARTNER, addition, refused_records

if TYPE_CHECKING:
    import duckdb

    from exchanges.core.steps.context import Context

CODE = "COR-GELIJK"
_PREFIX = "selectie/"


def unchanged(context: Context, tables: Mapping[str, Path]) -> tuple[np.ndarray, pa.Table]:
    """(rows of the record table in ``tables``, the selection; findings) of what an addition may not take along because
    nothing was repaired. Nothing when the cause was at the partner and the addition says so."""
    none = np.array([], np.int64), FINDINGS.empty_table()
    correction = addition(context)
    if correction is None or correction.unchanged:
        return none
    refused = refused_records(context.file("select", ARTEFACT))
    asked = refused.filter(pc.and_(pc.equal(refused["soort"], PARTNER), pc.is_valid(refused["door"])))
    mapping, same = context.mapping, []
    with session(context.work, context.settings.memory_mb, rows=asked.num_rows) as con:
        con.execute("CREATE TABLE nu (sleutel VARCHAR, inhoud VARCHAR); CREATE TABLE toen (sleutel VARCHAR,"
                    " inhoud VARCHAR)")  # fmt: skip
        for by in asked["door"].unique().to_pylist():
            con.register("gevraagd", asked.filter(pc.equal(asked["door"], by)).select(["sleutel"]))
            con.execute("TRUNCATE nu; TRUNCATE toen")
            _describe(con, "nu", mapping, tables)
            _describe(con, "toen", mapping, _selected(context, by))
            found = con.execute("SELECT n.sleutel FROM nu n JOIN toen t USING (sleutel, inhoud)").to_arrow_table()
            same.append(found["sleutel"].combine_chunks().cast(pa.string()))
            con.unregister("gevraagd")
    keys = pa.concat_arrays([pa.array([], pa.string()), *same])
    own = pq.read_table(tables[mapping.record], columns=[context.record_key])[0].cast(pa.string()).combine_chunks()
    rows = np.flatnonzero(pc.is_in(own, value_set=keys).to_numpy(zero_copy_only=False))
    text = "De partner wees dit record af, en het is sindsdien niet gewijzigd."
    action = "Herstel het in de administratie; lag de oorzaak bij de partner, geef dan sluis correct add --unchanged."
    names = pseudonyms(own.take(pa.array(rows)), context.settings.pseudonymise_with()).to_pylist()
    return rows, findings_table(
        [
            finding(CODE, "error", text, table=mapping.record, record=name, action=action, source="aanvulling")
            for name in names
        ]
    )


def _selected(context: Context, id: str) -> dict[str, Path]:
    """What that delivery had selected. Empty when it has been destroyed: then everything counts as changed."""
    row = context.ledger.step_result(id, "select")
    return {
        name.removeprefix(_PREFIX): context.store.local(context.delivery.gemeente, artefact.sha256)
        for name, artefact in (row.artefacts if row else {}).items()
        if name.startswith(_PREFIX)
    }


def _describe(con: duckdb.DuckDBPyConnection, into: str, mapping: MessageMapping, tables: Mapping[str, Path]) -> None:
    """Fill ``into`` with one text per record in ``gevraagd``: all its rows in all tables, without technical columns,
    and under which row of the table above they hang."""
    if mapping.record not in tables:
        return
    head = parquet(tables[mapping.record], "_row")
    key = mapping.tables[mapping.record].key[0]
    chosen = f"(SELECT {key}::VARCHAR AS sleutel, _row AS _root FROM {head} SEMI JOIN gevraagd g ON g.sleutel = {key})"
    selects = []
    for number, name in enumerate(one for one in mapping.record_tables if one in tables):
        names = pq.read_schema(tables[name]).names
        packed = ", ".join(f"{column} := {column}" for column in names if not column.startswith("_"))
        root = "_row" if name == mapping.record else "_root"
        up = "_parent" if "_parent" in names else "0"
        selects.append(
            f"SELECT h.sleutel, h._root, {number} AS tabel, c._row,"
            " dense_rank() OVER (PARTITION BY h._root ORDER BY c.op) AS boven, c.alles::VARCHAR AS inhoud"
            f" FROM {chosen} h JOIN (SELECT _row, {root} AS wortel, {up} AS op, struct_pack({packed}) AS alles"
            f" FROM {parquet(tables[name], '_row')}) c ON c.wortel = h._root"
        )
    con.execute(
        f"INSERT INTO {into} SELECT sleutel, string_agg(concat_ws(chr(31), tabel, boven, inhoud), chr(30)"
        f" ORDER BY tabel, _root, _row) FROM ({' UNION ALL '.join(selects)}) GROUP BY sleutel"
    )

