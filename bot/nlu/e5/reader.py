"""From a text to the rows of numbers that the encoder reads."""

from __future__ import annotations

from pathlib import Path

from bot.nlu.e5.pieces import Pieces
from bot.nlu.e5.weights import Floats, Weights

ROLE = "query: "
"""What the model was trained to find before a question."""


class Reader:
    """Cuts a text into pieces and looks up their rows."""

    def __init__(self, weights: Weights, directory: Path) -> None:
        """`directory` holds the files of the vocabulary; see `pieces`."""
        self._weights = weights
        self._pieces = Pieces(directory, weights)
        places = weights.numbers("emb.pos").reshape(-1, weights.sizes.hidden)
        kind = weights.numbers("emb.type")[: weights.sizes.hidden]
        self._places = places + kind

    def pieces(self, text: str) -> list[int]:
        """The ids a text is cut into, with both marks; what is too long for the model is left."""
        marks = self._weights.marks
        ids = self._pieces.cut((ROLE + text).translate(self._weights.replaced))
        return [marks.begin, *ids[: self._weights.sizes.tokens - 2], marks.end]

    def rows(self, text: str) -> Floats:
        """Shape (1, pieces, hidden)."""
        ids = self.pieces(text)
        found: Floats = (self._weights.words(ids) + self._places[: len(ids)])[None]
        return found
