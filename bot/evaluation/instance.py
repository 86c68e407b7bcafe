"""A private installation in a directory of its own: real processes, real ports, real database."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bot.errors import Unavailable
from bot.settings import ROOT

PARTS = {"web": ("web",), "worker": ("worker",), "dialogue": ("dialogue",)}
MORE = {"telegram": ("telegram", "receive")}
"""Parts that are started when they are named."""
START_WITHIN_S = 180.0
STOP_WITHIN_S = 10.0


class Instance:
    """Starts, kills and stops the product's processes one by one, without the supervisor."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.directory = directory
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._environment = {
            **os.environ,
            "PORT": str(self.port),
            "RASA_PORT": str(free_port()),
            "VAR": str(directory),
            "INTERNAL_SECRET": secrets.token_urlsafe(16),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "PYTHONWARNINGS": "ignore",
            **{name.upper(): value for name, value in settings.items()},
        }

    @property
    def internal_secret(self) -> str:
        """What our processes show each other."""
        return self._environment["INTERNAL_SECRET"]

    @property
    def rasa_url(self) -> str:
        """The dialogue process."""
        return f"http://127.0.0.1:{self._environment['RASA_PORT']}"

    def start(self, *names: str) -> None:
        """Start parts (all when none is named); does not wait."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for name in names or PARTS:
            with (self.directory / f"{name}.log").open("ab") as log:
                self._processes[name] = subprocess.Popen(  # noqa: S603  our own command
                    [sys.executable, "-m", "bot", *{**PARTS, **MORE}[name]],
                    cwd=ROOT,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )

    def wait(self, *, dialogue: bool = True) -> None:
        """Until messages are accepted and, if wanted, answered; raises Unavailable."""
        self._wait_for(f"{self.url}/readyz", {})
        if dialogue:
            secret = {"X-Internal-Secret": self.internal_secret}
            self._wait_for(f"{self.rasa_url}/healthz", secret)

    def kill(self, name: str) -> None:
        """`kill -9`, and wait until it is gone."""
        process = self._processes[name]
        process.send_signal(signal.SIGKILL)
        process.wait(STOP_WITHIN_S)

    def pause(self, name: str) -> None:
        """Stop a process without ending it: it hangs."""
        self._processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a paused process go on."""
        self._processes[name].send_signal(signal.SIGCONT)

    def pid(self, name: str) -> int:
        """The process id of a part."""
        return self._processes[name].pid

    def stop(self) -> None:
        """End every process."""
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self._processes.values():
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_WITHIN_S)

    def run(self, *command: str, given: str = "") -> str:
        """`python -m bot COMMAND` against this installation; returns its standard output."""
        finished = subprocess.run(  # noqa: S603  our own command
            [sys.executable, "-m", "bot", *command],
            cwd=ROOT,
            env=self._environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=START_WITHIN_S,
            check=True,
        )
        return finished.stdout

    def requests(self) -> list[dict[str, Any]]:
        """All consultation requests."""
        listed: list[dict[str, Any]] = json.loads(self.run("requests", "list", "--json"))
        return listed

    def log(self, name: str) -> str:
        """What a part wrote to its log."""
        return (self.directory / f"{name}.log").read_text("utf-8", "replace")

    def _wait_for(self, url: str, headers: dict[str, str]) -> None:
        until = time.monotonic() + START_WITHIN_S
        while time.monotonic() < until:
            try:
                if httpx.get(url, headers=headers, timeout=2.0, trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise Unavailable(f"{url} did not answer within {START_WITHIN_S:.0f} s")


@contextmanager
def running(directory: Path, parts: Sequence[str] = (), **settings: str) -> Iterator[Instance]:
    """An installation for the length of a block."""
    instance = Instance(directory, **settings)
    try:
        instance.start(*parts)
        instance.wait(dialogue=not parts or "dialogue" in parts)
        yield instance
    finally:
        instance.stop()


def free_port() -> int:
    """A port on loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
