"""What may be shown beside a refusal: one sentence of a topic that is clearly near, or nothing."""

import pytest

from bot.guide.find import related, score

CLEAR = {"return_to_activity": 0.3, "recovery": 0.05}
GUIDE = "microscope-assisted-spinal-surgery"


@pytest.fixture
def near(clinic_library):
    """A function from passages with probabilities and topics to the related passage's id."""

    def find(passages, topics, covers=0.4):
        ranking = [(GUIDE, passage, probability) for passage, probability in passages]
        found = related(score(clinic_library, ranking, topics), ranking, topics, covers)
        return found and found.id

    return find


def test_a_passage_that_stands_out_in_a_topic_that_stands_out_is_related(near):
    assert near([("s22", 0.95), ("s20", 0.02)], CLEAR) == "s22"


def test_what_the_guide_surely_does_not_cover_has_no_relation(near):
    assert near([("s22", 0.95)], CLEAR, covers=0.05) is None


@pytest.mark.parametrize(("passages", "topics"), [
    ([("s22", 0.4), ("s20", 0.3)], CLEAR),
    ([("s22", 0.95)], {"return_to_activity": 0.02, "preparation": 0.5}),
    ([("s30", 0.99)], {"consultation": 0.9}),
    ([("s03", 0.99)], {"what_is_it": 0.9}),
    ([], CLEAR),
    ([("s22", 0.95)], {}),
])  # fmt: skip
def test_otherwise_nothing_is(near, passages, topics):
    assert near(passages, topics) is None
