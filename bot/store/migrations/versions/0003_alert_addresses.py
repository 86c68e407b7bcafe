"""To whom an alert goes: one row an address, so that one that fails repeats for itself alone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("alerts", sa.Column("address", sa.String(length=200), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead of stepping back")
