"""The watcher wakes whoever waits for news, whichever process brought them."""

import asyncio
import time

from talk import QUESTION

from bot.conversation.watch import Watcher
from bot.errors import Unavailable

SOON_S = 10.0


def test_news_of_another_process_wake_all_who_wait(talk):
    async def story():
        watcher = Watcher(talk.database)
        async with watcher.running():
            waiting = [asyncio.create_task(watcher.wait(0, SOON_S)) for _ in range(3)]
            await asyncio.sleep(0.2)
            assert not any(one.done() for one in waiting)
            await asyncio.to_thread(talk.says, QUESTION)
            return await asyncio.gather(*waiting)

    assert asyncio.run(story()) == [1, 1, 1]


def test_nobody_waits_for_ever(talk):
    async def story():
        watcher = Watcher(talk.database)
        async with watcher.running():
            return await watcher.wait(0, 0.2)

    began = time.monotonic()
    assert asyncio.run(story()) == 0
    assert time.monotonic() - began < SOON_S


def test_what_is_known_already_is_not_waited_for(talk):
    talk.says(QUESTION)

    async def story():
        watcher = Watcher(talk.database)
        async with watcher.running():
            await watcher.wait(0, SOON_S)
            return await asyncio.wait_for(watcher.wait(0, 60), 1)

    assert asyncio.run(story()) == 1


def test_a_database_that_is_away_for_a_while_is_outlived(talk, monkeypatch):
    talk.says(QUESTION)
    real, failures = Watcher._newest, iter(range(2))

    def away_at_first(self):
        if next(failures, None) is not None:
            raise Unavailable("the database does not answer")
        return real(self)

    monkeypatch.setattr(Watcher, "_newest", away_at_first)

    async def story():
        watcher = Watcher(talk.database)
        async with watcher.running():
            return await watcher.wait(0, SOON_S)

    assert asyncio.run(story()) == 1


def test_clients_that_leave_while_news_arrive_silence_nobody(talk):
    async def story():
        watcher = Watcher(talk.database)
        async with watcher.running():
            for number in range(1, 4):
                leaving = [asyncio.create_task(watcher.wait(number - 1, 60)) for _ in range(20)]
                await asyncio.sleep(0.05)
                writing = asyncio.create_task(asyncio.to_thread(talk.says, QUESTION))
                for one in leaving:  # one by one, so that some leave just as they are woken
                    await asyncio.sleep(0.005)
                    one.cancel()
                await writing
                assert await watcher.wait(number - 1, SOON_S) >= number
                await asyncio.gather(*leaving, return_exceptions=True)

    asyncio.run(asyncio.wait_for(story(), 6 * SOON_S))
