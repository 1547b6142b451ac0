"""What an addition is for: the records that were refused in the delivery it corrects and are not in force since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.bsn import pseudonyms
from exchanges.core.findings import same_findings
from exchanges.core.ledger.corrections import CorrectionRow
from exchanges.core.sql import parquet, session
from exchanges.core.supersede.family import flow_of_delivery, mapping_for, members, parts
from exchanges.core.supersede.fates import IN_FORCE, REFUSED, settle
from exchanges.core.supersede.narrow import HELD, RECORDS

if TYPE_CHECKING:
    import duckdb

    from exchanges.core.steps.context import Context

ARTEFACT = "aanvulling/record"
PARTNER, OWN, HOLDS = "partner", "eigen", "geldt"
GONE_CODE = "COR-WEG"
NOTHING_TO_ADD = "Er is niets aan te vullen: geen van de records waar de aanvulling voor is, zit in de selectie."
_KINDS = pa.schema([("sleutel", pa.string()), ("soort", pa.string()), ("door", pa.string())])


def addition(context: Context) -> CorrectionRow | None:
    """The correction this delivery is, when it is an addition."""
    known = context.correction
    return known if known is not None and known.kind == "aanvulling" else None


def wanted(context: Context, correction: CorrectionRow) -> Path:
    """A Parquet file ``sleutel``, ``soort``, ``door``: what the partner refused of the delivery that is corrected, what
    our own checks refused (``door`` which delivery said so last), and, for all that is not there, what is in force."""
    ledger, store, delivery = context.ledger, context.store, context.delivery
    family = members(ledger, context.exchange, delivery.gemeente, delivery.period, before=delivery.sequence,
                     method=delivery.method)  # fmt: skip
    made = parts(ledger, store, family)
    places = [one.delivery for one in made]
    own = _own_refused(context, correction.corrects)
    path = context.work / "aanvulling.parquet"
    with session(context.work, context.settings.memory_mb, rows=sum(pq.read_metadata(p.records).num_rows for p in made)
                 ) as con:  # fmt: skip
        settle(con, made)
        con.register("eigen", pa.table({"sleutel": own}))
        con.register("levering", pa.table({"nr": pa.array(range(len(places)), pa.int32()), "id": places}))
        place = places.index(correction.corrects)
        con.execute(
            f"CREATE TABLE kandidaat AS SELECT sleutel, bool_or(partner) AS partner FROM ("
            f"SELECT persoon AS sleutel, true AS partner FROM lot WHERE nr = {place} AND geweigerd"
            f" UNION ALL SELECT sleutel, false FROM eigen) GROUP BY sleutel"
        )
        # A record may have been refused again since, by another addition: that one says how it was then.
        con.execute(
            f"COPY (SELECT k.sleutel, CASE WHEN k.partner OR s.door IS NOT NULL THEN '{PARTNER}' ELSE '{OWN}' END"
            " AS soort, s.door FROM kandidaat k LEFT JOIN (SELECT DISTINCT l.persoon, n.id AS door FROM lot l JOIN"
            f" levering n ON n.nr = l.door WHERE l.stand = '{REFUSED}') s ON s.persoon = k.sleutel"
            f" WHERE k.sleutel NOT IN (SELECT persoon FROM lot WHERE stand = '{IN_FORCE}') UNION ALL"
            f" SELECT DISTINCT persoon, '{HOLDS}', NULL FROM lot WHERE stand = '{IN_FORCE}' AND"
            f" {str(correction.scope == 'ontbrekend').lower()} ORDER BY ALL)"
            f" TO '{path}' (FORMAT parquet, COMPRESSION lz4_raw)"
        )
    return path


def add_wanted(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """``correctie.record`` and ``correctie.geldt``, for the selection of an addition."""
    con.execute(f"CREATE VIEW {RECORDS} AS SELECT sleutel FROM {parquet(path)} WHERE soort <> '{HOLDS}'")
    con.execute(f"CREATE VIEW {HELD} AS SELECT sleutel FROM {parquet(path)} WHERE soort = '{HOLDS}'")


def refused_records(path: Path) -> pa.Table:
    """Those that were refused, of what :func:`wanted` wrote."""
    table = pq.read_table(path).cast(_KINDS)
    return table.filter(pc.not_equal(table["soort"], HOLDS))


def not_selected(context: Context, path: Path, record: Path) -> pa.Table:
    """Findings: records that were refused and are no longer in the selection; this delivery does not repair them."""
    keys = refused_records(path)["sleutel"].combine_chunks()
    selected = pq.read_table(record, columns=[context.record_key])[0].cast(pa.string()).combine_chunks()
    gone = keys.filter(pc.invert(pc.is_in(keys, value_set=selected)))
    correction = addition(context)
    assert correction is not None
    text = f"Het record is afgewezen in levering {correction.corrects} en zit niet meer in de selectie."
    action = "Ga na of dat klopt (sluis why); hoort het er niet meer in, dan is er niets te herstellen."
    table = context.mapping.record
    names = pseudonyms(gone, context.settings.pseudonymise_with())
    return same_findings(GONE_CODE, "warning", text, names, table=table, action=action, source="aanvulling")


def _own_refused(context: Context, id: str) -> pa.Array:
    """The keys (text) of the records that our own checks kept out of that delivery."""
    delivery = context.ledger.delivery(id)
    mapping = mapping_for(flow_of_delivery(context.exchange, delivery), delivery)
    steps = context.ledger.progress(id)[1]

    def path(step: str, name: str) -> Path:
        return context.store.local(delivery.gemeente, steps[step].artefacts[name].sha256)

    rows = pq.read_table(path("map", "verworpen"))["row"]
    keys = pq.read_table(path("select", f"selectie/{mapping.record}"), columns=[mapping.tables[mapping.record].key[0]])
    own: pa.Array = keys[0].take(rows).cast(pa.string()).combine_chunks().drop_null().unique()
    return own
