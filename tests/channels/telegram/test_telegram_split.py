from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.split import parts


def units(text):
    return len(text.encode("utf-16-le")) // 2


def test_a_short_text_stays_whole():
    assert parts("Hello.") == ["Hello."]


def test_nothing_is_nothing():
    assert parts(" \n ") == []


def test_a_text_of_exactly_the_limit_stays_whole():
    assert parts("a" * 4096) == ["a" * 4096]


def test_a_long_text_is_cut_at_the_end_of_a_sentence():
    sentence = "The guide says one thing after the other. "
    pieces = parts(sentence * 300)
    assert len(pieces) > 1
    assert all(piece.endswith(".") for piece in pieces)


def test_a_paragraph_is_a_better_place_than_a_sentence():
    assert parts("One. Two.\n\nThree. Four five six.", limit=16)[0] == "One. Two."


def test_an_abbreviation_free_word_salad_is_cut_between_words():
    assert parts("word " * 10, limit=12) == [
        "word word",
        "word word",
        "word word",
        "word word",
        "word word",
    ]


def test_one_endless_word_is_cut_all_the_same():
    assert parts("x" * 25, limit=10) == ["x" * 10, "x" * 10, "x" * 5]


def test_symbols_outside_the_basic_plane_count_twice_and_stay_whole():
    pieces = parts("😀" * 30, limit=10)
    assert pieces == ["😀" * 5] * 6


def test_a_joined_symbol_is_not_torn_apart():
    family = "👨\u200d👩\u200d👧"
    assert all(not piece.startswith("\u200d") for piece in parts(family * 5, limit=10))


@pytest.mark.parametrize("limit", [2, 7, 4096])
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_nothing_is_lost_and_no_piece_is_too_long(limit, text):
    pieces = parts(text, limit)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece.strip() and units(piece) <= limit for piece in pieces)
    assert parts(text, limit) == pieces
