"""Finding conversations by the words in them, on any database.

The worker keeps a list of (word, conversation), in commit order. What was written since its last
look is few and is read directly, so that nothing is ever missing from a result.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.store import Database
from bot.store.tables import Conversation, Event, Message, SearchWord, Sequence

INDEXED_TO = "searchable"
BATCH = 200
WORD = re.compile(r"[^\W_]+")
MAX_WORD_CHARS = 40
MOST_TERMS = 8
LAST_CHARACTER = "\U0010ffff"
SPOKEN_BY_PEOPLE = ("patient", "nurse")
"""What the assistant says is the same for everybody and would find everybody."""


def words(text: str) -> set[str]:
    """The words of a text without case and accents."""
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(character)
    )
    return {word[:MAX_WORD_CHARS] for word in WORD.findall(plain.casefold())}


def holding(session: Session, text: str) -> sa.sql.ColumnElement:
    """Conversations in which every word of `text` occurs, at least as the beginning of a word."""
    terms = sorted(words(text), key=len, reverse=True)[:MOST_TERMS]
    if not terms:
        return sa.false()
    newest = _not_indexed(session)
    return sa.and_(*(_holding(term, newest) for term in terms))


def index(database: Database) -> bool:
    """Take the next messages into the list; whether there may be more."""
    try:
        with database.write() as session:
            return _index(session)
    except IntegrityError:  # a conversation was erased between our reading and our writing
        return True


def _index(session: Session) -> bool:
    row = session.execute(
        sa.select(Sequence).where(Sequence.name == INDEXED_TO).with_for_update()
    ).scalar_one()
    page = _events_after(session, row.value)
    if not page:
        return False
    said = _said_by_people(session, page)
    found = {(word, conversation_id) for conversation_id, text in said for word in words(text)}
    if found:
        _add(session, found)
    row.value = page[-1].position
    return len(page) == BATCH


def _add(session: Session, found: Iterable[tuple[str, str]]) -> None:
    dialect = session.get_bind().dialect.name
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect]
    session.execute(
        insert(SearchWord.__table__).on_conflict_do_nothing(),
        [{"word": word, "conversation_id": id_} for word, id_ in sorted(found)],
    )


def _holding(term: str, newest: list[tuple[str, set[str]]]) -> sa.sql.ColumnElement:
    indexed = sa.select(SearchWord.conversation_id).where(
        SearchWord.word >= term, SearchWord.word <= term + LAST_CHARACTER
    )
    fresh = {id_ for id_, used in newest if any(word.startswith(term) for word in used)}
    return sa.or_(Conversation.id.in_(indexed), Conversation.id.in_(sorted(fresh)))


def _not_indexed(session: Session) -> list[tuple[str, set[str]]]:
    """(conversation, words) of every message since the worker's last look."""
    position = session.execute(
        sa.select(Sequence.value).where(Sequence.name == INDEXED_TO)
    ).scalar_one()
    found: list[tuple[str, set[str]]] = []
    while page := _events_after(session, position):
        found += [(id_, words(text)) for id_, text in _said_by_people(session, page)]
        position = page[-1].position
    return found


def _events_after(session: Session, position: int) -> list[Any]:
    """The next (position, message) in commit order, read along the index."""
    query = (
        sa.select(Event.position, Event.message_id)
        .where(Event.position > position)
        .order_by(Event.position)
        .limit(BATCH)
    )
    return list(session.execute(query))


def _said_by_people(session: Session, page: list[Any]) -> list[Any]:
    """(conversation, text) of the patients' and nurses' messages on this page."""
    ids = [row.message_id for row in page if row.message_id is not None]
    query = sa.select(Message.conversation_id, Message.text).where(
        Message.id.in_(ids), Message.speaker.in_(SPOKEN_BY_PEOPLE)
    )
    return list(session.execute(query))
