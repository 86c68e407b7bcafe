"""A wire between a browser and a server that can be cut and mended."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class Wire:
    """Passes bytes on both ways; while it is cut, connections break and new ones are closed."""

    def __init__(self, url):
        address = urlsplit(url)
        self._server = (address.hostname, address.port)
        self._open, self._whole = set(), threading.Event()
        self._whole.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self._whole.clear()
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self._whole.set()

    def close(self):
        self._listener.close()
        self.cut()

    def _accept(self):
        with suppress(OSError):
            while True:
                browser, _ = self._listener.accept()
                if not self._whole.is_set():
                    browser.close()
                    continue
                server = socket.create_connection(self._server, timeout=10)
                server.settimeout(None)
                for ends in ((browser, server), (server, browser)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source, target):
        self._open.add(source)
        with suppress(OSError):
            while received := source.recv(65_536):
                target.sendall(received)
        self._open.discard(source)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
