"""Further deliveries of a period: what they correct, of which kind, by whom and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("corrects", sa.String(120), nullable=False),
        sa.Column("delivery", sa.String(120)),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("unchanged", sa.Boolean, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("moment", _MOMENT, nullable=False),
        sa.Column("confirmed_by", sa.Text),
        sa.Column("confirmed", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
        sa.ForeignKeyConstraint(["corrects"], ["delivery.id"], name="fk_correction_corrects_delivery"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_correction_delivery_delivery"),
        sa.UniqueConstraint("delivery", name="uq_correction_delivery"),
    )
    op.create_index("ix_correction_corrects", "correction", ["corrects"])


def downgrade() -> None:
    op.drop_table("correction")
