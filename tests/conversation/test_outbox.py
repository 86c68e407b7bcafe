"""The outbox against a channel that does what each test tells it to, and a real database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.clock import now
from bot.consultations import opening
from bot.conversation import conversations, messages, outbox, reachability
from bot.conversation.delivery import MaybeSent, NotSent, Refused, Unreachable
from bot.conversation.outbox import Outbox
from bot.store import Database
from bot.store.tables import Conversation, Delivery, Message, Notice, RequestEntry


@pytest.fixture
def database(tmp_path):
    record = Database(f"sqlite:///{tmp_path / 'record.db'}")
    record.migrate()
    yield record
    record.close()


class Post:
    """A channel that keeps what it is given and fails as told."""

    channel = "post"

    def __init__(self, **failures):
        self.failures = {text: list(errors) for text, errors in failures.items()}
        self.sent = []
        self.most_at_once = 0
        self.under_way = []

    async def send(self, parcel, progress):
        assert parcel.channel_ref not in self.under_way, "two at once to one patient"
        self.under_way.append(parcel.channel_ref)
        self.most_at_once = max(self.most_at_once, len(self.under_way))
        try:
            await asyncio.sleep(0.01)
            error = next(iter(self.failures.get(parcel.text, [])), None)
            if error is not None:
                self.failures[parcel.text].pop(0)
                raise error
            self.sent.append((parcel.channel_ref, parcel.text))
            await progress(1, f"ref-{parcel.text}")
        finally:
            self.under_way.remove(parcel.channel_ref)


def patient(database, ref="1"):
    with database.write() as session:
        return conversations.start(session, channel="post", locale="en", channel_ref=ref).id


def say(database, conversation_id, *texts, speaker="assistant"):
    with database.write() as session:
        conversation = messages.lock(session, conversation_id)
        for text in texts:
            messages.add(session, conversation, speaker, text)


def open_request(database, conversation_id):
    with database.write() as session:
        conversation = messages.lock(session, conversation_id)
        message = messages.add(session, conversation, "patient", "help", client_id="c1")
        return opening.file(session, conversation, message, priority="urgent").request.id


def rows(database):
    with database.read() as session:
        return session.execute(
            sa.select(Message.text, Delivery.state, Delivery.attempts, Delivery.error)
            .join(Delivery, Delivery.message_id == Message.id)
            .order_by(Delivery.id)
        ).all()


def history(database):
    with database.read() as session:
        entries = session.execute(sa.select(RequestEntry).order_by(RequestEntry.id)).scalars()
        return [entry.action for entry in entries if entry.action != "opened"]


def deliver(database, post, *, until, timeout_s=8.0, **options):
    async def serve():
        box = Outbox(database, [post], **options)
        task = asyncio.create_task(box.run())
        try:
            for _ in range(int(timeout_s / 0.02)):
                if until():
                    return
                await asyncio.sleep(0.02)
            raise AssertionError(f"not in time: {rows(database)}")
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(serve())


def settled(database, *states):
    return lambda: {row.state for row in rows(database)} <= set(states or ("sent",))


def test_everything_is_sent_once_and_in_order_within_a_conversation(database):
    patients = [patient(database, str(number)) for number in range(12)]
    for number in range(4):
        for one in patients:
            say(database, one, f"text {number}")
    post = Post()
    deliver(database, post, until=settled(database))
    for number in range(12):
        assert [text for ref, text in post.sent if ref == str(number)] == [
            f"text {count}" for count in range(4)
        ]
    assert post.most_at_once > 1, "patients should not wait for each other"


def test_two_senders_share_one_outbox_and_nothing_goes_out_twice(database):
    one = patient(database)
    say(database, one, *[f"text {number}" for number in range(20)])
    post = Post()

    async def serve():
        tasks = [asyncio.create_task(Outbox(database, [post]).run()) for _ in range(2)]
        while not settled(database)():  # noqa: ASYNC110  polling the database is the point
            await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(asyncio.wait_for(serve(), 10))
    assert [text for _, text in post.sent] == [f"text {number}" for number in range(20)]


def test_a_message_that_was_not_sent_is_tried_again_and_the_next_one_waits_for_it(database):
    one = patient(database)
    say(database, one, "first", "second")
    post = Post(first=[NotSent("away", 0.1), NotSent("away", 0.1)])
    deliver(database, post, until=settled(database))
    assert [text for _, text in post.sent] == ["first", "second"]
    assert rows(database)[0].attempts == 3


def test_the_pause_that_the_channel_asks_for_is_kept(database):
    say(database, patient(database), "first")
    post = Post(first=[NotSent("slow down", 1.0)])
    begin = now()
    deliver(database, post, until=settled(database))
    assert now() - begin >= timedelta(seconds=1)


def test_one_patient_who_must_wait_does_not_hold_up_the_others(database):
    slow, quick = patient(database, "slow"), patient(database, "quick")
    say(database, slow, "first")
    say(database, quick, "other")
    post = Post(first=[NotSent("slow down", 60.0)])
    deliver(database, post, until=lambda: post.sent == [("quick", "other")])
    assert rows(database)[0].state == "queued"


def test_a_doubtful_message_is_repeated_once_and_then_put_before_the_nurses(database, monkeypatch):
    monkeypatch.setattr(outbox, "AGAIN_AFTER_DOUBT_S", 0.1)
    one = patient(database)
    open_request(database, one)
    say(database, one, "first", "second")
    post = Post(first=[MaybeSent("cut off")] * 5)
    deliver(database, post, until=lambda: post.sent == [("1", "second")])
    deliver(database, post, until=settled(database, "sent", "uncertain"))
    first = rows(database)[0]
    assert (first.state, first.attempts) == ("uncertain", 2)
    assert history(database) == ["not_delivered"]


def test_a_doubtful_message_that_arrives_at_the_second_try_is_sent(database, monkeypatch):
    monkeypatch.setattr(outbox, "AGAIN_AFTER_DOUBT_S", 0.1)
    one = patient(database)
    open_request(database, one)
    say(database, one, "first")
    deliver(database, Post(first=[MaybeSent("cut off")]), until=settled(database))
    assert rows(database)[0].error == "may have been sent: cut off"
    assert history(database) == []


def test_a_message_whose_sender_died_is_sent_by_the_next_one(database):
    one = patient(database)
    say(database, one, "first")
    with database.write() as session:
        row = session.execute(sa.select(Delivery)).scalar_one()
        row.state, row.attempts, row.next_at = "sending", 1, now() + timedelta(seconds=0.3)
    post = Post()
    deliver(database, post, until=settled(database))
    assert post.sent == [("1", "first")]
    assert rows(database)[0].error == "may have been sent: the sender stopped"


def test_a_refused_message_is_shown_to_the_nurses_and_the_next_one_goes_out(database):
    one = patient(database)
    request_id = open_request(database, one)
    say(database, one, "first", speaker="nurse")
    say(database, one, "second")
    post = Post(first=[Refused("bad text")])
    deliver(database, post, until=settled(database, "sent", "failed"))
    assert rows(database)[0].error == "bad text"
    assert history(database) == ["not_delivered"]
    with database.read() as session:
        notice = session.execute(
            sa.select(Notice).where(Notice.type == "not_delivered")
        ).scalar_one()
    assert notice.request_id == request_id


def test_a_patient_who_cannot_be_reached_any_more_is_noted_once_on_the_open_request(database):
    one = patient(database)
    open_request(database, one)
    say(database, one, "first", "second")
    post = Post(first=[Unreachable("blocked")], second=[Unreachable("blocked")])
    deliver(database, post, until=settled(database, "failed"))
    assert history(database) == ["unreachable", "not_delivered", "not_delivered"]


def test_reachable_again_takes_the_note_back_once(database):
    one = patient(database)
    open_request(database, one)
    with database.write() as session:
        conversation = session.get(Conversation, one)
        reachability.note_reachable(session, conversation)
        reachability.note_unreachable(session, conversation, "blocked")
        session.flush()
        reachability.note_unreachable(session, conversation, "blocked")
        reachability.note_reachable(session, conversation)
        session.flush()
        reachability.note_reachable(session, conversation)
    assert history(database) == ["unreachable", "reachable"]


def test_a_failure_without_an_open_request_disturbs_nobody(database):
    say(database, patient(database), "first")
    deliver(database, Post(first=[Unreachable("blocked")]), until=settled(database, "failed"))
    assert history(database) == []


def test_a_message_that_the_nurse_sends_again_goes_out(database):
    one = patient(database)
    say(database, one, "first")
    post = Post(first=[Refused("bad text")])
    deliver(database, post, until=settled(database, "failed"))
    with database.write() as session:
        row = session.execute(sa.select(Delivery)).scalar_one()
        row.state, row.attempts, row.next_at, row.error = "queued", 0, now(), None
    deliver(database, post, until=settled(database))
    assert post.sent == [("1", "first")]


def test_a_message_that_cannot_be_sent_for_a_day_fails(database):
    one = patient(database)
    say(database, one, "first")
    with database.write() as session:
        session.execute(sa.update(Message).values(at=now() - timedelta(hours=25)))
    deliver(database, Post(first=[NotSent("away")]), until=settled(database, "failed"))


def test_a_sender_that_breaks_does_not_stop_the_outbox(database):
    broken, other = patient(database, "broken"), patient(database, "other")
    say(database, broken, "first")
    say(database, other, "second")
    post = Post(first=[RuntimeError("a bug"), RuntimeError("a bug")])
    deliver(
        database,
        post,
        until=settled(database, "sent", "uncertain"),
        lease=timedelta(seconds=0.2),
    )
    assert [(row.text, row.state) for row in rows(database)] == [
        ("first", "uncertain"),
        ("second", "sent"),
    ]


def test_an_erased_conversation_is_not_sent_to_and_breaks_nothing(database):
    one, other = patient(database, "1"), patient(database, "2")
    say(database, one, "first")

    class Eraser(Post):
        async def send(self, parcel, progress):
            with database.write() as session:
                session.execute(sa.delete(Conversation).where(Conversation.id == one))
            await super().send(parcel, progress)

    post = Eraser()
    deliver(database, post, until=lambda: not rows(database))
    say(database, other, "second")
    deliver(database, post, until=settled(database))


def test_rows_of_a_channel_that_is_not_served_stay_queued(database):
    say(database, patient(database), "first")

    class Other(Post):
        channel = "other"

    deliver(database, Other(), until=lambda: True)
    assert rows(database)[0].state == "queued"


@pytest.mark.parametrize(("attempts", "expected_s"), [(1, 1), (2, 2), (4, 8), (7, 60), (99, 60)])
def test_pauses_double_up_to_a_minute(attempts, expected_s):
    assert outbox._pause(attempts, None) == timedelta(seconds=expected_s)


# --- clocks, long pauses, late messages ----------------------------------------------------


def test_a_clock_put_back_holds_up_no_new_message(database):
    say(database, patient(database), "urgent")
    with database.write() as session:
        session.execute(sa.update(Delivery).values(next_at=now() + timedelta(hours=1)))
    post = Post()
    deliver(database, post, until=settled(database))
    assert post.sent == [("1", "urgent")]


def test_a_clock_put_forward_sends_nothing_twice(database, monkeypatch):
    class Slow(Post):
        async def send(self, parcel, progress):
            monkeypatch.setattr(outbox, "now", lambda: now() + timedelta(hours=1))
            await asyncio.sleep(0.5)
            await super().send(parcel, progress)

    say(database, patient(database), "once")
    post = Slow()
    deliver(database, post, until=settled(database))
    assert post.sent == [("1", "once")]
    assert [row.attempts for row in rows(database)] == [1]


def test_a_very_long_pause_is_told_to_the_nurses_and_ends_within_a_day(database):
    one = patient(database)
    open_request(database, one)
    say(database, one, "wait")
    post = Post(wait=[NotSent("asked to wait", 10**9)])
    deliver(database, post, until=lambda: history(database) == ["not_delivered"])
    with database.read() as session:
        (row,) = session.execute(sa.select(Delivery)).scalars()
    assert row.state == "queued"
    assert row.next_at <= now() + timedelta(hours=24)


def test_the_nurses_read_once_that_a_message_is_late_and_when_it_is_out(database, monkeypatch):
    monkeypatch.setattr(outbox, "LATE_AFTER", timedelta(0))
    monkeypatch.setattr(outbox, "FIRST_RETRY_S", 0.02)
    one = patient(database)
    open_request(database, one)
    say(database, one, "late")
    post = Post(late=[NotSent("away"), NotSent("away"), NotSent("away")])
    deliver(database, post, until=settled(database))
    assert history(database) == ["not_delivered", "delivered_late"]
