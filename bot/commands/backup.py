"""`python -m bot backup FILE`: a consistent copy of the embedded database while it is in use."""

from __future__ import annotations

import argparse
import sqlite3
from pathlib import Path

from bot.errors import InvalidInput
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", type=Path)


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Copy with SQLite's own online backup, then check the copy."""
    if not settings.database.startswith("sqlite"):
        raise InvalidInput("use pg_dump for PostgreSQL (docs/operations.md)")
    if chosen.file.exists():
        raise InvalidInput(f"{chosen.file} exists already")
    source = sqlite3.connect(settings.database.removeprefix("sqlite:///"), timeout=10)
    target = sqlite3.connect(chosen.file)
    with source, target:
        source.backup(target)
        (sound,) = target.execute("PRAGMA integrity_check").fetchone()
    source.close()
    target.close()
    if sound != "ok":
        raise InvalidInput(f"the copy is not sound: {sound}")
    print(f"Saved to {chosen.file}.")  # noqa: T201
