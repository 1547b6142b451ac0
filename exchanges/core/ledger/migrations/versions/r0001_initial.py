"""Deliveries, steps, balances, artefacts, findings, receipts and the append-only events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out and not shared with tables.py: a migration says what was true when it was made.
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(120), nullable=False),
        sa.Column("exchange", sa.String(60), nullable=False),
        sa.Column("gemeente", sa.String(4), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("method", sa.String(60), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("opened", _MOMENT, nullable=False),
        sa.Column("changed", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("exchange", "gemeente", "period", "sequence",
                            name="uq_delivery_exchange_gemeente_period_sequence"),
    )
    op.create_table(
        "step",
        sa.Column("delivery", sa.String(120), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("started", _MOMENT, nullable=False),
        sa.Column("finished", _MOMENT),
        sa.Column("details", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("delivery", "step", name="pk_step"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_step_delivery"),
    )
    op.create_table(
        "balance",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        *_step_columns("balance"),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("into", sa.BigInteger, nullable=False),
        sa.Column("out", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.BigInteger, nullable=False),
        sa.Column("excluded", sa.BigInteger, nullable=False),
        sa.Column("held", sa.BigInteger, nullable=False),
        sa.Column("duplicate", sa.BigInteger, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_balance"),
        sa.UniqueConstraint("delivery", "step", "measure", name="uq_balance_delivery_step_measure"),
    )
    op.create_table(
        "artefact",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        *_step_columns("artefact"),
        sa.Column("name", sa.Text, nullable=False),
        *_artefact_columns(),
        sa.Column("created", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_artefact"),
        sa.UniqueConstraint("delivery", "step", "name", name="uq_artefact_delivery_step_name"),
    )
    op.create_table(
        "finding",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        *_step_columns("finding"),
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
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
    )
    op.create_index("ix_finding_delivery_step", "finding", ["delivery", "step"])
    op.create_table(
        "receipt",
        sa.Column("delivery", sa.String(120), nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("accepted", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.BigInteger, nullable=False),
        *_artefact_columns(),
        sa.Column("details", _JSON, nullable=False),
        sa.Column("received", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("delivery", name="pk_receipt"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_receipt_delivery"),
    )
    op.create_table(
        "event",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("delivery", sa.String(120)),
        sa.Column("moment", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("details", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_event_delivery"),
    )
    op.create_index("ix_event_delivery", "event", ["delivery"])
    _make_append_only()


def downgrade() -> None:
    for table in ("event", "receipt", "finding", "artefact", "balance", "step", "delivery"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION event_append_only()")


def _step_columns(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("delivery", sa.String(120), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["delivery", "step"], ["step.delivery", "step.step"], name=f"fk_{table}_step"),
    ]


def _artefact_columns() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger),
    ]


def _make_append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'event is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
            "FOR EACH STATEMENT EXECUTE FUNCTION event_append_only()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_no_{action.lower()} BEFORE {action} ON event "
            "BEGIN SELECT RAISE(ABORT, 'event is append-only'); END"
        )
    # REPLACE deletes without firing delete triggers (unless recursive_triggers is on).
    op.execute(
        "CREATE TRIGGER event_no_replace BEFORE INSERT ON event "
        "WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'event is append-only'); END"
    )
