"""Reading requests: the queue in the one order that everybody sees, and one request in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.consultations import search
from bot.errors import NotFound
from bot.store.tables import (
    ConsultationRequest,
    Conversation,
    Delivery,
    Message,
    Nurse,
    RequestEntry,
    RequestMessage,
)

FILTERS = ("open", "unclaimed", "mine", "answered", "closed")
EVERYTHING = "all"
"""Where a search looks unless a filter is chosen: also among the closed ones."""
PAGE = 100
SNIPPET_CHARS = 160


@dataclass(frozen=True)
class Item:
    """One line of the queue."""

    request: ConsultationRequest
    conversation: Conversation
    owner: str | None
    last_text: str
    """The patient's newest words."""
    last_seq: int


@dataclass(frozen=True)
class Case:
    """One request with everything the nurse reads."""

    request: ConsultationRequest
    conversation: Conversation
    messages: list[Message]
    nurses: dict[int, Nurse]
    deliveries: dict[int, Delivery]
    history: list[RequestEntry]
    earlier: list[ConsultationRequest]

    @property
    def seen(self) -> int:
        """The number of the patient's newest message."""
        return max((m.seq for m in self.messages if m.speaker == "patient"), default=0)

    @property
    def unreachable(self) -> bool:
        """Whether the patient's channel takes no message any more, as far as is known."""
        said = [e.action for e in self.history if e.action in ("unreachable", "reachable")]
        return said[-1:] == ["unreachable"]


def queue(
    session: Session,
    nurse: Nurse | None = None,
    which: str = "open",
    wanted: str = "",
    page: int = 1,
) -> list[Item]:
    """One page of requests by rank, then longest waiting; closed ones newest first.

    `wanted` is what was typed into the search.

    One more than `PAGE` is returned when there is a next page.
    """
    query = (
        sa.select(ConsultationRequest, Conversation, Nurse.display_name)
        .join(Conversation, Conversation.id == ConsultationRequest.conversation_id)
        .outerjoin(Nurse, Nurse.id == ConsultationRequest.claimed_by)
        .where(_filter(which, nurse), _search(session, wanted))
        .order_by(*_order(which))
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    )
    rows = session.execute(query).all()
    last = _last_words(session, [conversation.id for _, conversation, _ in rows])
    return [
        Item(request, conversation, owner, *last.get(conversation.id, ("", 0)))
        for request, conversation, owner in rows
    ]


def counts(session: Session, nurse: Nurse) -> dict[str, int]:
    """How many requests each filter shows (not counting the closed ones), and emergencies."""
    names = [name for name in FILTERS if name != "closed"]
    row = session.execute(
        sa.select(
            *(
                sa.func.coalesce(sa.func.sum(sa.case((_filter(n, nurse), 1), else_=0)), 0)
                for n in names
            ),
            sa.func.coalesce(sa.func.sum(sa.case((_alarming(), 1), else_=0)), 0),
        ).where(ConsultationRequest.status != "closed")
    ).one()
    return dict(zip([*names, "alarming"], map(int, row), strict=True))


def case(session: Session, request_id: int) -> Case:
    """One request in full; raises NotFound."""
    request = session.get(ConsultationRequest, request_id)
    if request is None:
        raise NotFound("there is no such request")
    conversation = session.get(Conversation, request.conversation_id)
    return Case(
        request,
        conversation,
        messages=_all(session, Message, Message.conversation_id == conversation.id),
        nurses={nurse.id: nurse for nurse in session.execute(sa.select(Nurse)).scalars()},
        deliveries={
            delivery.message_id: delivery
            for delivery in _all(session, Delivery, Delivery.conversation_id == conversation.id)
        },
        history=_all(session, RequestEntry, RequestEntry.request_id == request.id),
        earlier=[
            other
            for other in _all(
                session,
                ConsultationRequest,
                ConsultationRequest.conversation_id == conversation.id,
            )
            if other.id != request.id
        ],
    )


def listing(session: Session, *, include_closed: bool = True) -> list[dict[str, Any]]:
    """All requests for the command line, oldest first, as JSON values."""
    query = sa.select(ConsultationRequest).order_by(ConsultationRequest.id)
    if not include_closed:
        query = query.where(ConsultationRequest.status != "closed")
    messages = _message_ids(session)
    return [
        {
            "id": request.id,
            "reference": request.reference,
            "conversation": request.conversation_id,
            "priority": request.priority,
            "status": request.status,
            "signs": request.signs,
            "created_at": request.created_at.isoformat(),
            "messages": messages.get(request.id, []),
        }
        for request in session.execute(query).scalars()
    ]


def _filter(which: str, nurse: Nurse | None) -> sa.sql.ColumnElement:
    request = ConsultationRequest
    is_open = request.status != "closed"
    mine = request.claimed_by == (nurse.id if nurse else None)
    return {
        "open": is_open,
        "unclaimed": is_open & request.claimed_by.is_(None),
        "mine": is_open & mine,
        "answered": is_open & request.waiting_since.is_(None),
        "closed": ~is_open,
        EVERYTHING: sa.true(),
    }[which]


def _alarming() -> sa.sql.ColumnElement:
    """Emergencies that nobody has acknowledged."""
    return (ConsultationRequest.rank == 0) & ConsultationRequest.acknowledged_at.is_(None)


def _order(which: str) -> list[sa.sql.ColumnElement]:
    request = ConsultationRequest
    if which == "closed":
        return [request.closed_at.desc(), request.id.desc()]
    return [
        request.status == "closed",
        request.rank,
        request.waiting_since.is_(None),
        request.waiting_since,
        request.created_at,
        request.id,
    ]


def _search(session: Session, text: str) -> sa.sql.ColumnElement:
    """Requests by reference, patient's name or telephone, or words of their conversation."""
    text = text.strip()
    if not text:
        return sa.true()
    pattern = "%" + "".join(f"\\{c}" if c in "\\%_" else c for c in text) + "%"
    return sa.or_(
        ConsultationRequest.reference == text.upper(),
        Conversation.patient_name.ilike(pattern, escape="\\"),
        Conversation.patient_phone.ilike(pattern, escape="\\"),
        search.holding(session, text),
    )


def _last_words(session: Session, conversation_ids: list[str]) -> dict[str, tuple[str, int]]:
    newest = (
        sa.select(sa.func.max(Message.id))
        .where(Message.conversation_id.in_(conversation_ids), Message.speaker == "patient")
        .group_by(Message.conversation_id)
    )
    rows = session.execute(
        sa.select(Message.conversation_id, Message.text, Message.seq).where(Message.id.in_(newest))
    )
    return {id_: (text[:SNIPPET_CHARS], seq) for id_, text, seq in rows}


def _message_ids(session: Session) -> dict[int, list[str]]:
    rows = session.execute(
        sa.select(RequestMessage.request_id, Message.client_id)
        .join(Message, Message.id == RequestMessage.message_id)
        .order_by(Message.id)
    )
    found: dict[int, list[str]] = {}
    for request_id, client_id in rows:
        found.setdefault(request_id, []).append(client_id)
    return found


def _all(session: Session, table: Any, where: Any) -> list[Any]:
    return list(session.execute(sa.select(table).where(where).order_by(table.id)).scalars())
