"""Running Rasa's graph node by node, in an order that is found once.

Rasa hands its graph to dask for every message, which looks for an order and keeps states of every
node anew each time. The graph of a trained model never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy as RasaRulePolicy
from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage
from typing_extensions import Self

from bot.nlu.rules import RulePolicy

SERVING: dict[type, type] = {RasaRulePolicy: RulePolicy}


class InOrder(GraphRunner):
    """See the module."""

    def __init__(self, schema: GraphSchema, nodes: dict[str, GraphNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._order = lru_cache(maxsize=None)(self._ordered)  # a model has two targets

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> Self:
        """Called by Rasa with the model's graph; our rule policy takes the place of Rasa's."""
        schema = GraphSchema(
            {
                name: replace(node, uses=SERVING.get(node.uses, node.uses))
                for name, node in graph_schema.nodes.items()
            }
        )
        nodes = {
            name: GraphNode.from_schema_node(name, node, model_storage, execution_context, hooks)
            for name, node in schema.nodes.items()
        }
        return cls(schema, nodes)

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """The outputs of the targets."""
        wanted = tuple(targets or self._schema.target_names)
        done: dict[str, Any] = {name: (name, given) for name, given in (inputs or {}).items()}
        for name, needs in self._order(wanted):
            done[name] = self._nodes[name](*[done[one] for one in needs if one in done])
        return {name: done[name][1] for name in wanted}

    def _ordered(self, targets: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Every node the targets need, after what it needs itself."""
        found: dict[str, tuple[str, ...]] = {}
        for name in self._after_needs(targets):
            found.setdefault(name, tuple(self._schema.nodes[name].needs.values()))
        return tuple(found.items())

    def _after_needs(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            if name in self._schema.nodes:  # else it is an input
                yield from self._after_needs(self._schema.nodes[name].needs.values())
                yield name
