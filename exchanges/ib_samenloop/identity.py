"""What makes a signal the same signal: its number, its kind, the person and all of its content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.bsn import pseudonyms
from exchanges.core.ledger.signals import SIGNALS
from exchanges.ib_samenloop.judge import OPEN, RESTRICTED
from exchanges.ib_samenloop.kinds import kinds

# What differs when the same signal is published again, or in another form.
_OF_FILE = ("rij", "regel", "formaatversie", "publicatiedatum", "leveringsnummer")


def identities(tables: Mapping[str, Path], key: bytes) -> pa.Table:
    """One row per signal read, columns as SIGNALS. The fingerprint is a digest over the content with the pseudonym in
    place of the BSN: without ``key`` nobody can look for a person in it."""
    import duckdb

    common = pa.concat_tables(pq.read_table(tables[name]) for name in (OPEN, RESTRICTED))
    common = common.append_column("record", pseudonyms(common["bsn"], key)).drop_columns(["bsn"])
    parts = [SIGNALS.empty_table()]
    with duckdb.connect() as con:
        con.register("signalen", common)
        for kind in kinds().values():
            content = pq.read_table(tables[kind.table])
            if not content.num_rows:  # most kinds, in most months
                continue
            for name in (one.name for one in kind.content if one.type == "bsn"):
                content = content.set_column(content.schema.get_field_index(name), name, pseudonyms(content[name], key))
            con.register("inhoud", content)
            values = ", ".join([
                *(f"CAST(s.{name} AS VARCHAR)" for name in common.column_names if name not in _OF_FILE),
                *(f"CAST(i.{one.name} AS VARCHAR)" for one in kind.content),
            ])
            # JSON keeps apart what is missing and what is empty, and where one value ends.
            parts.append(con.execute(
                f"SELECT s.signaalnummer AS number, s.signaaltype AS kind, {kind.restricted} AS restricted, s.record,"
                f" sha256(CAST(to_json([{values}]) AS VARCHAR)) AS fingerprint"
                " FROM signalen s JOIN inhoud i ON i.rij = s.rij ORDER BY s.rij").to_arrow_table().cast(SIGNALS))
            con.unregister("inhoud")
    return pa.concat_tables(parts)
