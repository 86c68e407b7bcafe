"""Corrected messages, late deliveries, begun updates and signs of life."""

import sqlalchemy as sa
from alembic import op

from bot.store.tables import UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("messages", sa.Column("provider_ref", sa.String(length=64), nullable=True))
    op.add_column("messages", sa.Column("corrects", sa.Integer(), nullable=True))
    op.add_column("outbox", sa.Column("told_at", UtcTime(), nullable=True))
    op.create_table(
        "telegram_attempts",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_telegram_attempts")),
    )
    op.create_table(
        "pulses",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pulses")),
    )
