"""Nurses who claim at the same moment: exactly one wins. CLAIM_RACES=10000 runs the long form."""

import os
import threading
from collections import Counter

from clinic import BOTH

from bot.clock import now
from bot.consultations import lifecycle
from bot.errors import Conflict
from bot.store.tables import ConsultationRequest, Conversation, RequestEntry

pytestmark = BOTH
RACES = int(os.environ.get("CLAIM_RACES", "200"))
NURSES = 2


def requests(clinic, number):
    """Requests of conversations of their own, made quickly."""
    with clinic.database.write() as session:
        session.add_all(
            Conversation(
                id=f"{index:032x}",
                channel="widget",
                channel_ref=str(index),
                locale="en",
                created_at=now(),
                last_seq=0,
                hold_version=0,
            )
            for index in range(number)
        )
        session.flush()
        session.add_all(
            ConsultationRequest(
                reference=f"{index:06d}",
                conversation_id=f"{index:032x}",
                priority="urgent",
                rank=1,
                status="new",
                signs=[],
                created_at=now(),
                waiting_since=now(),
                version=1,
            )
            for index in range(number)
        )
        session.flush()
        return [row.id for row in session.query(ConsultationRequest).order_by("id")]


def race(clinic, actors, request_ids):
    """All actors claim every request in the same order, meeting before each one."""
    start = threading.Barrier(len(actors))
    won, lost = Counter(), Counter()

    def claim_all(actor):
        for request_id in request_ids:
            start.wait(timeout=30)
            try:
                with clinic.database.write() as session:
                    lifecycle.claim(session, actor, request_id, clinic.texts)
                won[request_id, actor.nurse.id] += 1
            except Conflict as conflict:
                lost[request_id] += conflict.code == "claimed_by_another"

    threads = [threading.Thread(target=claim_all, args=(actor,), daemon=True) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won, lost


def test_every_race_has_exactly_one_winner(clinic):
    actors = [clinic.actor(clinic.nurse(f"nurse{index}")) for index in range(NURSES)]
    request_ids = requests(clinic, RACES)
    won, lost = race(clinic, actors, request_ids)
    assert Counter(request_id for request_id, _ in won) == Counter(request_ids)
    assert lost == Counter(dict.fromkeys(request_ids, NURSES - 1))
    with clinic.database.read() as session:
        owners = session.query(ConsultationRequest.id, ConsultationRequest.claimed_by)
        assert {(request_id, owner) for request_id, owner in owners} == set(won)
        claims = session.query(RequestEntry).filter_by(action="claimed").count()
    assert claims == len(request_ids)
