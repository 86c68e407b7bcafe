"""Writers wait in line, and nobody waits for ever."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.errors import Unavailable
from bot.store import Database
from bot.store.turns import Turns


def test_who_waits_longest_is_next():
    turns, order = Turns(), []

    def wait(name):
        with turns.take(5) as came:
            assert came
            order.append(name)

    with ThreadPoolExecutor(5) as pool:
        with turns.take(1):
            for name in range(5):
                pool.submit(wait, name)
                time.sleep(0.05)
        pool.shutdown()
    assert order == [0, 1, 2, 3, 4]


def test_patience_ends_and_the_line_goes_on():
    turns = Turns()
    with turns.take(1), turns.take(0.05) as came:
        assert not came
    with turns.take(0.05) as came:
        assert came


def test_an_error_inside_gives_the_turn_back():
    turns = Turns()
    with pytest.raises(RuntimeError), turns.take(1):
        raise RuntimeError
    with turns.take(0.05) as came:
        assert came


def test_a_writer_that_never_ends_makes_the_others_unavailable_not_stuck(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'record.db'}", lock_wait_s=0.2)
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with database.write():
            entered.set()
            leave.wait(10)

    holder = threading.Thread(target=hold, daemon=True)
    holder.start()
    entered.wait(5)
    with pytest.raises(Unavailable), database.write():
        pass
    leave.set()
    holder.join(5)
    with database.write():
        pass
    database.close()
