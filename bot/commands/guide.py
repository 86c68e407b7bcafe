"""`python -m bot guide approve`: a clinician's approval of a translation or plain version."""

from __future__ import annotations

import argparse
from datetime import date

from bot.clock import now
from bot.errors import InvalidInput
from bot.guide.approving import approve
from bot.guide.model import GuideError
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which text, by whom, until when."""
    actions = parser.add_subparsers(dest="action", required=True)
    approving = actions.add_parser("approve", help="approve one text")
    approving.add_argument("guide")
    approving.add_argument("language")
    approving.add_argument("passage")
    approving.add_argument("--part", choices=("text", "plain"), required=True)
    approving.add_argument("--by", required=True, help="name of the clinician")
    approving.add_argument("--expires", type=date.fromisoformat)


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Write the approval into the guide file."""
    path = settings.data / "guide" / f"{chosen.guide}.{chosen.language}.yml"
    try:
        content = approve(
            path, chosen.passage, part=chosen.part, by=chosen.by,
            on=now().date(), expires=chosen.expires,
        )
    except (KeyError, ValueError, GuideError, FileNotFoundError) as error:
        raise InvalidInput(str(error)) from error
    path.write_text(content, "utf-8")
    print(f"{chosen.passage} ({chosen.part}) approved by {chosen.by}.")  # noqa: T201
