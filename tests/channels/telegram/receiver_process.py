"""A receiver that may be killed at any moment and is started again at once.

The parent loads triage once and forks a child for each life, so that a kill costs no start-up time.
The child's process id is in the file named by the first argument while it receives. POISON=kill or
POISON=hang makes triage die of, or never return from, a text that contains "poison".
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

from bot import logs, parts
from bot.channels.telegram import receiver, watchdog
from bot.conversation.intake import Intake
from bot.settings import Settings
from bot.store import Database
from bot.triage import Triage

STUCK_AFTER_S = 1.0
ENDLESS = re.compile(r"(a+a+)+$")


def poisoned(triage: Triage, how: str) -> None:
    decide = triage.decide

    def deadly(text, context):
        if "poison" in text:
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            ENDLESS.match("a" * 60 + "!")  # holds the interpreter's lock for ever
        return decide(text, context)

    triage.decide = deadly


def live(settings: Settings, triage: Triage) -> None:
    record = Database(settings.database)
    intake = Intake(
        record, triage, parts.safety_wording(settings), parts.wording(settings), settings
    )
    asyncio.run(receiver.run(settings, record, intake))


def main(pid_file: Path) -> None:
    settings = Settings.from_environment()
    logs.configure(settings)
    triage = Triage.load(settings.data / "triage")
    triage.decide("warm up: fever")
    poison = os.environ.get("POISON", "")
    if poison:
        poisoned(triage, poison)
        watchdog.Watchdog.__init__.__defaults__ = (STUCK_AFTER_S,)
    while True:
        child = os.fork()
        if child == 0:
            live(settings, triage)
            os._exit(0)
        pid_file.write_text(str(child))
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) and not poison:
            sys.exit(f"the receiver ended by itself: {status}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
