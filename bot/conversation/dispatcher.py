"""The dispatcher: takes queued turns, one lane per conversation, asks the dialogue, stores answers.

A turn is taken with a lease, so that a dispatcher that dies loses nothing: another one (or the
same, restarted) takes the turn again when the lease is over. The dialogue has no effects of its
own; what it decides is carried out here, together with the answer, in one transaction. So a turn
that is run twice still answers once.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from bot.clock import now
from bot.conversation import answers, events, messages
from bot.conversation.dialogue import Answers, DialogueFailed, DialogueUnavailable, Turned
from bot.errors import NotFound, Unavailable
from bot.settings import Settings
from bot.store import Database
from bot.store.commits import Commits
from bot.store.tables import Conversation, Message, Turn
from bot.wording import Wording

log = structlog.get_logger()
IDLE_S = 0.01
UNCOUNTED_IDLE_S = 0.025
"""Where commits are not counted (bot/store/commits.py) and every look is a query."""
LOOK_AT_LEAST_EVERY_S = 0.25
"""A lease that ends is no commit."""
RETRY_S = 1.0
APOLOGIES_EVERY_S = 0.5
LANES = 8
GIVE_UP_AFTER = timedelta(hours=24)


# The oldest unfinished turn of every conversation that nobody is working on at a moment.
_OLDEST = (
    sa.select(sa.func.min(Turn.message_id))
    .where(Turn.state.in_(("queued", "running")))
    .group_by(Turn.conversation_id)
)
_FREE = sa.and_(
    Turn.message_id.in_(_OLDEST),
    sa.or_(Turn.state == "queued", Turn.lease_until < sa.bindparam("moment")),
)
ANY_DUE = sa.select(Turn.message_id).where(_FREE).limit(1)
DUE = (
    sa.select(Turn, Message, Conversation)
    .join(Message, Message.id == Turn.message_id)
    .join(Conversation, Conversation.id == Turn.conversation_id)
    .where(_FREE)
    .order_by(Turn.message_id)
    .limit(sa.bindparam("room"))
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True)
class Taken:
    """A turn that is ours until the lease ends, and what the dialogue needs to know."""

    message_id: int
    conversation_id: str
    client_id: str
    created_at: datetime
    attempts: int
    hold_version: int
    apologised: bool
    call: dict[str, object]


class Dispatcher:
    """Runs until cancelled; `run_once` is one look at the queue."""

    def __init__(
        self, database: Database, dialogue: Answers, wording: Wording, settings: Settings
    ) -> None:
        self._database = database
        self._dialogue = dialogue
        self._wording = wording
        self._settings = settings
        self._lease = timedelta(seconds=settings.answer_deadline_s * 2)
        self._lanes: set[asyncio.Task[None]] = set()
        self._next_apologies = 0.0
        self._commits = Commits(database.engine)
        self._idle_s = IDLE_S if self._commits.are_counted else UNCOUNTED_IDLE_S
        self._may_find = True
        self._next_look = 0.0

    async def run(self) -> None:
        """Serve the queue until cancelled, then finish what is under way."""
        try:
            while True:
                await self._look()
        finally:
            await self.drain()
            self._commits.close()

    async def _look(self) -> None:
        if not self._worth_it():
            await asyncio.sleep(self._idle_s)
            return
        self._next_look = time.monotonic() + LOOK_AT_LEAST_EVERY_S
        try:
            self._may_find = await self.run_once()
        except Unavailable:
            log.warning("dispatcher.storage_unavailable")
            self._may_find = True
            await asyncio.sleep(RETRY_S)

    def _worth_it(self) -> bool:
        """Whether a look may find a turn, and several at once rather than one by one."""
        if time.monotonic() >= self._next_look:
            return True
        self._may_find = self._commits.any_since_last() or self._may_find
        return self._may_find and len(self._lanes) <= LANES // 2

    async def run_once(self) -> bool:
        """Apologise for what is overdue and start free lanes; True when something was taken."""
        if time.monotonic() >= self._next_apologies:
            self._next_apologies = time.monotonic() + APOLOGIES_EVERY_S
            await run_in_threadpool(self._apologise_overdue)
        room = LANES - len(self._lanes)
        taken = await run_in_threadpool(self._take, room) if room else []
        for turn in taken:
            task = asyncio.create_task(self._serve(turn))
            self._lanes.add(task)
            task.add_done_callback(self._lanes.discard)
        return bool(taken)

    async def drain(self) -> None:
        """Wait for the turns that are under way."""
        await asyncio.gather(*self._lanes)

    async def _serve(self, turn: Taken) -> None:
        try:
            turned = await self._dialogue.turn(turn.call)
        except DialogueUnavailable as error:
            log.warning("dispatcher.dialogue_unavailable", reason=str(error))
            await asyncio.sleep(min(RETRY_S, 0.1 * (turn.attempts + 1)))
            await self._store(self._requeue, turn)
        except DialogueFailed as error:
            log.warning("dispatcher.dialogue_failed", reason=str(error))
            await self._store(self._fail, turn)
        else:
            await self._carry_out(turn, turned)

    async def _carry_out(self, turn: Taken, turned: Turned) -> None:
        try:
            await self._store(self._answer, turn, turned)
        except Exception:  # steps that cannot be stored: asking again would give the same ones
            log.exception("dispatcher.steps_failed")
            await self._store(self._fail, turn)

    async def _store(self, step, *details) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002
        """One transaction of ours; when the database is away, the lease brings the turn back."""
        try:
            await run_in_threadpool(self._in_transaction, step, *details)
        except (Unavailable, NotFound):
            log.warning("dispatcher.not_stored", step=step.__name__)

    def _in_transaction(self, step, *details) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002
        with self._database.write() as session:
            step(session, *details)

    def _take(self, room: int) -> list[Taken]:
        moment = {"moment": now()}
        with self._database.read() as session:
            if session.execute(ANY_DUE, moment).first() is None:
                return []
        with self._database.write() as session:
            rows = session.execute(DUE, {**moment, "room": room})
            return [
                taken
                for turn, message, conversation in rows.all()
                if (taken := self._lease_turn(session, turn, message, conversation)) is not None
            ]

    def _lease_turn(
        self, session: Session, turn: Turn, message: Message, conversation: Conversation
    ) -> Taken | None:
        if conversation.held_by is not None:
            turn.state = "held"
            return None
        turn.state = "running"
        turn.attempts += 1
        turn.lease_until = now() + self._lease
        return Taken(
            message_id=message.id,
            conversation_id=conversation.id,
            client_id=message.client_id,
            created_at=turn.created_at,
            attempts=turn.attempts,
            hold_version=conversation.hold_version,
            apologised=turn.apologised_at is not None,
            call=answers.call(session, conversation, message, turn.attempts, turn.vector),
        )

    def _answer(self, session: Session, turn: Taken, turned: Turned) -> None:
        conversation, row = _locked(session, turn)
        if row is None or row.state in ("done", "held"):
            return  # another dispatcher was faster, or a nurse: then the client waits no longer
        if conversation.held_by is not None or conversation.hold_version != turn.hold_version:
            log.info("dispatcher.answer_dropped_under_hold")
            row.state = "held"
        else:
            answers.store(
                session,
                conversation,
                turned,
                self._wording,
                message_id=turn.message_id,
                client_id=turn.client_id,
            )
            row.state = "done"
        row.finished_at = now()
        row.vector = None
        events.append(session, conversation, "turn_done", data={"in_reply_to": turn.client_id})

    def _requeue(self, session: Session, turn: Taken) -> None:
        _, row = _locked(session, turn)
        if row is not None and row.state == "running":
            row.state = "queued" if now() - turn.created_at < GIVE_UP_AFTER else "failed"

    def _fail(self, session: Session, turn: Taken) -> None:
        conversation, row = _locked(session, turn)
        if row is not None and row.state == "running":
            row.state = "failed"
            row.finished_at = now()
            row.vector = None
            self._apologise(session, conversation, row, turn.client_id)

    def _apologise_overdue(self) -> None:
        overdue = now() - timedelta(seconds=self._settings.answer_deadline_s)
        with self._database.read() as session:
            found = session.execute(
                sa.select(Turn.message_id, Turn.conversation_id).where(
                    Turn.state.in_(("queued", "running")),
                    Turn.apologised_at.is_(None),
                    Turn.created_at < overdue,
                )
            ).all()
        for message_id, conversation_id in found:
            with suppress(NotFound):  # the conversation was deleted meanwhile
                self._in_transaction(self._apologise_for, message_id, conversation_id)

    def _apologise_for(self, session: Session, message_id: int, conversation_id: str) -> None:
        conversation = messages.lock(session, conversation_id)
        row = session.get(Turn, message_id)
        if row is not None and row.state in ("queued", "running"):
            message = session.get(Message, message_id)
            self._apologise(session, conversation, row, message.client_id)

    def _apologise(
        self, session: Session, conversation: Conversation, row: Turn, client_id: str
    ) -> None:
        if row.apologised_at is not None or conversation.held_by is not None:
            return
        row.apologised_at = now()
        text = self._wording.text("apology", conversation.locale)
        messages.add(session, conversation, "assistant", text, in_reply_to=client_id)
        events.append(session, conversation, "turn_done", data={"in_reply_to": client_id})


def _locked(session: Session, turn: Taken) -> tuple[Conversation, Turn | None]:
    conversation = messages.lock(session, turn.conversation_id)
    return conversation, session.get(Turn, turn.message_id)
