"""Rows about red flags and the way in, which need no dialogue."""

from __future__ import annotations

import json
import signal
from typing import Any

from bench import processes
from bench.field import Field, second_process
from bench.figures import Line, Row, percentile
from bench.product import Product

RATE, FLAGS_PER_S = 50.0, 5.0
COMMITTED_P99_MS, CONSOLE_P95_MS = 1_000.0, 2_000.0
TRIAGE_P99_MS = {"lexicon": 10.0, "semantic": 60.0}
A_LONG_MESSAGE = "500"


def triage(field: Field) -> Row:
    """Triage by itself, by length of text, with and without the semantic layer."""
    repeats = int(field.options.scaled(200, 5))
    with field.still():
        found = json.loads(second_process("bench.triage_alone", str(repeats)))
    lines = [
        Line(f"{layer}, {length} characters, {share}", "ms", None, times[share],
             **_triage_goal(layer, length, share, times[share]))
        for layer, lengths in found.items()
        for length, times in lengths.items()
        for share in ("p50", "p99")
    ]  # fmt: skip
    return Row("triage", "Triage alone", lines, series=found)


def _triage_goal(layer: str, length: str, share: str, value: float) -> dict[str, Any]:
    if length != A_LONG_MESSAGE or share != "p99":
        return {}
    return {"goal": f"<= {TRIAGE_P99_MS[layer]:.0f}", "reached": value <= TRIAGE_P99_MS[layer]}


def red_flags(field: Field) -> Row:
    """A red flag's way, with Rasa idle, busy beyond its strength, and dead."""
    lines, series = [], {}
    seconds = field.options.scaled(20, 4)
    rate, flags = field.options.scaled(RATE, 6.0), field.options.scaled(FLAGS_PER_S, 2.0)
    busy = {"rate": rate, "flags_per_s": flags, "patients": int(2 * rate)}
    plans = {
        "idle": {"rate": 2.0, "flags_per_s": 2.0, "patients": 1},
        "saturated": busy,
        "dead": busy,
    }
    for state, plan in plans.items():
        product = field.product
        if state == "dead":
            product.end_dialogue()
        heard = field.play(product, **plan, seconds=seconds, console=product.nurse_cookie())
        series[state] = [round(wait, 4) for _, _, wait in heard["flags"]]
        lines += _flag_lines(state, heard, product)
    field.drop_product()
    return Row("red_flags", f"A red flag among {rate:.0f} messages a second", lines, series=series)


def _flag_lines(state: str, heard: dict[str, Any], product: Product) -> list[Line]:
    """Until committed; and until seen, joined over the product's own list of requests."""
    committed = [wait * 1000 for _, _, wait in heard["flags"]]
    began = {conversation: start for conversation, start, _ in heard["flags"]}
    of = {request["id"]: request["conversation"] for request in product.requests()}
    seen = [
        (at - began[of[request]]) * 1000
        for request, at in heard["opened"]
        if of.get(request) in began
    ]
    sent, p99, p95 = len(began), percentile(committed, 0.99), percentile(seen, 0.95)
    return [
        Line(f"Rasa {state}: safety reply committed, p50", "ms", None, percentile(committed, 0.5)),
        Line(f"Rasa {state}: safety reply committed, p99", "ms", None, p99,
             goal=f"<= {COMMITTED_P99_MS:.0f}", reached=p99 <= COMMITTED_P99_MS),
        Line(f"Rasa {state}: in an open console, p95", "ms", None, p95,
             goal=f"<= {CONSOLE_P95_MS:.0f}", reached=p95 <= CONSOLE_P95_MS),
        Line(f"Rasa {state}: red flags posted", "", None, sent),
        Line(f"Rasa {state}: of these seen in the console", "", None, len(seen)),
        Line(f"Rasa {state}: other messages accepted a second", "1/s", None,
             len(heard["samples"]) / max(heard["seconds"], 1e-9)),
    ]  # fmt: skip


def intake(field: Field) -> Row:
    """Messages accepted a second when nobody answers them: the worker stands still."""
    product = field.product
    seconds = field.options.scaled(15, 3)
    still = product.part("worker") + product.part("dialogue")
    processes.send(still, signal.SIGSTOP)
    try:
        heard = field.play(product, patients=20, seconds=seconds, warm_up=0, only_post=True)
    finally:
        processes.send(still, signal.SIGCONT)
    field.drop_product()
    waits = [wait * 1000 for _, wait, _ in heard["samples"]]
    return Row("intake", "Intake alone, twenty senders", [
        Line("messages accepted a second", "1/s", None, len(waits) / seconds),
        Line("accepted after, p50", "ms", None, percentile(waits, 0.5)),
        Line("accepted after, p99", "ms", None, percentile(waits, 0.99)),
    ])  # fmt: skip
