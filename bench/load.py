"""The second process: patients who write, and how long they waited. One JSON object in and out.

python -m bench.load '{"system": "product", "url": "http://127.0.0.1:8000", "patients": 20, ...}'
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench import patients as people
from bench import texts
from bench.patients import Patient, ProductPatient

CALL = aiohttp.ClientTimeout(30.0)
WATCH = aiohttp.ClientTimeout(None, sock_connect=30.0, sock_read=60.0)


@dataclass
class Plan:
    """What is to be played."""

    system: str
    url: str
    patients: int = 1
    seconds: float = 0.0
    """Play so long; 0: until every patient wrote `messages`."""
    messages: int = 0
    think_s: float = 0.0
    """Mean pause before the next message; 0: none."""
    warm_up: int = 2
    """Messages of every patient that are not counted."""
    warm_up_s: float = 0.0
    """Answers in this first part of `seconds` are not counted."""
    seed: int = 1
    project: str = ""
    rate: float = 0.0
    """Open loop: so many messages a second, whether answers come or not."""
    flags_per_s: float = 0.0
    only_post: bool = False
    """Do not wait for answers, only for the acknowledgement."""
    console: str = ""
    """Cookie of a nurse whose stream is watched."""


@dataclass
class Heard:
    """What was measured."""

    samples: list[tuple[float, float, int]] = field(default_factory=list)
    """Start (s since begin), duration (s), turn number in the conversation."""
    flags: list[tuple[str, float, float]] = field(default_factory=list)
    """Conversation, start, duration until the safety reply was committed."""
    opened: list[tuple[int, float]] = field(default_factory=list)
    """Request, when a nurse's open console heard of it."""
    answered: int = 0
    """All of them, also those that are not counted in the samples."""
    errors: dict[str, int] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)

    def now(self) -> float:
        """Seconds since the play began."""
        return time.perf_counter() - self.began

    def failed(self, error: Exception) -> None:
        """Count a message that was not answered."""
        name = type(error).__name__
        if isinstance(error, aiohttp.ClientResponseError):
            name = f"status {error.status}"
        self.errors[name] = self.errors.get(name, 0) + 1


async def play(plan: Plan) -> dict[str, Any]:
    """Play the plan; returns samples, errors and our own processor time."""
    heard = Heard()
    said = (
        texts.product(plan.seed)
        if plan.system == "product"
        else texts.stock(Path(plan.project), plan.seed)
    )
    connections = aiohttp.TCPConnector(limit=0)  # as many as there are patients
    async with aiohttp.ClientSession(connector=connections, timeout=CALL) as client:
        if plan.rate:
            await _open_loop(plan, client, said, heard)
        else:
            await _closed_loop(plan, client, said, heard)
    return {
        "answered": heard.answered,
        "samples": heard.samples, "flags": heard.flags, "opened": heard.opened,
        "errors": heard.errors, "seconds": heard.now(), "load_cpu_s": time.process_time(),
    }  # fmt: skip


async def _closed_loop(
    plan: Plan, client: aiohttp.ClientSession, said: Iterator[str], heard: Heard
) -> None:
    patients = [people.of(plan.system, client, plan.url) for _ in range(plan.patients)]
    await asyncio.gather(*(patient.begin() for patient in patients))
    warm = Heard()
    for _ in range(plan.warm_up):
        await asyncio.gather(*(_say(patient, next(said), 0, warm) for patient in patients))
    heard.began = time.perf_counter()
    await asyncio.gather(
        *(
            _talk(plan, patient, said, heard, random.Random(at))
            for at, patient in enumerate(patients)
        )
    )
    await asyncio.gather(*(patient.leave() for patient in patients))
    heard.answered = len(heard.samples) + len(warm.samples)
    heard.samples = [sample for sample in heard.samples if sample[0] + sample[1] >= plan.warm_up_s]


