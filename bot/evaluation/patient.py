"""A patient at the HTTP contract: writes, waits, reads."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

TIMEOUT_S = 10.0
LOOK_EVERY_S = 0.02


@dataclass
class Patient:
    """One conversation over HTTP."""

    url: str
    locale: str = "en"
    seq: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = httpx.Client(base_url=self.url, timeout=TIMEOUT_S, trust_env=False)
        started = self._client.post(
            "/api/v1/conversations", json={"locale": self.locale, "notice": "1"}
        )
        started.raise_for_status()
        self.id = started.json()["id"]
        self.token = started.json()["token"]
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def post(self, body: dict[str, Any] | bytes) -> httpx.Response:
        """One message as it is, without waiting for anything."""
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        headers = {**self.headers, "Content-Type": "application/json"}
        return self._client.post("/api/v1/messages", headers=headers, **content)

    def send(self, text: str | None = None, *, reply: str | None = None) -> str:
        """Send and return the message's id; raises for anything but acceptance."""
        message_id = str(uuid.uuid4())
        said = {"text": text} if reply is None else {"reply": reply}
        self.post({"id": message_id, **said}).raise_for_status()
        return message_id

    def look(self) -> list[dict[str, Any]]:
        """New events since the last look."""
        answer = self._client.get(
            "/api/v1/events", params={"after": self.seq}, headers=self.headers
        )
        answer.raise_for_status()
        new: list[dict[str, Any]] = answer.json()["events"]
        if new:
            self.seq = new[-1]["seq"]
            self.events += new
        return new

    def answers(self, message_id: str, within_s: float = 20.0) -> list[dict[str, Any]]:
        """What was said in reply to a message, once its turn is done; raises TimeoutError."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            self.look()
            about = [event for event in self.events if event.get("in_reply_to") == message_id]
            if any(event["type"] == "turn_done" for event in about):
                return [event for event in about if event["type"] == "message"]
            time.sleep(LOOK_EVERY_S)
        raise TimeoutError(f"no answer within {within_s:.0f} s")

    def ask(self, text: str | None = None, *, reply: str | None = None) -> list[dict[str, Any]]:
        """Send, wait, return the answers."""
        return self.answers(self.send(text, reply=reply))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
