"""Telling Telegram about the bot: commands and descriptions in three languages, and the webhook."""

from __future__ import annotations

import structlog
from telegram import Bot, BotCommand
from telegram.error import TelegramError

from bot.channels.telegram import api, mistakes
from bot.channels.telegram.texts import Texts
from bot.channels.telegram.webhook import PATH
from bot.errors import SettingsError
from bot.settings import LOCALES, Settings

ONE_AFTER_THE_OTHER = 1
"""Connections Telegram may use for the webhook: with more, a chat's order is not kept."""
log = structlog.get_logger()


async def setup(settings: Settings) -> list[str]:
    """Set everything up; what was changed, one sentence each.

    Raises SettingsError with what to do when something of it is wrong.
    """
    wrong = mistakes.found(settings)
    if wrong:
        raise SettingsError("; ".join(wrong))
    client = api.bot(settings)
    try:
        return [*await profile(client, settings), await receiving(client, settings)]
    except TelegramError as error:
        raise SettingsError(mistakes.said(error, settings)) from None
    finally:
        await api.close(client)


async def prepare(client: Bot, settings: Settings) -> None:
    """Bring commands and descriptions up to date beside other work; a failure is only logged."""
    try:
        for changed in await profile(client, settings):
            log.info("telegram.profile", changed=changed)
    except TelegramError as error:
        log.warning("telegram.profile_failed", error=type(error).__name__)


async def profile(client: Bot, settings: Settings) -> list[str]:
    """Set what differs; the clinic's own language is also the default for all others."""
    texts = Texts.load(settings)
    changed = []
    for code, locale in [("", settings.locale), *((locale, locale) for locale in LOCALES)]:
        changed += await _commands(client, texts, locale, code)
        changed += await _descriptions(client, texts, locale, code)
    return changed


async def differs(client: Bot, settings: Settings) -> list[str]:
    """What in the bot's profile is not ours: "commands (es)" and so on."""
    texts = Texts.load(settings)
    found = []
    for locale in LOCALES:
        if list(await client.get_my_commands(language_code=locale)) != _wanted(texts, locale):
            found.append(f"commands ({locale})")
        long = (await client.get_my_description(locale)).description
        short = (await client.get_my_short_description(locale)).short_description
        if long != texts.text("description", locale):
            found.append(f"description ({locale})")
        if short != texts.text("short_description", locale):
            found.append(f"short description ({locale})")
    return found


async def receiving(client: Bot, settings: Settings) -> str:
    """Set the webhook, or remove it for long polling; waiting updates are kept."""
    if not settings.telegram_webhook_secret:
        await client.delete_webhook(drop_pending_updates=False)
        return "receiving: long polling (no webhook)"
    await client.set_webhook(
        webhook_url(settings),
        secret_token=settings.telegram_webhook_secret,
        max_connections=ONE_AFTER_THE_OTHER,
        allowed_updates=list(api.KINDS),
        drop_pending_updates=False,
    )
    return f"receiving: webhook {webhook_url(settings)}"


def webhook_url(settings: Settings) -> str:
    """Where Telegram is to call us."""
    return f"{settings.public_url.rstrip('/')}{PATH}"


async def _commands(client: Bot, texts: Texts, locale: str, code: str) -> list[str]:
    wanted = _wanted(texts, locale)
    if list(await client.get_my_commands(language_code=code or None)) == wanted:
        return []
    await client.set_my_commands(wanted, language_code=code or None)
    return [f"commands set ({code or 'default'})"]


async def _descriptions(client: Bot, texts: Texts, locale: str, code: str) -> list[str]:
    changed, language = [], code or None
    long, short = texts.text("description", locale), texts.text("short_description", locale)
    if (await client.get_my_description(language)).description != long:
        await client.set_my_description(long, language)
        changed.append(f"description set ({code or 'default'})")
    if (await client.get_my_short_description(language)).short_description != short:
        await client.set_my_short_description(short, language)
        changed.append(f"short description set ({code or 'default'})")
    return changed


def _wanted(texts: Texts, locale: str) -> list[BotCommand]:
    return [BotCommand(name, about) for name, about in texts.commands(locale).items()]
