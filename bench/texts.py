"""What the patients of the bench write: each message once, so that no cache can shine.

Ours are the examples the assistant is trained on, in three languages; those of stock Rasa are the
examples of its own project. Both systems are asked what they know.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import yaml

from bot.settings import ROOT

ABOUT = ("guide", "not_in_guide", "out_of_scope", "social")
FLAGS = (
    "Since {} this morning clear fluid is coming out of the wound",
    "I can't feel between my legs any more since {} o'clock",
    "I have a fever of 39.{} and shivers",
    "Since day {} I can't pass water at all",
    "My leg got so weak {} hours ago that I can't lift my foot",
    "I have had chest pain and no breath for {} minutes",
)
"""Red flags; a number goes in."""


def product(seed: int) -> Iterator[str]:
    """Questions to this product, without end; after all were used they get a number."""
    files = [path for kind in ABOUT for path in (ROOT / "data" / "nlu").glob(f"{kind}.*.yml")]
    return _endless(_examples(files), seed)


def stock(project: Path, seed: int) -> Iterator[str]:
    """Messages to the stock project."""
    return _endless(_examples([project / "data" / "nlu.yml"]), seed)


def flag(number: int) -> str:
    """A red flag, each a little different."""
    return FLAGS[number % len(FLAGS)].format(1 + number // len(FLAGS) % 9)


def _examples(files: list[Path]) -> list[str]:
    return [
        line.removeprefix("- ")
        for path in sorted(files)
        for group in yaml.safe_load(path.read_text("utf-8"))["nlu"]
        for line in group["examples"].strip().splitlines()
    ]


def _endless(known: list[str], seed: int) -> Iterator[str]:
    order = random.Random(seed)
    order.shuffle(known)
    yield from known
    number = 2
    while True:
        yield from (f"{text} ({number})" for text in known)
        number += 1
