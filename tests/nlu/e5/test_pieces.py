"""The likeliest pieces of a text, in a vocabulary small enough to reckon by hand."""

import numpy as np
import pytest

from bot.nlu.e5 import pieces
from bot.nlu.e5.pieces import Pieces
from bot.nlu.e5.weights import Marks

BEGIN, END, PADDING, UNKNOWN = 0, 1, 2, 3
WORDS = {"<s>": 0.0, "</s>": 0.0, "<pad>": 0.0, "<unk>": 0.0,
         "▁": -3.0, "▁le": -2.0, "▁leg": -4.0, "g": -1.5, "s": -2.0, "gs": -6.0}  # fmt: skip
PLACE = {word: place for place, word in enumerate(WORDS)}


class Vocabulary:
    """As `Weights` gives it."""

    marks = Marks(BEGIN, END, PADDING, UNKNOWN)
    scores = np.array(list(WORDS.values()), dtype=np.float32)

    def pieces(self):
        return list(WORDS)


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    directory = tmp_path_factory.mktemp("vocabulary")
    for name, content in pieces.stored(Vocabulary()).items():
        (directory / name).write_bytes(content)
    return Pieces(directory, Vocabulary()).cut


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("leg", ["▁le", "g"]),  # -3.5, and not "▁leg": -4
        ("legs", ["▁le", "g", "s"]),
        ("leg leg", ["▁le", "g", "▁le", "g"]),
        ("  leg ", ["▁le", "g"]),
        ("", []),
    ],
)
def test_the_likeliest_pieces_are_taken(cut, text, expected):
    assert cut(text) == [PLACE[piece] for piece in expected]


def test_letters_that_no_piece_holds_are_one_unknown_together(cut):
    assert cut("xyz leg") == [PLACE["▁"], UNKNOWN, PLACE["▁le"], PLACE["g"]]


def test_a_mark_written_in_a_text_is_not_the_mark(cut):
    assert not {BEGIN, END, PADDING} & set(cut("<s>"))


def test_a_long_text_without_spaces_is_cut_to_its_end(cut):
    assert cut("leg" * 20_000)[-3:] == [PLACE["g"], UNKNOWN, PLACE["g"]]
