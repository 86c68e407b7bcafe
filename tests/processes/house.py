"""An installation of its own whose parts can be broken and mended."""

import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from bot.evaluation.instance import Instance
from bot.store import Database

DEADLINE_S = 5
"""After so long without an answer the patient reads the honest text."""
CONTACTS = {
    "clinic_name": "Spine clinic",
    "clinic_phone": "01 23 45 67 89",
    "emergency_number": "112",
}


class House(Instance):
    """An installation whose parts can be broken and mended."""

    def __init__(self, directory, **settings):
        super().__init__(directory, answer_deadline_s=str(DEADLINE_S), **CONTACTS, **settings)
        self.database = Database(f"sqlite:///{directory / 'assistant.db'}")

    def mend(self):
        for name, process in self._processes.items():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
            else:
                self.start(name)
        self.wait()

    @contextmanager
    def other_dialogue(self, what):
        """The dialogue process with an action that fails or hangs in it."""
        self.kill("dialogue")
        script = Path(__file__).with_name("broken_dialogue.py")
        with (self.directory / f"{what}.log").open("ab") as log:
            broken = subprocess.Popen(
                [sys.executable, script, what],
                env={**self._environment, "ACTION_DEADLINE_S": "1"},
                stdout=log,
                stderr=log,
            )
        try:
            self.wait()
            yield
        finally:
            broken.kill()
            broken.wait(10)
