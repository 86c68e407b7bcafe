"""`python -m bot telegram check`: what is right and what is wrong, one line each."""

from __future__ import annotations

from telegram import Bot, User, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.channels.telegram import api, setup
from bot.channels.telegram.lock import held
from bot.channels.telegram.receiver import LOCK_FILE
from bot.channels.telegram.texts import problems
from bot.settings import Settings

OK, WRONG, NOTE = "ok:    ", "WRONG: ", "note:  "
BACKLOG = 50
MIN_SECRET = 16


async def check(settings: Settings) -> list[str]:
    """Lines that begin with `ok:`, `WRONG:` (with what to do) or `note:`; calls Telegram."""
    lines = [*_local(settings)]
    if not settings.telegram_token:
        return lines
    client = api.bot(settings)
    try:
        return [*lines, *await _remote(client, settings)]
    except InvalidToken:
        return [*lines, f"{WRONG}Telegram refuses TELEGRAM_TOKEN: ask @BotFather for it (/token)"]
    except TelegramError as error:
        problem = f"{settings.telegram_api} does not answer: {type(error).__name__}"
        return [*lines, f"{WRONG}{problem}"]
    finally:
        await api.close(client)


def failed(lines: list[str]) -> bool:
    """Whether anything has to be corrected."""
    return any(line.startswith(WRONG) for line in lines)


def _local(settings: Settings) -> list[str]:
    lines = [f"{WRONG}{problem}" for problem in problems(settings.data / "telegram")]
    if not settings.telegram_token:
        lines.append(f"{WRONG}TELEGRAM_TOKEN is not set: ask @BotFather for a bot (/newbot)")
    if not settings.clinic_phone:
        lines.append(f"{NOTE}CLINIC_PHONE is not set: patients are told to use the number "
                     "the clinic gave them")
    if settings.telegram_webhook_secret:
        return [*lines, *_webhook_settings(settings)]
    running = held(settings.var / LOCK_FILE)
    state = "runs" if running else "does not run"
    return [*lines, f"{OK if running else NOTE}the receiver {state} on this machine"]


def _webhook_settings(settings: Settings) -> list[str]:
    lines = []
    if not settings.public_url.startswith("https://"):
        lines.append(f"{WRONG}a webhook needs PUBLIC_URL to begin with https://")
    if len(settings.telegram_webhook_secret) < MIN_SECRET:
        lines.append(f"{WRONG}TELEGRAM_WEBHOOK_SECRET should have {MIN_SECRET} characters or more")
    return lines


async def _remote(client: Bot, settings: Settings) -> list[str]:
    me = await client.get_me()
    differing = await setup.differs(client, settings)
    commands = (
        f"{WRONG}commands are not set for {', '.join(differing)}: "
        "run `python -m bot telegram setup`"
        if differing
        else f"{OK}commands are set in all languages"
    )
    return [
        f"{OK}the token belongs to https://t.me/{me.username}",
        *_groups(me),
        commands,
        *_receiving(await client.get_webhook_info(), settings),
    ]


def _groups(me: User) -> list[str]:
    if not me.can_join_groups:
        return []
    how = "turn that off with @BotFather, /setjoingroups"
    return [f"{NOTE}anybody can add the bot to groups, which it then leaves: {how}"]


def _receiving(info: WebhookInfo, settings: Settings) -> list[str]:
    wanted = setup.webhook_url(settings) if settings.telegram_webhook_secret else ""
    lines = []
    if info.url == wanted:
        lines.append(f"{OK}receiving by {'webhook' if wanted else 'long polling'}")
    else:
        lines.append(f"{WRONG}Telegram has the webhook {info.url or '(none)'}, the settings ask "
                     f"for {wanted or '(none)'}: run `python -m bot telegram setup`")
    if info.last_error_message:
        lines.append(f"{NOTE}the webhook's last error: {info.last_error_message}")
    waiting = f"{info.pending_update_count} updates wait at Telegram"
    return [*lines, f"{WRONG if info.pending_update_count > BACKLOG else OK}{waiting}"]
