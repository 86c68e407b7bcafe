"""Triage by itself, in a process of its own: seconds by length of text. Prints one JSON object."""

from __future__ import annotations

import json
import sys
import time

from bench import texts
from bench.figures import percentile
from bot import parts
from bot.settings import Settings
from bot.triage import Triage

LENGTHS = (20, 60, 200, 500, 1_000, 10_000)


def measure(repeats: int) -> dict[str, dict[str, dict[str, float]]]:
    """Layer to length to {"p50", "p99"} in ms."""
    settings = Settings.from_environment()
    directory = settings.data / "triage"
    engines = {
        "lexicon": Triage.load(directory),
        "semantic": Triage.load(directory, semantic=parts.semantic(settings)),
    }
    return {
        name: {str(length): _times(engine, length, repeats) for length in LENGTHS}
        for name, engine in engines.items()
    }


def _times(engine: Triage, length: int, repeats: int) -> dict[str, float]:
    said = texts.product(length)
    taken = []
    for repeat in range(repeats + 2):
        text = ""
        while len(text) < length:
            text = f"{text} {next(said)}".strip()
        began = time.perf_counter()
        engine.decide(text[:length])
        if repeat >= 2:  # noqa: PLR2004  the first two load what is loaded on first use
            taken.append((time.perf_counter() - began) * 1000)
    return {"p50": percentile(taken, 0.5), "p99": percentile(taken, 0.99)}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
