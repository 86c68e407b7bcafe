"""Commands of the product. A module is imported only when its command is called."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from bot.errors import Conflict, ProductError, SettingsError
from bot.settings import Settings
from bot.supervisor import CANNOT_RUN

COMMANDS = {
    "run": "start everything: web, worker, dialogue, Telegram",
    "web": "only the web process",
    "worker": "only the worker: answers, outbox, timers",
    "dialogue": "only the dialogue process (Rasa)",
    "train": "train the dialogue model",
    "validate": "check every content file",
    "chat": "talk to a running installation, as a patient",
    "evaluate": "measure on files of questions, messages or conversations",
    "nurse": "accounts of the console",
    "requests": "consultation requests",
    "telegram": "check, set up or receive Telegram",
    "guide": "approve passages of the guide, list what waits",
    "triage": "the red-flag lexicon for review",
    "alerts": "test whether alerts reach the staff",
    "gaps": "questions the guide did not answer",
    "export": "everything stored about one conversation",
    "erase": "delete one conversation",
    "backup": "a consistent copy of the database",
    "audit": "verify the audit log",
}
SERVING = {"run", "web", "worker", "dialogue", "telegram"}
"""Commands that answer many at once."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    given = list(sys.argv[1:] if arguments is None else arguments)
    if SERVING.intersection(given[:1]):  # before numpy is there: threads on one text wait spinning
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if given[:1] == [name]:
            importlib.import_module(f"bot.commands.{name}").arguments(command)
    chosen = parser.parse_args(given)
    module = importlib.import_module(f"bot.commands.{chosen.command}")
    try:
        return _run(module, chosen)
    except (SettingsError, Conflict) as error:
        print(f"{chosen.command}: {error.message}", file=sys.stderr)  # noqa: T201
        return CANNOT_RUN
    except ProductError as error:
        print(f"{chosen.command}: {error.message}", file=sys.stderr)  # noqa: T201
        return 1
    except BrokenPipeError:  # `... | head` has read enough; nothing more can be written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 0


def _run(module: ModuleType, chosen: argparse.Namespace) -> int:
    code = int(module.run(chosen, Settings.from_environment()) or 0)
    sys.stdout.flush()
    return code
