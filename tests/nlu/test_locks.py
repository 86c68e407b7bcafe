"""Whose turn it is: refused at once where another one has the conversation, never waited for."""

import asyncio
import time
import uuid

import httpx
import pytest
from rasa.core.lock_store import InMemoryLockStore, LockError
from redis import ConnectionError as Away

from bot.nlu import locks
from bot.settings import SECRET_HEADER

HER, HIM = "conversation of one", "conversation of another"


@pytest.fixture
def store():
    return InMemoryLockStore()


def test_a_conversation_that_is_taken_is_refused_and_free_again_afterwards(store):
    with locks.held(store, HER, 5.0):
        with pytest.raises(LockError), locks.held(store, HER, 5.0):
            pytest.fail("two turns of one conversation at a time")
        with locks.held(store, HIM, 5.0):
            pass
    with locks.held(store, HER, 5.0):
        pass


def test_a_turn_that_fails_gives_the_conversation_back(store):
    with pytest.raises(ValueError, match="broken"), locks.held(store, HER, 5.0):
        raise ValueError("broken")
    with locks.held(store, HER, 5.0):
        pass
    assert store.conversation_locks == {}


def test_a_process_that_died_in_a_turn_keeps_it_for_the_given_time_only(store):
    store.issue_ticket(HER, 0.2)
    with pytest.raises(LockError), locks.held(store, HER, 5.0):
        pytest.fail("it is still the other's")
    time.sleep(0.25)
    with locks.held(store, HER, 5.0):
        pass


class LosesItsServer(InMemoryLockStore):
    """Redis that goes away after so many calls."""

    def __init__(self, calls):
        super().__init__()
        self.calls = calls

    def get_lock(self, conversation_id):
        self.calls -= 1
        if self.calls < 0:
            raise Away("no server")
        return super().get_lock(conversation_id)


@pytest.mark.parametrize("calls", [0, 1])
def test_without_the_server_nothing_is_begun(calls):
    with pytest.raises(LockError), locks.held(LosesItsServer(calls), HER, 5.0):
        pytest.fail("nobody knows whose it is")


def test_a_server_lost_during_the_turn_does_not_lose_the_answer():
    with locks.held(LosesItsServer(2), HER, 5.0):
        answered = True
    assert answered


def call(conversation):
    return {
        "conversation": conversation, "message": uuid.uuid4().hex, "attempt": 1,
        "text": "When can I drive?", "choice": None,
        "metadata": {
            "locale": "en", "level": "none", "filed": False, "known": [], "foreign": False,
            "today": "2026-03-14", "before": None,
        },
    }  # fmt: skip


@pytest.mark.model
def test_others_are_answered_while_a_dead_process_still_has_one_conversation(dialogue):
    host = dialogue._host
    host._agent.lock_store.issue_ticket(HER, 30.0)

    async def ask(conversation):
        transport = httpx.ASGITransport(host.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://dialogue") as client:
            return await client.post(
                "/turn", json=call(conversation), headers={SECRET_HEADER: host._secret}
            )

    async def both():
        return await asyncio.wait_for(asyncio.gather(ask(HER), ask(HIM)), 10.0)

    refused, answered = asyncio.run(both())
    assert refused.status_code == 503
    assert answered.status_code == 200
    assert answered.json()["steps"]
