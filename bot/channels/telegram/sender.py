"""Sending one message to one chat; which error means what to the outbox."""

from __future__ import annotations

import httpx
import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import InlineKeyboardButtonLimit
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.channels.telegram import CHANNEL, api
from bot.channels.telegram.limits import Limits
from bot.channels.telegram.split import parts
from bot.channels.telegram.texts import Texts
from bot.conversation.delivery import MaybeSent, NotSent, Parcel, Progress, Refused, Unreachable
from bot.settings import Settings

NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
TOKEN_RETRY_S = 60.0
GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "bot was blocked")
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
log = structlog.get_logger()


class TelegramSender:
    """The outbox's way to Telegram."""

    channel = CHANNEL

    def __init__(self, settings: Settings, client: Bot | None = None) -> None:
        self._client = client or api.bot(settings, connections=16)
        self._texts = Texts.load(settings)
        self._limits = Limits()

    async def close(self) -> None:
        """Give back the connections."""
        await api.close(self._client)

    async def send(self, parcel: Parcel, progress: Progress) -> None:
        """Send the parts that are not sent yet; raises the outbox's errors."""
        if not parcel.channel_ref:
            raise Unreachable("the chat is no longer linked to this conversation")
        pieces = parts(self._worded(parcel))
        for number, piece in enumerate(pieces, start=1):
            if number > parcel.parts_sent:
                last = number == len(pieces)
                reference = await self._send(parcel, piece, buttons=last)
                await progress(number, reference)

    def _worded(self, parcel: Parcel) -> str:
        """The text, with the name of the person who wrote it."""
        if parcel.nurse is not None:
            name, role = parcel.nurse
            label = self._texts.text("nurse_label", parcel.locale, name=name, role=role)
            return f"{label}\n{parcel.text}"
        return parcel.text

    async def _send(self, parcel: Parcel, text: str, *, buttons: bool) -> str:
        await self._limits.wait(parcel.channel_ref)
        try:
            message = await self._client.send_message(
                parcel.channel_ref,
                text,
                reply_markup=_keyboard(parcel) if buttons else None,
                link_preview_options=NO_PREVIEW,
            )
        except TelegramError as error:
            raise _meaning(error) from error
        return str(message.message_id)


def _keyboard(parcel: Parcel) -> InlineKeyboardMarkup | None:
    """Quick replies as buttons, one a row; the key is what comes back when it is tapped."""
    rows = [
        [InlineKeyboardButton(reply["title"], callback_data=reply["key"])]
        for reply in parcel.quick_replies
        if len(reply["key"].encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
    ]
    if len(rows) < len(parcel.quick_replies):
        log.error("telegram.button_key_too_long", message=parcel.message_id)
    return InlineKeyboardMarkup(rows) if rows else None


def _meaning(error: TelegramError) -> Exception:
    """The outbox's name for what went wrong, without the token that some texts carry."""
    meaning: Exception = NotSent(f"Telegram has a problem: {type(error).__name__}")
    if isinstance(error, RetryAfter):
        meaning = NotSent("Telegram asks to wait", api.seconds(error))
    elif isinstance(error, InvalidToken):
        meaning = NotSent("Telegram refuses the bot's token", TOKEN_RETRY_S)
    elif isinstance(error, Forbidden) or _gone(error):
        meaning = Unreachable(error.message)
    elif isinstance(error, (BadRequest, ChatMigrated)):
        meaning = Refused(error.message)
    elif isinstance(error.__cause__, NEVER_LEFT):
        meaning = NotSent(f"no connection to Telegram: {type(error.__cause__).__name__}")
    elif isinstance(error.__cause__, httpx.HTTPError):
        meaning = MaybeSent(f"no answer from Telegram: {type(error.__cause__).__name__}")
    return meaning


def _gone(error: TelegramError) -> bool:
    said = error.message.lower()
    return isinstance(error, BadRequest) and any(phrase in said for phrase in GONE)
