"""The trained dialogue in this process: what it says to a message, without servers."""

from __future__ import annotations

import asyncio
import os
import uuid
from contextlib import contextmanager
from functools import lru_cache

import structlog

from actions import desk
from bot import language
from bot.conversation.dialogue import Turned
from bot.settings import Settings

TODAY = "2026-03-14"
_before = []


class InProcess:
    """Answers turns as the dialogue process does."""

    def __init__(self, model, settings):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        from bot.nlu.host import Host  # noqa: PLC0415  takes seconds: TensorFlow comes with it

        self._host = Host(settings, model)

    async def turn(self, call):
        with _quiet():
            return Turned(await self._host._run(call))

    async def close(self):
        """Nothing is held."""


class Chat:
    """A patient who talks to the dialogue alone, without record and triage."""

    def __init__(self, dialogue, locale="en"):
        self.dialogue, self.locale = dialogue, locale
        self.id = uuid.uuid4().hex
        self.before = None
        self.steps = []

    def says(self, text):
        self.locale = language.of(text, self.locale)
        return self._turn(text, None)

    def taps(self, title):
        """A button of the last answers."""
        (reply,) = [one for one in self.buttons if one["title"] == title][:1]
        return self._turn(title, reply["payload"])

    def _turn(self, text, choice):
        call = {
            "conversation": self.id, "message": uuid.uuid4().hex, "attempt": 1,
            "text": text, "choice": choice,
            "metadata": {
                "locale": self.locale, "level": "none", "filed": False, "known": [],
                "foreign": language.detect(text, self.locale) == language.OTHER,
                "today": TODAY, "before": self.before,
            },
        }  # fmt: skip
        self.before = text
        self.steps = _loop().run_until_complete(self.dialogue.turn(call)).steps
        return self

    @property
    def texts(self):
        return [step["text"] for step in self.steps if "text" in step]

    @property
    def effects(self):
        return [step["effect"] for step in self.steps if "effect" in step]

    @property
    def buttons(self):
        return [one for step in self.steps for one in step.get("quick_replies") or ()]

    @property
    def titles(self):
        return [one["title"] for one in self.buttons]

    @property
    def passages(self):
        """Answered from; what is only called related is not among them."""
        return self._passages(related=False)

    @property
    def related(self):
        return self._passages(related=True)

    def _passages(self, *, related):
        label = desk.wording().text("related", self.locale)
        sourced = [step for step in self.steps if step.get("source")]
        return {
            passage
            for step in sourced
            if step["text"].startswith(label) is related
            for passage in step["source"]["passages"]
        }

    @property
    def sections(self):
        return [step["source"]["section"] for step in self.steps if step.get("source")]

    @property
    def guides(self):
        return {step["source"]["guide"] for step in self.steps if step.get("source")}


@contextmanager
def _quiet():
    """Without Rasa's lines for developers, hundreds a turn; turns may overlap."""
    _before.append(structlog.get_config())
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    try:
        yield
    finally:
        if len(_before) == 1:
            structlog.configure(**_before[0])
            _before.clear()
        else:
            _before.pop()


@lru_cache(maxsize=1)
def _loop():
    return asyncio.new_event_loop()


@contextmanager
def answering_from(data):
    """The actions read guides and wording from another directory for a while."""
    before = os.environ.get("DATA")
    os.environ["DATA"] = str(data)
    _forget()
    try:
        yield Settings.from_environment()
    finally:
        os.environ.pop("DATA") if before is None else os.environ.update(DATA=before)
        _forget()


def _forget():
    for kept in (desk.settings, desk.wording, desk._library):
        kept.cache_clear()
