"""Run by Alembic inside the transaction that ``exchanges.core.ledger.migrate`` opened."""

from __future__ import annotations

from alembic import context

from exchanges.core.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
