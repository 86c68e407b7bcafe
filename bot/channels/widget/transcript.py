"""A conversation as a plain text file, for the patient to keep."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.channels.widget import strings
from bot.clock import now
from bot.conversation import events
from bot.settings import Settings
from bot.store.tables import Conversation

TIME = "%Y-%m-%d %H:%M UTC"


def filename() -> str:
    """Named by day; says nothing about the patient."""
    return f"conversation-{now():%Y-%m-%d}.txt"


def text(session: Session, conversation: Conversation, settings: Settings) -> str:
    """All messages in order, with speaker, time and source."""
    words = strings.load()[conversation.locale]
    head = [
        f"{settings.clinic_name or words['theClinic']}: {words['title']}",
        words["fileMade"].format(time=now().strftime(TIME)),
        words["limits"],
    ]
    blocks = [_block(event, words) for event in _all(session, conversation.id)]
    return "\n\n".join(["\n".join(head), *blocks]) + "\n"


def _all(session: Session, conversation_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := events.after(session, conversation_id, found[-1]["seq"] if found else 0):
        found += page
    return [event for event in found if event["type"] == "message"]


def _block(event: dict[str, Any], words: dict[str, Any]) -> str:
    at = datetime.fromisoformat(event["at"]).strftime(TIME)
    lines = [f"[{at}] {speaker(event, words)}", event["text"]]
    source = event["source"]
    if source:
        lines.append(f"({words['source']}: {source.get('section')}, {source.get('version')})")
    return "\n".join(lines)


def speaker(event: dict[str, Any], words: dict[str, Any]) -> str:
    """Who speaks, as the widget labels it."""
    if event["speaker"] != "nurse":
        return str(words[event["speaker"]])
    nurse = event["nurse"] or {"name": "", "role": "nurse"}
    role = words["roles"].get(nurse["role"], nurse["role"])
    return f"{nurse['name']} ({role})" if nurse["name"] else str(role)
