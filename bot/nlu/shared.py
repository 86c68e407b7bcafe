"""A message's vector on its way from triage to the dialogue, which is another process.

Computing it is the slowest step of both. Triage leaves it with the queued turn; the dialogue takes
it if both use the same embedding model, and else computes its own.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from bot.nlu import embeddings, normal

Shared = dict[str, Any]


def pack(text: str) -> Shared | None:
    """What this process knows of a message's vector, as JSON values; None when nothing."""
    known = embeddings.recall(normal.text(text))
    if known is None:
        return None
    packed = base64.b64encode(known.astype("<f2").tobytes()).decode()
    return {"model": embeddings.default_embedder().name, "vector": packed}


def unpack(text: str, shared: Shared | None) -> None:
    """Make a vector known that another process computed; anything unfit is ignored."""
    model = embeddings.default_embedder()
    if not shared or shared.get("model") != model.name:
        return
    raw = base64.b64decode(shared["vector"])
    if len(raw) == 2 * model.dimension:
        vector = np.frombuffer(raw, dtype="<f2").astype(np.float32)
        embeddings.remember(normal.text(text), vector / np.linalg.norm(vector))
