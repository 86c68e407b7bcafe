"""`python -m bot triage export`: the red-flag lexicon as a table for review."""

from __future__ import annotations

import argparse
import csv
import sys

from bot.settings import Settings
from bot.triage.export import COLUMNS, rows


def arguments(parser: argparse.ArgumentParser) -> None:
    """Only export."""
    parser.add_subparsers(dest="action", required=True).add_parser("export", help="CSV")


def run(_chosen: argparse.Namespace, settings: Settings) -> None:
    """Write CSV to standard output."""
    table = csv.DictWriter(sys.stdout, COLUMNS)
    table.writeheader()
    table.writerows(rows(settings.data / "triage"))
