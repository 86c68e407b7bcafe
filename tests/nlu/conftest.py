import pytest
from in_process import Chat, InProcess

from bot.settings import Settings


@pytest.fixture(scope="session")
def dialogue(model, tmp_path_factory):
    return InProcess(model, Settings(rasa_tracker_url="memory", internal_secret="-"))


@pytest.fixture
def chat(dialogue):
    """A function that begins a conversation."""
    return lambda locale="en": Chat(dialogue, locale)
