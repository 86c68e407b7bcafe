"""Rasa's rules, looked up instead of tried one by one.

Rasa compares every rule with the whole conversation, twice for each action it predicts: once as if
rules spoke of the patient's very words. What rules there are is known when the model is loaded.
"""

from __future__ import annotations

import json
from typing import Any

from rasa.core.policies.rule_policy import RULES
from rasa.core.policies.rule_policy import RulePolicy as RasaRulePolicy
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

REMEMBERED = 5_000
"""Situations whose rules are kept: intents times actions times slots that matter."""


class RulePolicy(RasaRulePolicy):
    """Predicts what Rasa's own policy predicts. For serving only; its name is in Rasa's events."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        known = {key: self._rule_key_to_state(key) for key in self.lookup.get(RULES, {})}
        self._longest = max(map(len, known.values()), default=0)
        self._by_intent = all(map(_begins_with_intent, known.values()))
        self._fitting: dict[str, frozenset[str]] = {}

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        """Rasa's, but no rule is looked for by the words of a message where none has words."""
        if use_text_for_last_user_input and self._by_intent and not tracker.active_loop_name:
            return None, None, False
        found: tuple[str | None, str | None, bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        return found

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        """Rasa's, with the rules that fit the newest state remembered."""
        if lookup is not self.lookup.get(RULES) or not states:
            keys: set[str] = super()._get_possible_keys(lookup, states)
            return keys
        fitting = set(self._fitting_now(states[-1]))
        for turns_ago, state in enumerate(reversed(states[-self._longest : -1]), start=1):
            fitting = {key for key in fitting if self._is_rule_applicable(key, turns_ago, state)}
        return fitting

    def _fitting_now(self, state: State) -> frozenset[str]:
        situation = json.dumps(state, sort_keys=True, default=str)
        known = self._fitting.get(situation)
        if known is None:
            if len(self._fitting) >= REMEMBERED:
                self._fitting.clear()
            rules = self.lookup[RULES]
            known = frozenset(key for key in rules if self._is_rule_applicable(key, 0, state))
            self._fitting[situation] = known
        return known


def _begins_with_intent(rule: list[State]) -> bool:
    """Whether the rule, where it answers a message, wants an intent and so fits no mere text."""
    newest = rule[-1]
    if newest.get(PREVIOUS_ACTION, {}).get(ACTION_NAME) not in (None, ACTION_LISTEN_NAME):
        return True  # it goes on after an action: then Rasa does not look at the words
    return bool(newest.get(USER, {}).get(INTENT))
