"""The outbox: sends what was stored, in order, until the channel has taken it.

    queued -> sending -> sent
                      -> queued      not sent, again at next_at
                      -> uncertain   may have been sent: once more, then it stays uncertain
                      -> failed      the channel refuses it

One message of a conversation is under way at a time, so a later one never overtakes an earlier
one. A row that is being sent has a lease (`next_at`); when its process dies, the send may or may
not have happened, and the row is treated as uncertain. A send that failed or stayed uncertain is
put before the nurses with the open request, and so is one that is late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, aliased
from starlette.concurrency import run_in_threadpool

from bot.clock import now
from bot.conversation import reachability
from bot.conversation.delivery import (
    Channel,
    MaybeSent,
    NotSent,
    Parcel,
    Progress,
    Refused,
    Unreachable,
)
from bot.errors import Unavailable
from bot.store import Database
from bot.store.tables import Conversation, Delivery, Message, Nurse

LEASE = timedelta(seconds=30)
LANES = 16
IDLE_S = 0.1
STORAGE_RETRY_S = 1.0
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
GIVE_UP_AFTER = timedelta(hours=24)
AGAIN_AFTER_DOUBT_S = 2.0
MAX_ERROR = 500
IN_DOUBT = "may have been sent: "
UNFINISHED = ("queued", "sending", "uncertain")
NEVER = datetime(9000, 1, 1, tzinfo=timezone.utc)
"""`next_at` of an uncertain message that is not sent again by itself."""
LATE_AFTER = timedelta(minutes=5)
"""The nurses are told of a message that will not be out by then."""
log = structlog.get_logger()


class Outbox:
    """Sends for the given channels until cancelled; any number of processes may run one."""

    def __init__(
        self, database: Database, channels: Iterable[Channel], *, lease: timedelta = LEASE
    ) -> None:
        self._database = database
        self._channels = {channel.channel: channel for channel in channels}
        self._lease = lease
        self._lanes: set[asyncio.Task[None]] = set()
        self._under_way: set[int] = set()
        """Rows this process is sending: a clock that jumps does not make them anybody else's."""

    async def run(self) -> None:
        """Send what is due; when cancelled, finish what is under way."""
        try:
            while True:
                await self._look()
        finally:
            await self.drain()

    async def run_once(self) -> bool:
        """One look at the outbox; True when something was started."""
        room = LANES - len(self._lanes)
        taken = await run_in_threadpool(self._take, room) if room and self._channels else []
        for parcel in taken:
            self._under_way.add(parcel.delivery_id)
            task = asyncio.create_task(self._deliver(parcel))
            self._lanes.add(task)
            task.add_done_callback(self._finished)
        return bool(taken)

    async def drain(self) -> None:
        """Wait for the messages that are under way."""
        await asyncio.gather(*self._lanes, return_exceptions=True)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """A sender that broke leaves its row to the lease, but not unseen."""
        self._lanes.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("outbox.sender_broke", exc_info=task.exception())

    async def _look(self) -> None:
        try:
            busy = await self.run_once()
        except Unavailable:
            log.warning("outbox.storage_unavailable")
            await asyncio.sleep(STORAGE_RETRY_S)
        else:
            await asyncio.sleep(0 if busy else IDLE_S)

    def _take(self, room: int) -> list[Parcel]:
        due = _due(now(), self._channels, self._under_way)
        with self._database.read() as session:
            if session.execute(due.limit(1)).first() is None:
                return []
        with self._database.write() as session:
            rows = session.execute(due.limit(room).with_for_update(of=Delivery, skip_locked=True))
            return [parcel for row in rows.all() if (parcel := self._leased(session, *row))]

    def _leased(
        self, session: Session, row: Delivery, message: Message, conversation: Conversation
    ) -> Parcel | None:
        """The row, ours until the lease ends; None when it must not be sent again."""
        if row.state == "sending":  # its sender died
            if _in_doubt(row):
                _stays_uncertain(session, row, "the sender stopped twice")
                return None
            row.error = f"{IN_DOUBT}the sender stopped"
        row.state = "sending"
        row.attempts += 1
        row.next_at = now() + self._lease
        return _parcel(session, row, message, conversation)

    async def _deliver(self, parcel: Parcel) -> None:
        async def progress(parts: int, reference: str) -> None:
            await self._store(self._note_progress, parcel, parts, reference)

        try:
            await self._send(parcel, progress)
        finally:
            self._under_way.discard(parcel.delivery_id)

    async def _send(self, parcel: Parcel, progress: Progress) -> None:
        try:
            await self._channels[parcel.channel].send(parcel, progress)
        except NotSent as error:
            await self._store(self._retry, parcel, error)
        except MaybeSent as error:
            await self._store(self._doubt, parcel, error)
        except Refused as error:
            await self._store(self._fail, parcel, error)
        else:
            await self._store(self._done, parcel)

    async def _store(self, step, parcel: Parcel, *details) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002
        """One transaction on the row; without a database the lease decides later."""
        try:
            await run_in_threadpool(self._in_transaction, step, parcel, *details)
        except Unavailable:
            log.warning("outbox.not_stored", step=step.__name__, delivery=parcel.delivery_id)

    def _in_transaction(self, step, parcel: Parcel, *details) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002
        with self._database.write() as session:
            row = session.get(Delivery, parcel.delivery_id)
            if row is not None and row.state == "sending":  # else erased meanwhile
                step(session, row, *details)

    def _note_progress(self, _: Session, row: Delivery, parts: int, reference: str) -> None:
        row.progress, row.provider_ref = parts, reference
        row.next_at = now() + self._lease

    def _done(self, session: Session, row: Delivery) -> None:
        row.state, row.sent_at = "sent", now()
        if row.told_at is not None:
            reachability.note_delivery(session, row, reachability.DELIVERED)
        log.info("outbox.sent", delivery=row.id, channel=row.channel, attempts=row.attempts)

    def _retry(self, session: Session, row: Delivery, error: NotSent) -> None:
        queued_at = session.get(Message, row.message_id).at
        if now() - queued_at > GIVE_UP_AFTER:
            self._fail(session, row, Refused(str(error)))
            return
        doubt = IN_DOUBT if _in_doubt(row) else ""
        row.state, row.error = "queued", f"{doubt}{error}"[:MAX_ERROR]
        row.next_at = now() + _pause(row.attempts, error.retry_after_s)
        if row.told_at is None and row.next_at - queued_at > LATE_AFTER:
            row.told_at = now()
            reachability.note_delivery(session, row)
        log.warning("outbox.retry", delivery=row.id, reason=str(error), attempts=row.attempts)

    def _doubt(self, session: Session, row: Delivery, error: MaybeSent) -> None:
        if _in_doubt(row):
            _stays_uncertain(session, row, str(error))
            return
        row.state, row.error = "uncertain", f"{IN_DOUBT}{error}"[:MAX_ERROR]
        row.next_at = now() + timedelta(seconds=AGAIN_AFTER_DOUBT_S)
        log.warning("outbox.uncertain", delivery=row.id, reason=str(error))

    def _fail(self, session: Session, row: Delivery, error: Refused) -> None:
        row.state, row.error = "failed", str(error)[:MAX_ERROR]
        log.error("outbox.failed", delivery=row.id, reason=str(error))
        conversation = session.get(Conversation, row.conversation_id)
        if isinstance(error, Unreachable):
            reachability.note_unreachable(session, conversation, str(error))
        reachability.note_delivery(session, row)


