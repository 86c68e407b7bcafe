"""One request under its locks: what every step of the life cycle checks, changes and records.

Locks are taken in the order conversation, request: the same order as the intake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations import audit
from bot.conversation import events, messages
from bot.errors import Conflict, NotFound
from bot.store.tables import ConsultationRequest, Conversation, Message, Nurse, RequestEntry

SYSTEM = "system"
WITH_PATIENTS = frozenset({"nurse", "lead"})
"""Roles that work with patients and read what they write."""


@dataclass(frozen=True)
class Actor:
    """The nurse who acts, and from where; or the product itself in her place."""

    nurse: Nurse
    ip: str | None = None
    by_system: bool = False


@dataclass(frozen=True)
class Case:
    """Session, acting nurse, conversation and request of one step."""

    session: Session
    actor: Actor
    conversation: Conversation
    request: ConsultationRequest

    @property
    def mine(self) -> bool:
        """Whether the acting nurse owns the request."""
        return bool(self.request.claimed_by == self.actor.nurse.id)


def find(session: Session, actor: Actor, request_id: int) -> Case:
    """The request and its conversation, both locked; raises NotFound."""
    conversation_id = session.execute(
        sa.select(ConsultationRequest.conversation_id).where(ConsultationRequest.id == request_id)
    ).scalar_one_or_none()
    if conversation_id is None:
        raise NotFound("there is no such request")
    conversation = messages.lock(session, conversation_id)
    request = session.execute(
        sa.select(ConsultationRequest)
        .where(ConsultationRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    return Case(session, actor, conversation, request)


def open_(session: Session, actor: Actor, request_id: int) -> Case:
    """Like `find`; raises Conflict when the request is closed."""
    case = find(session, actor, request_id)
    if case.request.status == "closed":
        closer = name(session, case.request.closed_by)
        raise Conflict(f"{closer} has closed this request", code="closed")
    return case


def open_mine(session: Session, actor: Actor, request_id: int) -> Case:
    """Like `open_`; raises Conflict unless the acting nurse owns the request."""
    case = open_(session, actor, request_id)
    if case.request.claimed_by is None:
        raise Conflict("claim the request first", code="not_claimed")
    if not case.mine:
        raise owned_by_another(case)
    return case


def owned_by_another(case: Case) -> Conflict:
    """The error that names the owner."""
    owner = name(case.session, case.request.claimed_by)
    return Conflict(f"{owner} has claimed this request", code="claimed_by_another")


def same_version(case: Case, version: int) -> None:
    """Raise Conflict when the request changed since the caller read it."""
    if case.request.version != version:
        raise Conflict("the request has changed since you read it", code="changed")


def has_read_all(case: Case, seen: int | None) -> None:
    """What the patient wrote last must have been on the nurse's screen."""
    if seen is None:
        return
    newest: int | None = case.session.execute(
        sa.select(sa.func.max(Message.seq)).where(
            Message.conversation_id == case.conversation.id, Message.speaker == "patient"
        )
    ).scalar()
    if newest is not None and newest > seen:
        raise Conflict("the patient has written since you read this", code="patient_wrote")


def change(case: Case, **values: Any) -> None:
    """Compare and set: nothing is written unless the version is the one we read."""
    seen = case.request.version
    case.session.flush()
    changed = case.session.execute(
        sa.update(ConsultationRequest)
        .where(ConsultationRequest.id == case.request.id, ConsultationRequest.version == seen)
        .values(version=seen + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:
        raise Conflict("the request has changed since you read it", code="changed")
    case.session.refresh(case.request)


def record(case: Case, action: str, audited: str, note: str | None = None, **data: Any) -> None:
    """Write the history, the audit row, and the notice that the other consoles follow."""
    entry(case, action, note, **data)
    actor = SYSTEM if case.actor.by_system else case.actor.nurse.name
    audit.record(
        case.session,
        actor,
        audited,
        f"request:{case.request.id}",
        ip=case.actor.ip,
        **data,
    )
    events.tell_staff(
        case.session,
        f"request_{action}",
        request_id=case.request.id,
        status=case.request.status,
        nurse=case.actor.nurse.id,
    )


def entry(case: Case, action: str, note: str | None = None, **data: Any) -> None:
    """Add one line to the request's history."""
    case.session.add(
        RequestEntry(
            request_id=case.request.id,
            at=now(),
            action=action,
            note=note or None,
            data=data,
            nurse_id=None if case.actor.by_system else case.actor.nurse.id,
        )
    )


def name(session: Session, nurse_id: int | None) -> str:
    """The name patients and colleagues know a nurse by."""
    name: str | None = session.execute(
        sa.select(Nurse.display_name).where(Nurse.id == nurse_id)
    ).scalar_one_or_none()
    return name or "?"
