"""Search by words: every spelling, what was just written, nothing of what the assistant says."""

import pytest
from clinic import BOTH

from bot.consultations import queries, search
from bot.conversation import messages, records
from bot.store.tables import SearchWord

pytestmark = BOTH


@pytest.fixture(params=[False, True], ids=["just written", "indexed"])
def written(clinic, request):
    """Requests of three patients, before and after the worker has looked."""
    said = {
        "leak": "Clear fluid leaks from my wound",
        "fiebre": "Tengo FIÈBRE muy alta",  # accent and case are ignored
        "chair": "I fell off a chair, 20% of my leg is numb",
    }
    ids = {name: clinic.request(text=f"{text} fever of 39") for name, text in said.items()}
    conversation_id = clinic.case(ids["chair"])[1].id
    clinic.assistant_says(conversation_id, "Clear fluid from the wound needs a look")
    clinic.patient_writes(conversation_id, "it was my neighbour")
    if request.param:
        while search.index(clinic.database):
            pass
    clinic.ids = ids
    return clinic


def found(clinic, wanted):
    with clinic.database.read() as session:
        items = queries.queue(session, wanted=wanted)
    return {name for name, id_ in clinic.ids.items() if id_ in [item.request.id for item in items]}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("fluid", {"leak"}),
        ("wound leak", {"leak"}),
        ("WOUND", {"leak"}),
        ("fiebre", {"fiebre"}),
        ("Fièb", {"fiebre"}),
        ("chair neighbour", {"chair"}),
        ("leak chair", set()),
        ("20% of", {"chair"}),
        ("ever", set()),
        ("fever", {"leak", "fiebre", "chair"}),
        ("%", set()),
        ("' OR 1=1 --", set()),
        ("\U0001f600", set()),
    ],
)
def test_all_words_are_found_by_their_beginning(written, wanted, expected):
    assert found(written, wanted) == expected


def test_words_told_before_and_after_the_last_look_are_found_together(written):
    clinic = written
    conversation_id = clinic.case(clinic.ids["leak"])[1].id
    clinic.patient_writes(conversation_id, "it smells of onions")
    assert found(clinic, "onions") == {"leak"}
    assert found(clinic, "onions fluid") == {"leak"}


def test_the_list_is_made_once_and_goes_with_the_conversation(written):
    clinic = written
    while search.index(clinic.database):
        pass
    assert search.index(clinic.database) is False
    conversation_id = clinic.case(clinic.ids["leak"])[1].id
    with clinic.database.write() as session:
        assert session.query(SearchWord).filter_by(word="fluid").count() == 1
        records.erase(session, conversation_id)
    assert found(clinic, "fluid") == set()


def test_a_worker_that_was_away_takes_everything_in_batches(clinic, monkeypatch):
    monkeypatch.setattr(search, "BATCH", 3)
    clinic.ids = {str(n): clinic.request(text=f"word{n} fever of 39") for n in range(10)}
    with clinic.database.write() as session:
        conversation = messages.lock(session, clinic.case(clinic.ids["4"])[1].id)
        messages.add(session, conversation, "nurse", "Answered by zebra", client_id="n")
    rounds = 1
    while search.index(clinic.database):
        rounds += 1
    assert rounds == 4
    with clinic.database.read() as session:
        assert session.query(SearchWord).filter(SearchWord.word.like("word%")).count() == 10
    assert found(clinic, "zebra") == {"4"}
