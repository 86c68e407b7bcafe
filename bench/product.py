"""Our side: `python -m bot run` in a directory of its own, as an administrator starts it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import httpx

from bench import processes
from bench.patients import ProductPatient
from bot import training
from bot.console import cookies
from bot.consultations import accounts, logins
from bot.errors import Unavailable
from bot.evaluation.instance import free_port
from bot.settings import ROOT, Settings
from bot.store import Database

START_WITHIN_S = 300.0
NURSE = "bench"


class Product:
    """The whole product under its supervisor; every setting by its name in the environment."""

    name = "product"

    def __init__(self, cache: Path, **settings: str) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        self.directory = Path(tempfile.mkdtemp(prefix="product-", dir=cache))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {
            **os.environ, "PORT": str(port), "RASA_PORT": str(free_port()),
            "VAR": str(self.directory), "INTERNAL_SECRET": secrets.token_urlsafe(16),
            "ANSWER_DEADLINE_S": "60",  # an apology must not count as an answer
            "LOG_LEVEL": "WARNING", **settings,
        }  # fmt: skip
        self._log = self.directory / "run.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        """As its processes read them."""
        return Settings.from_environment(self._environment)

    def prepare(self) -> None:
        """Train when the model is missing or stale: that is measured apart."""
        if training.is_stale(self.settings):
            training.train(self.settings)

    def train(self) -> float:
        """Train anew, nothing taken from an earlier training; seconds."""
        began = time.perf_counter()
        models = self.directory / "again"
        fresh = {"MODELS": str(models), "RASA_CACHE_DIRECTORY": str(self.directory / "cache")}
        subprocess.run(
            [sys.executable, "-m", "bot", "train"], cwd=ROOT, check=True, timeout=1_800,
            env={**self._environment, **fresh}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        shutil.rmtree(models)
        return time.perf_counter() - began

    def start(self) -> float:
        """Start it; seconds until it gave its first answer."""
        began = time.perf_counter()
        self._spawn()
        self._until_ready()
        asyncio.run(self._first_answer())
        return time.perf_counter() - began

    def start_web(self) -> float:
        """Start it; seconds until messages are accepted."""
        began = time.perf_counter()
        self._spawn()
        self._until_ready()
        return time.perf_counter() - began

    @property
    def pid(self) -> int:
        """The supervisor."""
        assert self._process is not None, "started before"
        return self._process.pid

    def part(self, name: str) -> list[int]:
        """The processes of one kind: web, worker, dialogue."""
        return [pid for pid, known in processes.tree(self.pid).items() if known == name]

    def end_dialogue(self) -> None:
        """Kill Rasa and keep it away: the supervisor, which would bring it back, stands still."""
        os.kill(self.pid, signal.SIGSTOP)
        processes.send(self.part("dialogue"), signal.SIGKILL)

    def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.poll() is None:
            processes.end(self._process.pid)
            self._process.wait(10)

    def remove(self) -> None:
        """End it and delete its directory."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def plan(self) -> dict[str, str]:
        """What the load needs to know."""
        return {"system": "product", "url": self.url}

    def database(self) -> Database:
        """The record it works on."""
        return Database(self.settings.database)

    def nurse_cookie(self) -> str:
        """A signed-in nurse; made in the record, because signing in is not what is measured."""
        record = self.database()
        with record.write() as session:
            if NURSE not in {nurse.name for nurse in accounts.everybody(session)}:
                accounts.add(session, NURSE, display_name="Bench", role="nurse")
            nurse = accounts.find(session, NURSE)
            nurse.must_change_password = False
            token = logins.start(session, nurse, None, "bench")
        record.close()
        return f"{cookies.SESSION}={token}"

    def requests(self) -> list[dict[str, Any]]:
        """All consultation requests, by the product's own command."""
        listed = subprocess.run(
            [sys.executable, "-m", "bot", "requests", "list", "--json"], cwd=ROOT, check=True,
            env=self._environment, capture_output=True, timeout=120,
        )  # fmt: skip
        found: list[dict[str, Any]] = json.loads(listed.stdout)
        return found

    def said(self) -> str:
        """Its log."""
        return self._log.read_text("utf-8", "replace")

    def _spawn(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], cwd=ROOT, env=self._environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _until_ready(self) -> None:
        until = time.monotonic() + START_WITHIN_S
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2.0, trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise Unavailable(f"the product did not start: {self.said()[-2000:]}")

    async def _first_answer(self) -> None:
        async with aiohttp.ClientSession() as client:
            patient = ProductPatient(client, self.url)
            await patient.begin()
            await patient.say("hello")
            await patient.leave()
