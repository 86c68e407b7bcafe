"""`python -m bot run`: starts everything, says where it is, and leaves nothing behind."""

import os
import signal
import time

import pytest
from supervised import Supervised

pytestmark = [pytest.mark.processes, pytest.mark.model]
PARTS = {"web", "worker", "dialogue"}
GONE_WITHIN_S = 20.0


@pytest.fixture
def begin(model, tmp_path):
    """A function that starts the product in the same directory each time."""
    started = []

    def start():
        started.append(Supervised(tmp_path, model.parent))
        started[-1].wait_until_ready()
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()


def alive(pids):
    return [pid for pid in pids if os.path.exists(f"/proc/{pid}")]  # noqa: PTH110


def all_gone(pids):
    until = time.monotonic() + GONE_WITHIN_S
    while alive(pids) and time.monotonic() < until:
        time.sleep(0.1)
    return not alive(pids)


def test_the_product_starts_survives_its_own_death_and_stops_on_ctrl_c(begin):
    first = begin()
    assert f"{first.url}/demo" in first.said()
    assert f"{first.url}/console" in first.said()
    assert "one-time password" in first.said()
    assert "Training" not in first.said()
    children = first.children()
    assert set(children) == PARTS

    first.process.send_signal(signal.SIGKILL)
    first.process.wait(10)
    assert all_gone(children.values()), "processes are left behind"

    second = begin()
    assert "one-time password" not in second.said()
    children = second.children()
    second.process.send_signal(signal.SIGINT)
    assert second.process.wait(30) == 0
    assert all_gone(children.values())
    assert "Stopped." in second.said()
