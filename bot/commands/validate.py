"""`python -m bot validate`: every content file against its schema."""

from __future__ import annotations

import argparse

from bot import guide
from bot.errors import SettingsError
from bot.settings import Settings
from bot.triage.validate import validate as validate_triage
from bot.wording import Wording


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_chosen: argparse.Namespace, settings: Settings) -> int:
    """Print every problem with file, line and mend; exit code 1 when there is one."""
    found = [str(problem) for problem in guide.validate(settings.data / "guide")]
    found += [str(problem) for problem in validate_triage(settings.data / "triage")]
    try:
        Wording.load(settings.data / "wording", settings)
    except SettingsError as error:
        found += error.message.split("; ")
    for problem in found:
        print(problem)  # noqa: T201
    print(f"{len(found)} problems" if found else "All content files are sound.")  # noqa: T201
    return 1 if found else 0
