"""The picture for the documentation; matplotlib comes with Rasa."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

COLOURS = {"stock": "#b0603a", "product": "#2a6f97"}
NAMES = {"stock": "stock Rasa", "product": "this product"}


def draw(results: dict[str, Any], path: Path) -> None:
    """Waiting time of one patient and of twenty, and by turn number; empty panels stay empty."""
    rows = {row["name"]: row["series"] for row in results["rows"]}
    mpl.rcParams["svg.hashsalt"] = "bench"
    figure, panels = plt.subplots(1, 3, figsize=(12, 3.6))
    _shares(panels[0], rows.get("alone", {}), "One patient alone")
    _shares(panels[1], rows.get("twenty", {}), "Twenty at once, no pauses")
    _turns(panels[2], rows.get("turns", {}))
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _shares(panel: Any, series: dict[str, list[float]], title: str) -> None:
    for name, waits in sorted(series.items()):
        ordered = sorted(1000 * wait for wait in waits)
        shares = [(at + 1) / len(ordered) for at in range(len(ordered))]
        panel.plot(ordered, shares, color=COLOURS[name], label=NAMES[name])
    panel.set(title=title, xlabel="answer after, ms", ylabel="share of messages", ylim=(0, 1))
    panel.set_xscale("log")
    _finish(panel, series)


def _turns(panel: Any, series: dict[str, list[float]]) -> None:
    for name, waits in sorted(series.items()):
        panel.plot(range(1, len(waits) + 1), [1000 * wait for wait in waits],
                   color=COLOURS[name], label=NAMES[name])  # fmt: skip
    panel.set(title="By turn of the conversation", xlabel="turn", ylabel="answer after, ms")
    panel.set_yscale("log")
    _finish(panel, series)


def _finish(panel: Any, series: dict[str, list[float]]) -> None:
    panel.grid(alpha=0.3)
    if series:
        panel.legend(frameon=False)
