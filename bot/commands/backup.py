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
    path = Path(settings.database.removeprefix("sqlite:///"))
    if not path.exists():
        raise InvalidInput(f"there is no database at {path}")
    if chosen.file.exists():
        raise InvalidInput(f"{chosen.file} exists already")
    chosen.file.touch(mode=0o600)  # patients' words: for the administrator's eyes
    source = sqlite3.connect(path, timeout=10)
    target = sqlite3.connect(chosen.file)
    with source, target:
        source.backup(target)
        (sound,) = target.execute("PRAGMA integrity_check").fetchone()
    source.close()
    target.close()
    if sound != "ok":
        raise InvalidInput(f"the copy is not sound: {sound}")
    print(f"Saved to {chosen.file}.")  # noqa: T201
