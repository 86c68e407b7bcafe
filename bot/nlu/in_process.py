"""Custom actions inside the dialogue process: with a deadline, and a failure that is noticed.

Rasa records an action that failed as done and goes on. Here a failure is remembered for the turn,
so that the turn can be refused instead of telling the patient something that did not happen.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import structlog
from rasa.core.actions.action import RemoteAction
from rasa.core.processor import MessageProcessor
from rasa.engine import loader
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.nlu.in_order import InOrder

log = structlog.get_logger()
_failures: ContextVar[list[str] | None] = ContextVar("failures", default=None)


@contextmanager
def noticing_failures() -> Iterator[list[str]]:
    """Collects the names of the actions that fail inside the block."""
    failures: list[str] = []
    token = _failures.set(failures)
    try:
        yield failures
    finally:
        _failures.reset(token)


class OwnAction(RemoteAction):
    """An action of ours: its answer comes from the SDK's own types, so it is not validated again.

    Rasa checks every answer against a JSON schema and the schema against its own, each time: a
    third of a turn.
    """

    def _validate_action_result(self, _result: dict[str, Any]) -> bool:
        return True


class Processor(MessageProcessor):
    """Rasa's processor, with our actions taken as ours and our way through the model's graph."""

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, GraphRunner]:
        with TempDirectoryPath(get_temp_dir_name()) as directory:
            metadata, runner = loader.load_predict_graph_runner(
                Path(directory), Path(model_path), LocalModelStorage, InOrder
            )
        return Path(model_path).name, metadata, runner

    async def _run_action(self, action: Any, *args: Any, **kwargs: Any) -> bool:
        if isinstance(action, RemoteAction):
            action = OwnAction(action.name(), self.action_endpoint)
        going_on: bool = await super()._run_action(action, *args, **kwargs)
        return going_on


class InProcessActions(EndpointConfig):
    """Stands where Rasa expects the address of an action server."""

    def __init__(self, deadline_s: float) -> None:
        super().__init__(url="in-process")
        self._deadline_s = deadline_s
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(
        self,
        method: str = "post",  # noqa: ARG002  Rasa's signature
        subpath: str | None = None,  # noqa: ARG002
        content_type: str | None = None,  # noqa: ARG002
        compress: bool = False,  # noqa: ARG002
        **kwargs: Any,
    ) -> Any:
        """Run one action; raises what Rasa expects for a form that does not want the message."""
        call = kwargs["json"]
        name = call["next_action"]
        try:
            return await asyncio.wait_for(self._executor.run(call), self._deadline_s)
        except ActionExecutionRejection as error:
            body = json.dumps({"error": error.message, "action_name": error.action_name})
            raise ClientResponseError(400, error.message, body) from error
        except Exception as error:
            _note(name, error)
            raise


def _note(name: str, error: Exception) -> None:
    log.error("actions.failed", action=name, error=type(error).__name__)
    failures = _failures.get()
    if failures is not None:
        failures.append(name)
