"""A clinic's website for the widget's browser tests: the real web process and a real browser.

Run as a script it is the web process; imported it gives the fixtures' tools.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import sqlalchemy as sa

from bot.clock import now
from bot.conversation import events, messages
from bot.store import Database
from bot.store.tables import Conversation, Message, Nurse

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "tests" / "output" / "widget"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 180
PATH = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
ELEMENT = "perioperative-assistant"
SOURCE = {
    "guide": "microscope-assisted-spinal-surgery",
    "section": "preparation",
    "passages": ["preparation-1"],
    "version": "1",
}
EMERGENCY = (
    "You wrote that you cannot feel your leg. Call 112 now or go to the nearest emergency "
    "department. Nobody is reading this chat live."
)


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Site:
    """The web process on a port that stays the same over restarts, and its record."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.listed = free_port()
        """Where a website that may embed the widget is served by a test."""
        self.environment = {
            "PORT": str(self.port),
            "VAR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'widget.db'}",
            "CLINIC_NAME": "Spine Clinic",
            "CLINIC_PHONE": "+00 123 456 789",
            "EMERGENCY_NUMBER": "112",
            "MAX_MESSAGE_CHARS": "20000",
            "ALLOWED_ORIGINS": f"http://127.0.0.1:{self.listed}",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.start()
        self.database = Database(self.environment["DATABASE_URL"])
        with self.database.write() as session:
            session.add(
                Nurse(
                    name="n", display_name="Ana", role="nurse", password_hash="x", created_at=now()
                )
            )

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            env={**os.environ, "PYTHONPATH": PATH, **self.environment},
            cwd=ROOT,
        )
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            try:
                httpx.get(f"{self.url}/healthz", timeout=2, trust_env=False)
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                return
        self.kill()
        raise TimeoutError("the web process did not start")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def newest(self) -> str:
        """The id of the conversation that was started last."""
        with self.database.read() as session:
            return session.execute(
                sa.select(Conversation.id).order_by(Conversation.created_at.desc()).limit(1)
            ).scalar_one()

    def conversations(self) -> int:
        with self.database.read() as session:
            return session.execute(sa.select(sa.func.count(Conversation.id))).scalar()

    def says(self, text, speaker="assistant", *, done=False, conversation=None, **fields) -> None:
        """The other side speaks; with `done`, the turn of the newest patient message is over."""
        with self.database.write() as session:
            found = messages.lock(session, conversation or self.newest())
            messages.add(session, found, speaker, text, **fields)
            if done:
                asked = self._last_asked(session, found.id)
                events.append(session, found, "turn_done", data={"in_reply_to": asked})

    def nurse(self, text, **fields) -> None:
        self.says(text, "nurse", nurse_id=1, **fields)

    def _last_asked(self, session, conversation_id):
        return session.execute(
            sa.select(Message.client_id)
            .where(Message.conversation_id == conversation_id, Message.speaker == "patient")
            .order_by(Message.id.desc())
            .limit(1)
        ).scalar_one()

    def asked(self, conversation=None) -> list[str]:
        """What the patient wrote, as it is stored."""
        with self.database.read() as session:
            return list(
                session.execute(
                    sa.select(Message.text)
                    .where(
                        Message.conversation_id == (conversation or self.newest()),
                        Message.speaker == "patient",
                    )
                    .order_by(Message.seq)
                ).scalars()
            )

    def many(self, count) -> None:
        """A long history in one transaction."""
        with self.database.write() as session:
            found = messages.lock(session, self.newest())
            for number in range(count):
                speaker = "patient" if number % 2 else "assistant"
                client_id = f"old-{number}" if number % 2 else None
                messages.add(session, found, speaker, f"message {number}", client_id=client_id)


@contextmanager
def website(port: int, html: str) -> Iterator[str]:
    """Another website: one page, on an origin of its own."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_details: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.shutdown()
        server.server_close()


class Widget:
    """The widget on a page, in the words of the person who uses it."""

    def __init__(self, page) -> None:
        self.page = page
        self.launcher = page.locator("button.launcher")
        self.panel = page.get_by_role("dialog")
        self.log = page.locator("[role=log]")
        self.messages = self.log.locator(".message")
        self.input = page.locator("textarea")
        self.agree_button = page.locator("button.agree").first
        self.typing = page.locator(".typing")

    def open(self):
        self.launcher.click()
        return self

    def start(self):
        """Open and agree, with nothing asked yet."""
        self.open()
        self.agree_button.click()
        return self

    def say(self, text, wait=True):
        self.input.fill(text)
        self.page.locator("button.send").click()
        if wait:
            self.message(text).and_(self.page.locator("[data-state=stored]")).last.wait_for()
        return self

    def message(self, text):
        return self.messages.filter(has_text=text)

    def texts(self):
        return self.log.locator(".message .text").all_inner_texts()

    def menu(self, item):
        self.page.get_by_role("button", name="Menu").click()
        self.page.locator(".menu").get_by_role("button", name=item).click()

    def storage(self):
        return self.page.evaluate(
            "() => JSON.stringify([sessionStorage, localStorage].flatMap(Object.entries))"
        )

    def focused(self):
        """Class, id and text of the focused element inside the widget."""
        return self.page.evaluate(
            f"""() => {{ const root = document.querySelector('{ELEMENT}').shadowRoot;
            const node = root.activeElement;
            return node && [node.id, node.className, node.textContent].join('|'); }}"""
        )


def serve() -> None:
    """The web process alone: no dialogue, so that a test decides what is answered."""
    import uvicorn  # noqa: PLC0415  only in the process of its own

    from bot.settings import Settings  # noqa: PLC0415
    from bot.web import create_app  # noqa: PLC0415

    settings = Settings.from_environment()
    uvicorn.run(
        create_app(settings),
        host="127.0.0.1",
        port=settings.port,
        ws="none",
        log_level="error",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    serve()
