"""Signals to be handled by people, and the append-only events of their handling."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "signal",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("exchange", sa.String(60), nullable=False),
        sa.Column("gemeente", sa.String(4), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("restricted", sa.Boolean, nullable=False),
        sa.Column("record", sa.String(22), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signal"),
        sa.UniqueConstraint("exchange", "gemeente", "number", name="uq_signal_exchange_gemeente_number"),
    )
    op.create_table(
        "signal_event",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("signal", _ID, nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(40)),
        sa.Column("decision", sa.Text),
        sa.Column("details", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signal_event"),
        sa.ForeignKeyConstraint(["signal"], ["signal.id"], name="fk_signal_event_signal"),
    )
    op.create_index("ix_signal_event_signal", "signal_event", ["signal"])
    _make_append_only()


def downgrade() -> None:
    op.drop_table("signal_event")
    op.drop_table("signal")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION signal_event_append_only()")


def _make_append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION signal_event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'signal_event is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER signal_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON signal_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION signal_event_append_only()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER signal_event_no_{action.lower()} BEFORE {action} ON signal_event "
            "BEGIN SELECT RAISE(ABORT, 'signal_event is append-only'); END"
        )
    # REPLACE deletes without firing delete triggers (unless recursive_triggers is on).
    op.execute(
        "CREATE TRIGGER signal_event_no_replace BEFORE INSERT ON signal_event "
        "WHEN EXISTS (SELECT 1 FROM signal_event WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'signal_event is append-only'); END"
    )
