"""What actions work with: the reviewed texts and guides, and the message being answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.guide import SOURCE_LANGUAGE, Guide, Labels, Library, Section, load_library, named
from bot.nlu.asked import ANY_SECTION
from bot.settings import LOCALES, Settings
from bot.wording import Wording

ASKED = ("text", "intent", "intent_ranking", "guide_passages", "guide_parts", "guide_covers")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read when first needed."""
    return Settings.from_environment()


@lru_cache(maxsize=1)
def wording() -> Wording:
    """The texts around the guide."""
    return Wording.load(settings().data / "wording", settings())


@lru_cache(maxsize=1)
def _library() -> Library:
    return load_library(
        settings().data / "guide", serve_drafts=settings().serve_drafts, today=date.min
    )


def load() -> None:
    """Read texts and guides now, not at the first message."""
    wording()
    _library()


@dataclass(frozen=True)
class Desk:
    """One message, with what is needed to answer it."""

    tracker: Tracker
    dispatcher: CollectingDispatcher
    pending: dict[str, Any] | None = None
    """A question kept from an earlier message, to be answered instead of this one."""

    @property
    def question(self) -> dict[str, Any]:
        """What the message asks, as it was understood; JSON values."""
        message = self.pending or self.tracker.latest_message
        return {name: message.get(name) for name in ASKED}

    @property
    def metadata(self) -> dict[str, Any]:
        """What the intake and dispatcher told us; empty in `rasa shell`."""
        return self.tracker.latest_message.get("metadata") or {}

    @property
    def locale(self) -> str:
        """The language to answer in."""
        locale = self.metadata.get("locale")
        return locale if locale in LOCALES else settings().locale

    @property
    def today(self) -> date:
        """The day of the message."""
        told = self.metadata.get("today")
        return date.fromisoformat(told) if told else date.today()  # noqa: DTZ011  only `rasa shell`

    @property
    def text(self) -> str:
        """What the patient wrote."""
        return self.question["text"] or ""

    @property
    def intent(self) -> str:
        """The intent this message is answered under."""
        return (self.question["intent"] or {}).get("name") or "nlu_fallback"

    @property
    def confidence(self) -> float:
        """How sure the classifier is of the intent (0 to 1)."""
        return float(self.tracker.latest_message.get("intent", {}).get("confidence") or 0.0)

    @property
    def intents(self) -> dict[str, float]:
        """All intents with their confidence."""
        ranking = self.question["intent_ranking"] or []
        return {entry["name"]: entry["confidence"] for entry in ranking}

    @property
    def ranking(self) -> list[dict[str, Any]]:
        """Passages ranked for this message, best first (bot/nlu/passages.py)."""
        return self.question["guide_passages"] or []

    @property
    def covers(self) -> float:
        """How likely the guides answer this message at all."""
        return float(self.question["guide_covers"] or 0.0)

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The same for each of two questions in one message; empty for one question."""
        return self.question["guide_parts"] or []

    def offered(self, intent: str) -> bool:
        """Whether the last answer had a button for this intent."""
        said = [event for event in self.tracker.events if event.get("event") == "bot"]
        buttons = (said[-1].get("data") or {}).get("buttons") or [] if said else []
        return any(button.get("payload") == f"/{intent}" for button in buttons)

    @property
    def library(self) -> Library:
        """The guides as they may be shown on the day of the message."""
        return _library().at(self.today)

    @property
    def named(self) -> list[Guide]:
        """The guides whose operation the message names."""
        return named(self.library.guides.values(), self.tracker.latest_message.get("text") or "")

    @property
    def guide(self) -> Guide | None:
        """The guide of this patient's operation; None while it is not known which of several."""
        guides = self.library.guides
        if len(guides) == 1:
            return self.library.guide()
        if len(self.named) == 1:
            return self.named[0]
        return guides.get(self.tracker.get_slot("guide") or "")

    def words(self, key: str, **values: str) -> str:
        """A reviewed text in the patient's language."""
        return wording().text(key, self.locale, **values)

    def button(self, key: str, intent: str) -> dict[str, str]:
        """A button that means an intent."""
        return {"title": wording().button(key, self.locale), "payload": f"/{intent}"}

    def topics(self, *sections: str) -> list[dict[str, str]]:
        """Buttons to sections of the patient's guide; to the guides while it is not known."""
        guide = self.guide
        if guide is None:
            return self.guides(*self.library.guides.values())
        known = {one.id: one for one in guide.sections}
        return self.sections(known[one] for one in sections if one in known)

    def sections(self, sections: Iterable[Section]) -> list[dict[str, str]]:
        """Buttons to these sections; one without an intent is recognised by its title."""
        return [
            {"title": one.title(self.locale), "payload": f"/{self._asks_for(one)}"}
            for one in sections
        ]

    def _asks_for(self, section: Section) -> str:
        one_guide = len(self.library.guides) == 1
        return f"ask_{section.id}" if one_guide else ANY_SECTION

    def guides(self, *guides: Guide) -> list[dict[str, str]]:
        """Buttons that choose a guide, by its title."""
        return [{"title": self.title(one), "payload": "/choose_guide"} for one in guides]

    def title(self, guide: Guide) -> str:
        """What the guide is about, in the patient's language."""
        return guide.titles.get(self.locale) or guide.titles[SOURCE_LANGUAGE]

    def ask_operation(self) -> None:
        """Ask which operation it is about."""
        self.say(self.words("which_operation"), buttons=self.guides(*self.library.guides.values()))

    def labels(self) -> Labels:
        """The lines above plain, original and translated text."""
        return Labels(
            plain=self.words("plain_approved_label"),
            plain_draft=self.words("plain_label"),
            verbatim=self.words("verbatim_label"),
            translation=self.words("translation_label"),
            translation_draft=self.words("draft_label"),
            original=self.words("original_label"),
        )

    def say(
        self,
        text: str,
        *,
        buttons: list[dict[str, str]] | None = None,
        source: dict[str, Any] | None = None,
    ) -> None:
        """One message to the patient."""
        extra = {"json_message": {"source": source}} if source else {}
        self.dispatcher.utter_message(text=text, buttons=buttons or [], **extra)

    def effect(self, effect: str, **details: Any) -> None:
        """Something to be done when the answer is stored."""
        self.dispatcher.utter_message(json_message={"effect": effect, **details})
