"""What a nurse can do with a consultation request, each as one step in the caller's transaction.

    new -> acknowledged -> claimed -> contacted -> closed

The owner (`claimed_by`) alone answers, hands back and closes; anybody may take over. Every step
compares and sets `version`, writes the request's history, tells the other consoles and adds an
audit row.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.clock import now
from bot.consultations import holding, outcomes, steps
from bot.consultations.holding import PatientTexts
from bot.consultations.steps import Actor
from bot.conversation import messages
from bot.errors import Conflict, InvalidInput
from bot.store.tables import (
    ConsultationRequest,
    Delivery,
    Message,
    Nurse,
)

MAX_REPLY_CHARS = 4_000


def acknowledge(session: Session, actor: Actor, request_id: int) -> ConsultationRequest:
    """Say "I have seen it": alerts stop. Seeing twice changes nothing."""
    case = steps.open_(session, actor, request_id)
    if case.request.acknowledged_at is None:
        steps.change(case, **_acknowledged(case))
        steps.record(case, "acknowledged", "request.acknowledge")
    return case.request


def claim(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts
) -> ConsultationRequest:
    """Own the request and hold the assistant; raises Conflict naming whoever was faster.

    The caller's version does not matter here: a request that changed and is still free can only
    have more news from the patient, and is claimed all the same.
    """
    case = steps.open_(session, actor, request_id)
    if case.mine:
        return case.request
    if case.request.claimed_by is not None:
        raise steps.owned_by_another(case)
    _own(case, actor.nurse, texts)
    steps.record(case, "claimed", "request.claim")
    return case.request


def take_over(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts, *, version: int
) -> ConsultationRequest:
    """Become the owner instead of somebody else; raises Conflict if the owner changed meanwhile."""
    case = steps.open_(session, actor, request_id)
    if case.mine:
        return case.request
    steps.same_version(case, version)
    before = steps.name(session, case.request.claimed_by)
    _own(case, actor.nurse, texts)
    steps.record(case, "taken_over", "request.take_over", owner_before=before)
    return case.request


def assign(
    session: Session,
    actor: Actor,
    request_id: int,
    nurse_id: int,
    texts: PatientTexts,
    *,
    version: int,
) -> ConsultationRequest:
    """Give the request to another nurse; raises Conflict when it changed since `version`."""
    case = steps.open_(session, actor, request_id)
    steps.same_version(case, version)
    receiver = session.get(Nurse, nurse_id)
    if receiver is None or receiver.disabled_at or receiver.role not in steps.WITH_PATIENTS:
        raise InvalidInput("choose a colleague who can sign in", code="no_such_nurse")
    _own(case, receiver, texts)
    steps.record(case, "assigned", "request.assign", to=receiver.name)
    return case.request


def release(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts
) -> ConsultationRequest:
    """Give the request back to the queue; the assistant answers again."""
    case = steps.open_mine(session, actor, request_id)
    holding.hand_back(session, case.conversation, actor.nurse, texts)
    steps.change(case, **_free(case.request))
    steps.record(case, "released", "request.release")
    return case.request


def give_back_for_silence(
    session: Session, request_id: int, texts: PatientTexts
) -> ConsultationRequest:
    """The product returns a request to the queue which its owner, or whoever saw it, left alone."""
    found = session.get(ConsultationRequest, request_id)
    who = (found.claimed_by or found.acknowledged_by) if found else None
    silent = session.get(Nurse, who) if who else None
    if silent is None:
        raise Conflict("nobody has this request", code="not_claimed")
    case = steps.open_(session, Actor(silent, by_system=True), request_id)
    if case.mine:
        holding.hand_back(session, case.conversation, silent, texts)
    steps.change(case, **_free(case.request))
    steps.record(case, "returned", "request.return", owner_before=silent.display_name)
    return case.request


def reply(
    session: Session,
    actor: Actor,
    request_id: int,
    text: str,
    texts: PatientTexts,
    *,
    send_id: str,
    seen: int | None = None,
) -> Message:
    """Send the owner's message to the patient; the same `send_id` again sends nothing.

    Raises Conflict when the patient wrote something with a number above `seen`.
    """
    text = _worded(text, "reply")
    case = steps.open_mine(session, actor, request_id)
    sent = _sent_before(case, send_id)
    if sent is not None:
        return sent
    steps.has_read_all(case, seen)
    if holding.hold(session, case.conversation, actor.nurse, texts):
        steps.entry(case, "held")
    message = messages.add(
        session, case.conversation, "nurse", text, nurse_id=actor.nurse.id, client_id=send_id
    )
    steps.change(case, **_contacted(case.request))
    steps.record(case, "replied", "request.reply", seq=message.seq)
    return message


def called(session: Session, actor: Actor, request_id: int, note: str = "") -> ConsultationRequest:
    """Note that the owner spoke to the patient outside the chat."""
    case = steps.open_mine(session, actor, request_id)
    steps.change(case, **_contacted(case.request))
    steps.record(case, "called", "request.call", note=_note_text(note))
    return case.request


def hold(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts
) -> ConsultationRequest:
    """Silence the assistant again after a hand-back."""
    case = steps.open_mine(session, actor, request_id)
    if holding.hold(session, case.conversation, actor.nurse, texts):
        steps.change(case)
        steps.record(case, "held", "request.hold")
    return case.request


def hand_back(
    session: Session, actor: Actor, request_id: int, texts: PatientTexts
) -> ConsultationRequest:
    """Let the assistant answer while the owner keeps the request."""
    case = steps.open_mine(session, actor, request_id)
    if holding.hand_back(session, case.conversation, actor.nurse, texts):
        steps.change(case)
        steps.record(case, "handed_back", "request.hand_back")
    return case.request


def close(
    session: Session,
    actor: Actor,
    request_id: int,
    texts: PatientTexts,
    *,
    outcome: str,
    note: str = "",
    version: int,
    seen: int | None = None,
) -> ConsultationRequest:
    """End the request with an outcome; raises InvalidInput when the outcome is not enough."""
    case = steps.open_mine(session, actor, request_id)
    steps.same_version(case, version)
    steps.has_read_all(case, seen)
    request, parsed = case.request, outcomes.Outcome.parse(outcome)
    contacted = request.contacted_at is not None
    outcomes.check(parsed, request.priority, note, contacted=contacted)
    holding.hand_back(session, case.conversation, actor.nurse, texts)
    reached = {} if parsed.contact == outcomes.NO_CONTACT else _contacted(request)
    ended = {"status": "closed", "closed_at": now(), "closed_by": actor.nurse.id}
    steps.change(
        case,
        **{
            **reached,
            **ended,
            "outcome": str(parsed),
            "outcome_note": _note_text(note),
            "waiting_since": None,
        },
    )
    steps.record(case, "closed", "request.close", note=_note_text(note), outcome=str(parsed))
    return request


def note(session: Session, actor: Actor, request_id: int, text: str) -> None:
    """Add a private note, which only staff read; any nurse may, at any time."""
    text = _worded(text, "note")
    case = steps.find(session, actor, request_id)
    steps.record(case, "note", "request.note", note=text)


def retry_delivery(session: Session, actor: Actor, request_id: int, message_id: int) -> None:
    """Send a failed message again, with new attempts; raises Conflict when it did not fail."""
    case = steps.find(session, actor, request_id)
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
    steps.record(case, "sent_again", "request.send_again", message=message_id)


def _own(case: steps.Case, nurse: Nurse, texts: PatientTexts) -> None:
    status = "contacted" if case.request.status == "contacted" else "claimed"
    steps.change(
        case,
        **{
            **_acknowledged(case),
            "status": status,
            "claimed_by": nurse.id,
            "claimed_at": now(),
        },
    )
    holding.hold(case.session, case.conversation, nurse, texts)


def _acknowledged(case: steps.Case) -> dict[str, Any]:
    if case.request.acknowledged_at is not None:
        return {}
    status = "acknowledged" if case.request.status == "new" else case.request.status
    return {
        "acknowledged_at": now(),
        "acknowledged_by": case.actor.nurse.id,
        "status": status,
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


def _sent_before(case: steps.Case, send_id: str) -> Message | None:
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
