"""A small clinic for the console's tests: the real routes on a real SQLite file."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
import threading
import time
import uuid
from contextlib import asynccontextmanager, contextmanager
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from bot.clock import now
from bot.console import routes
from bot.consultations import accounts, opening
from bot.consultations.steps import Actor
from bot.conversation import conversations, messages
from bot.conversation.watch import Watcher
from bot.settings import ROOT, Settings
from bot.store import Database
from bot.store.tables import ConsultationRequest, Conversation, Nurse
from bot.triage import Decision, Finding, Level
from bot.wording import Wording

PASSWORD = "five blue herons at dawn"
VERSIONS = {"lexicon": "2026.11", "assertion": "2026.11"}


@lru_cache(maxsize=1)
def empty_record() -> Path:
    """A migrated database without rows, made once and copied for every test."""
    path = Path(tempfile.mkdtemp(prefix="console-tests-")) / "empty.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


BOTH = pytest.mark.parametrize(
    "clinic", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
"""Marks what has to hold on both databases."""


def clinic_for(request, folder) -> Clinic:
    """A clinic on the database a test asks for, SQLite unless it says otherwise."""
    wanted = getattr(request, "param", "sqlite")
    if wanted == "sqlite":
        return Clinic(folder)
    return Clinic(folder, database_url=request.getfixturevalue(wanted).empty_database())


class Clinic:
    """The record, the application over it, and what patients and nurses do."""

    def __init__(self, folder: Path, **settings) -> None:
        self.settings = Settings(
            **{
                "clinic_name": "Spine clinic",
                "clinic_phone": "01 23 45 67 89",
                "emergency_number": "112",
                "var": folder,
                "telegram_token": "1:test",
                "telegram_name": "spine_bot",
                "internal_secret": "for tests only",
                **settings,
            }
        )
        if not self.settings.database_url:
            shutil.copy(empty_record(), folder / "assistant.db")
        self.database = Database(self.settings.database)
        self.wording = Wording.load(ROOT / "data" / "wording", self.settings)

    def app(self) -> Starlette:
        watcher = Watcher(self.database)

        @asynccontextmanager
        async def lifespan(_app):
            async with watcher.running():
                yield

        app = Starlette(routes=routes.routes(), lifespan=lifespan)
        app.state.settings = self.settings
        app.state.database = self.database
        app.state.watcher = watcher
        app.state.wording = self.wording
        return app

    def nurse(self, name="vera", role="nurse", *, own_password=True) -> Nurse:
        with self.database.write() as session:
            accounts.add(session, name, display_name=name.title(), role=role, password=PASSWORD)
            nurse = accounts.find(session, name)
            nurse.must_change_password = not own_password
        return nurse

    def actor(self, nurse) -> Actor:
        return Actor(nurse, "127.0.0.1")

    def texts(self, key, locale, nurse) -> str:
        return self.wording.text(key, locale, name=nurse.display_name, role=nurse.role)

    def conversation(self, *, channel="widget", locale="en", **details) -> str:
        with self.database.write() as session:
            started = conversations.start(
                session, channel=channel, locale=locale, channel_ref=uuid.uuid4().hex
            )
            conversation = session.get(Conversation, started.id)
            for name, value in details.items():
                setattr(conversation, name, value)
        return started.id

    def patient_writes(self, conversation_id, text, *flags) -> int:
        """`flags` are (words, sign, level); returns the message's number."""
        decision = decided(text, flags)
        with self.database.write() as session:
            conversation = messages.lock(session, conversation_id)
            message = messages.add(
                session,
                conversation,
                "patient",
                text,
                client_id=uuid.uuid4().hex,
                triage=decision.to_json(),
                level=decision.level.value,
            )
            request = opening.open_request(session, conversation_id)
            if decision.level >= Level.URGENT:
                opening.file(
                    session,
                    conversation,
                    message,
                    priority=decision.level.value,
                    signs=decision.signs,
                )
            elif request is not None:
                request.waiting_since = request.waiting_since or message.at
            return message.seq

    def assistant_says(self, conversation_id, text, **fields) -> None:
        with self.database.write() as session:
            conversation = messages.lock(session, conversation_id)
            messages.add(session, conversation, "assistant", text, **fields)

    def request(
        self,
        text="I have a fever of 39 since this morning",
        words="fever of 39",
        sign="fever",
        level="urgent",
        **details,
    ) -> int:
        conversation_id = self.conversation(**details)
        self.patient_writes(conversation_id, text, (words, sign, level))
        return self.open_request(conversation_id).id

    def routine(self, text="Can a nurse call me?") -> int:
        conversation_id = self.conversation()
        with self.database.write() as session:
            conversation = messages.lock(session, conversation_id)
            message = messages.add(
                session, conversation, "patient", text, client_id=uuid.uuid4().hex, level="none"
            )
            return opening.file(session, conversation, message, priority="routine").request.id

    def open_request(self, conversation_id) -> ConsultationRequest:
        with self.database.read() as session:
            return opening.open_request(session, conversation_id)

    def case(self, request_id):
        with self.database.read() as session:
            request = session.get(ConsultationRequest, request_id)
            return request, session.get(Conversation, request.conversation_id)

    def close(self) -> None:
        self.database.close()


def decided(text, flags) -> Decision:
    findings = tuple(
        Finding(
            category="A",
            sign=sign,
            level=Level(level),
            assertion="present",
            start=text.index(words),
            end=text.index(words) + len(words),
            quote=words,
            rule_ids=(f"{sign}.1",),
            language="en",
            layer="lexicon",
        )
        for words, sign, level in flags
    )
    level = max((finding.level for finding in findings), default=Level.NONE)
    return Decision(level=level, findings=findings, script=level.value, versions=VERSIONS)


class Browser:
    """A signed-in browser without a screen: forms carry the page's own CSRF value."""

    opened: ClassVar[list[httpx.Client]] = []

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=20, follow_redirects=False)
        self.opened.append(self.http)

    @classmethod
    def close_all(cls) -> None:
        while cls.opened:
            cls.opened.pop().close()

    def csrf(self, path="/console/sign-in") -> str:
        return hidden(self.http.get(path).text, "csrf")

    def sign_in(self, name="vera", password=PASSWORD, **more) -> httpx.Response:
        data = {"name": name, "password": password, "csrf": self.csrf(), **more}
        return self.http.post("/console/sign-in", data=data)

    def get(self, path) -> httpx.Response:
        return self.http.get(path)

    def post(self, path, page="/console/password", **data) -> httpx.Response:
        data.setdefault("csrf", self.csrf(page))
        return self.http.post(path, data=data)

    def act(self, request_id, action, **data) -> httpx.Response:
        """Press a button of the request's page, with what its form holds."""
        page = f"/console/requests/{request_id}"
        text = self.http.get(page).text
        for name in ("csrf", "version", "seen", "send_id"):
            data.setdefault(name, hidden(text, name))
        return self.http.post(f"{page}/{action}", data=data)


def hidden(text: str, name: str) -> str:
    _, _, after = text.partition(f'name="{name}" value="')
    return after.partition('"')[0] if after else ""


@contextmanager
def serving(app, port=0):
    """The application behind a real server on a free port; its address."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="warning", timeout_graceful_shutdown=1, lifespan="on", ws="none"
            )
        )
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
        )
        thread.start()
        while thread.is_alive() and not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def days_ago(days) -> date:
    return now().date() - timedelta(days=days)
