import pytest
from talk import Talk

from bot import parts
from bot.conversation.intake import Intake
from bot.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(
        clinic_name="Spine clinic",
        clinic_phone="01 23 45 67 89",
        emergency_number="112",
        var=tmp_path,
        internal_secret="between us",
    )


@pytest.fixture
def wording(settings):
    return parts.wording(settings)


@pytest.fixture
def intake(database, triage, wording, settings):
    return Intake(database, triage, parts.safety_wording(settings), wording, settings)


@pytest.fixture
def talk(database, intake):
    return Talk(database, intake)


@pytest.fixture
def start(database, intake):
    """A function that starts another conversation."""
    return lambda **how: Talk(database, intake, **how)
