"""The table on the terminal, the results file, and the page of the documentation."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figures import Line, Row

HEAD = ("", "stock Rasa", "this product", "better", "goal", "reached")
INTRODUCTION = (
    "Made by `make bench`; do not edit. Stock Rasa is a project of `rasa init` with its default",
    "pipeline and policies, trained and served on the same machine in the same run, in turns with",
    "this product; while one is measured the other stands still. Patients are played by a second",
    "process on the same cores, whose own processor time is shown. Every message to the product is",
    "written once, so that no cache helps. *better* above 1: the product is ahead.",
)
VERDICT = {None: "", True: "yes", False: "no"}


def table(row: Row) -> str:
    """One row of the bench for the terminal."""
    cells = [HEAD, *map(_cells, row.lines)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(HEAD))]
    printed = [
        "  ".join(
            cell.ljust(width) if at in (0, 4) else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    return "\n".join([f"\n{row.title}", *printed, *(f"  {note}" for note in row.notes)])


def _cells(line: Line) -> tuple[str, ...]:
    label = f"{line.label}, {line.unit}" if line.unit else line.label
    ratio = f"{line.ratio:.1f} x" if line.ratio else ""
    return (
        label, _number(line.stock), _number(line.product), ratio, line.goal, VERDICT[line.reached]
    )  # fmt: skip


def _number(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "" if value is None else "none"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"  # noqa: PLR2004


def write_json(path: Path, machine: dict[str, Any], rows: list[Row]) -> dict[str, Any]:
    """Write the results; rows of an earlier run of the same commit that were not run again stay."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = []
    if path.exists():
        before = json.loads(path.read_text("utf-8"))
        if before["machine"]["commit"] == machine["commit"]:
            again = {row.name for row in rows}
            kept = [row for row in before["rows"] if row["name"] not in again]
    results = {"machine": machine, "rows": kept + [row.to_json() for row in rows]}
    path.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    return results


def page(results: dict[str, Any]) -> str:
    """docs/bench.md."""
    return "\n".join(_page(results["machine"], results["rows"])) + "\n"


def _page(machine: dict[str, Any], rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "# Speed, side by side with stock Rasa"
    yield ""
    yield from INTRODUCTION
    yield ""
    yield f"Commit `{machine['commit']}`, {machine['at']}, {machine['processor']}, "
    yield f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}, "
    yield f"load before the run {machine['load_before'][0]}; "
    yield ", ".join(f"{name} {version}" for name, version in machine["versions"].items()) + "."
    yield ""
    yield "![Latency and throughput](pictures/bench.svg)"
    for row in rows:
        yield from _section(row)


def _section(row: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## {row['title']}"
    yield f"`python -m bench --only {row['name']}`"
    yield ""
    yield "| | " + " | ".join(HEAD[1:]) + " |"
    yield "|---|---:|---:|---:|---|---|"
    for line in row["lines"]:
        cells = _cells(Line(**{name: value for name, value in line.items() if name != "ratio"}))
        yield "| " + " | ".join(cells) + " |"
    yield from row["notes"]