async def _talk(
    plan: Plan, patient: Patient, said: Iterator[str], heard: Heard, chance: random.Random
) -> None:
    if plan.think_s:  # they do not all begin in the same second
        await asyncio.sleep(chance.uniform(0, plan.think_s))
    turn = 0
    while heard.now() < plan.seconds if plan.seconds else turn < plan.messages:
        turn += 1
        if plan.only_post and isinstance(patient, ProductPatient):
            await _post(patient, next(said), heard)
            continue
        await _say(patient, next(said), plan.warm_up + turn, heard)
        if plan.think_s:
            pause = chance.expovariate(1 / plan.think_s)
            await asyncio.sleep(min(pause, max(0.0, plan.seconds - heard.now())))


async def _say(patient: Patient, text: str, turn: int, heard: Heard) -> None:
    if took := await _timed(patient.say(text), heard):
        heard.samples.append((*took, turn))


async def _post(patient: ProductPatient, text: str, heard: Heard) -> None:
    if took := await _timed(patient.post(text), heard):
        heard.samples.append((*took, 0))


async def _flag(patient: ProductPatient, text: str, heard: Heard) -> None:
    if took := await _timed(patient.post(text), heard):
        heard.flags.append((patient.id, *took))


async def _timed(sent: Awaitable[object], heard: Heard) -> tuple[float, float] | None:
    """Start and duration; None when it failed, which is counted."""
    began = heard.now()
    try:
        await sent
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
        heard.failed(error)
        return None
    return began, heard.now() - began


async def _open_loop(
    plan: Plan, client: aiohttp.ClientSession, said: Iterator[str], heard: Heard
) -> None:
    """Messages at a fixed rate by many patients; red flags among them, each of somebody new."""
    patients = [ProductPatient(client, plan.url) for _ in range(plan.patients)]
    frightened = [
        ProductPatient(client, plan.url) for _ in range(int(plan.flags_per_s * plan.seconds))
    ]
    for group in (patients, frightened):
        for start in range(0, len(group), 10):
            await asyncio.gather(*(patient.begin() for patient in group[start : start + 10]))
    watching = asyncio.create_task(_watch(plan, client, heard)) if plan.console else None
    await asyncio.sleep(0.5)
    heard.opened.clear()  # what was open before
    heard.began = time.perf_counter()
    under_way = set()
    flags = posts = 0
    while (moment := heard.now()) < plan.seconds:
        while flags < min(len(frightened), int(moment * plan.flags_per_s)):
            under_way.add(asyncio.create_task(_flag(frightened[flags], texts.flag(flags), heard)))
            flags += 1
        while posts < int(moment * (plan.rate - plan.flags_per_s)):
            under_way.add(
                asyncio.create_task(_post(patients[posts % len(patients)], next(said), heard))
            )
            posts += 1
        await asyncio.sleep(0.005)
    await asyncio.gather(*under_way)
    if watching is not None:
        await _until(lambda: len(heard.opened) >= len(heard.flags), 10.0)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    await asyncio.gather(*(patient.leave() for patient in [*patients, *frightened]))


async def _watch(plan: Plan, client: aiohttp.ClientSession, heard: Heard) -> None:
    """A nurse's open page; like a browser it opens the stream again where it broke."""
    known: set[int] = set()
    last = "0"
    while True:
        headers = {"Cookie": plan.console, "Last-Event-ID": last}
        with suppress(aiohttp.ClientError, asyncio.TimeoutError):
            async with client.get(
                f"{plan.url}/console/events/stream",
                headers=headers,
                timeout=WATCH,
                read_bufsize=people.LINE_BYTES,
            ) as response:
                response.raise_for_status()
                async for line in response.content:
                    last = line[4:].strip().decode() if line.startswith(b"id: ") else last
                    if line.startswith(b"data: ["):
                        _news(json.loads(line[6:]), known, heard)
        await asyncio.sleep(0.2)


def _news(items: list[dict[str, Any]], known: set[int], heard: Heard) -> None:
    for item in items:
        if item["request"] is not None and item["request"] not in known:
            known.add(item["request"])
            heard.opened.append((item["request"], heard.now()))


async def _until(holds: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:  # noqa: ASYNC110  the last second of a run
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(play(Plan(**json.loads(sys.argv[1]))))))
