from pathlib import Path

import pytest

from bot.triage import Triage

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def directory():
    return ROOT / "data" / "triage"


@pytest.fixture(scope="session")
def triage(directory):
    return Triage.load(directory)
