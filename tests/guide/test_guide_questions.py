"""How many questions a message asks."""

import pytest

from bot.guide.questions import split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Must I fast?", ["Must I fast?"]),
        ("and driving?", ["and driving?"]),
        ("Must I fast? When may I drive again?", ["Must I fast?", "When may I drive again?"]),
        ("is it risky and when can i drive", ["is it risky", "when can i drive"]),
        ("debo ayunar hoy y cuándo conduzco yo", ["debo ayunar hoy", "cuándo conduzco yo"]),
        ("salt and pepper", ["salt and pepper"]),
        ("", [""]),
    ],
)
def test_a_message_divides_only_where_each_part_says_something(text, parts):
    assert split(text) == parts
