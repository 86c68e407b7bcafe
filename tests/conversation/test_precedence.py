"""Under a flood a red flag does not queue behind questions, and nothing is lost or starved."""

import asyncio
import uuid
from contextlib import suppress

import pytest
from talk import EMERGENCY, QUESTION, URGENT

from bot.conversation.intake import Incoming
from bot.conversation.precedence import Places, Precedence
from bot.errors import InvalidInput

CROWD = 30


async def flood(precedence, crowd, frightened):
    """Everybody writes at once, the frightened last; the texts in the order of being taken in."""
    order = []

    async def writes(talk, incoming):
        await precedence.accept(talk.id, incoming)
        order.append(incoming.text)

    waiting = [asyncio.create_task(writes(talk, asks(QUESTION))) for talk in crowd]
    await asyncio.sleep(0)
    waiting += [asyncio.create_task(writes(talk, asks(text))) for talk, text in frightened]
    await asyncio.gather(*waiting)
    return order


def asks(text):
    return Incoming(str(uuid.uuid4()), text=text)


@pytest.mark.parametrize("text", [EMERGENCY, URGENT])
def test_a_red_flag_overtakes_the_questions_that_came_before_it(intake, start, text):
    crowd, frightened = [start() for _ in range(CROWD)], start()
    order = asyncio.run(flood(Precedence(intake, at_once=1), crowd, [(frightened, text)]))
    assert order.index(text) < CROWD / 2
    assert sorted(order) == sorted([text, *[QUESTION] * CROWD])
    assert len(frightened.requests) == 1
    assert all(len(talk.messages) == 1 for talk in crowd)


def test_a_tapped_answer_overtakes_too(intake, start):
    asked = start()
    asked.says("I feel unwell")
    (question,) = [event for event in asked.events() if event.get("quick_replies")]
    crowd = [start() for _ in range(CROWD)]

    async def story():
        precedence = Precedence(intake, at_once=1)
        rest = [asyncio.create_task(precedence.accept(t.id, asks(QUESTION))) for t in crowd]
        await asyncio.sleep(0)
        yes = Incoming(str(uuid.uuid4()), reply=question["quick_replies"][0]["key"])
        await precedence.accept(asked.id, yes)
        left = sum(not one.done() for one in rest)
        await asyncio.gather(*rest)
        return left

    assert asyncio.run(story()) > CROWD / 2


def test_what_is_refused_gives_its_place_on(intake, start):
    talk = start()

    async def story():
        precedence = Precedence(intake, at_once=1)
        for _ in range(3):
            with pytest.raises(InvalidInput):
                await precedence.accept(talk.id, asks(" "))
        await asyncio.wait_for(precedence.accept(talk.id, asks(QUESTION)), 20)

    asyncio.run(story())
    assert [turn.state for turn in talk.turns] == ["queued"]


async def use(places, order, name, *, fast=False, until=None):
    async with places.take(fast=fast):
        order.append(name)
        if until is not None:
            await until.wait()


def test_each_lane_keeps_the_order_of_coming():
    async def story():
        places, order, go = Places(1), [], asyncio.Event()
        tasks = [asyncio.create_task(use(places, order, "first", until=go))]
        await asyncio.sleep(0)
        for name in ("slow 1", "fast 1", "slow 2", "fast 2"):
            tasks.append(
                asyncio.create_task(use(places, order, name, fast=name.startswith("fast")))
            )
            await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tasks)
        return order

    assert asyncio.run(story()) == ["first", "fast 1", "fast 2", "slow 1", "slow 2"]


@pytest.mark.parametrize("wait_after_release", [False, True])
def test_who_hangs_up_while_waiting_holds_up_nobody(wait_after_release):
    async def story():
        places, order, go = Places(1), [], asyncio.Event()
        holder = asyncio.create_task(use(places, order, "holder", until=go))
        await asyncio.sleep(0)
        gone = asyncio.create_task(use(places, order, "gone"))
        await asyncio.sleep(0)
        last = asyncio.create_task(use(places, order, "last"))
        await asyncio.sleep(0)
        if wait_after_release:  # the place comes and the caller goes in the same instant
            go.set()
            await holder
        gone.cancel()
        go.set()
        with suppress(asyncio.CancelledError):
            await gone
        await asyncio.wait_for(asyncio.gather(holder, last), 5)
        assert not places.waiting
        return order

    assert asyncio.run(story()) in (["holder", "last"], ["holder", "gone", "last"])


def test_no_more_than_agreed_at_once():
    async def story():
        places, inside, most = Places(3), 0, 0

        async def stay():
            nonlocal inside, most
            async with places.take(fast=False):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.001)
                inside -= 1

        await asyncio.gather(*(stay() for _ in range(40)))
        return most, places.waiting

    assert asyncio.run(story()) == (3, 0)
