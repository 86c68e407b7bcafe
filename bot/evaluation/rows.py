"""Reading evaluation files: one JSON object a line, its kind told by its keys."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from bot.errors import InvalidInput

Row = dict[str, Any]
KINDS = {"turns": "dialogue", "must_not": "adversarial", "kind": "question", "expect": "message"}


def read(path: Path) -> list[Row]:
    """All rows; raises InvalidInput naming file and line."""
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise InvalidInput(f"{path}:{number}: not JSON: {error.msg}") from error
    return rows


def kind(row: Row) -> str:
    """dialogue, adversarial, question or message; raises InvalidInput."""
    for key, name in KINDS.items():
        if key in row:
            return name
    raise InvalidInput(f"row {row.get('id')} has none of the keys {', '.join(KINDS)}")


def body(row: Row) -> bytes | str:
    """What is sent: text, or raw bytes that stand where the text should."""
    if "b64" in row:
        return base64.b64decode(row["b64"])
    text: str = row.get("prefix", "") + row["text"] * row.get("repeat", 1) + row.get("suffix", "")
    return text
