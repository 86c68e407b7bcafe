"""Signs of life: what a part of the product last knew, and when."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from bot.clock import now
from bot.store.tables import Pulse


def beat(session: Session, name: str, **data: Any) -> None:
    """Write the part's sign of life over the one before."""
    session.merge(Pulse(name=name, at=now(), data=data))


def last(session: Session, name: str) -> Pulse | None:
    """The part's newest sign of life."""
    found: Pulse | None = session.get(Pulse, name)
    return found
