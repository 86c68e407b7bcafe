"""A local HTTP server that speaks the part of the Bot API we use, with faults on demand.

Offset semantics are Telegram's: an update is given again and again until a higher offset is
asked for. A second getUpdates ends the first one with 409.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlsplit

TOKEN = "123456789:TEST-token-of-the-fake-server-000000"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Fault:
    """What goes wrong, how often, and for whom (None: everybody)."""

    method: str
    times: int = 1
    status: int = 0
    description: str = "fault on demand"
    retry_after: int | None = None
    cut: str = ""
    """`before`: nothing is done; `after`: done, but the answer is lost."""
    sleep_s: float = 0.0
    chat_id: int | None = None
    then: Callable[[], object] | None = None
    """Called when it is done and not yet answered."""


class FakeTelegram:
    """Start it as a context manager; `updates` in, `sent` out."""

    def __init__(self, *, per_second: int | None = None, seed: int = 7) -> None:
        self.per_second = per_second
        self.duplicate = 0.0
        self.reorder = False
        self.sent: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.blocked: set[int] = set()
        self.stored: dict[tuple[str, str], Any] = {}
        self.webhook: dict[str, Any] = {"url": ""}
        self.me: dict[str, Any] = {
            "id": 1,
            "is_bot": True,
            "first_name": "Clinic",
            "username": "clinic_bot",
            "can_join_groups": False,
            "can_read_all_group_messages": False,
        }
        self.faults: list[Fault] = []
        self.refused_for_speed = 0
        self._pending: list[dict[str, Any]] = []
        self._confirmed: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._poller = 0
        self._update_ids = itertools.count(1000)
        self._message_ids = itertools.count(1)
        self._newest: dict[int, int] = {}
        self._times: list[float] = []
        self._random = random.Random(seed)  # noqa: S311  faults, not secrets

    def __enter__(self):
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._poller += 1
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def pending(self) -> int:
        with self._changed:
            return len(self._pending)

    # --- what patients do -----------------------------------------------------------------

    def text(self, chat: int, text: str, **more: Any) -> int:
        return self.message(chat, text=text, **more)

    def message(self, chat: int, *, kind: str = "message", **content: Any) -> int:
        return self.update(**{kind: self._message(chat, **content)})

    def edit(self, chat: int, text: str = "", **content: Any) -> int:
        """The patient edits the message of this chat that was written last."""
        content = {"text": text, **content} if text else content
        return self.message(
            chat,
            kind="edited_message",
            message_id=self._newest[chat],
            edit_date=int(time.time()),
            **content,
        )

    def tap(self, chat: int, data: str, *, language: str = "en") -> int:
        number = next(self._message_ids)
        return self.update(
            callback_query={
                "id": f"cb{number}",
                "from": _user(chat, language),
                "chat_instance": "1",
                "data": data,
                "message": self._message(chat, text="(a message with buttons)", ours=True),
            }
        )

    def membership(self, chat: int, status: str, type_: str = "private") -> int:
        bot = {"id": 1, "is_bot": True, "first_name": "bot"}
        more = {"until_date": 0} if status == "kicked" else {}
        return self.update(
            my_chat_member={
                "chat": _chat(chat, type_),
                "from": _user(chat, "en"),
                "date": int(time.time()),
                "old_chat_member": {"user": bot, "status": "member"},
                "new_chat_member": {"user": bot, "status": status, **more},
            }
        )

    def update(self, **content: Any) -> int:
        with self._changed:
            update_id = next(self._update_ids)
            self._pending.append({"update_id": update_id, **content})
            self._changed.notify_all()
        return update_id

    def _message(
        self,
        chat: int,
        *,
        language: str = "en",
        chat_type: str = "private",
        message_id: int | None = None,
        ours: bool = False,
        **content: Any,
    ) -> dict[str, Any]:
        message_id = message_id or next(self._message_ids)
        if not ours:
            self._newest[chat] = message_id
        return {
            "message_id": message_id,
            "date": int(time.time()),
            "chat": _chat(chat, chat_type),
            "from": _user(chat, language),
            **content,
        }

    # --- what the tests look at -----------------------------------------------------------

    def texts(self, chat: int) -> list[str]:
        return [message["text"] for message in self.sent if message["chat_id"] == chat]

    def buttons(self, chat: int) -> dict[str, str]:
        """Title to key, over all messages of the chat; the newest wins."""
        found = {}
        for message in self.sent:
            if message["chat_id"] == chat:
                for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                    found.update({button["text"]: button["callback_data"] for button in row})
        return found

    def called(self, method: str) -> list[dict[str, Any]]:
        return [params for name, params in list(self.calls) if name == method]

    def wait(self, condition: Any, timeout_s: float = 30.0) -> None:
        end = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end, f"waited {timeout_s} s in vain; sent: {self.sent[-3:]}"
            time.sleep(0.02)

    def fail(self, method: str, **fault: Any) -> None:
        self.faults.append(Fault(method, **fault))

    # --- Telegram pushing to a webhook ----------------------------------------------------

    def push(self, url: str, secret: str, attempts: int = 20) -> None:
        """Deliver what is pending, one after the other, each until it is answered with 200."""
        while self._pending:
            update = self._pending[0]
            for attempt in range(attempts):
                if post(url, json.dumps(update).encode(), {SECRET_HEADER: secret}) == 200:
                    break
                time.sleep(0.05 * attempt)
            else:
                raise AssertionError("the webhook never answered 200")
            self._confirmed.append(self._pending.pop(0))
            if self._random.random() < self.duplicate:
                post(url, json.dumps(update).encode(), {SECRET_HEADER: secret})

    # --- the API --------------------------------------------------------------------------

    def answer(self, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.calls.append((method, params))
        handler = getattr(self, f"_do_{method}", None)
        return handler(params) if handler else (200, _ok(result=True))

    def fault(self, method: str, params: dict[str, Any]) -> Fault | None:
        for fault in self.faults:
            fits = fault.method in (method, "*") and fault.chat_id in (None, params.get("chat_id"))
            if fits and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def _do_getMe(self, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        return 200, _ok(self.me)

    def _do_getUpdates(self, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        if self.webhook["url"]:
            return _error(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        offset, limit = int(params.get("offset", 0)), int(params.get("limit", 100))
        end = time.monotonic() + float(params.get("timeout", 0))
        with self._changed:
            self._poller += 1
            mine = self._poller
            self._changed.notify_all()
            self._confirm(offset)
            while not self._pending and time.monotonic() < end and self._poller == mine:
                self._changed.wait(end - time.monotonic())
            if self._poller != mine:
                return _error(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            return 200, _ok(self._batch(limit))

    def _confirm(self, offset: int) -> None:
        self._confirmed += [u for u in self._pending if u["update_id"] < offset]
        self._pending = [u for u in self._pending if u["update_id"] >= offset]

    def _batch(self, limit: int) -> list[dict[str, Any]]:
        batch = self._pending[:limit]
        if self._confirmed and self._random.random() < self.duplicate:
            batch = [*self._random.sample(self._confirmed, min(5, len(self._confirmed))), *batch]
        if self.reorder:
            self._random.shuffle(batch)
        return batch

    def _do_sendMessage(self, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        chat = int(params["chat_id"])
        if chat in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if len(params["text"]) > 4096:
            return _error(400, "Bad Request: message is too long")
        if not params["text"].strip():
            return _error(400, "Bad Request: message text is empty")
        if self._too_fast():
            return _error(429, "Too Many Requests: retry after 1", retry_after=1)
        for row in params.get("reply_markup", {}).get("inline_keyboard", []):
            if any(len(button["callback_data"].encode()) > 64 for button in row):
                return _error(400, "Bad Request: BUTTON_DATA_INVALID")
        message = {
            **params,
            "chat_id": chat,
            "message_id": next(self._message_ids),
            "at": time.monotonic(),
        }
        self.sent.append(message)
        return 200, _ok(
            {
                "message_id": message["message_id"],
                "date": int(time.time()),
                "chat": _chat(chat, "private"),
                "text": params["text"],
            }
        )

    def _too_fast(self) -> bool:
        if self.per_second is None:
            return False
        now = time.monotonic()
        self._times = [at for at in self._times if at > now - 1]
        if len(self._times) >= self.per_second:
            self.refused_for_speed += 1
            return True
        self._times.append(now)
        return False

    def _do_setWebhook(self, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        if not params["url"].startswith("https://"):
            return _error(400, "Bad Request: bad webhook: An HTTPS URL must be provided")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", params.get("secret_token", "x")):
            return _error(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = {
            "url": params["url"],
            "secret": params.get("secret_token"),
            "max_connections": int(params.get("max_connections", 40)),
            "allowed_updates": params.get("allowed_updates", []),
        }
        return 200, _ok(result=True)

    def _do_deleteWebhook(self, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        self.webhook = {"url": ""}
        return 200, _ok(result=True)

    def _do_getWebhookInfo(self, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        shown = {key: value for key, value in self.webhook.items() if key != "secret"}
        return 200, _ok(
            {
                "has_custom_certificate": False,
                "pending_update_count": len(self._pending),
                **shown,
            }
        )

    def _keep(self, name: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.stored[name, params.get("language_code", "")] = params
        return 200, _ok(result=True)

    def _kept(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        return self.stored.get((name, params.get("language_code", "")), {})

    def _do_setMyCommands(self, params: dict[str, Any]) -> Any:  # noqa: N802
        return self._keep("commands", params)

    def _do_getMyCommands(self, params: dict[str, Any]) -> Any:  # noqa: N802
        return 200, _ok(self._kept("commands", params).get("commands", []))

    def _do_setMyDescription(self, params: dict[str, Any]) -> Any:  # noqa: N802
        return self._keep("description", params)

    def _do_getMyDescription(self, params: dict[str, Any]) -> Any:  # noqa: N802
        return 200, _ok({"description": self._kept("description", params).get("description", "")})

    def _do_setMyShortDescription(self, params: dict[str, Any]) -> Any:  # noqa: N802
        return self._keep("short_description", params)

    def _do_getMyShortDescription(self, params: dict[str, Any]) -> Any:  # noqa: N802
        kept = self._kept("short_description", params).get("short_description", "")
        return 200, _ok({"short_description": kept})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A killed client is part of the game."""


