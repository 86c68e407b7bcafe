"""`python -m bot telegram check`: what is right and what is wrong, one line each."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
from telegram import Bot, User, WebhookInfo
from telegram.error import TelegramError

from bot.channels.telegram import api, mistakes, setup
from bot.channels.telegram.lock import held
from bot.channels.telegram.receiver import LOCK_FILE
from bot.clock import now
from bot.settings import Settings

OK, WRONG, NOTE = "ok:    ", "WRONG: ", "note:  "
BACKLOG = 50
RECENT = timedelta(hours=1)
REACH_WITHIN_S = 5.0
SET_UP = "run `python -m bot telegram setup`"


async def check(settings: Settings) -> list[str]:
    """Lines that begin with `ok:`, `WRONG:` (with what to do) or `note:`; calls Telegram."""
    wrong = [f"{WRONG}{mistake}" for mistake in mistakes.found(settings)]
    lines = [*wrong, *_notes(settings)]
    if wrong:
        return lines
    client = api.bot(settings)
    try:
        return [*lines, *await _receiver(settings), *await _remote(client, settings)]
    except TelegramError as error:
        return [*lines, f"{WRONG}{mistakes.said(error, settings)}"]
    finally:
        await api.close(client)


def failed(lines: list[str]) -> bool:
    """Whether anything has to be corrected."""
    return any(line.startswith(WRONG) for line in lines)


def _notes(settings: Settings) -> list[str]:
    lines = []
    if not settings.clinic_phone:
        lines.append(
            f"{NOTE}CLINIC_PHONE is not set: patients are told to use the number "
            "the clinic gave them"
        )
    if not settings.internal_secret:
        lines.append(
            f"{NOTE}INTERNAL_SECRET is not set: codes that link a chat to a record "
            "end with a restart"
        )
    return lines


async def _receiver(settings: Settings) -> list[str]:
    if settings.telegram_webhook_secret:
        return [await _reachable(settings)]
    if held(settings.var / LOCK_FILE):
        return [f"{OK}the receiver runs on this machine"]
    return [f"{NOTE}the receiver does not run on this machine: `python -m bot run` starts it"]


async def _reachable(settings: Settings) -> str:
    """Whether this machine finds itself under the public address, as Telegram has to."""
    address = f"{settings.public_url.rstrip('/')}/healthz"
    try:
        async with httpx.AsyncClient(timeout=REACH_WITHIN_S) as client:
            answer = await client.get(address)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{NOTE}{address} does not answer from here: {type(error).__name__}"
    if answer.is_success:
        return f"{OK}{address} answers"
    return f"{WRONG}{address} answers {answer.status_code}: PUBLIC_URL has to lead to this product"


async def _remote(client: Bot, settings: Settings) -> list[str]:
    me = await client.get_me()
    return [
        f"{OK}the token belongs to https://t.me/{me.username}",
        *_groups(me),
        await _profile(client, settings),
        *_receiving(await client.get_webhook_info(), settings),
    ]


async def _profile(client: Bot, settings: Settings) -> str:
    differing = await setup.differs(client, settings)
    if differing:
        return f"{WRONG}not set or out of date: {', '.join(differing)}: {SET_UP}"
    return f"{OK}commands and descriptions are set in all languages"


def _groups(me: User) -> list[str]:
    lines = []
    if me.can_join_groups:
        lines.append(
            f"{NOTE}anybody can add the bot to groups, which it then leaves: turn that "
            "off with @BotFather, /setjoingroups"
        )
    if me.can_read_all_group_messages:
        lines.append(
            f"{NOTE}privacy mode is off, so the bot is sent everything that is written "
            "in a group: turn it on with @BotFather, /setprivacy"
        )
    return lines


def _receiving(info: WebhookInfo, settings: Settings) -> list[str]:
    wanted = setup.webhook_url(settings) if settings.telegram_webhook_secret else ""
    if info.url != wanted:
        lines = [
            (
                f"{WRONG}Telegram has the webhook {info.url or '(none)'}, the settings ask for "
                f"{wanted or '(none)'}: {SET_UP}"
            )
        ]
    else:
        lines = [f"{OK}receiving by {'webhook' if wanted else 'long polling'}", *_trouble(info)]
    waiting = f"{info.pending_update_count} updates wait at Telegram"
    return [*lines, f"{WRONG if info.pending_update_count > BACKLOG else OK}{waiting}"]


def _trouble(info: WebhookInfo) -> list[str]:
    """What is wrong with a webhook that has the right address."""
    lines = []
    other = set(info.allowed_updates or api.KINDS) != set(api.KINDS)
    if info.url and (other or info.max_connections not in (None, setup.ONE_AFTER_THE_OTHER)):
        lines.append(f"{WRONG}the webhook was set by somebody else: {SET_UP}")
    if info.last_error_message:
        bad = WRONG if _recent(info.last_error_date) and info.pending_update_count else NOTE
        lines.append(f"{bad}the webhook's last error: {info.last_error_message}")
    return lines


def _recent(at: datetime | None) -> bool:
    return at is not None and now() - at < RECENT
