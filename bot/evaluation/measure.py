"""Sending rows to a running installation and noting what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from bot.evaluation import rows as reading
from bot.evaluation.patient import Patient
from bot.evaluation.rows import Row

AT_ONCE = 6
Outcome = dict[str, Any]
ALERTS = ("urgent", "emergency")


def measure(url: str, rows: Iterable[Row]) -> list[Outcome]:
    """One outcome a row: what was answered, with conversation and alert of each turn."""

    def one(row: Row) -> Outcome:
        return {"row": row, **_MEASURES[reading.kind(row)](url, row)}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, rows))


def add_requests(outcomes: Iterable[Outcome], requests: Iterable[dict[str, Any]]) -> None:
    """Note at every outcome the consultation requests of its conversation."""
    by_conversation: dict[str, list[dict[str, Any]]] = {}
    for request in requests:
        by_conversation.setdefault(request["conversation"], []).append(request)
    for outcome in outcomes:
        outcome["requests"] = by_conversation.get(outcome["conversation"], [])


def _conversation(url: str, row: Row, turns: list[str]) -> Outcome:
    patient = Patient(url, row.get("lang", "en"))
    answered = [patient.ask(turn) for turn in turns]
    patient.close()
    return {"conversation": patient.id, "answers": answered, "status": 202}


def _question(url: str, row: Row) -> Outcome:
    return _conversation(url, row, [row["text"]])


def _dialogue(url: str, row: Row) -> Outcome:
    return _conversation(url, row, list(row["turns"]))


def _adversarial(url: str, row: Row) -> Outcome:
    patient = Patient(url)
    content = reading.body(row)
    response = patient.post(_frame(content))
    answers, refusal = [], ""
    if response.status_code == httpx.codes.ACCEPTED:
        answers = patient.answers(response.json()["id"])
    else:
        refusal = response.text
    patient.close()
    return {
        "conversation": patient.id,
        "answers": [answers],
        "status": response.status_code,
        "refusal": refusal,
    }


def _frame(content: str | bytes) -> dict[str, str] | bytes:
    message_id = "00000000-0000-4000-8000-000000000001"
    if isinstance(content, str):
        return {"id": message_id, "text": content}
    return b'{"id": "' + message_id.encode() + b'", "text": "' + content + b'"}'


_MEASURES: dict[str, Callable[[str, Row], Outcome]] = {
    "message": _question,
    "question": _question,
    "dialogue": _dialogue,
    "adversarial": _adversarial,
}
