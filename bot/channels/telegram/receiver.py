"""Long polling that loses nothing: an update is committed before the next offset is asked for.

The updates of one chat are taken in one after the other, those of different chats side by side.
As long as one cannot be stored, no later offset is asked for, and Telegram keeps them all.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from contextlib import nullcontext

import structlog
from telegram import Bot
from telegram.error import Conflict as TelegramConflict
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.channels.telegram import api, arrivals, calls, setup
from bot.channels.telegram.arrivals import Arrival
from bot.channels.telegram.calls import Call
from bot.channels.telegram.lock import only_one
from bot.channels.telegram.pulse import Heart
from bot.channels.telegram.reception import Reception
from bot.channels.telegram.rivals import Rivals
from bot.channels.telegram.taking import Taking
from bot.channels.telegram.texts import Texts
from bot.channels.telegram.watchdog import Watchdog
from bot.conversation.intake import Intake
from bot.errors import Conflict, SettingsError, Unavailable
from bot.settings import Settings
from bot.store import Database

LOCK_FILE = "telegram-receiver.lock"
LANES = 4
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0
LONGEST_TOLD_S = 300.0
"""Telegram may ask to wait longer; patients cannot."""
REFUSED_RETRY_S = 60.0
RIVAL_RETRY_S = 1.0
STORAGE_RETRY_S = 1.0
log = structlog.get_logger()


async def run(settings: Settings, database: Database, intake: Intake) -> None:
    """Receive until cancelled.

    Raises Conflict when another receiver has this bot or a webhook is set, SettingsError when the
    token is refused from the start.
    """
    reception = Reception(database, intake, Texts.load(settings), settings)
    client = api.bot(settings)
    with only_one(settings.var / LOCK_FILE):
        preparing = asyncio.create_task(setup.prepare(client, settings))
        try:
            await Receiver(client, reception, Heart(database), Watchdog()).run()
        finally:
            preparing.cancel()
            await api.close(client)


class Receiver:
    """The loop; `receive_once` is one call of getUpdates with all that follows from it."""

    def __init__(
        self,
        client: Bot,
        reception: Reception,
        heart: Heart | None = None,
        watchdog: Watchdog | None = None,
    ) -> None:
        self._client = client
        self._taking = Taking(reception)
        self._heart = heart
        self._watchdog = watchdog
        self._room = asyncio.Semaphore(LANES)
        self._offset = 0
        self._failures = 0
        self._rivals = Rivals()
        self._admitted = False
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
        self._failures = 0
        self._admitted = True
        if batch:
            with self._watchdog.watching() if self._watchdog else nullcontext():
                await self._take_all(map(arrivals.read, batch))
            self._offset = max(int(update["update_id"]) for update in batch) + 1
        if self._heart is not None:
            await self._heart.beat()
        return len(batch)

    async def _next(self) -> None:
        try:
            await self.receive_once()
        except TelegramConflict as error:
            await self._bear(error)
        except InvalidToken as error:
            await self._refused(error)
        except RetryAfter as error:
            await self._pause(error, told_s=min(api.seconds(error), LONGEST_TOLD_S))
        except TelegramError as error:
            await self._pause(error)

    async def _bear(self, error: TelegramConflict) -> None:
        if "webhook" in error.message.lower():
            raise Conflict(
                "a webhook is set for this bot, so nothing can be received by polling: run "
                "`python -m bot telegram setup`, or set TELEGRAM_WEBHOOK_SECRET to use the webhook",
                code="webhook_set",
            )
        if self._rivals.met():
            raise Conflict(
                "another receiver uses this bot's token: stop that one first, "
                "or give this installation a bot of its own",
                code="second_receiver",
            )
        log.error("telegram.second_receiver")
        await self._pause(error, told_s=RIVAL_RETRY_S)

    async def _refused(self, error: InvalidToken) -> None:
        """Wrong from the start is a wrong setting; later it may be Telegram's own trouble."""
        if not self._admitted:
            raise SettingsError("Telegram refuses TELEGRAM_TOKEN: ask @BotFather for it") from None
        log.error("telegram.token_refused")
        await self._pause(error, told_s=REFUSED_RETRY_S)

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
            self._call_later(follow)

    def _call_later(self, follow: list[Call]) -> None:
        """Telegram being slow must not hold up the next update."""
        if not follow:
            return
        task = asyncio.create_task(calls.perform(self._client, follow))
        self._after.add(task)
        task.add_done_callback(self._after.discard)

    async def _take(self, arrival: Arrival) -> list[Call]:
        """Until it is stored, whatever it takes."""
        while True:
            if self._watchdog is not None:
                self._watchdog.feed()
            try:
                return await self._taking.take(arrival)
            except Unavailable:
                self._call_later(self._taking.apology(arrival))
            await asyncio.sleep(STORAGE_RETRY_S)
