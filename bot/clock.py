"""Time, always aware and always UTC."""

from datetime import datetime, timezone


def now() -> datetime:
    """The current moment in UTC."""
    return datetime.now(timezone.utc)
