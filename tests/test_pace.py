"""The brake that both channels use, on a clock of its own."""

from bot import pace
from bot.pace import Bucket, Buckets


def test_a_few_go_at_once_and_then_one_a_second():
    bucket = Bucket(rate_per_s=1, burst=3)
    assert [bucket.take(0.0) for _ in range(5)] == [0, 0, 0, 1, 2]
    assert bucket.take(100.0) == 0
    assert bucket.idle(200.0)


def test_to_ask_how_long_takes_no_place():
    bucket = Bucket(rate_per_s=1, burst=1)
    assert [bucket.wait_s(0.0) for _ in range(3)] == [0, 0, 0]
    bucket.take(0.0)
    assert [bucket.wait_s(0.25) for _ in range(2)] == [0.75, 0.75]
    assert bucket.wait_s(1.0) == 0


def test_one_key_does_not_wait_for_another():
    buckets = Buckets(1, 1, clock=lambda: 0.0)
    assert [buckets.take("a"), buckets.take("a"), buckets.take("b")] == [0, 1, 0]
    assert buckets.wait_s("a") == 2
    assert buckets.wait_s("never seen") == 0


def test_keys_that_owe_nothing_are_forgotten_and_others_are_not(monkeypatch):
    monkeypatch.setattr(pace, "KEYS", 3)
    at = [0.0]
    buckets = Buckets(1, 1, clock=lambda: at[0])
    for key in ("old", "old too"):
        buckets.take(key)
    at[0] = 10.0
    for _ in range(2):
        buckets.take("busy")
    buckets.take("new")
    assert len(buckets) == 2
    assert buckets.wait_s("busy") == 2
