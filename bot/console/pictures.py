"""Pictures for the lead's numbers, as rectangles a template draws; the same is in a table below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.consultations import figures
from bot.consultations.opening import RANKS

WIDTH, HEIGHT = 600, 120
GAP = 0.25
"""Share of a column that stays empty."""


@dataclass(frozen=True)
class Box:
    """One rectangle; `kind` chooses its colour."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True)
class Column:
    """What was opened in a stretch of time, and its rectangles."""

    begins: datetime
    numbers: dict[str, int]
    boxes: list[Box]


@dataclass(frozen=True)
class Chart:
    """Columns over time, the highest as high as the picture."""

    columns: list[Column]
    highest: int
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Band:
    """How quickly the requests of a priority were acknowledged: shares of one bar."""

    name: str
    total: int
    numbers: dict[str, int]
    boxes: list[Box]


def opened(counts: list[tuple[datetime, dict[str, int]]]) -> Chart:
    """Requests over time, one column a stretch, the most urgent at the bottom."""
    highest = max((sum(numbers.values()) for _, numbers in counts), default=0)
    step = WIDTH / max(1, len(counts))
    columns = [
        Column(begins, numbers, _stack(index * step, step, numbers, max(1, highest)))
        for index, (begins, numbers) in enumerate(counts)
    ]
    return Chart(columns, highest)


def bands(quick: dict[str, dict[str, int]]) -> list[Band]:
    """One bar a priority, from at once to not at all."""
    return [_band(name, quick[name]) for name in RANKS]


def stretch(days: int) -> timedelta:
    """How much time one column stands for."""
    if days == 1:
        return timedelta(hours=1)
    return timedelta(days=1 if days <= 30 else 7)  # noqa: PLR2004  so that columns stay visible


def _stack(x: float, step: float, numbers: dict[str, int], highest: int) -> list[Box]:
    boxes, top = [], float(HEIGHT)
    for kind in RANKS:
        height = HEIGHT * numbers[kind] / highest
        if height:
            top -= height
            boxes.append(Box(x + step * GAP / 2, top, step * (1 - GAP), height, kind))
    return boxes


def _band(name: str, numbers: dict[str, int]) -> Band:
    total, x, boxes = sum(numbers.values()), 0.0, []
    for kind in figures.QUICK:
        width = WIDTH * numbers[kind] / max(1, total)
        if width:
            boxes.append(Box(x, 0, width, HEIGHT, kind))
        x += width
    return Band(name, total, numbers, boxes)
