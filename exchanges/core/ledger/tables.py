"""The tables, for queries. The migrations make them; a test keeps the two equal.

Only what is checked before it is written has a length: PostgreSQL enforces lengths and SQLite does not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """An aware moment in UTC: ``timestamptz`` on PostgreSQL, text on SQLite, which knows no time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment in the ledger needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows by itself only in a column declared INTEGER.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _of_step() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("delivery", sa.String(120), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["delivery", "step"], ["step.delivery", "step.step"]),
    ]


def _of_artefact() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger),
    ]


delivery = sa.Table(
    "delivery", metadata,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("exchange", sa.String(60), nullable=False),
    sa.Column("gemeente", sa.String(4), nullable=False),
    sa.Column("period", sa.String(7), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("method", sa.String(60), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("opened", Utc, nullable=False),
    sa.Column("changed", Utc, nullable=False),
    sa.UniqueConstraint("exchange", "gemeente", "period", "sequence"),
)

step = sa.Table(
    "step", metadata,
    sa.Column("delivery", sa.ForeignKey("delivery.id"), primary_key=True),
    sa.Column("step", sa.String(40), primary_key=True),
    sa.Column("ordinal", sa.Integer, nullable=False),  # order of first start; a re-run keeps its place
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("started", Utc, nullable=False),
    sa.Column("finished", Utc),
    sa.Column("details", Json, nullable=False),
)

# No check that a balance closes: one that does not is exactly what the report must show.
balance = sa.Table(
    "balance", metadata,
    sa.Column("id", BigId, primary_key=True),
    *_of_step(),
    sa.Column("measure", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    *(sa.Column(name, sa.BigInteger, nullable=False)
      for name in ("into", "out", "rejected", "excluded", "held", "duplicate")),
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.UniqueConstraint("delivery", "step", "measure"),
)

artefact = sa.Table(
    "artefact", metadata,
    sa.Column("id", BigId, primary_key=True),
    *_of_step(),
    sa.Column("name", sa.Text, nullable=False),
    *_of_artefact(),
    sa.Column("created", Utc, nullable=False),
    sa.UniqueConstraint("delivery", "step", "name"),
)

finding = sa.Table(
    "finding", metadata,
    sa.Column("id", BigId, primary_key=True),
    *_of_step(),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("severity", sa.Text),
    sa.Column("table", sa.Text),
    sa.Column("record", sa.Text),
    sa.Column("path", sa.Text),
    sa.Column("line", sa.BigInteger),
    sa.Column("text", sa.Text),
    sa.Column("action", sa.Text),
    sa.Column("source", sa.Text),
    sa.Index(None, "delivery", "step"),
)

receipt = sa.Table(
    "receipt", metadata,
    sa.Column("delivery", sa.ForeignKey("delivery.id"), primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("accepted", sa.BigInteger, nullable=False),
    sa.Column("rejected", sa.BigInteger, nullable=False),
    *_of_artefact(),
    sa.Column("details", Json, nullable=False),
    sa.Column("received", Utc, nullable=False),
)

# Append-only: triggers in the migration refuse UPDATE and DELETE. One chain: ``place`` counts from 1 without gaps,
# ``previous`` is the hash of the row before, ``hash`` that of this one (form.py). ``origin`` is machine, program, run;
# ``booked`` are digests of what was booked with it (booked.py).
event = sa.Table(
    "event", metadata,
    sa.Column("place", BigId, primary_key=True, autoincrement=False),
    sa.Column("delivery", sa.ForeignKey("delivery.id"), index=True),
    sa.Column("moment", Utc, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("details", Json, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("booked", Json),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)

# What a partner points out about a record, for people to handle. ``number`` is the partner's; ``record`` a pseudonym;
# ``fingerprint`` tells a repetition from the same number with other content.
signal = sa.Table(
    "signal", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("exchange", sa.String(60), nullable=False),
    sa.Column("gemeente", sa.String(4), nullable=False),
    sa.Column("number", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("restricted", sa.Boolean, nullable=False),
    sa.Column("record", sa.String(22), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("period", sa.String(7), nullable=False),
    sa.UniqueConstraint("exchange", "gemeente", "number"),
)

# Append-only, as event is. The last row with action "state" says where a signal is.
signal_event = sa.Table(
    "signal_event", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("signal", sa.ForeignKey("signal.id"), nullable=False, index=True),
    sa.Column("moment", Utc, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("state", sa.String(40), nullable=False),
    sa.Column("outcome", sa.String(40)),
    sa.Column("decision", sa.Text),
    sa.Column("details", Json, nullable=False),
)

# A delivery that feeds what another one (``repairs``) refused, once more. ``original`` is the file that was refused, as
# it lies in quarantine or with that delivery; ``sha256`` the file that is fed.
refeed = sa.Table(
    "refeed", metadata,
    sa.Column("delivery", sa.ForeignKey("delivery.id"), primary_key=True),
    sa.Column("repairs", sa.ForeignKey("delivery.id"), nullable=False, index=True),
    sa.Column("whole", sa.Boolean, nullable=False),
    sa.Column("original", sa.String(64), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("moment", Utc, nullable=False),
)

# A further delivery of a period that was delivered before (``delivery``), or one that is taken back by agreement with
# the partner: then there is no file, and a second person (``confirmed_by``) says that the agreement is there.
correction = sa.Table(
    "correction", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("corrects", sa.ForeignKey("delivery.id"), nullable=False, index=True),
    sa.Column("delivery", sa.ForeignKey("delivery.id"), unique=True),
    sa.Column("scope", sa.String(20), nullable=False),
    sa.Column("unchanged", sa.Boolean, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("moment", Utc, nullable=False),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("confirmed", Utc),
)

# Bytes whose term has passed: what they were and by which rule they went. ``gone`` is null until they are.
destroyed = sa.Table(
    "destroyed", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("gemeente", sa.String(4), nullable=False),
    sa.Column("delivery", sa.ForeignKey("delivery.id"), index=True),
    sa.Column("place", sa.String(20), nullable=False),
    sa.Column("step", sa.String(40), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    *_of_artefact(),
    sa.Column("data_class", sa.String(40), nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("decided", Utc, nullable=False),
    sa.Column("gone", Utc),
    sa.Column("report", sa.Text),
    sa.Index(None, "gemeente", "sha256"),
)
