"""Deliveries that repair another one, and what was destroyed when its term had passed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "refeed",
        sa.Column("delivery", sa.String(120), nullable=False),
        sa.Column("repairs", sa.String(120), nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.Column("original", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("moment", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("delivery", name="pk_refeed"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_refeed_delivery"),
        sa.ForeignKeyConstraint(["repairs"], ["delivery.id"], name="fk_refeed_repairs_delivery"),
    )
    op.create_index("ix_refeed_repairs", "refeed", ["repairs"])
    op.create_table(
        "destroyed",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("gemeente", sa.String(4), nullable=False),
        sa.Column("delivery", sa.String(120)),
        sa.Column("place", sa.String(20), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger),
        sa.Column("data_class", sa.String(40), nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("decided", _MOMENT, nullable=False),
        sa.Column("gone", _MOMENT),
        sa.Column("report", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_destroyed"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_destroyed_delivery"),
    )
    op.create_index("ix_destroyed_delivery", "destroyed", ["delivery"])
    op.create_index("ix_destroyed_gemeente_sha256", "destroyed", ["gemeente", "sha256"])


def downgrade() -> None:
    op.drop_table("destroyed")
    op.drop_table("refeed")
