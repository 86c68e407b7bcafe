"""The record. Everything accepted is here; nothing else is the truth."""

from bot.store.database import Database, next_position

__all__ = ["Database", "next_position"]
