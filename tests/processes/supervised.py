"""The whole product under its own supervisor, as an administrator starts it."""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

from bot.evaluation.instance import free_port
from bot.settings import ROOT

START_WITHIN_S = 180.0
PART_WITHIN_S = 60.0


class Supervised:
    """`python -m bot run` and its children."""

    def __init__(self, directory, models):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = directory / "run.log"
        self.record = f"sqlite:///{directory / 'assistant.db'}"
        environment = {
            **os.environ,
            "PORT": str(self.port),
            "RASA_PORT": str(free_port()),
            "VAR": str(directory),
            "MODELS": str(models),
            "INTERNAL_SECRET": secrets.token_hex(),
            "ANSWER_DEADLINE_S": "3",
            "PYTHONWARNINGS": "ignore",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self):
        until = time.monotonic() + START_WITHIN_S
        while "Ready after" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, "it did not start in time"
            time.sleep(0.2)

    def children(self):
        """Part name to process id."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        named = {}
        for pid in map(int, listed.split()):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # it died meanwhile
            if b"bot" in words:
                named[words[words.index(b"bot") + 1].decode()] = pid
        return named

    def kill(self, part):
        """Kill a part outright as soon as it runs."""
        until = time.monotonic() + PART_WITHIN_S
        while part not in self.children():
            assert time.monotonic() < until, f"{part} was not started again"
            time.sleep(0.05)
        os.kill(self.children()[part], signal.SIGKILL)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def said(self):
        """What it told the administrator, and its log."""
        return self.log.read_text("utf-8", "replace")
