"""Processes of ours that are killed and come back at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.settings import ROOT

START_WITHIN_S = 90.0


@contextmanager
def many_lives(script, settings, **environment):
    """Run a script of this folder; the value is how to kill its child, returning the new one."""
    pid_file, log = settings.var / f"{script}.pid", settings.var / f"{script}.log"
    given = {
        **os.environ,
        "TELEGRAM_TOKEN": settings.telegram_token,
        "VAR": str(settings.var),
        "TELEGRAM_API": settings.telegram_api,
        "DATABASE_URL": settings.database_url,
        "EMERGENCY_NUMBER": "112",
        "CLINIC_PHONE": "01 23",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        **environment,
    }
    with log.open("wb") as output:
        parent = subprocess.Popen(
            [sys.executable, Path(__file__).with_name(script), pid_file],
            env=given,
            stderr=output,
            stdout=output,
            cwd=settings.var,
        )
    try:
        until(lambda: child(pid_file), log.read_text, parent)
        yield lambda: kill(pid_file, log)
    finally:
        parent.kill()
        parent.wait(10)
        with suppress(OSError):  # it died of something else
            os.kill(child(pid_file), signal.SIGKILL)


def kill(pid_file, log):
    before = child(pid_file)
    os.kill(before, signal.SIGKILL)
    until(lambda: child(pid_file) not in (0, before), log.read_text)


def child(pid_file):
    text = pid_file.read_text() if pid_file.exists() else ""
    return int(text) if text else 0


def until(condition, said, parent=None):
    end = time.monotonic() + START_WITHIN_S
    while not condition():
        assert parent is None or parent.poll() is None, said()
        assert time.monotonic() < end, said()
        time.sleep(0.005)
