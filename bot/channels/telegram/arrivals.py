"""Reading an update: what arrived, from which chat, in the few words the rest needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import structlog
from telegram import CallbackQuery, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

from bot.settings import LOCALES

ATTACHMENTS = {
    "photo": "photo",
    "live_photo": "photo",
    "voice": "voice",
    "video": "video",
    "video_note": "video",
    "audio": "audio",
    "animation": "animation",
    "document": "document",
    "sticker": "sticker",
    "dice": "sticker",
    "venue": "location",
    "location": "location",
    "contact": "contact",
    "poll": "other",
    "game": "other",
    "story": "other",
    "paid_media": "other",
    "checklist": "other",
    "invoice": "other",
}
"""Message fields by what a patient calls them; the first that is filled counts (an animation
also fills `document`, a venue also fills `location`)."""
UNREADABLE = (
    TelegramError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    OSError,
)
"""What the library raises for an update of a form it does not know (times far off are OSError)."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Arrival:
    """One update; `kind` decides what is done with it."""

    update_id: int
    kind: str
    """text, attachment, button, blocked, unblocked, group, ignored."""
    chat_id: int = 0
    locale: str = ""
    """The language of the sender's Telegram, empty when it is none of ours."""
    text: str = ""
    attachment: str | None = None
    ref: str = ""
    """Telegram's number of the message in its chat; an edited message keeps it."""
    edited: bool = False
    key: str = ""
    callback_id: str = ""
    phone: str = ""
    """The sender's own number, shared with the contact button."""

    @property
    def client_id(self) -> str:
        """The id of the patient's message that this update becomes."""
        return f"tg-{self.update_id}"


def read(raw: dict[str, Any]) -> Arrival:
    """The arrival in a raw update; one that cannot be read is `ignored` or an attachment."""
    update_id = int(raw["update_id"])
    try:
        update = Update.de_json(raw)
        return _read(update_id, update)
    except UNREADABLE as error:
        log.warning("telegram.update_unreadable", update_id=update_id, error=type(error).__name__)
        return _salvaged(update_id, raw)


def _read(update_id: int, update: Update) -> Arrival:
    if update.callback_query is not None:
        return _button(update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _membership(update_id, update.my_chat_member)
    message = update.message or update.edited_message or update.channel_post
    if message is None:
        return Arrival(update_id, "ignored")
    if message.chat.type != ChatType.PRIVATE:
        return Arrival(update_id, "group", message.chat.id, _locale(message))
    return _private(update_id, message, edited=update.edited_message is not None)


def _private(update_id: int, message: Message, *, edited: bool) -> Arrival:
    arrival = Arrival(
        update_id,
        "text",
        message.chat.id,
        _locale(message),
        text=message.text or message.caption or "",
        attachment=_attachment(message),
        ref=str(message.message_id),
        edited=edited,
        phone=_own_phone(message),
    )
    if arrival.attachment == "location" and edited:
        return Arrival(update_id, "ignored", message.chat.id)  # a live location that moved
    if arrival.attachment:
        return replace(arrival, kind="attachment")
    return arrival if arrival.text.strip() else Arrival(update_id, "ignored", message.chat.id)


def _attachment(message: Message) -> str | None:
    for field, kind in ATTACHMENTS.items():
        if getattr(message, field, None):
            return kind
    unknown = message.api_kwargs and not (message.text or message.caption)
    return "other" if unknown else None  # a kind newer than the library


def _own_phone(message: Message) -> str:
    contact, sender = message.contact, message.from_user
    if contact is None or sender is None or contact.user_id != sender.id:
        return ""
    return contact.phone_number


def _button(update_id: int, query: CallbackQuery) -> Arrival:
    chat = query.message.chat if query.message else None
    if chat is None or chat.type != ChatType.PRIVATE:
        return Arrival(update_id, "ignored", callback_id=query.id)
    return Arrival(
        update_id,
        "button",
        chat.id,
        _known(query.from_user.language_code),
        key=query.data or "",
        callback_id=query.id,
    )


def _membership(update_id: int, change: ChatMemberUpdated) -> Arrival:
    gone = change.new_chat_member.status in (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT)
    if change.chat.type == ChatType.PRIVATE:
        return Arrival(update_id, "blocked" if gone else "unblocked", change.chat.id)
    return Arrival(
        update_id,
        "ignored" if gone else "group",
        change.chat.id,
        _known(change.from_user.language_code),
    )


def _salvaged(update_id: int, raw: dict[str, Any]) -> Arrival:
    """What can be saved of an update in an unknown form: its text, or that something came."""
    query = raw.get("callback_query")
    if isinstance(query, dict):
        return Arrival(update_id, "ignored", callback_id=str(query.get("id") or ""))
    for kind in ("message", "edited_message"):
        message = raw.get(kind)
        chat_id = _private_chat(message)
        if isinstance(message, dict) and chat_id:
            text = str(message.get("text") or message.get("caption") or "")
            arrival = Arrival(
                update_id,
                "text",
                chat_id,
                text=text,
                ref=str(message.get("message_id") or ""),
                edited=kind == "edited_message",
            )
            if text.strip():
                return arrival
            return replace(arrival, kind="attachment", attachment="other")
    return Arrival(update_id, "ignored")


def _private_chat(message: Any) -> int:
    chat = message.get("chat") if isinstance(message, dict) else None
    if not isinstance(chat, dict) or chat.get("type") != "private":
        return 0
    chat_id = chat.get("id")
    return chat_id if isinstance(chat_id, int) else 0


def _locale(message: Message) -> str:
    return _known(message.from_user.language_code if message.from_user else None)


def _known(language: str | None) -> str:
    code = (language or "").split("-")[0].lower()
    return code if code in LOCALES else ""
