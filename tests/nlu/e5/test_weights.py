"""The file of weights: what is in it, and what becomes of one that is no such file."""

import numpy as np
import pytest

from bot.nlu.e5.weights import Unreadable, Weights, packaged


@pytest.fixture(scope="module")
def weights():
    return packaged()


def test_the_sizes_are_those_of_the_published_model(weights):
    sizes = weights.sizes
    assert (sizes.hidden, sizes.layers, sizes.heads, sizes.inner) == (384, 12, 12, 1536)
    assert (sizes.words, sizes.tokens) == (250_037, 512)
    assert sizes.epsilon == pytest.approx(1e-12)


def test_every_piece_of_the_vocabulary_is_there_once(weights):
    pieces = weights.pieces()
    assert len(set(pieces)) == len(pieces) == 250_002
    marks = weights.marks
    assert [pieces[mark] for mark in (marks.begin, marks.padding, marks.end, marks.unknown)] == [
        "<s>", "<pad>", "</s>", "<unk>",
    ]  # fmt: skip


def test_rows_of_words_are_read_in_the_order_asked_for(weights):
    rows = weights.words([7, 250_001, 7])
    assert rows.shape == (3, 384)
    assert np.array_equal(rows[0], rows[2])
    assert not np.array_equal(rows[0], rows[1])


def test_wide_letters_are_replaced_by_plain_ones(weights):
    assert "\uff57\uff49\uff44\uff45".translate(weights.replaced) == "wide"


@pytest.mark.parametrize("content", [b"", b"E5S1", b"nothing of the kind" * 50])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "weights.bin"
    path.write_bytes(content)
    with pytest.raises(Unreadable):
        Weights(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Unreadable, match="no such file"):
        Weights(tmp_path / "weights.bin")
