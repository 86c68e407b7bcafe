"""The dialogue process: Rasa's agent behind one small internal address.

`POST /turn` runs one turn and gives back what the dialogue decided. Only our own processes may
call it: it listens on loopback and wants the internal secret on every address. Rasa's own HTTP
server and channels are not opened.
"""

from __future__ import annotations

import asyncio
import hmac
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore, LockError, LockStore, RedisLockStore
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.nlu import embeddings, locks, reading, shared
from bot.nlu.in_process import InProcessActions, Processor, noticing_failures
from bot.nlu.memory import Memory
from bot.settings import SECRET_HEADER, Settings

log = structlog.get_logger()
SESSION_TURNS = 12
"""After so many turns outside a form a new session begins: a turn's cost stays flat, and the
record of the conversation is in our database anyway."""
INPUT_CHANNEL = "assistant"


class Steps(OutputChannel):
    """Collects what the dialogue says, whole messages with all their parts."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """The channel's name in Rasa's events."""
        return INPUT_CHANNEL

    async def send_response(self, _recipient_id: str, message: dict[str, Any]) -> None:
        """One message of an action: words, or an effect."""
        custom = message.get("custom") or {}
        if "effect" in custom:
            self.steps.append(custom)
        elif message.get("text"):
            buttons = message.get("buttons") or []
            self.steps.append(
                {
                    "text": message["text"],
                    "source": custom.get("source"),
                    "quick_replies": [_quick_reply(button) for button in buttons],
                }
            )


class Host:
    """One agent and the turns it takes."""

    def __init__(self, settings: Settings, model: Path) -> None:
        self._secret = settings.internal_secret
        self._deadline_s = settings.action_deadline_s
        self._memory = _tracker_store(settings, Domain.empty())
        self._agent = _load(settings, model, self._memory)
        self._turns = asyncio.Semaphore(1)

    def app(self) -> Starlette:
        """The internal address."""
        return Starlette(
            routes=[
                Route("/turn", self.turn, methods=["POST"]),
                Route("/healthz", self.health),
            ]
        )

    async def health(self, request: Request) -> Response:
        """Loaded and able to answer."""
        if not self._allowed(request):
            return _refused()
        return JSONResponse({"ready": self._agent.is_ready()})

    async def turn(self, request: Request) -> Response:
        """One turn, as bot/conversation/answers.py describes it."""
        if not self._allowed(request):
            return _refused()
        call = await request.json()
        await run_in_threadpool(_vector, call)
        async with self._turns:
            if await request.is_disconnected():  # nobody waits for this answer any more
                return JSONResponse({"error": "too late"}, status_code=409)
            try:
                return await self._locked(call)
            except LockError:  # another turn has it, a process died in one, or the server is away
                return JSONResponse({"error": "locked"}, status_code=503)

    async def _locked(self, call: dict[str, Any]) -> Response:
        store, conversation = self._agent.lock_store, call["conversation"]
        with locks.held(store, conversation, self._deadline_s), noticing_failures() as failures:
            steps = await self._run(call)
        if failures:
            return JSONResponse({"error": "action failed", "actions": failures}, status_code=500)
        if not steps:
            log.error("host.nothing_said", message=call["message"])
            return JSONResponse({"error": "nothing said"}, status_code=500)
        return JSONResponse({"steps": steps})

    async def _run(self, call: dict[str, Any]) -> list[dict[str, Any]]:
        output = Steps()
        await self._prepare(call)
        message = UserMessage(
            text=_plain(call["text"]),
            output_channel=output,
            sender_id=call["conversation"],
            input_channel=INPUT_CHANNEL,
            message_id=call["message"],
            metadata=call["metadata"],
            parse_data=_parse_data(call),
        )
        await self._agent.processor.handle_message(message)
        return output.steps

    async def _prepare(self, call: dict[str, Any]) -> None:
        """Undo an earlier attempt at the same message; begin a new session when it is time."""
        store = self._agent.tracker_store
        tracker = await store.get_or_create_tracker(call["conversation"])
        changed = _undo_earlier_attempt(tracker, call["message"])
        if _is_long(tracker):
            _begin_session(tracker)
            changed = True
        if changed:
            await store.save(tracker)
        elif isinstance(self._memory, Memory):
            self._memory.keep(tracker)

    def _allowed(self, request: Request) -> bool:
        given = request.headers.get(SECRET_HEADER, "")
        return hmac.compare_digest(given.encode(), self._secret.encode())


def _load(settings: Settings, model: Path, memory: TrackerStore) -> Agent:
    """Like Agent.load, with our processor."""
    agent = Agent(
        tracker_store=memory,
        lock_store=_lock_store(settings),
        action_endpoint=InProcessActions(settings.action_deadline_s),
    )
    agent.processor = Processor(
        model_path=str(model),
        tracker_store=agent.tracker_store,
        lock_store=agent.lock_store,
        action_endpoint=agent.action_endpoint,
        generator=agent.nlg,
    )
    agent.domain = agent.tracker_store.domain = agent.processor.domain
    return agent


def _vector(call: dict[str, Any]) -> None:
    """Taken from triage or computed here, beside the turn that runs meanwhile."""
    if _parse_data(call) is None:  # else the intent is known and nothing is computed
        shared.unpack(call["text"], call.get("vector"))
        embeddings.embed(reading.read(_plain(call["text"])))


def _refused() -> Response:
    return JSONResponse({"error": "not allowed"}, status_code=403)


def _lock_store(settings: Settings) -> LockStore:
    if not settings.redis_url:
        return InMemoryLockStore()
    at = urlsplit(settings.redis_url)
    return RedisLockStore(
        host=at.hostname or "localhost",
        port=at.port or 6379,
        db=int(at.path.strip("/") or 0),
        username=at.username,
        password=at.password,
        use_ssl=at.scheme == "rediss",
        socket_timeout=settings.action_deadline_s,
    )


def _tracker_store(settings: Settings, domain: Domain) -> TrackerStore:
    if settings.rasa_tracker_url == "memory":
        return InMemoryTrackerStore(domain)
    if settings.rasa_tracker_url:
        return Memory(domain, host=settings.rasa_tracker_url, dialect="postgresql")
    settings.var.mkdir(parents=True, exist_ok=True)
    return Memory(domain, dialect="sqlite", db=str(settings.var / "dialogue.db"))


def _quick_reply(button: dict[str, str]) -> dict[str, Any]:
    return {"title": button["title"], "payload": {"intent": button["payload"].lstrip("/")}}


def _plain(text: str) -> str:
    """What a patient types is words: Rasa would obey `/restart` or `/intent{...}`."""
    return text.strip().lstrip("/").strip() or "."


def _parse_data(call: dict[str, Any]) -> dict[str, Any] | None:
    intent = (call.get("choice") or {}).get("intent")
    if intent is None and call["metadata"].get("foreign") and not _escalated(call):
        intent = "nlu_fallback"
    if intent is None:
        return None
    found = {"name": intent, "confidence": 1.0}
    return {
        "text": call["text"],
        "intent": found,
        "intent_ranking": [found],
        "entities": [],
        "metadata": call["metadata"],
    }


def _escalated(call: dict[str, Any]) -> bool:
    return call["metadata"].get("level") in ("urgent", "emergency")


def _undo_earlier_attempt(tracker: DialogueStateTracker, message_id: str) -> bool:
    latest = tracker.latest_message
    if latest is None or latest.message_id != message_id:
        return False
    tracker.update(UserUtteranceReverted())
    return True


def _is_long(tracker: DialogueStateTracker) -> bool:
    if tracker.active_loop is not None:
        return False
    turns = sum(isinstance(event, UserUttered) for event in tracker.events)
    return turns >= SESSION_TURNS


def _begin_session(tracker: DialogueStateTracker) -> None:
    kept = [SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value]
    tracker.update(ActionExecuted("action_session_start"))
    tracker.update(SessionStarted())
    for event in kept:
        tracker.update(event)
    tracker.update(ActionExecuted("action_listen"))
