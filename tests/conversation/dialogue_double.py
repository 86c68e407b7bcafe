"""A small real HTTP server in the place of the dialogue process; each test tells it what to do."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = "Driving is possible when you can brake safely."


class DialogueDouble:
    """Answers every turn, unless `on` says otherwise for a text.

    A plan is a list, one entry an attempt, the last one for all further ones: an entry is a list
    of steps, a status code, seconds to wait before answering, or bytes to send as they are.
    """

    def __init__(self):
        self.calls = []
        self.secrets = set()
        self.under_way = []
        self.overlaps = 0
        self._plans = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def texts(self):
        return [call["text"] for call in self.calls]

    def on(self, text, *plan):
        self._plans[text] = list(plan)

    def close(self):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _next(self, call):
        with self._lock:
            self.calls.append(call)
            plan = self._plans.get(call["text"], [[{"text": ANSWER}]])
            return plan.pop(0) if len(plan) > 1 else plan[0]

    def _reply(self, call):
        entry = self._next(call)
        if isinstance(entry, float):
            self._closing.wait(entry)
            entry = [{"text": ANSWER}]
        if isinstance(entry, int):
            return entry, b"{}"
        return 200, entry if isinstance(entry, bytes) else json.dumps({"steps": entry}).encode()

    def _serve(self, call):
        with self._lock:
            self.overlaps += call["conversation"] in self.under_way
            self.under_way.append(call["conversation"])
        try:
            time.sleep(0.01)
            return self._reply(call)
        finally:
            with self._lock:
                self.under_way.remove(call["conversation"])

    def _handler(double):  # noqa: N805  the inner class has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                double.secrets.add(self.headers["X-Internal-Secret"])
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, content = double._serve(json.loads(body))
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except ConnectionError:
                    pass  # the dispatcher did not wait any longer

            def log_message(self, *_args):
                pass

        return Handler
