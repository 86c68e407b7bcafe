"""/delete: everything about the chat, unless staff must keep it with a consultation request."""

from __future__ import annotations

import sqlalchemy as sa

from bot.channels.telegram.calls import Call, Say
from bot.channels.telegram.desk import Desk
from bot.clock import now
from bot.consultations import audit, opening
from bot.conversation import events, forgetting
from bot.store.tables import ConsultationRequest, Conversation, RequestEntry


def erase(desk: Desk) -> list[Call]:
    """Erase, detach or note the wish; what the patient reads says which of them happened."""
    request = opening.open_request(desk.session, desk.conversation.id)
    if request is not None:
        return _noted(desk, request)
    chat, kept = desk.arrival.chat_id, opening.newest_request(desk.session, desk.conversation.id)
    said = desk.text("delete_kept", reference=kept.reference) if kept else desk.text("deleted")
    forgetting.note(desk.session, desk.conversation.id)
    if kept is None:
        desk.session.execute(sa.delete(Conversation).where(Conversation.id == desk.conversation.id))
    else:
        desk.conversation.channel_ref = None
    audit.record(
        desk.session,
        "patient",
        "conversation.erase" if kept is None else "conversation.detach",
        f"conversation:{desk.conversation.id}",
        channel=desk.conversation.channel,
    )
    return [Say(chat, said)]


def _noted(desk: Desk, request: ConsultationRequest) -> list[Call]:
    """An open request is the nurses' to close: the patient may still need help."""
    desk.conversation.notice_version = None
    desk.session.add(
        RequestEntry(request_id=request.id, at=now(), action="deletion_asked", data={})
    )
    events.tell_staff(desk.session, "deletion_asked", request_id=request.id)
    desk.say(desk.text("delete_open", reference=request.reference))
    return []
