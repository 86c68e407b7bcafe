"""Text in, triage decision out: pure, without I/O beyond reading the data files once."""

from bot.triage.engine import Triage
from bot.triage.types import Asked, Context, Decision, Finding, Level, SemanticLayer

__all__ = ["Asked", "Context", "Decision", "Finding", "Level", "SemanticLayer", "Triage"]
