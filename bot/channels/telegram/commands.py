"""The commands of the menu, and the buttons of this channel's own texts."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.channels.telegram import consent, erasing, links
from bot.channels.telegram.calls import Call
from bot.channels.telegram.desk import Desk
from bot.settings import LOCALES

COMMAND = re.compile(r"/(?P<name>\w{1,32})(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)
NURSE = "nurse"
Action = Callable[[Desk, str], list[Call] | None]


def parse(text: str) -> tuple[str, str] | None:
    """The command's name and what follows it; None for ordinary text."""
    match = COMMAND.fullmatch(text.strip())
    return (match["name"].lower(), (match["rest"] or "").strip()) if match else None


def takes_argument(name: str, argument: str) -> bool:
    """Whether what follows belongs to the command; anything else a patient writes is triaged."""
    if name == "start":
        return links.looks_like_code(argument)
    return name == "language" and argument.lower() in LOCALES


def run(desk: Desk, name: str, argument: str) -> list[Call]:
    """Do what the command or button `name` says, in the desk's transaction."""
    return ACTIONS[name](desk, argument) or []


def _start(desk: Desk, code: str) -> None:
    if code:
        links.use(desk, code)
    if consent.given(desk):
        desk.say(desk.text("welcome_back"))
    else:
        desk.say(f"{desk.text('welcome')}\n\n{desk.text('notice')}", buttons=consent.NOTICE_BUTTONS)


def _help(desk: Desk, _: str) -> None:
    desk.say_with(desk.text("help"), [_nurse_button(desk)])


def _emergency(desk: Desk, _: str) -> None:
    desk.say_with(desk.text("emergency"), [_nurse_button(desk)])


def _nurse_button(desk: Desk) -> dict[str, object]:
    title = desk.texts.button("nurse", desk.locale)
    return {"title": title, "payload": {"intent": "ask_nurse", "file": "routine"}}


def _language(desk: Desk, locale: str) -> None:
    if locale.lower() in LOCALES:
        desk.conversation.locale = locale.lower()
        desk.say(desk.text("language_set"))
        return
    desk.say_with(
        desk.text("language_ask"),
        [
            {
                "title": desk.texts.button("language", locale),
                "payload": {"telegram": "language", "argument": locale},
            }
            for locale in LOCALES
        ],
    )


def _privacy(desk: Desk, _: str) -> None:
    desk.say(desk.text("notice"), buttons=consent.NOTICE_BUTTONS)


def _stop(desk: Desk, _: str) -> None:
    desk.conversation.notice_version = None
    desk.say(desk.text("stopped"))


def _delete(desk: Desk, _: str) -> None:
    desk.say(desk.text("delete_ask"), buttons={"delete": "erase", "keep": "keep"})


def _keep(desk: Desk, _: str) -> None:
    desk.say(desk.text("kept"))


ACTIONS: dict[str, Action] = {
    "start": _start,
    "help": _help,
    "emergency": _emergency,
    "language": _language,
    "privacy": _privacy,
    "stop": _stop,
    "delete": _delete,
    "agree": lambda desk, _: consent.agree(desk),
    "refuse": lambda desk, _: consent.refuse(desk),
    "erase": lambda desk, _: erasing.erase(desk),
    "keep": _keep,
}
TYPED = frozenset({"start", "help", NURSE, "emergency", "language", "privacy", "stop", "delete"})
"""Commands a patient may type; the other actions are buttons only."""
