"""For someone who knows Rasa: the project validates with Rasa's own command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.model
def test_rasa_data_validate_finds_nothing_wrong():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "rasa", "data", "validate"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "No story structure conflicts found" in done.stdout + done.stderr