def _stays_uncertain(session: Session, row: Delivery, reason: str) -> None:
    row.state, row.error, row.next_at = "uncertain", f"{IN_DOUBT}{reason}"[:MAX_ERROR], NEVER
    log.error("outbox.stays_uncertain", delivery=row.id, reason=reason)
    reachability.note_delivery(session, row)


def _in_doubt(row: Delivery) -> bool:
    return (row.error or "").startswith(IN_DOUBT)


def _pause(attempts: int, told_s: float | None) -> timedelta:
    """What the channel says, else twice as long each time."""
    doubled = min(FIRST_RETRY_S * 2 ** min(attempts - 1, 10), LONGEST_RETRY_S)
    seconds = doubled if told_s is None else told_s
    return timedelta(seconds=min(seconds, GIVE_UP_AFTER.total_seconds()))


def _due(moment: datetime, channels: Iterable[str], under_way: Iterable[int] = ()) -> sa.sql.Select:
    """Rows whose time has come and that are the first unfinished one of their conversation.

    A new row is due at once: a clock that was put back must not hold up a safety text.
    """
    earlier = aliased(Delivery)
    overtaken = (
        sa.select(earlier.id)
        .where(
            earlier.conversation_id == Delivery.conversation_id,
            earlier.id < Delivery.id,
            earlier.state.in_(UNFINISHED),
            earlier.next_at < NEVER,
        )
        .exists()
    )
    return (
        sa.select(Delivery, Message, Conversation)
        .join(Message, Message.id == Delivery.message_id)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .where(
            Delivery.state.in_(UNFINISHED),
            sa.or_(
                Delivery.next_at <= moment,
                sa.and_(Delivery.state == "queued", Delivery.attempts == 0),
            ),
            Delivery.id.notin_(list(under_way)),
            Delivery.channel.in_(list(channels)),
            ~overtaken,
        )
        .order_by(Delivery.id)
    )


def _parcel(
    session: Session, row: Delivery, message: Message, conversation: Conversation
) -> Parcel:
    nurse = session.get(Nurse, message.nurse_id) if message.nurse_id else None
    return Parcel(
        delivery_id=row.id,
        message_id=message.id,
        conversation_id=conversation.id,
        channel=row.channel,
        channel_ref=conversation.channel_ref or "",
        locale=conversation.locale,
        speaker=message.speaker,
        text=message.text,
        alert=message.alert,
        quick_replies=list(message.quick_replies or []),
        source=message.source,
        nurse=(nurse.display_name, nurse.role) if nurse else None,
        parts_sent=row.progress,
    )
