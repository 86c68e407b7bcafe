"""Long polling that loses nothing: an update is committed before the next offset is asked for.

The updates of one chat are taken in one after the other, those of different chats side by side.
As long as one cannot be stored, no later offset is asked for, and Telegram keeps them all.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable

import structlog
from starlette.concurrency import run_in_threadpool
from telegram import Bot
from telegram.error import Conflict as TelegramConflict
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.channels.telegram import api, arrivals, calls, setup
from bot.channels.telegram.arrivals import Arrival
from bot.channels.telegram.calls import Call
from bot.channels.telegram.lock import only_one
from bot.channels.telegram.reception import Reception, take
from bot.channels.telegram.texts import Texts
from bot.conversation.intake import Intake
from bot.errors import Conflict, SettingsError, Unavailable
from bot.settings import Settings
from bot.store import Database

LOCK_FILE = "telegram-receiver.lock"
LANES = 4
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0
CONFLICTS_BORNE = 3
"""A receiver that was just killed may still have a call open at Telegram."""
STORAGE_RETRY_S = 1.0
SAY_NOT_STORED_AFTER = 3
log = structlog.get_logger()


async def run(settings: Settings, database: Database, intake: Intake) -> None:
    """Receive until cancelled.

    Raises Conflict when another receiver has this bot, SettingsError when the token is refused or
    a webhook is set.
    """
    reception = Reception(database, intake, Texts.load(settings), settings)
    client = api.bot(settings)
    with only_one(settings.var / LOCK_FILE):
        preparing = asyncio.create_task(setup.prepare(client, settings))
        try:
            await Receiver(client, reception).run()
        finally:
            preparing.cancel()
            await api.close(client)


class Receiver:
    """The loop; `receive_once` is one call of getUpdates with all that follows from it."""

    def __init__(self, client: Bot, reception: Reception) -> None:
        self._client = client
        self._reception = reception
        self._room = asyncio.Semaphore(LANES)
        self._offset = 0
        self._failures = 0
        self._conflicts = 0
        self._after: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Receive until cancelled; raises Conflict or SettingsError when that is pointless."""
        log.info("telegram.receiving")
        try:
            while True:
                await self._next()
        finally:
            await asyncio.gather(*self._after, return_exceptions=True)

    async def receive_once(self, timeout_s: int = api.POLL_S) -> int:
        """Take in one batch; how many updates it had. Raises TelegramError."""
        batch = await api.updates(self._client, self._offset, timeout_s)
        self._failures = self._conflicts = 0
        if batch:
            await self._take_all(map(arrivals.read, batch))
            self._offset = max(int(update["update_id"]) for update in batch) + 1
        return len(batch)

    async def _next(self) -> None:
        try:
            await self.receive_once()
        except TelegramConflict as error:
            self._conflicts += 1
            await self._bear(error)
        except InvalidToken:
            raise SettingsError("Telegram refuses TELEGRAM_TOKEN: ask @BotFather for it") from None
        except RetryAfter as error:
            await self._pause(error, told_s=api.seconds(error))
        except TelegramError as error:
            await self._pause(error)

    async def _bear(self, error: TelegramConflict) -> None:
        if "webhook" in error.message.lower():
            raise SettingsError(
                "a webhook is set for this bot, so nothing can be received by polling: run "
                "`python -m bot telegram setup`, or set TELEGRAM_WEBHOOK_SECRET to use the webhook"
            )
        if self._conflicts > CONFLICTS_BORNE:
            raise Conflict(
                "another receiver uses this bot's token: stop that one first, "
                "or give this installation a bot of its own",
                code="second_receiver",
            )
        await self._pause(error)

    async def _pause(self, error: TelegramError, told_s: float | None = None) -> None:
        self._failures += 1
        doubled = min(FIRST_RETRY_S * 2 ** min(self._failures - 1, 10), LONGEST_RETRY_S)
        log.warning("telegram.receive_failed", error=type(error).__name__, failures=self._failures)
        await asyncio.sleep(doubled if told_s is None else told_s)

    async def _take_all(self, batch: Iterable[Arrival]) -> None:
        lanes = defaultdict(list)
        for arrival in sorted(batch, key=lambda arrival: arrival.update_id):
            lanes[arrival.chat_id].append(arrival)
        await asyncio.gather(*(self._take_lane(lane) for lane in lanes.values()))

    async def _take_lane(self, lane: list[Arrival]) -> None:
        for arrival in lane:
            async with self._room:
                follow = await self._take(arrival)
            if follow:
                self._call_later(follow)

    def _call_later(self, follow: list[Call]) -> None:
        """Telegram being slow must not hold up the next update."""
        task = asyncio.create_task(calls.perform(self._client, follow))
        self._after.add(task)
        task.add_done_callback(self._after.discard)

    async def _take(self, arrival: Arrival) -> list[Call]:
        """Until it is stored, whatever it takes."""
        attempts = 0
        while True:
            attempts += 1
            try:
                return await run_in_threadpool(take, self._reception, arrival, attempts)
            except Unavailable:
                log.warning("telegram.not_stored", update_id=arrival.update_id, attempts=attempts)
            if attempts == SAY_NOT_STORED_AFTER and arrival.kind in ("text", "attachment"):
                self._call_later([self._reception.not_stored(arrival)])
            await asyncio.sleep(STORAGE_RETRY_S)
