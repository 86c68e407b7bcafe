import pytest

from bot.guide import flesch_kincaid_grade
from bot.guide.readability import syllables


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("risk", 1), ("used", 1), ("moved", 1), ("times", 1), ("planned", 1), ("nerves", 1),
        ("treated", 2), ("changes", 2), ("people", 2), ("patient", 2), ("being", 2), ("fluid", 2),
        ("table", 2), ("because", 2), ("fever", 2), ("tissue", 2), ("client", 2), ("going", 2),
        ("surgery", 3), ("microscope", 3), ("idea", 3), ("earlier", 3), ("medicines", 3),
        ("operation", 4), ("recovery", 4), ("neurological", 5), ("microdiscectomy", 6),
    ],
)  # fmt: skip
def test_syllables(word, expected):
    assert syllables(word) == expected


def test_short_sentences_are_easier():
    assert flesch_kincaid_grade("The cat sat on the mat. It was fat.") < 2
    hard = "Postoperative neurological deterioration necessitates immediate reassessment."
    assert flesch_kincaid_grade(hard) > 15


def test_a_title_does_not_end_a_sentence():
    with_title = flesch_kincaid_grade("You can ask Dr. Smith about this.")
    assert with_title == pytest.approx(flesch_kincaid_grade("You can ask Dr Smith about this."))


def test_no_words_no_grade():
    with pytest.raises(ValueError, match="without words"):
        flesch_kincaid_grade("...")
