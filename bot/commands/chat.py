"""`python -m bot chat`: talk to a running installation from a terminal, as a patient would.

With messages it sends them one after another and ends; without any it reads lines until the input
ends. `/1` presses the first button shown, `/2` the second. A nurse's words appear when they come.
"""

from __future__ import annotations

import argparse
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from bot.errors import InvalidInput, ProductError, Unavailable
from bot.evaluation.patient import Patient
from bot.settings import LOCALES, Settings

LOOK_EVERY_S = 0.5
ANSWER_WITHIN_S = 30.0
PRESS = "/"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, in which language, and what to say."""
    parser.add_argument("messages", nargs="*", metavar="MESSAGE", help="/1 presses a button")
    parser.add_argument("--url", help="address of the installation (default: this one)")
    parser.add_argument("--language", choices=LOCALES, help="of the first texts")


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Talk until the messages or the lines end; 1 when one of the given messages was not taken."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    url = chosen.url or f"http://{host}:{settings.port}"
    talk = Talk(_begin(url, chosen.language or settings.locale))
    try:
        if chosen.messages:
            taken = [talk.say(message) for message in chosen.messages]
            return 0 if all(taken) else 1
        print("A message a line; /1 presses the first button; Ctrl-D ends.", flush=True)  # noqa: T201
        for line in _lines(talk.look):
            talk.say(line)
        return 0
    finally:
        talk.patient.close()


class Talk:
    """One conversation and the buttons that were shown last."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self._buttons: list[dict[str, str]] = []
        self._shown = 0

    def say(self, line: str) -> bool:
        """Send one line, show what comes back; False when it was not taken or not answered."""
        print(f"> {line}")  # noqa: T201
        try:
            sent = self._send(line)
            self.patient.answers(sent, ANSWER_WITHIN_S)
        except (ProductError, httpx.HTTPError, TimeoutError) as error:
            print(f"! {_reason(error)}", flush=True)  # noqa: T201
            return False
        finally:
            self._show()
        return True

    def look(self) -> None:
        """Show what came without having been asked for, for example from a nurse."""
        try:
            self.patient.look()
        except httpx.HTTPError as error:
            print(f"! {_reason(error)}", flush=True)  # noqa: T201
        self._show()

    def _send(self, line: str) -> str:
        if not line.startswith(PRESS):
            return self.patient.send(line)
        number = line.removeprefix(PRESS)
        if not number.isdecimal() or not 1 <= int(number) <= len(self._buttons):
            raise InvalidInput(f"there is no button {number}")
        return self.patient.send(reply=self._buttons[int(number) - 1]["key"])

    def _show(self) -> None:
        new, self._shown = self.patient.events[self._shown :], len(self.patient.events)
        for event in new:
            if event["type"] == "message" and event["speaker"] != "patient":
                self._print(event)
        sys.stdout.flush()

    def _print(self, event: dict[str, Any]) -> None:
        alert = f" [{event['alert']}]" if event["alert"] else ""
        print(f"{event['speaker']}{alert}: {event['text']}")  # noqa: T201
        if event["source"]:
            print(f"  ({_source(event['source'])})")  # noqa: T201
        self._buttons = event["quick_replies"] or self._buttons
        for number, button in enumerate(event["quick_replies"], 1):
            print(f"  {PRESS}{number} {button['title']}")  # noqa: T201


def _begin(url: str, locale: str) -> Patient:
    try:
        return Patient(url, locale)
    except httpx.HTTPError as error:
        raise Unavailable(f"{url} cannot be talked to: {_reason(error)}") from error


def _lines(while_waiting: Callable[[], None]) -> Iterator[str]:
    """What is typed, without blank lines; meanwhile somebody else may speak."""
    typed: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            typed.put(line)
        typed.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = typed.get(timeout=LOOK_EVERY_S)
        except queue.Empty:
            while_waiting()
            continue
        if line is None:
            return
        if line.strip():
            yield line.strip()


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.response.status_code} {_message(error.response)}"
    return error.message if isinstance(error, ProductError) else str(error)


def _message(response: httpx.Response) -> str:
    """The sentence of an error of ours; of somebody else's page nothing."""
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase


def _source(source: dict[str, Any]) -> str:
    passages = ", ".join(source["passages"])
    return f"{source['guide']} {source['section']}: {passages}"
