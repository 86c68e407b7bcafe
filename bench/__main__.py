"""`python -m bench`: measure this product beside stock Rasa. `--list` names the rows."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import machine, report, rows_safety, rows_scale, rows_speed, rows_start
from bench.field import Field, Options
from bench.figures import Row
from bot.errors import Unavailable
from bot.settings import ROOT

ROWS: dict[str, Callable[[Field], Row]] = {
    "start": rows_start.start,
    "training": rows_start.training,
    "memory": rows_start.memory,
    "alone": rows_speed.alone,
    "twenty": rows_speed.twenty,
    "crowd": rows_speed.crowd,
    "turns": rows_speed.turns,
    "triage": rows_safety.triage,
    "red_flags": rows_safety.red_flags,
    "intake": rows_safety.intake,
    "growth": rows_scale.growth,
    "several": rows_scale.several,
}
NOT_QUICK = {"training", "several", "growth"}
"""Left out of a quick run unless named: they take minutes."""
DOCS = ROOT / "docs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rows that were asked for; returns the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that all processes are stopped
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every start compiles what it imports
    chosen = _parser().parse_args(arguments)
    if chosen.list:
        print("\n".join(f"{name:10} {row.__doc__}" for name, row in ROWS.items()))
        return 0
    options = Options(
        chosen.quick,
        chosen.quick or chosen.without_stock,
        chosen.rasa_workers,
        chosen.web_workers,
    )
    names = chosen.only or [n for n in ROWS if not (chosen.quick and n in NOT_QUICK)]
    facts = machine.facts()
    results = options.cache / ("quick.json" if chosen.quick else "results.json")
    rows, failed = [], []
    with Field(options, _tell) as field:
        for name in names:
            began = time.monotonic()
            _tell(f"{name} ...")
            try:
                rows.append(ROWS[name](field))
            except (Unavailable, subprocess.SubprocessError) as error:
                _tell(f"{name}: {error}")  # the other rows are worth having all the same
                failed.append(name)
                continue
            _tell(f"{report.table(rows[-1])}\n  ({time.monotonic() - began:.0f} s)")
            written = report.write_json(chosen.json or results, facts, rows)
            if chosen.docs:
                _write_docs(written)
    return 1 if failed else 0


def _write_docs(results: dict[str, object]) -> None:
    from bench import plot  # noqa: PLC0415  takes a second

    plot.draw(results, DOCS / "pictures" / "bench.svg")
    (DOCS / "bench.md").write_text(report.page(results), "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=ROWS, metavar="ROW", help="these rows alone")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    parser.add_argument("--quick", action="store_true", help="a minute, without stock Rasa")
    parser.add_argument("--docs", action="store_true", help="write docs/bench.md and its picture")
    parser.add_argument("--json", type=Path, help="results file (default: in var/bench)")
    parser.add_argument("--without-stock", action="store_true", help="this product alone")
    parser.add_argument("--rasa-workers", type=int, default=1)
    parser.add_argument("--web-workers", type=int, default=1)
    return parser


def _tell(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
