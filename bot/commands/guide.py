"""`python -m bot guide`: which texts wait for a clinician, and a clinician's approval of one."""

from __future__ import annotations

import argparse
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from bot.clock import now
from bot.errors import InvalidInput
from bot.guide import (
    SOURCE_LANGUAGE,
    Approval,
    Guide,
    GuideError,
    Part,
    Text,
    approve,
    load_library,
    replace,
)
from bot.settings import LOCALES, Settings

SHORT = 60
Listed = tuple[str, str, str, str, Text]
"""Guide, language, passage, part, text."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which text, by whom, until when."""
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="every text and whether it is approved")
    listing.add_argument("--waiting", action="store_true", help="only what is not approved")
    listing.add_argument("--language", choices=LOCALES)
    approving = actions.add_parser("approve", help="approve one text")
    approving.add_argument("guide", help="the beginning of the file's name")
    approving.add_argument("language", choices=LOCALES)
    approving.add_argument("passage", help="its id, for example s01")
    approving.add_argument("--part", choices=("text", "plain"), required=True)
    approving.add_argument("--by", required=True, help="name of the clinician")
    approving.add_argument("--expires", type=day, help="the first day on which it is not shown")


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """List, or write the approval into the guide file."""
    directory = settings.data / "guide"
    if chosen.action == "list":
        _list(directory, chosen)
    else:
        _approve(directory, chosen)


def _list(directory: Path, chosen: argparse.Namespace) -> None:
    for _, language, passage, part, text in _texts(directory):
        waits = not text.approval.serves(now().date(), drafts=False)
        if chosen.language in (None, language) and (waits or not chosen.waiting):
            shown = text.text if len(text.text) <= SHORT else f"{text.text[:SHORT]}..."
            state = _state(text.approval)
            print(f"{language}  {passage:<5} {part:<6} {state:<36} {shown}")  # noqa: T201


def _approve(directory: Path, chosen: argparse.Namespace) -> None:
    path = directory / f"{chosen.guide}.{chosen.language}.yml"
    if path not in set(directory.glob("*.yml")):
        known = ", ".join(sorted({one.name.split(".")[0] for one in directory.glob("*.yml")}))
        raise InvalidInput(f"there is no {path.name}; the guides are: {known}")
    with _alone(directory):
        before = _find(directory, chosen)
        content = _approved(path, chosen)
        replace(path, content)
    _tell(directory, chosen, before)


def _approved(path: Path, chosen: argparse.Namespace) -> str:
    part: Part = chosen.part
    try:
        return approve(
            path, chosen.passage, part=part, by=chosen.by,
            on=now().date(), expires=chosen.expires,
        )  # fmt: skip
    except KeyError as error:
        raise InvalidInput(
            f"{path.name} has no {part} of a passage {chosen.passage}; `guide list` names them"
        ) from error
    except (ValueError, GuideError) as error:
        raise InvalidInput(str(error)) from error


def _tell(directory: Path, chosen: argparse.Namespace, before: Text | None) -> None:
    """Say which words were approved: nobody should have to look them up afterwards."""
    approved = _find(directory, chosen)
    original = _find(directory, chosen, language=SOURCE_LANGUAGE, part="text")
    what = f"{chosen.passage} ({chosen.part}, {chosen.language})"
    lines = [f"{what} approved by {chosen.by.strip()}:"]
    lines += [f"  {one.text}" for one in (approved,) if one]
    lines += [f"compared with the clinic's sentence:\n  {one.text}" for one in (original,) if one]
    if before is not None and before.approval.state == "approved":
        lines.append(f"Before it was {_state(before.approval)}; that is replaced.")
    lines.append("A running assistant uses it after its next start.")
    print("\n".join(lines))  # noqa: T201


def _find(
    directory: Path, chosen: argparse.Namespace, *, language: str | None = None,
    part: str | None = None,
) -> Text | None:  # fmt: skip
    wanted = (chosen.guide, language or chosen.language, chosen.passage, part or chosen.part)
    return next((text for *where, text in _texts(directory) if tuple(where) == wanted), None)


def _texts(directory: Path) -> Iterator[Listed]:
    try:
        library = load_library(directory, serve_drafts=True, today=date.min)
    except GuideError as error:
        raise InvalidInput(str(error)) from error
    for guide in library.complete:
        yield from _of(guide)


def _of(guide: Guide) -> Iterator[Listed]:
    for section in guide.sections:
        for passage in section.passages:
            for language, wording in passage.wordings.items():
                for part, text in (("text", wording.verbatim), ("plain", wording.plain)):
                    if text is not None:
                        yield guide.id, language, passage.id, part, text


def _state(approval: Approval) -> str:
    if approval.by is None:
        return approval.state
    since = "changed since " if approval.is_draft else ""
    until = f" until {approval.expires}" if approval.expires else ""
    return f"{since}approved by {approval.by} on {approval.on}{until}"


def day(text: str) -> date:
    """A day as people write it to a command; ArgumentTypeError says how."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write the day like 2027-11-30") from None


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Two approvals at the same moment wait for each other: neither is lost."""
    lock = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
