"""Mistakes in the settings that can be seen without asking Telegram, each with what to do."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from telegram.error import InvalidToken, TelegramError

from bot.channels.telegram.texts import problems
from bot.settings import Settings

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{30,}")
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
PORTS = (443, 80, 88, 8443)
"""The only ones Telegram calls."""


def found(settings: Settings) -> list[str]:
    """One sentence each; empty when Telegram can be asked."""
    return [
        *problems(settings.data / "telegram"),
        *_token(settings.telegram_token),
        *_api(settings.telegram_api),
        *(_webhook(settings) if settings.telegram_webhook_secret else []),
    ]


def said(error: TelegramError, settings: Settings) -> str:
    """What an error of Telegram's means to an administrator; never with the token."""
    if isinstance(error, InvalidToken):
        return f"{settings.telegram_api} refuses TELEGRAM_TOKEN: ask @BotFather for it (/token)"
    shown = error.message.replace(settings.telegram_token, "(token)")
    return f"{settings.telegram_api} does not answer as Telegram does: {shown}"


def _token(token: str) -> list[str]:
    if not token:
        return ["TELEGRAM_TOKEN is not set: ask @BotFather for a bot (/newbot)"]
    if TOKEN.fullmatch(token) is None:
        return [
            (
                "TELEGRAM_TOKEN does not look like 123456789:AAF...: copy it from @BotFather "
                "(/token) without quotes, spaces or `bot` in front"
            )
        ]
    return []


def _api(address: str) -> list[str]:
    if urlsplit(address).scheme in ("http", "https"):
        return []
    return ["TELEGRAM_API must begin with https:// (or be left out)"]


def _webhook(settings: Settings) -> list[str]:
    lines = []
    address = urlsplit(settings.public_url)
    if address.scheme != "https" or not address.hostname:
        lines.append(
            "a webhook needs PUBLIC_URL to begin with https:// (or leave "
            "TELEGRAM_WEBHOOK_SECRET out: long polling needs no address)"
        )
    elif _port(settings.public_url) not in PORTS:
        lines.append("Telegram calls no port of PUBLIC_URL but 443, 80, 88 and 8443")
    if SECRET.fullmatch(settings.telegram_webhook_secret) is None:
        lines.append(
            "TELEGRAM_WEBHOOK_SECRET should have 16 characters or more, at most 256: "
            "letters, digits, _ and -"
        )
    return lines


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port or 443
    except ValueError:
        return None
