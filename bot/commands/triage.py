"""`python -m bot triage`: the red-flag lexicon as a table, and why a text is decided as it is."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator

from bot import parts
from bot.settings import Settings
from bot.triage import Decision, Finding
from bot.triage.export import COLUMNS, rows


def arguments(parser: argparse.ArgumentParser) -> None:
    """export, or why TEXT."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("export", help="the lexicon as CSV")
    why = actions.add_parser("why", help="what triage decides about a text, and for which reasons")
    why.add_argument("text", nargs="+", help="a message; put it in quotation marks")


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Write to standard output: CSV, or a few lines for each text."""
    if chosen.action == "export":
        _export(settings)
        return
    triage = parts.triage(settings)
    for text in chosen.text:
        sys.stdout.writelines(f"{line}\n" for line in _lines(text, triage.decide(text)))


def _export(settings: Settings) -> None:
    table = csv.DictWriter(sys.stdout, COLUMNS)
    table.writeheader()
    table.writerows(rows(settings.data / "triage"))


def _lines(text: str, decision: Decision) -> Iterator[str]:
    yield f"{decision.level.value}: {text}"
    for finding in decision.findings:
        yield f"  {_reason(finding)}"


def _reason(finding: Finding) -> str:
    score = "" if finding.score is None else f" {finding.score:.2f}"
    rules = ", ".join(finding.rule_ids) or "-"
    return (
        f"{finding.level.value}: {finding.sign}, {finding.assertion}, {finding.layer}{score}, "
        f'"{finding.quote}" ({rules})'
    )
