"""Our shorter ways through Rasa give what Rasa's own give."""

import itertools

import numpy as np
import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.rule_policy import RulePolicy as RasaRulePolicy
from rasa.engine import loader
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sklearn.neural_network import MLPClassifier

from actions import desk
from bot.nlu import embeddings, reading, serve
from bot.nlu.in_order import InOrder
from bot.nlu.networks import SPREAD, Networks
from bot.nlu.rules import RulePolicy

SAID = ("When may I drive again?", "hello, what are the risks?", "and sport?", "¿Cuándo camino?")


@pytest.fixture(scope="module")
def runners(dialogue, model, tmp_path_factory):
    """The model's graph as the dialogue process runs it and as Rasa does."""
    metadata, rasas = loader.load_predict_graph_runner(
        tmp_path_factory.mktemp("model"), model, LocalModelStorage, DaskGraphRunner
    )
    return metadata, dialogue._host._agent.processor.graph_runner, rasas


def policy(runner):
    nodes = runner._instantiated_nodes if isinstance(runner, DaskGraphRunner) else runner._nodes
    components = [node._component for node in nodes.values()]
    (found,) = [one for one in components if isinstance(one, RasaRulePolicy)]
    return found


@pytest.mark.parametrize("text", SAID)
def test_a_message_is_understood_as_by_rasas_runner(runners, text):
    metadata, ours, rasas = runners
    assert isinstance(ours, InOrder)
    inputs = {
        "__message__": [UserMessage(text, metadata={"level": "none"})],
        "__tracker__": DialogueStateTracker("patient", metadata.domain.slots),
    }
    targets = [metadata.nlu_target]
    (mine,) = ours.run(inputs, targets)[metadata.nlu_target]
    (expected,) = rasas.run(inputs, targets)[metadata.nlu_target]
    assert mine.as_dict(only_output_properties=True) == expected.as_dict(
        only_output_properties=True
    )


def test_rules_are_found_as_rasa_finds_them_in_every_situation(runners):
    metadata, ours, rasas = runners
    mine, expected = policy(ours), policy(rasas)
    assert type(mine) is RulePolicy
    assert type(expected) is RasaRulePolicy
    seen = set()
    for tracker in situations(metadata.domain):
        found = mine.predict_action_probabilities(tracker, metadata.domain)
        wanted = expected.predict_action_probabilities(tracker, metadata.domain)
        assert found.probabilities == wanted.probabilities
        assert found.events == wanted.events
        assert found.policy_name == wanted.policy_name
        assert found.is_end_to_end_prediction == wanted.is_end_to_end_prediction
        seen.add(found.max_confidence_index)
    assert len(seen) > 8  # several actions, or nothing was compared


def situations(domain):
    """After each message, in and outside the form, early and late; after each action too."""
    for intent, form, earlier in itertools.product(domain.intents, (None, "details_form"), (0, 3)):
        tracker = DialogueStateTracker("patient", domain.slots)
        for _ in range(earlier):
            say(tracker, domain, "ask_risks")
            tracker.update(ActionExecuted("action_answer"), domain)
        tracker.update(ActiveLoop(form), domain)
        if form:
            tracker.update(SlotSet("requested_slot", "patient_name"), domain)
        say(tracker, domain, intent)
        yield tracker.copy()
        tracker.update(ActionExecuted(form or "action_answer"), domain)
        yield tracker.copy()
        tracker.update(ActionExecuted("action_say"), domain)
        yield tracker


def say(tracker, domain, intent):
    tracker.update(ActionExecuted("action_listen"), domain)
    found = {"name": intent, "confidence": 1.0}
    tracker.update(UserUttered("some words", found, parse_data={"intent": found}), domain)


def test_nothing_is_left_for_the_first_patient_to_wait_for():
    kept = (desk.wording, desk._library, reading._spelling)
    for one in kept:
        one.cache_clear()
    serve._load_the_rest()
    assert [one.cache_info().currsize for one in kept] == [1, 1, 1]
    assert embeddings.recall(reading.read(".")) is not None


@pytest.mark.parametrize("labels", [["a", "b", "c"], [False, True]])
def test_networks_side_by_side_say_what_they_say_one_by_one(labels):
    random = np.random.default_rng(5)
    vectors = random.normal(size=(60, 16)).astype(np.float32)
    wanted = [labels[at % len(labels)] for at in range(60)]
    center = vectors.mean(axis=0)
    moved = vectors - center
    inputs = SPREAD * moved / np.linalg.norm(moved, axis=1, keepdims=True)
    members = [
        MLPClassifier((8,), max_iter=400, random_state=seed).fit(inputs, wanted)
        for seed in range(3)
    ]
    together = Networks.of(center, members)
    one_by_one = np.mean([one.predict_proba(inputs) for one in members], axis=0)
    assert list(together.classes) == sorted(labels)
    assert np.allclose(together.likely(vectors), one_by_one, atol=1e-5)
    assert np.allclose(together.likely(vectors[:1]), one_by_one[:1], atol=1e-5)
