"""The other side: a project as `rasa init` makes it, trained once and kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import httpx

from bench import processes
from bot.errors import Unavailable
from bot.evaluation.instance import free_port

CALM = {
    "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}  # fmt: skip
START_WITHIN_S, TRAIN_WITHIN_S = 300.0, 1_800.0


class Stock:
    """`rasa run` with the defaults of the project, on a port of loopback."""

    name = "stock"

    def __init__(self, cache: Path) -> None:
        self.project = cache / f"stock-rasa-{version('rasa')}"
        self._log = cache / "stock.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def prepare(self) -> None:
        """Make and train the project, unless it is there."""
        if not list(self.project.glob("models/*.tar.gz")):
            shutil.rmtree(self.project, ignore_errors=True)
            self.project.mkdir(parents=True)
            self._rasa("init", "--no-prompt", "--init-dir", str(self.project), cwd=None)

    def train(self) -> float:
        """Train anew; seconds."""
        began = time.perf_counter()
        self._rasa("train", "--force", "--out", str(self.project / "again"), cwd=self.project)
        shutil.rmtree(self.project / "again")
        return time.perf_counter() - began

    def start(self) -> float:
        """Start it; seconds until it gave its first answer."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rasa", "run", "--port", str(port)], cwd=self.project,
                env={**os.environ, **CALM}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._first_answer()
        return time.perf_counter() - began

    @property
    def pid(self) -> int:
        """The process at the root."""
        assert self._process is not None, "started before"
        return self._process.pid

    def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.poll() is None:
            processes.end(self._process.pid)
            self._process.wait(10)

    def plan(self) -> dict[str, str]:
        """What the load needs to know."""
        return {"system": "stock", "url": self.url, "project": str(self.project)}

    def _first_answer(self) -> None:
        until = time.monotonic() + START_WITHIN_S
        call = {"sender": "first", "message": "hello"}
        address = f"{self.url}/webhooks/rest/webhook"
        while time.monotonic() < until:
            try:
                if httpx.post(address, json=call, timeout=60.0, trust_env=False).json():
                    return
            except (httpx.HTTPError, json.JSONDecodeError):
                pass
            time.sleep(0.1)
        raise Unavailable("stock Rasa did not answer")

    def _rasa(self, *command: str, cwd: Path | None) -> None:
        with self._log.open("ab") as log:
            subprocess.run(
                [sys.executable, "-m", "rasa", *command], cwd=cwd, env={**os.environ, **CALM},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True,
                timeout=TRAIN_WITHIN_S,
            )  # fmt: skip
