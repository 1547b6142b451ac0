"""One chain of all events. Those that are there get their place by number, and are chained as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from exchanges.core.ledger.form import GENESIS, canonical, event_hash, in_order, moment_text, parts

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_BATCH = 10_000
_SAID = ("delivery", "moment", "actor", "action", "object", "result", "details")
_UNKNOWN = "onbekend"  # where these came from was not written down


def upgrade() -> None:
    _set_aside()
    op.create_table(
        "event",
        sa.Column("place", _ID, nullable=False, autoincrement=False),
        *_said(),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("booked", _JSON),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_event"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_event_delivery"),
    )
    new = _table("event", "place", "origin", "previous", "hash")
    place, previous, connection = 0, GENESIS, op.get_bind()
    for batch in _batches(_table("event_before", "id"), "id"):
        rows = []
        for old in batch:
            place += 1
            rows.append(_linked(old, place, previous))
            previous = rows[-1]["hash"]
        connection.execute(sa.insert(new), rows)
    _put_in_place("place")


def downgrade() -> None:
    _set_aside()
    op.create_table(
        "event",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        *_said(),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_event_delivery"),
    )
    names = ", ".join(f'"{name}"' for name in _SAID)
    op.execute(f"INSERT INTO event (id, {names}) SELECT place, {names} FROM event_before ORDER BY place")
    if _postgresql():
        op.execute("SELECT setval(pg_get_serial_sequence('event', 'id'), (SELECT max(id) FROM event))")
    _put_in_place("id")


def _linked(old: dict[str, Any], place: int, previous: str) -> dict[str, Any]:
    moment: datetime = old["moment"]
    details = in_order(old["details"])
    head, tail = parts(
        place=place, previous=previous, delivery=old["delivery"], origin=_UNKNOWN, actor=old["actor"],
        # SQLite keeps UTC without saying so.
        moment=moment_text(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment),
        action=old["action"], object=old["object"], result=old["result"], details=canonical(details), booked="null",
    )
    said = {name: old[name] for name in _SAID}
    return {**said, "details": details, "place": place, "origin": _UNKNOWN, "previous": previous,
            "hash": event_hash(head, tail)}


def _batches(table: sa.TableClause, number: str) -> Any:
    connection, last = op.get_bind(), -1
    while rows := connection.execute(
        sa.select(table).where(table.c[number] > last).order_by(table.c[number]).limit(_BATCH)
    ).mappings().all():
        yield [dict(row) for row in rows]
        last = rows[-1][number]


def _table(name: str, *more: str) -> sa.TableClause:
    kinds: dict[str, Any] = {"moment": _MOMENT, "details": _JSON}
    return sa.table(name, *(sa.column(one, kinds.get(one)) for one in (*more, *_SAID)))


def _said() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("delivery", sa.String(120)),
        sa.Column("moment", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("details", _JSON, nullable=False),
    ]


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _set_aside() -> None:
    """The table that is there becomes event_before, and leaves the names of its parts to the new one."""
    op.drop_index("ix_event_delivery", "event")
    if _postgresql():
        op.drop_constraint("fk_event_delivery", "event")
        op.drop_constraint("pk_event", "event")
    else:
        for action in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER event_no_{action}")
    op.rename_table("event", "event_before")


def _put_in_place(number: str) -> None:
    op.drop_table("event_before")
    op.create_index("ix_event_delivery", "event", ["delivery"])
    if _postgresql():
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
        f"CREATE TRIGGER event_no_replace BEFORE INSERT ON event "
        f"WHEN EXISTS (SELECT 1 FROM event WHERE {number} = NEW.{number}) "
        "BEGIN SELECT RAISE(ABORT, 'event is append-only'); END"
    )
