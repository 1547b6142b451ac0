"""One transaction at a time for one thing. On PostgreSQL two at once would not see each other's rows; on SQLite a
writer is alone anyhow."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa


def take_turn(connection: sa.Connection, thing: str) -> None:
    """Until the transaction ends nobody else has the turn for ``thing``, any text that is the same for all."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock_number(thing))))


def lock_number(thing: str) -> int:
    """What PostgreSQL calls it: 64 bits."""
    return int.from_bytes(hashlib.sha256(thing.encode()).digest()[:8], signed=True)
