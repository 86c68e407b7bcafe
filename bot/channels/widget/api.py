"""The public HTTP contract of the widget: conversations, messages, events, and the script itself.

The application's state gives `settings`, `database`, `intake`, `precedence` and `watcher`. A
ProductError that leaves a route becomes the contract's JSON error in the application.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.channels.widget import (
    demo,
    ending,
    limits,
    moving,
    openapi,
    requests,
    script,
    stream,
    transcript,
)
from bot.channels.widget.origins import AllowedOrigins
from bot.conversation import conversations, events, messages, situation
from bot.conversation.intake import Incoming
from bot.errors import InvalidInput, NotFound
from bot.settings import Settings
from bot.store import Database
from bot.store.tables import Conversation
from bot.triage import Level

PREFIX = "/api/v1"
NO_STORE = {"Cache-Control": "no-store"}


def routes() -> list[BaseRoute]:
    """Everything a patient's browser asks for."""
    api: list[BaseRoute] = [
        Route("/conversations", start, methods=["POST"]),
        Route("/conversations/current", end, methods=["DELETE"]),
        Route("/conversations/current/transcript", save, methods=["GET"]),
        Route("/conversations/current/code", make_code, methods=["POST"]),
        Route("/conversations/resume", resume, methods=["POST"]),
        Route("/messages", send, methods=["POST"]),
        Route("/events", poll, methods=["GET"]),
        Route("/events/stream", stream.stream, methods=["GET"]),
        Route("/openapi.json", openapi.serve, methods=["GET"]),
    ]
    return [
        Mount(PREFIX, routes=api, middleware=[Middleware(AllowedOrigins)]),
        Route("/widget.js", script.serve_script, methods=["GET"]),
        Route("/widget.css", script.serve_style, methods=["GET"]),
        Route("/", demo.page, methods=["GET"]),
        Route("/demo", demo.page, methods=["GET"]),
        Route("/demo.css", demo.style, methods=["GET"]),
    ]


async def start(request: Request) -> Response:
    """POST /conversations: an id and a token, made here."""
    body = await requests.fields(request)
    settings: Settings = request.app.state.settings
    locale, notice = requests.locale(body, settings.locale), requests.notice(body)
    caller, brake = limits.caller(request), limits.of(request).starts
    if caller:
        brake.check(caller)
        brake.take(caller)
    started = await run_in_threadpool(_start, request.app.state.database, locale, notice)
    return JSONResponse(
        {"id": started.id, "token": started.token}, status_code=201, headers=NO_STORE
    )


def _start(database: Database, locale: str, notice: str) -> conversations.Started:
    with database.write() as session:
        return conversations.start(session, channel="widget", locale=locale, notice_version=notice)


async def send(request: Request) -> Response:
    """POST /messages: acknowledged after the commit; the same id again is the same message."""
    conversation_id = await requests.owner(request)
    incoming = _incoming(await requests.fields(request))
    await _slow_down(request, conversation_id, incoming)
    accepted = await request.app.state.precedence.accept(conversation_id, incoming)
    return JSONResponse(
        {"id": accepted.client_id, "seq": accepted.seq}, status_code=202, headers=NO_STORE
    )


async def _slow_down(request: Request, conversation_id: str, incoming: Incoming) -> None:
    """Raises TooMany for a message over the limit, unless it may be a red flag."""
    brakes, state = limits.of(request), request.app.state
    if brakes.messages.wait_s(conversation_id) > 0:
        async with brakes.reading(conversation_id):
            if not await run_in_threadpool(_may_not_wait, state, conversation_id, incoming):
                brakes.messages.check(conversation_id)
    brakes.messages.take(conversation_id)


def _may_not_wait(state: State, conversation_id: str, incoming: Incoming) -> bool:
    """Whether a nurse is asked for, or triage finds something to act on or to ask about."""
    if incoming.text is None:
        return True
    with state.database.read() as session:
        context = situation.read(session, conversation_id).context
    level: Level = state.intake.triage.decide(messages.storable(incoming.text), context).level
    return level is not Level.NONE


def _incoming(body: dict[str, object]) -> Incoming:
    client_id = requests.message_id(body)
    text = requests.text_field(body, "text", required=False)
    reply = requests.text_field(body, "reply", required=False)
    if (text is None) == (reply is None):
        raise InvalidInput("send either 'text' or 'reply'", code="missing_field")
    return Incoming(client_id, text=text, reply=reply)


async def poll(request: Request) -> Response:
    """GET /events?after=: a page of events, and the number to ask for next."""
    conversation_id = await requests.owner(request)
    after = requests.seq(request.query_params.get("after"))
    found = await run_in_threadpool(_events, request.app.state.database, conversation_id, after)
    last = found[-1]["seq"] if found else after
    return JSONResponse({"events": found, "last": last}, headers=NO_STORE)


def _events(database: Database, conversation_id: str, after: int) -> list[dict[str, object]]:
    with database.read() as session:
        return events.after(session, conversation_id, after)


async def end(request: Request) -> Response:
    """DELETE /conversations/current."""
    conversation_id = await requests.owner(request)
    ended = await run_in_threadpool(_end, request.app.state.database, conversation_id)
    return JSONResponse({"deleted": ended.deleted, "reference": ended.reference}, headers=NO_STORE)


def _end(database: Database, conversation_id: str) -> ending.Ended:
    with database.write() as session:
        return ending.end(session, conversation_id)


async def save(request: Request) -> Response:
    """GET /conversations/current/transcript: a plain text file."""
    conversation_id = await requests.owner(request)
    state = request.app.state
    text = await run_in_threadpool(_transcript, state.database, conversation_id, state.settings)
    disposition = f'attachment; filename="{transcript.filename()}"'
    return Response(
        text.encode("utf-8", "replace"),
        media_type="text/plain; charset=utf-8",
        headers={**NO_STORE, "Content-Disposition": disposition},
    )


def _transcript(database: Database, conversation_id: str, settings: Settings) -> str:
    with database.read() as session:
        return transcript.text(
            session, _existing(session.get(Conversation, conversation_id)), settings
        )


async def make_code(request: Request) -> Response:
    """POST /conversations/current/code: a code to go on with on another device."""
    conversation_id = await requests.owner(request)
    code = await run_in_threadpool(_make_code, request.app.state.database, conversation_id)
    return JSONResponse(
        {"code": code.code, "expires_at": code.expires_at.isoformat()},
        status_code=201,
        headers=NO_STORE,
    )


def _make_code(database: Database, conversation_id: str) -> moving.Code:
    with database.read() as session:
        return moving.make(_existing(session.get(Conversation, conversation_id)))


async def resume(request: Request) -> Response:
    """POST /conversations/resume: the code once, for a new token."""
    code = requests.needed(await requests.fields(request), "code")
    caller, wrong = limits.caller(request) or "", limits.of(request).codes
    wrong.check(caller)
    try:
        started = await run_in_threadpool(_move, request.app.state.database, code)
    except NotFound:
        wrong.take(caller)
        raise
    return JSONResponse({"id": started.id, "token": started.token}, headers=NO_STORE)


def _move(database: Database, code: str) -> conversations.Started:
    with database.write() as session:
        return moving.move(session, code)


def _existing(conversation: Conversation | None) -> Conversation:
    """It may have been deleted between the check of the token and now."""
    if conversation is None or conversation.token_hash is None:
        raise NotFound("this conversation has ended")
    return conversation
