"""`python -m bot run`: starts every process, brings back any that dies, stops all on Ctrl-C.

Children are told by the kernel when the supervisor itself dies, so that none is left behind;
then whatever started the supervisor (make, systemd) starts it again.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import random
import secrets
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import structlog

from bot.settings import ROOT, SECRET_HEADER, Settings

log = structlog.get_logger()
PR_SET_PDEATHSIG = 1
STOP_WITHIN_S = 5.0
ANSWER_WITHIN_S = 2.0
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
CANNOT_RUN = 78
"""Exit code of a process whose settings are wrong: starting it again would change nothing."""
TRY_LATER = 75
"""Exit code of a process that somebody else is in the way of."""
LATER_S = (45.0, 75.0)
"""At random, so that two installations do not meet again each time."""
STEADY_S = 20.0
"""A process that lived this long starts again at once."""
THRIFTY = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""What glibc keeps of freed memory: many threads make a process a sixth larger without it."""


class Pauses:
    """How long to wait before a process is started again: twice as long while it keeps dying."""

    def __init__(self) -> None:
        self._next_s = FIRST_PAUSE_S

    def after(self, lived_s: float, code: int | None) -> float:
        """The pause after a process that lived so long and ended with this code."""
        if code == TRY_LATER:
            return random.uniform(*LATER_S)  # noqa: S311  not a secret
        if lived_s > STEADY_S:
            self._next_s = FIRST_PAUSE_S
        pause = self._next_s
        self._next_s = min(pause * 2, LONGEST_PAUSE_S)
        return pause


@dataclass(frozen=True)
class Part:
    """One child process: `python -m bot <command>`."""

    name: str
    command: tuple[str, ...]
    needed: bool = True
    """False: when its settings are wrong it stays away, and the rest goes on."""


def parts(settings: Settings) -> list[Part]:
    """What runs with these settings."""
    wanted = [
        *(Part(f"web {number}", ("web",)) for number in range(settings.web_workers)),
        Part("worker", ("worker",)),
        *(
            Part(f"dialogue {number}", ("dialogue", "--number", str(number)))
            for number in range(settings.rasa_workers)
        ),
    ]
    if settings.telegram_token and not settings.telegram_webhook_secret:
        wanted.append(Part("telegram", ("telegram", "receive"), needed=False))
    return wanted


async def supervise(settings: Settings, ready: Callable[[], None]) -> None:
    """Run all parts until SIGINT or SIGTERM; `ready` is called once messages are answered."""
    secret = settings.internal_secret or secrets.token_urlsafe(32)
    environment = {
        **THRIFTY,
        **os.environ,
        "INTERNAL_SECRET": secret,
        "PYTHONUNBUFFERED": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore"),
    }
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    keepers = [asyncio.create_task(_keep(part, environment, stop)) for part in parts(settings)]
    announcer = asyncio.create_task(_announce(settings, secret, ready))
    await stop.wait()
    announcer.cancel()
    await asyncio.gather(*keepers)


async def _keep(part: Part, environment: dict[str, str], stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    pauses = Pauses()
    while not stop.is_set():
        started = loop.time()
        process = await _start(part, environment)
        exited = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({exited, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stop.is_set():
            await _end(process)
            return
        if process.returncode == CANNOT_RUN and not part.needed:
            log.error("supervisor.given_up", part=part.name)
            return
        pause = pauses.after(loop.time() - started, process.returncode)
        log.warning("supervisor.restarting", part=part.name, code=process.returncode, pause_s=pause)
        await _sleep(pause, stop)


async def _start(part: Part, environment: dict[str, str]) -> asyncio.subprocess.Process:
    parent = os.getpid()
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *part.command,
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: _die_with(parent),
    )


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except asyncio.TimeoutError:
        return


async def _announce(settings: Settings, secret: str, ready: Callable[[], None]) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    web = f"http://{host}:{settings.port}/readyz"
    for address in (web, *(f"{url}/healthz" for url in settings.rasa_urls)):
        while not await asyncio.to_thread(_answers, address, secret):  # noqa: ASYNC110  no event
            await asyncio.sleep(0.1)
    ready()


def _answers(address: str, secret: str) -> bool:
    at = urlsplit(address)
    connection = HTTPConnection(at.hostname or "", at.port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", at.path, headers={SECRET_HEADER: secret})
        return connection.getresponse().status < HTTPStatus.BAD_REQUEST
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
