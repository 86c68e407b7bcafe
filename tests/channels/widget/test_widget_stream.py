"""Server-sent events over a real socket."""

import asyncio
import json
import threading
import time

import httpx
import pytest
import uvicorn

from bot.channels.widget import stream
from bot.conversation import messages

TIMEOUT = httpx.Timeout(5.0)


@pytest.fixture(scope="module")
def address(app):
    config = uvicorn.Config(app, port=0, ws="none", log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


class Caller:
    def __init__(self, app, address):
        self.app = app
        self.http = httpx.Client(base_url=f"{address}/api/v1", timeout=TIMEOUT, trust_env=False)
        started = self.http.post("/conversations", json={"notice": "n"}).json()
        self.id = started["id"]
        self.http.headers["Authorization"] = f"Bearer {started['token']}"

    def hears(self, text):
        with self.app.state.database.write() as session:
            messages.add(session, messages.lock(session, self.id), "assistant", text)

    def stream(self, **headers):
        return self.http.stream("GET", "/events/stream", headers=headers)


@pytest.fixture
def caller(app, address):
    made = Caller(app, address)
    yield made
    made.http.close()


def read(lines, count):
    found = []
    for line in lines:
        if line.startswith("data:"):
            found.append(json.loads(line[5:]))
        if len(found) == count:
            return found
    return found


def test_it_starts_with_what_is_there_and_goes_on_with_what_comes(caller):
    caller.hears("first")
    with caller.stream() as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        lines = answer.iter_lines()
        assert [e["text"] for e in read(lines, 1)] == ["first"]
        caller.hears("second")
        assert [(e["seq"], e["text"]) for e in read(lines, 1)] == [(2, "second")]


def test_it_resumes_after_the_last_event_seen(caller):
    for text in ("one", "two", "three"):
        caller.hears(text)
    with caller.stream(**{"Last-Event-ID": "2"}) as answer:
        assert [e["text"] for e in read(answer.iter_lines(), 1)] == ["three"]


def test_each_event_carries_its_number_as_id(caller):
    caller.hears("one")
    with caller.stream() as answer:
        for line in answer.iter_lines():
            if line.startswith("id:"):
                assert line == "id: 1"
                break


def test_text_over_several_lines_stays_one_event(caller):
    caller.hears("a\nb\r\n\r\ndata: x\u2028c")
    with caller.stream() as answer:
        (event,) = read(answer.iter_lines(), 1)
    assert event["text"] == "a\nb\r\n\r\ndata: x\u2028c"


def test_it_is_kept_open_by_comments_also_when_others_are_busy(app, address, caller, monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.3)
    busy = Caller(app, address)
    with caller.stream() as answer:
        alive, lines = 0, answer.iter_lines()
        started = time.monotonic()
        while alive < 2:
            alive += next(lines) == ": alive"
            busy.hears("something for another patient")
        assert time.monotonic() - started < 3


def test_it_ends_when_the_conversation_ends(caller, monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.3)
    with caller.stream() as answer:
        lines = answer.iter_lines()
        next(lines)
        assert caller.http.delete("/conversations/current").status_code == 200
        assert not [line for line in lines if line.startswith("data:")]
    assert caller.http.get("/events/stream").status_code == 401
