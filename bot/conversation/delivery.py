"""What is delivered on a channel that reads no events, and what may become of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol


class NotSent(Exception):
    """The message surely did not go out; try again, after `retry_after_s` when it is given."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class MaybeSent(Exception):
    """Nobody knows whether the message went out."""


class Refused(Exception):
    """The channel will never take this message."""


class Unreachable(Refused):
    """The channel will take no message for this patient any more."""


Progress = Callable[[int, str], Awaitable[None]]
"""To be awaited after each part of a long message: parts sent so far, the channel's reference."""


@dataclass(frozen=True)
class Parcel:
    """A message on its way, with all that a channel needs to show it."""

    delivery_id: int
    message_id: int
    conversation_id: str
    channel: str
    channel_ref: str
    locale: str
    speaker: str
    text: str
    alert: str | None
    quick_replies: list[dict[str, Any]]
    source: dict[str, Any] | None
    nurse: tuple[str, str] | None
    """Name and role of the nurse who wrote it."""
    parts_sent: int


class Channel(Protocol):
    """A way to reach patients."""

    channel: str

    async def send(self, parcel: Parcel, progress: Progress) -> None:
        """Send, beginning after `parcel.parts_sent`; raises one of the errors above."""
        ...
