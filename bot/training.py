"""Training the dialogue model, and knowing when it is stale.

The fingerprint covers everything a model depends on: configuration, domain, training data,
guides, lexicon, and the code of the components.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

from bot.errors import ProductError
from bot.settings import ROOT, Settings

NAME = "assistant"
DEPENDS_ON = (
    "config.yml",
    "domain.yml",
    "data/nlu/*.yml",
    "data/stories/*.yml",
    "data/guide/*.yml",
    "bot/nlu/**/*.py",
    "requirements.txt",
)
SERVING = {
    "host.py",
    "in_order.py",
    "in_process.py",
    "memory.py",
    "rules.py",
    "serve.py",
    "shared.py",
}
"""Modules of bot/nlu that only use a trained model."""
KEPT_LINES = 40
PROGRESS = re.compile(r"hooks  - (.+)")


class TrainingFailed(ProductError):
    """Rasa could not train; its own output says why."""

    code = "training_failed"


def is_stale(settings: Settings) -> bool:
    """Whether there is no model, or one of something else than what is there now."""
    stamp = _stamp(settings)
    model = settings.models / f"{NAME}.tar.gz"
    return not (model.exists() and stamp.exists() and stamp.read_text() == fingerprint())


def train(settings: Settings) -> None:
    """Train with Rasa's own command, its steps on this terminal; raises TrainingFailed."""
    settings.models.mkdir(parents=True, exist_ok=True)
    stamp = _stamp(settings)
    stamp.unlink(missing_ok=True)
    wanted = fingerprint()
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "rasa",
        "train",
        "--skip-validation",
        "--out",
        str(settings.models),
        "--fixed-model-name",
        NAME,
    ]
    with subprocess.Popen(  # noqa: S603  our own command
        command,
        cwd=ROOT,
        env=_environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        said = _follow(process)
    if process.returncode != 0:
        raise TrainingFailed(f"training stopped with code {process.returncode}:\n{said}")
    stamp.write_text(wanted)


def fingerprint() -> str:
    """SHA-256 over names and contents of everything the model depends on."""
    digest = hashlib.sha256()
    paths = {path for pattern in DEPENDS_ON for path in ROOT.glob(pattern)}
    for path in sorted(path for path in paths if path.name not in SERVING):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _follow(process: subprocess.Popen[str]) -> str:
    """Show the steps on this terminal and keep everything for the case of a failure."""
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if step := PROGRESS.search(line):
            print(f"  {step.group(1)}", flush=True)  # noqa: T201
    return "".join(lines[-KEPT_LINES:])


def _stamp(settings: Settings) -> Path:
    return settings.models / f"{NAME}.fingerprint"


def _environment() -> dict[str, str]:
    quiet = {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
        "LOG_LEVEL": "INFO",
    }
    return {**os.environ, **quiet}