def _handler(api: FakeTelegram) -> type[BaseHTTPRequestHandler]:  # noqa: C901  one small class
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # one write an answer

        def do_GET(self) -> None:
            self._serve(dict(parse_qsl(urlsplit(self.path).query)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            is_json = "json" in self.headers.get("Content-Type", "")
            self._serve(json.loads(body) if is_json else dict(parse_qsl(body)))

        def _serve(self, raw: dict[str, str]) -> None:
            match = re.fullmatch(r"/bot([^/]+)/(\w+)", urlsplit(self.path).path)
            if match is None or match[1] != TOKEN:
                self._send(*_error(401, "Unauthorized"))
                return
            method, params = match[2], {key: _value(key, value) for key, value in raw.items()}
            fault = api.fault(method, params)
            if fault is None:
                self._send(*api.answer(method, params))
            else:
                self._fail(fault, method, params)

        def _fail(self, fault: Fault, method: str, params: dict[str, Any]) -> None:
            time.sleep(fault.sleep_s)
            if fault.cut == "after" or not (fault.cut or fault.status):
                answer = api.answer(method, params)
            if fault.then:
                fault.then()
            if fault.cut:
                self.close_connection = True
                self.connection.close()
            elif fault.status:
                self._send(*_error(fault.status, fault.description, fault.retry_after))
            else:
                self._send(*answer)

        def _send(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """POST JSON; the status, whatever it is (0: no connection)."""
    request = urllib.request.Request(  # noqa: S310  our own server
        url, body, {"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            return response.status
    except HTTPError as error:
        return error.code
    except OSError:
        return 0


def per_chat(sent: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    grouped = defaultdict(list)
    for message in sent:
        grouped[message["chat_id"]].append(message)
    return grouped


def _value(key: str, value: Any) -> Any:
    if key in ("chat_id", "message_id"):
        return int(value)
    if key in ("reply_markup", "commands", "link_preview_options", "allowed_updates"):
        return json.loads(value) if isinstance(value, str) else value
    return value


def _ok(result: Any) -> dict[str, Any]:
    return {"ok": True, "result": result}


def _error(
    code: int, description: str, retry_after: int | None = None
) -> tuple[int, dict[str, Any]]:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return code, body


def _user(user: int, language: str) -> dict[str, Any]:
    return {"id": abs(user), "is_bot": False, "first_name": "Patient", "language_code": language}


def _chat(chat: int, type_: str) -> dict[str, Any]:
    return {"id": chat, "type": type_, **({"title": "a group"} if type_ != "private" else {})}
