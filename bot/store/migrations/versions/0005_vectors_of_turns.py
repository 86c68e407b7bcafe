"""What triage computed of a message waits with its turn for the dialogue."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("turns", sa.Column("vector", sa.JSON(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead of stepping back")
