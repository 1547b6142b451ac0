"""Is this file about our people? When nothing was sent of many persons in it, somebody else's file may have come here
(ib-signalen 13, SEC-24)."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow.parquet as pq

from exchanges.core.findings import finding
from exchanges.core.incident import STRANGERS
from exchanges.core.mapping.table import load_mapping
from exchanges.core.receive.earlier import FILE
from exchanges.core.receive.sent import add_sent
from exchanges.core.reports.dutch import count, number
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.sql import parquet, session
from exchanges.core.steps.context import Context
from exchanges.core.where.columns import person_columns

PARAMETER = "onbekend_perc"
PERCENT = 5
FEWEST = 5  # persons; in a small file one more or less is many percent


@dataclass(frozen=True)
class Strangers:
    """``unknown`` of the ``persons`` in the file were in nothing that was sent; more than ``most`` is too many."""

    persons: int
    unknown: int
    most: int

    @property
    def too_many(self) -> bool:
        return self.unknown > self.most


def strangers(context: Context) -> Strangers | None:
    """None where it cannot be told: the exchange is about nothing that was sent, or nothing was sent yet."""
    about = [one for one in context.intake.about if one.schema == "gestuurd"]
    if not about:
        return None
    read = context.files("read", "gelezen")
    people = " UNION ".join(
        f"SELECT {name} AS bsn FROM {parquet(read[table])}" for table in context.intake.counted
        for name in person_columns(pq.read_schema(read[table]), context.intake.person)
    )  # fmt: skip
    with session(context.work, context.settings.memory_mb, rows=0) as con:
        if "gestuurd" not in add_sent(con, context) or not people:
            return None
        sent = " UNION ".join(f"SELECT {key}::VARCHAR AS bsn FROM gestuurd.{table}"
                              for table, key in (_record(context, one.message) for one in about))  # fmt: skip
        row = con.execute(
            "SELECT count(*), count(*) FILTER (g.bsn IS NULL)"
            f" FROM (SELECT bsn FROM ({people}) WHERE bsn IS NOT NULL) p LEFT JOIN ({sent}) g USING (bsn)"
        ).fetchone()
    assert row is not None
    allowed = int(str(context.parameters.get(PARAMETER, PERCENT)))
    return Strangers(row[0], row[1], max(row[0] * allowed // 100, FEWEST - 1))


def refuse(context: Context, found: Strangers) -> tuple[dict[str, object], str]:
    """The finding and the sentence that stops the delivery; the file is kept in quarantine."""
    text = (
        f"Van {number(found.unknown)} van {count(found.persons, 'persoon', 'personen')} in het bestand is niets"
        " aangeleverd. Het kan een bestand van een ander zijn: een mogelijk datalek."
    )
    name = str(context.done("collect").details["file_name"])
    context.store.quarantine(context.delivery.gemeente, context.file("collect", FILE), text, name)
    action = "Meld dit bij de functionaris gegevensbescherming, en vraag de partner van wie het bestand is."
    return finding(STRANGERS, "blocker", text, action=action, source="ib-signalen 13, SEC-24"), text


def _record(context: Context, message: str) -> tuple[str, str]:
    entry = Catalogue.load().entry(message, context.delivery.period)
    mapping = load_mapping(entry.message, entry.version)
    return mapping.record, mapping.tables[mapping.record].key[0]
