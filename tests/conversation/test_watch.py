"""The watcher wakes whoever waits for news, whichever process brought them."""

import asyncio
import queue
import threading
import time

import pytest
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
    real, failures = Watcher._look, iter(range(2))

    def away_at_first(self):
        if next(failures, None) is not None:
            raise Unavailable("the database does not answer")
        return real(self)

    monkeypatch.setattr(Watcher, "_look", away_at_first)

    async def story():
        watcher = Watcher(talk.database)
        async with watcher.running():
            return await watcher.wait(0, SOON_S)

    assert asyncio.run(story()) == 1


@pytest.fixture
def other(start):
    return start()


@pytest.mark.parametrize("of_one_conversation", [False, True])
def test_a_client_that_leaves_in_the_instant_it_is_woken_silences_nobody(talk, of_one_conversation):
    """However many steps of the event loop lie between the news and its leaving."""

    def waiting(watcher, position, seconds):
        if of_one_conversation:
            return watcher.wait_for(talk.id, position, seconds)
        return watcher.wait(position, seconds)

    async def story():
        watcher = Watcher(talk.database)
        async with watcher.running():
            await asyncio.to_thread(talk.says, QUESTION)
            await watcher.wait(0, SOON_S)
            for steps in range(8):
                before = watcher.position
                leaving = [asyncio.create_task(waiting(watcher, before, 60)) for _ in range(4)]
                staying = asyncio.create_task(waiting(watcher, before, SOON_S))
                writing = asyncio.create_task(asyncio.to_thread(talk.says, QUESTION))
                until = time.monotonic() + SOON_S
                while watcher.position == before:
                    assert time.monotonic() < until, "nobody looks for news any more"
                    await asyncio.sleep(0)  # no longer: the instant must not be missed
                for _ in range(steps):
                    await asyncio.sleep(0)
                await _hang_up(leaving)
                assert await asyncio.wait_for(staying, SOON_S) > before
                await writing

    _told(story)


def test_only_streams_of_conversations_with_news_are_woken(talk, other):
    async def story():
        watcher = Watcher(talk.database)
        async with watcher.running():
            for one in (talk, other):
                await asyncio.to_thread(one.says, QUESTION)
            position = await _settled(watcher)
            mine = asyncio.create_task(watcher.wait_for(talk.id, position, SOON_S))
            others = asyncio.create_task(watcher.wait_for(other.id, position, 0.5))
            await asyncio.to_thread(talk.says, QUESTION)
            newest = await mine
            assert newest > position
            assert not others.done()  # half a second later it has heard all there was to hear
            assert await others >= newest
            assert watcher._waiting == {}

    asyncio.run(story())


def test_news_between_reading_and_waiting_are_not_slept_over(talk, other):
    async def story():
        watcher = Watcher(talk.database)
        async with watcher.running():
            await asyncio.to_thread(talk.says, QUESTION)
            read_up_to = await _settled(watcher)
            for one in (talk, other):
                await asyncio.to_thread(one.says, QUESTION)
            newest = await _settled(watcher)
            came = await asyncio.wait_for(watcher.wait_for(talk.id, read_up_to, 60), 1)
            assert came == newest
            nothing_new = asyncio.create_task(watcher.wait_for(talk.id, came, 60))
            await asyncio.sleep(0.1)
            assert not nothing_new.done()
            nothing_new.cancel()

    asyncio.run(story())


def test_the_record_is_asked_once_for_all_streams_and_not_without_a_commit(talk, monkeypatch):
    looks, real = [], Watcher._look
    monkeypatch.setattr(Watcher, "_look", lambda self: looks.append(1) or real(self))

    async def story():
        watcher = Watcher(talk.database)
        async with watcher.running():
            await asyncio.to_thread(talk.says, QUESTION)
            position = await _settled(watcher)
            looks.clear()
            waiting = [watcher.wait_for(talk.id, position, 0.4) for _ in range(30)]
            assert await asyncio.gather(*waiting) == [position] * 30
            assert len(looks) == 0 or not watcher._commits.are_counted
            looks.clear()
            waiting = [watcher.wait_for(talk.id, position, SOON_S) for _ in range(30)]
            together = asyncio.gather(*waiting)
            await asyncio.to_thread(talk.says, QUESTION)
            await together
            assert len(looks) <= 2 or not watcher._commits.are_counted

    asyncio.run(story())


def _told(story):
    """The story's end or its error, also where its event loop cannot be ended any more."""
    ends = queue.Queue()

    async def tell():
        try:
            ends.put(await story())
        except Exception as error:  # noqa: BLE001  raised again below
            ends.put(error)

    threading.Thread(target=lambda: asyncio.run(tell()), daemon=True).start()
    end = ends.get(timeout=6 * SOON_S)
    if isinstance(end, Exception):
        raise end


async def _hang_up(tasks):
    """As the web server ends a stream: it cancels at every step until the task is done."""
    until = time.monotonic() + SOON_S
    while unfinished := [task for task in tasks if not task.done()]:
        assert time.monotonic() < until, "whoever hung up is not let go"
        for task in unfinished:
            task.cancel()
        await asyncio.sleep(0)


async def _settled(watcher):
    """The position when no more news are on their way."""
    position = -1
    while watcher.position != position or not position:
        position = watcher.position
        await asyncio.sleep(0.15)
    return position
