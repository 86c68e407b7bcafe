"""What a nurse has chosen for herself: language, filter, idle time, shortcuts, what is read."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.store.tables import Nurse

MOST_READ = 500


def change(session: Session, nurse: Nurse, **values: Any) -> None:
    """Set some preferences, leaving the others as they are in the record now."""
    row = session.execute(
        sa.select(Nurse)
        .where(Nurse.id == nurse.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    row.preferences = {**(row.preferences or {}), **values}
