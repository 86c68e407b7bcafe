"""`python -m bot gaps`: what patients asked that the guide does not answer, without identity."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from datetime import date, datetime, time, timezone

import sqlalchemy as sa

from bot import parts
from bot.commands.guide import day
from bot.guide import normal_question
from bot.settings import LOCALES, Settings
from bot.store.tables import Gap


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which of them."""
    parser.add_argument("--since", type=day, help="first day, for example 2026-11-01")
    parser.add_argument("--language", choices=LOCALES)


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Print the most frequent first, then the newest; the same question once."""
    record = parts.database(settings)
    with record.read() as session:
        found = session.execute(_wanted(chosen.since, chosen.language)).scalars().all()
    record.close()
    if not found:
        print("No questions without an answer.")  # noqa: T201
        return
    print("times  newest      language  why              question")  # noqa: T201
    for asked in _together(found):
        newest = asked[0]
        text = " ".join("".join(one if one.isprintable() else " " for one in newest.text).split())
        print(f"{len(asked):>5}  {newest.at:%Y-%m-%d}  {newest.locale:<8}  "  # noqa: T201
              f"{newest.kind:<15}  {text}")  # fmt: skip


def _wanted(since: date | None, locale: str | None) -> sa.sql.Select:
    wanted = sa.select(Gap).order_by(Gap.id.desc())
    if since is not None:
        wanted = wanted.where(Gap.at >= datetime.combine(since, time(), timezone.utc))
    return wanted if locale is None else wanted.where(Gap.locale == locale)


def _together(newest_first: Iterable[Gap]) -> list[list[Gap]]:
    """Gaps with the same question, whatever its case, accents and marks."""
    same: dict[tuple[str, str], list[Gap]] = {}
    for gap in newest_first:
        key = (gap.kind, normal_question(gap.text) or gap.text)
        same.setdefault(key, []).append(gap)
    return sorted(same.values(), key=len, reverse=True)
