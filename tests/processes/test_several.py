"""Two dialogue and two web processes on PostgreSQL and Redis: one of each dies, nothing is lost."""

import asyncio
import os
import signal
import time
import uuid
from collections import Counter

import aiohttp
import pytest

from bench import field, texts
from bench.patients import ProductPatient
from bench.product import Product
from bot.errors import Unavailable

pytestmark = [
    pytest.mark.processes, pytest.mark.model, pytest.mark.postgresql, pytest.mark.redis,
]  # fmt: skip
PATIENTS, MESSAGES = 6, 3
WITHIN_S = 90.0


@pytest.fixture
def product(model, tmp_path):
    options = field.Options(rasa_workers=2, web_workers=2)
    try:
        switches = field.switches(options)
        settings = switches.__enter__()
    except Unavailable as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(error.message)
    one = Product(tmp_path, MODELS=str(model.parent), **settings)
    try:
        one.start()
        yield one
    finally:
        one.remove()
        switches.__exit__(None, None, None)


class Persistent(ProductPatient):
    """Like the widget: what was not acknowledged is sent again under the same id."""

    async def post(self, text, client_id=None):
        client_id = client_id or str(uuid.uuid4())
        until = time.monotonic() + WITHIN_S
        while True:
            try:
                return await super().post(text, client_id)
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
                assert time.monotonic() < until, "nobody takes the message"
                await asyncio.sleep(0.2)

    async def events(self):
        async with self._client.get(f"{self._url}/events", headers=self._headers) as answer:
            return (await answer.json())["events"]


async def talk(url, kill):
    said = texts.product(7)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(30.0)) as client:
        patients = [Persistent(client, url) for _ in range(PATIENTS)]
        await asyncio.gather(*(patient.begin() for patient in patients))

        async def conversation(patient):
            for _ in range(MESSAGES):
                await patient.say(next(said))

        talks = [asyncio.create_task(conversation(patient)) for patient in patients]
        await asyncio.sleep(0.5)
        kill()
        await asyncio.wait_for(asyncio.gather(*talks), WITHIN_S)
        heard = [await patient.events() for patient in patients]
        await asyncio.gather(*(patient.leave() for patient in patients))
    return heard


def test_one_of_each_is_killed_and_every_message_is_answered_once(product):
    webs, dialogues = product.part("web"), product.part("dialogue")
    assert (len(webs), len(dialogues)) == (2, 2)

    def kill():
        os.kill(dialogues[0], signal.SIGKILL)
        os.kill(webs[0], signal.SIGKILL)

    for events in asyncio.run(talk(product.url, kill)):
        asked = [event["id"] for event in events if event.get("speaker") == "patient"]
        answered = {event["in_reply_to"] for event in events if event.get("speaker") == "assistant"}
        done = Counter(event["in_reply_to"] for event in events if event["type"] == "turn_done")
        assert len(asked) == len(set(asked)) == MESSAGES
        assert answered >= set(asked), events
        assert done == Counter(asked)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
