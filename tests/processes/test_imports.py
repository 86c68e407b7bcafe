"""Each process imports what it uses: the rest would take memory and time at its start."""

import os
import shutil
import subprocess
import sys

import pytest

from bot.settings import ROOT

LOADED = "import sys; print(*sorted(name for name in sys.modules))"
WEB = "from bot.settings import Settings; from bot.web import create_app;"
WEB += " app = create_app(Settings.from_environment());"
WORKER = "import bot.commands.worker; from bot import parts; from bot.settings import Settings;"
WORKER += " settings = Settings.from_environment(); parts.database(settings);"
WORKER += " parts.library(settings); parts.wording(settings);"
SUPERVISOR = "import bot.commands, bot.commands.run;"
DIALOGUE = {"tensorflow", "rasa", "rasa_sdk", "sklearn", "scipy", "matplotlib", "pandas", "sanic"}
DIALOGUE |= {"dateparser", "phonenumbers", "babel", "h5py"}
SELDOM = {"alembic", "telegram", "wordfreq"}
TRIAGE = {"numpy", "spacy", "onnxruntime", "bot.triage", "py3langid"}
RECORD = {"sqlalchemy", "httpx", "yaml", "jsonschema"}


@pytest.mark.parametrize(
    ("process", "unwanted"),
    [(WEB, DIALOGUE | SELDOM), (WORKER, DIALOGUE | SELDOM | TRIAGE),
     (SUPERVISOR, DIALOGUE | SELDOM | TRIAGE | RECORD)],
    ids=["web", "worker", "supervisor"],
)  # fmt: skip
def test_it_imports_only_what_it_uses(process, unwanted, empty_record, tmp_path):
    record = shutil.copy(empty_record, tmp_path / "record.db")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", process + LOADED],
        cwd=ROOT, env={**os.environ, "DATABASE_URL": f"sqlite:///{record}", "TELEGRAM_TOKEN": ""},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    loaded = set(done.stdout.split())
    assert "bot.settings" in loaded
    assert loaded & unwanted == set()
