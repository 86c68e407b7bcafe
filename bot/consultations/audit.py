"""The audit log: who did or read what, as a chain of hashes that shows any later change.

Each row's hash covers its own content and the hash of the row before. Changing, inserting or
removing a row breaks the chain from there on. Rows cut off at the end leave a sound chain: compare
`Verified.head` with the one noted earlier to notice that.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.store.tables import AuditEntry

BEGINNING = "0" * 64
LOCK_KEY = 7311
BATCH = 1_000


@dataclass(frozen=True)
class Verified:
    """How many rows were checked, the hash of the last one, and the first row that is wrong."""

    rows: int
    head: str
    broken_at: int | None = None

    @property
    def sound(self) -> bool:
        """Whether every row is as it was written."""
        return self.broken_at is None


def record(
    session: Session,
    actor: str,
    action: str,
    object_: str | None = None,
    *,
    ip: str | None = None,
    **data: Any,
) -> AuditEntry:
    """Add one row at the end of the chain, in the caller's transaction."""
    entry = AuditEntry(
        at=now(),
        actor=actor,
        action=action,
        object=object_,
        ip=ip,
        data=data,
        previous=_head(session),
    )
    entry.hash = _hash(entry)
    session.add(entry)
    session.flush()
    return entry


def verify(session: Session) -> Verified:
    """Walk the whole chain; stops at the first row that does not fit."""
    rows, head = 0, BEGINNING
    query = sa.select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=BATCH)
    for entry in session.execute(query).scalars():
        rows += 1
        if entry.previous != head or entry.hash != _hash(entry):
            return Verified(rows, head, broken_at=entry.id)
        head = entry.hash
    return Verified(rows, head)


def _head(session: Session) -> str:
    """The hash of the last row; no other row can be added until our transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
    head: str | None = session.execute(
        sa.select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).scalar_one_or_none()
    return head or BEGINNING


def _hash(entry: AuditEntry) -> str:
    content = [
        entry.previous,
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.object,
        entry.ip,
        entry.data,
    ]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
