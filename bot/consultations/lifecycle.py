"""What a nurse can do with a consultation request, each as one step in the caller's transaction.

    new -> acknowledged -> claimed -> contacted -> closed

The owner (`claimed_by`) alone answers, hands back and closes; anybody may take over. Every step
compares and sets `version`, writes the request's history, tells the other consoles and adds an
audit row. Locks are taken in the order conversation, request: the same order as the intake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations import audit, holding, outcomes
from bot.consultations.holding import PatientTexts
from bot.conversation import events, messages
from bot.errors import Conflict, InvalidInput, NotFound
from bot.store.tables import (
    ConsultationRequest,
    Conversation,
    Delivery,
    Message,
    Nurse,
    RequestEntry,
)

MAX_REPLY_CHARS = 4_000


@dataclass(frozen=True)
class Actor:
    """The nurse who acts, and from where."""

    nurse: Nurse
    ip: str | None = None


@dataclass(frozen=True)
class _Case:
    session: Session
    actor: Actor
    conversation: Conversation
    request: ConsultationRequest

    @property
    def mine(self) -> bool:
        return bool(self.request.claimed_by == self.actor.nurse.id)


def acknowledge(session: Session, actor: Actor, request_id: int) -> ConsultationRequest:
    """Say "I have seen it": alerts stop. Seeing twice changes nothing."""
    case = _open(session, actor, request_id)
    if case.request.acknowledged_at is None:
        _change(case, **_acknowledged(case))
        _record(case, "acknowledged", "request.acknowledge")
    return case.request


def claim(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts,
    *, version: int | None = None,
) -> ConsultationRequest:
    """Own the request and hold the assistant; raises Conflict naming whoever was faster.

    A request that changed since `version` but is still free is claimed all the same: what came
    in between can only be more news from the patient.
    """
    case = _open(session, actor, request_id)
    if case.mine:
        return case.request
    if case.request.claimed_by is not None:
        raise _owned_by_another(case)
    _own(case, actor.nurse, texts)
    _record(case, "claimed", "request.claim", seen_version=version)
    return case.request


def take_over(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts, *, version: int
) -> ConsultationRequest:
    """Become the owner instead of somebody else; raises Conflict if the owner changed meanwhile."""
    case = _open(session, actor, request_id)
    if case.mine:
        return case.request
    _same_version(case, version)
    before = _name(session, case.request.claimed_by)
    _own(case, actor.nurse, texts)
    _record(case, "taken_over", "request.take_over", owner_before=before)
    return case.request


def assign(
    session: Session, actor: Actor, request_id: int, nurse_id: int, texts: PatientTexts,
    *, version: int,
) -> ConsultationRequest:
    """Give the request to another nurse; raises Conflict when it changed since `version`."""
    case = _open(session, actor, request_id)
    _same_version(case, version)
    receiver = session.get(Nurse, nurse_id)
    if receiver is None or receiver.disabled_at is not None:
        raise InvalidInput("choose a colleague who can sign in", code="no_such_nurse")
    _own(case, receiver, texts)
    _record(case, "assigned", "request.assign", to=receiver.name)
    return case.request


def release(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts
) -> ConsultationRequest:
    """Give the request back to the queue; the assistant answers again."""
    case = _open_mine(session, actor, request_id)
    holding.hand_back(session, case.conversation, actor.nurse, texts)
    _change(case, **_free(case.request))
    _record(case, "released", "request.release")
    return case.request


def reply(
    session: Session, actor: Actor, request_id: int, text: str, texts: PatientTexts,
    *, send_id: str, seen: int | None = None,
) -> Message:
    """Send the owner's message to the patient; the same `send_id` again sends nothing.

    Raises Conflict when the patient wrote something with a number above `seen`.
    """
    text = _worded(text, "reply")
    case = _open_mine(session, actor, request_id)
    sent = _sent_before(case, send_id)
    if sent is not None:
        return sent
    _has_read_all(case, seen)
    if holding.hold(session, case.conversation, actor.nurse, texts):
        _entry(case, "held")
    message = messages.add(
        session, case.conversation, "nurse", text, nurse_id=actor.nurse.id, client_id=send_id
    )
    _change(case, **_contacted(case.request))
    _record(case, "replied", "request.reply", seq=message.seq)
    return message


def called(session: Session, actor: Actor, request_id: int, note: str = "") -> ConsultationRequest:
    """Note that the owner spoke to the patient outside the chat."""
    case = _open_mine(session, actor, request_id)
    _change(case, **_contacted(case.request))
    _record(case, "called", "request.call", note=_note_text(note))
    return case.request


def hold(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts
) -> ConsultationRequest:
    """Silence the assistant again after a hand-back."""
    case = _open_mine(session, actor, request_id)
    if holding.hold(session, case.conversation, actor.nurse, texts):
        _change(case)
        _record(case, "held", "request.hold")
    return case.request


def hand_back(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts
) -> ConsultationRequest:
    """Let the assistant answer while the owner keeps the request."""
    case = _open_mine(session, actor, request_id)
    if holding.hand_back(session, case.conversation, actor.nurse, texts):
        _change(case)
        _record(case, "handed_back", "request.hand_back")
    return case.request


def close(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts,
    *, outcome: str, note: str = "", version: int, seen: int | None = None,
) -> ConsultationRequest:
    """End the request with an outcome; raises InvalidInput when the outcome is not enough."""
    case = _open_mine(session, actor, request_id)
    _same_version(case, version)
    _has_read_all(case, seen)
    request, parsed = case.request, outcomes.Outcome.parse(outcome)
    contacted = request.contacted_at is not None
    outcomes.check(parsed, request.priority, note, contacted=contacted)
    holding.hand_back(session, case.conversation, actor.nurse, texts)
    reached = {} if parsed.contact == outcomes.NO_CONTACT else _contacted(request)
    ended = {"status": "closed", "closed_at": now(), "closed_by": actor.nurse.id}
    _change(case, **{
        **reached, **ended, "outcome": str(parsed), "outcome_note": _note_text(note),
        "waiting_since": None,
    })
    _record(case, "closed", "request.close", note=_note_text(note), outcome=str(parsed))
    return request


def note(session: Session, actor: Actor, request_id: int, text: str) -> None:
    """Add a private note, which only staff read; any nurse may, at any time."""
    text = _worded(text, "note")
    case = _find(session, actor, request_id)
    _record(case, "note", "request.note", note=text)


def retry_delivery(session: Session, actor: Actor, request_id: int, message_id: int) -> None:
    """Send a failed message again, with new attempts; raises Conflict when it did not fail."""
    case = _find(session, actor, request_id)
    delivery = session.execute(
        sa.select(Delivery)
        .where(
            Delivery.message_id == message_id,
            Delivery.conversation_id == case.conversation.id,
            Delivery.state.in_(("failed", "uncertain")),
        )
        .with_for_update()
    ).scalar_one_or_none()
    if delivery is None:
        raise Conflict("this message is not waiting to be sent again", code="not_failed")
    delivery.state, delivery.attempts, delivery.next_at = "queued", 0, now()
    delivery.error = None
    _record(case, "sent_again", "request.send_again", message=message_id)


def _find(session: Session, actor: Actor, request_id: int) -> _Case:
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
    return _Case(session, actor, conversation, request)


def _open(session: Session, actor: Actor, request_id: int) -> _Case:
    case = _find(session, actor, request_id)
    if case.request.status == "closed":
        closer = _name(session, case.request.closed_by)
        raise Conflict(f"{closer} has closed this request", code="closed")
    return case


def _open_mine(session: Session, actor: Actor, request_id: int) -> _Case:
    case = _open(session, actor, request_id)
    if case.request.claimed_by is None:
        raise Conflict("claim the request first", code="not_claimed")
    if not case.mine:
        raise _owned_by_another(case)
    return case


def _owned_by_another(case: _Case) -> Conflict:
    owner = _name(case.session, case.request.claimed_by)
    return Conflict(f"{owner} has claimed this request", code="claimed_by_another")


def _same_version(case: _Case, version: int) -> None:
    if case.request.version != version:
        raise Conflict("the request has changed since you read it", code="changed")


def _has_read_all(case: _Case, seen: int | None) -> None:
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


def _own(case: _Case, nurse: Nurse, texts: PatientTexts) -> None:
    status = "contacted" if case.request.status == "contacted" else "claimed"
    _change(case, **{
        **_acknowledged(case), "status": status, "claimed_by": nurse.id, "claimed_at": now(),
    })
    holding.hold(case.session, case.conversation, nurse, texts)


def _acknowledged(case: _Case) -> dict[str, Any]:
    if case.request.acknowledged_at is not None:
        return {}
    status = "acknowledged" if case.request.status == "new" else case.request.status
    return {
        "acknowledged_at": now(), "acknowledged_by": case.actor.nurse.id, "status": status,
    }


def _contacted(request: ConsultationRequest) -> dict[str, Any]:
    return {
        "status": "contacted",
        "contacted_at": request.contacted_at or now(),
        "waiting_since": None,
    }


def _free(request: ConsultationRequest) -> dict[str, Any]:
    """Without an owner, a patient who still waits needs a new acknowledgement."""
    free: dict[str, Any] = {"claimed_by": None, "claimed_at": None}
    if request.waiting_since is None and request.contacted_at is not None:
        return free
    return {**free, "status": "new", "acknowledged_at": None, "acknowledged_by": None}


def _change(case: _Case, **values: Any) -> None:
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


def _record(case: _Case, action: str, audited: str, note: str | None = None, **data: Any) -> None:
    _entry(case, action, note, **data)
    audit.record(
        case.session, case.actor.nurse.name, audited, f"request:{case.request.id}",
        ip=case.actor.ip, **data,
    )
    events.tell_staff(
        case.session, f"request_{action}", request_id=case.request.id,
        status=case.request.status, nurse=case.actor.nurse.id,
    )


def _entry(case: _Case, action: str, note: str | None = None, **data: Any) -> None:
    case.session.add(
        RequestEntry(
            request_id=case.request.id, at=now(), nurse_id=case.actor.nurse.id, action=action,
            note=note or None, data=data,
        )
    )


def _sent_before(case: _Case, send_id: str) -> Message | None:
    sent: Message | None = case.session.execute(
        sa.select(Message).where(
            Message.conversation_id == case.conversation.id,
            Message.client_id == send_id,
            Message.speaker == "nurse",
        )
    ).scalar_one_or_none()
    return sent


def _worded(text: str, what: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput(f"the {what} is empty", code=f"{what}_empty")
    if len(text) > MAX_REPLY_CHARS:
        raise InvalidInput(f"the {what} is too long", code=f"{what}_too_long")
    return messages.storable(text)


def _note_text(text: str) -> str | None:
    return messages.storable(text.strip()) or None


def _name(session: Session, nurse_id: int | None) -> str:
    name: str | None = session.execute(
        sa.select(Nurse.display_name).where(Nurse.id == nurse_id)
    ).scalar_one_or_none()
    return name or "?"
