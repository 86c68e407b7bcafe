"""Rows about growth: stored conversations, several processes."""

from __future__ import annotations

import time
from dataclasses import replace

import httpx

from bench import field as fields
from bench import seeding
from bench.field import Field
from bench.figures import Line, Row, median, percentile
from bench.product import Product

SIZES = (10, 1_000, 100_000)
QUICK_SIZES = (10, 1_000)


def growth(field: Field) -> Row:
    """The same questions with more and more conversations stored."""
    lines, series = [], {}
    product = field.plain_product()
    with field.still():
        product.start()
    cookie = product.nurse_cookie()
    for size in QUICK_SIZES if field.options.quick else SIZES:
        record = product.database()
        with field.still(product):
            seeding.fill(record, size - min(size, seeding.count(record)))
        record.close()
        heard = field.play(product, patients=1, messages=int(field.options.scaled(40, 5)))
        waits = [wait * 1000 for _, wait, _ in heard["samples"]]
        with field.still(product):
            pages = _queue_ms(product, cookie)
        series[str(size)] = waits
        lines += [
            Line(f"{size:,} conversations: answer, p50", "ms", None, percentile(waits, 0.5)),
            Line(f"{size:,} conversations: answer, p95", "ms", None, percentile(waits, 0.95)),
            Line(f"{size:,} conversations: nurse's queue, p50", "ms", None, pages),
        ]
    product.remove()
    return Row("growth", "With stored conversations", lines, series=series)


def _queue_ms(product: Product, cookie: str) -> float:
    taken = []
    with httpx.Client(trust_env=False, timeout=60.0, headers={"Cookie": cookie}) as client:
        for _ in range(10):
            began = time.perf_counter()
            client.get(f"{product.url}/console/queue").raise_for_status()
            taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def several(field: Field) -> Row:
    """PostgreSQL with one process of each kind, and with two of Rasa and two of the web."""
    rates: dict[str, list[float]] = {}
    waits: dict[str, list[float]] = {}
    seconds, warm = field.options.scaled(20, 4), field.options.scaled(3, 1)
    lost = 0
    for number in range(2 * field.options.rounds(2)):
        workers = 1 if number % 4 in (0, 3) else 2
        options = replace(field.options, rasa_workers=workers, web_workers=workers)
        with fields.switches(options) as settings:
            product = field.plain_product(**settings)
            with field.still():
                product.start()
            heard = field.play(
                product, patients=20, seconds=seconds + warm, warm_up_s=warm, seed=number
            )
            product.remove()
        name = "one" if workers == 1 else "two"
        answered = [w for start, w, _ in heard["samples"] if start + w <= seconds + warm]
        rates.setdefault(name, []).append(len(answered) / seconds)
        waits.setdefault(name, []).extend(answered)
        lost += sum(heard["errors"].values())
    gain = median(rates["two"]) / median(rates["one"])
    return Row("several", "Several processes on PostgreSQL and Redis", [
        Line("one Rasa, one web: messages a second", "1/s", None, median(rates["one"])),
        Line("two Rasa, two web: messages a second", "1/s", None, median(rates["two"])),
        Line("gain", "times", None, gain),
        Line("one of each: answer, p95", "ms", None, percentile(waits["one"], 0.95) * 1000),
        Line("two of each: answer, p95", "ms", None, percentile(waits["two"], 0.95) * 1000),
        Line("messages without an answer", "", None, lost),
    ], series=rates)  # fmt: skip
