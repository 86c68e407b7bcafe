"""`python -m bot evaluate FILE...`: the whole product measured through its HTTP contract.

Starts a private installation, sends every row as a patient would, reads what came back and which
consultation requests exist, prints the figures, what each kind of question got and what was missed,
and writes one JSON line a row.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from bot import parts, training
from bot.evaluation import rows as reading
from bot.evaluation.baselines import compare
from bot.evaluation.instance import running
from bot.evaluation.measure import add_requests, measure
from bot.evaluation.score import Figures, table
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which files, and where the lines go."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--rows", type=Path, default=Path("results/evaluation.jsonl"))
    parser.add_argument("--split", help="only rows of this split, for example held_out")
    parser.add_argument("--wrong", action="store_true", help="print the rows handled wrongly")


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Measure and report."""
    if training.is_stale(settings):
        training.train(settings)
    rows = [row for file in chosen.files for row in reading.read(file)]
    if chosen.split:
        rows = [row for row in rows if row.get("split") == chosen.split]
    figures = Figures(parts.wording(settings))
    with (
        tempfile.TemporaryDirectory() as directory,
        running(Path(directory), answer_deadline_s="60") as instance,
    ):
        outcomes = measure(instance.url, rows)
        add_requests(outcomes, instance.requests())
    for outcome in outcomes:
        figures.add(outcome)
    _write(chosen.rows, figures)
    if chosen.wrong:
        for row in figures.rows:
            if not row["right"]:
                print(json.dumps(row, ensure_ascii=False))  # noqa: T201
    print(table(figures.ratios.items()))  # noqa: T201
    if figures.questions.counts:
        print(f"\nWhat questions got\n{figures.questions.table()}")  # noqa: T201
        print("\n".join(["", "Missed", *figures.questions.misses]))  # noqa: T201
    others = compare(rows, settings)
    if others:
        print("\nThe same messages, read by")  # noqa: T201
        print(table(others))  # noqa: T201


def _write(path: Path, figures: Figures) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in figures.rows)
    path.write_text("".join(lines), "utf-8")
