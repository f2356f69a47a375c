"""Everybody gets the edition, once, whatever the relay and the workers do."""

from __future__ import annotations

import email
import email.policy
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, cast

import pytest

from syndicate.app import Dispatch
from syndicate.delivery import heartbeat
from syndicate.delivery.clerk import Clerk
from syndicate.delivery.model import (
    CHUNK,
    LEDGER_KEPT,
    TEMPLATES_KEPT,
    Begin,
    MailingState,
    Outcome,
    State,
    unpack,
)
from syndicate.digests.model import Life
from syndicate.errors import StoreError
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from syndicate.delivery.model import Ended
    from syndicate.store.client import Store
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

TECH = Digest("daily", "tech")


def subscribe(app: App, count: int, digest: Digest = TECH) -> list[str]:
    addresses = [f"reader{n}@y.example" for n in range(count)]
    for address in addresses:
        subscriber = app.subscribers.add(address, app.clock())
        app.subscribers.change(subscriber, [digest], Status.ACTIVE, app.clock(), {"method": "test"})
    return addresses


@pytest.fixture
def mailing(app: App, write_post: Callable[..., Path]) -> Callable[[], int]:
    """Cuts and orders an edition of one new post."""

    def order() -> int:
        app.sync()
        write_post("one", "tech")
        app.sync()
        edition = app.desk.cut("daily", "tech")
        assert edition
        return app.desk.order(edition.id)

    return order


def run(app: App, mailing: int) -> None:
    """What the workers do about a mailing until nothing of it is due."""
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)
    for work in app.sweep().deliver:
        app.deliver(*work)


def outcome(app: App, mailing: int, place: int = 0) -> Outcome:
    key = app.store.keys.part(mailing, "outcomes")
    found = app.store.text.hget(key, str(place))
    assert found
    return Outcome.from_json(found)


@pytest.mark.slow
def test_everybody_gets_it_once_in_chunks(
    app: App, mailing: Callable[[], int], relay: FaultyRelay
) -> None:
    addresses = subscribe(app, CHUNK + 3)
    number = mailing()
    run(app, number)
    assert Counter(relay.recipients()) == Counter(addresses)
    done = app.ledger.get(number)
    assert (done.state, done.audience, done.sent, done.open) == (
        MailingState.SENT,
        CHUNK + 3,
        CHUNK + 3,
        0,
    )
    assert app.ledger.active() == []
    run(app, number)
    assert len(relay.taken) == CHUNK + 3


def test_the_first_chunk_goes_out_while_the_rest_is_planned(
    app: App, mailing: Callable[[], int], relay: FaultyRelay
) -> None:
    subscribe(app, CHUNK + 1)
    number = mailing()
    planned = app.plan(number)
    assert app.deliver(number, next(planned))
    assert len(relay.taken) == CHUNK
    assert app.ledger.get(number).state is MailingState.PLANNING
    for chunk in planned:
        app.deliver(number, chunk)
    assert app.ledger.get(number).state is MailingState.SENT


def test_ten_workers_send_to_nobody_twice(
    app: App, open_app: Callable[[], App], mailing: Callable[[], int], relay: FaultyRelay
) -> None:
    addresses = subscribe(app, 40)
    number = mailing()
    chunks = list(app.plan(number))
    workers = [open_app() for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        turns = list(pool.map(lambda worker: worker.deliver(number, chunks[0]), workers))
    assert turns.count(True) == 1
    assert sorted(relay.recipients()) == sorted(addresses)


def test_a_mailing_to_nobody_is_over_at_once(app: App, mailing: Callable[[], int]) -> None:
    number = mailing()
    assert list(app.plan(number)) == []
    assert app.ledger.get(number).state is MailingState.SENT
    assert app.ledger.active() == []


def test_who_leaves_while_the_queue_is_full_gets_nothing(
    app: App, mailing: Callable[[], int], relay: FaultyRelay
) -> None:
    addresses = subscribe(app, 5)
    number = mailing()

    def leave(recipient: str) -> None:
        # The first message is on its way; all the others take their leave.
        for address in addresses:
            if address != recipient:
                found = app.subscribers.find(address)
                app.subscribers.change(found.id, [TECH], Status.LEFT, app.clock(), {})

    relay.at_dot = leave
    run(app, number)
    assert len(relay.taken) == 1
    done = app.ledger.get(number)
    assert (done.sent, done.skipped, done.open) == (1, 4, 0)


def test_who_subscribes_after_the_order_waits_for_the_next(
    app: App, mailing: Callable[[], int], relay: FaultyRelay
) -> None:
    subscribe(app, 1)
    number = mailing()
    chunks = list(app.plan(number))
    subscribe(app, 2)
    for chunk in chunks:
        app.deliver(number, chunk)
    assert len(relay.taken) == 1


def test_a_refused_recipient_fails_alone(
    app: App, mailing: Callable[[], int], relay: FaultyRelay
) -> None:
    subscribe(app, 3)
    relay.answer = lambda verb, argument: (
        "550 5.1.1 unknown" if verb == "RCPT" and "reader1@" in argument else None
    )
    number = mailing()
    run(app, number)
    done = app.ledger.get(number)
    assert (done.state, done.sent, done.failed) == (MailingState.SENT, 2, 1)
    failed = outcome(app, number, 1)
    assert (failed.state, failed.reply) == (State.FAILED, "550 5.1.1 unknown")


def test_a_deferred_recipient_is_tried_again_when_it_is_time(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, 2)
    relay.answer = lambda verb, argument: (
        "450 4.2.1 greylisted" if verb == "RCPT" and "reader0@" in argument else None
    )
    number = mailing()
    run(app, number)
    assert app.ledger.get(number).state is MailingState.SENDING
    assert outcome(app, number).attempts == 1
    relay.answer = lambda _verb, _argument: None
    clock.advance(seconds=299)
    run(app, number)
    assert relay.recipients() == ["reader1@y.example"]
    clock.advance(seconds=100)
    run(app, number)
    assert sorted(relay.recipients()) == ["reader0@y.example", "reader1@y.example"]
    assert app.ledger.get(number).state is MailingState.SENT


def test_a_deferred_recipient_is_given_up_at_its_expiry(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, 1)
    relay.answer = lambda verb, _argument: "450 4.2.1 no" if verb == "RCPT" else None
    number = mailing()
    for _ in range(30):
        run(app, number)
        clock.advance(hours=3)
    done = app.ledger.get(number)
    assert (done.state, done.failed, done.sent) == (MailingState.SENT, 1, 0)
    assert "450 4.2.1 no" in outcome(app, number).reply


def test_a_relay_in_trouble_costs_nobody_a_try_and_says_why(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, 3)
    relay.answer = lambda verb, _argument: "421 4.3.2 full" if verb == "MAIL" else None
    number = mailing()
    run(app, number)
    assert "421 4.3.2 full" in app.ledger.get(number).trouble
    assert outcome(app, number).attempts == 0
    relay.answer = lambda _verb, _argument: None
    run(app, number)
    assert relay.taken == []
    clock.advance(seconds=61)
    run(app, number)
    assert len(relay.taken) == 3
    done = app.ledger.get(number)
    assert (done.state, done.trouble) == (MailingState.SENT, "")


def test_an_uncertain_message_waits_and_goes_out_with_the_same_bytes(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, 2)
    relay.answer = lambda verb, argument: (
        "drop after taking" if verb == "DOT" and "reader0@" in argument else None
    )
    number = mailing()
    run(app, number)
    assert outcome(app, number).state is State.UNCERTAIN
    assert app.ledger.get(number).open == 1
    relay.answer = lambda _verb, _argument: None
    run(app, number)
    assert len(relay.taken) == 2
    clock.advance(seconds=6)
    run(app, number)
    copies = [message for recipient, message in relay.taken if "reader0@" in recipient]
    assert len(copies) == 2
    assert copies[0] == copies[1]
    assert app.ledger.get(number).sent == 2


def test_a_worker_that_dies_leaves_one_message_uncertain_and_the_rest_goes_on(
    app: App,
    open_app: Callable[[], App],
    mailing: Callable[[], int],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    addresses = subscribe(app, 5)
    number = mailing()

    class Killed(BaseException):
        """Nothing catches it: the process is gone."""

    advance = Clerk.advance

    def killed(clerk: Clerk, ended: Ended | None, begin: Begin | None) -> str:
        if len(relay.taken) == 3:
            raise Killed
        return advance(clerk, ended, begin)

    (chunk,) = app.plan(number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Clerk, "advance", killed)
        with pytest.raises(Killed):
            app.deliver(number, chunk)
    other = open_app()
    # Its worker may live still: nobody touches the chunk.
    assert not other.deliver(number, chunk)
    clock.advance(seconds=16)
    run(other, number)
    assert Counter(relay.recipients()) == Counter(addresses)
    assert outcome(other, number, 2).state is State.UNCERTAIN
    clock.advance(seconds=6)
    run(other, number)
    twice = [recipient for recipient, n in Counter(relay.recipients()).items() if n > 1]
    assert len(twice) == 1
    assert other.ledger.get(number).state is MailingState.SENT


def test_a_stalled_worker_may_tell_what_it_did_but_sends_no_more(
    app: App,
    open_app: Callable[[], App],
    mailing: Callable[[], int],
    relay: FaultyRelay,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It loses its lease at the final dot; another takes over; then it wakes up."""
    addresses = subscribe(app, 4)
    number = mailing()
    (chunk,) = app.plan(number)
    monkeypatch.setattr(heartbeat.Heartbeat, "_beat", lambda _self: None)
    other, at_dot, may_go_on = open_app(), threading.Event(), threading.Event()

    def stall(_recipient: str) -> None:
        relay.at_dot = lambda _recipient: None
        at_dot.set()
        may_go_on.wait(30)

    relay.at_dot = stall
    stalled = threading.Thread(target=app.deliver, args=(number, chunk))
    stalled.start()
    assert at_dot.wait(30)
    clock.advance(seconds=16)
    assert other.deliver(number, chunk)
    assert len(relay.taken) == 4
    may_go_on.set()
    stalled.join(30)
    clock.advance(seconds=60)
    run(other, number)
    assert Counter(relay.recipients()) == Counter(addresses)
    done = other.ledger.get(number)
    assert (done.sent, done.state) == (4, MailingState.SENT)


def test_a_heartbeat_keeps_the_lease_for_as_long_as_the_work_takes(
    app: App,
    site: Path,
    open_app: Callable[[], App],
    mailing: Callable[[], int],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text() + "heartbeat = 0.3\n")
    subscribe(app, 1)
    number = mailing()
    (chunk,) = app.plan(number)
    worker, renewed = open_app(), threading.Event()
    renew: Callable[..., bool] = worker.ledger.renew

    def renewing(*args: object) -> bool:
        done = renew(*args)
        renewed.set()
        return done

    worker.ledger.renew = renewing  # type: ignore[method-assign, assignment]

    waiting, looked_at = threading.Event(), threading.Event()

    def slow(_recipient: str) -> None:
        for _ in range(2):
            clock.advance(seconds=0.2)
            renewed.clear()
            renewed.wait(30)
        waiting.set()
        looked_at.wait(30)

    relay.at_dot = slow
    thread = threading.Thread(target=worker.deliver, args=(number, chunk))
    thread.start()
    assert waiting.wait(30)
    assert not app.deliver(number, chunk)
    looked_at.set()
    thread.join(30)
    assert len(relay.taken) == 1


def test_lost_tasks_are_found_by_the_sweep(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, write_post: Callable[..., Path]
) -> None:
    subscribe(app, 2)
    number = mailing()
    # The plan was never run, and of another edition nobody ordered the mailing.
    write_post("two", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    work = app.sweep()
    assert number in work.plan
    assert len(work.plan) == 2
    for one in work.plan:
        assert list(app.plan(one)) == [0]
    for one, chunk in app.sweep().deliver:
        assert app.deliver(one, chunk)
    assert len(relay.taken) == 4
    assert app.sweep() == Dispatch()


def test_an_edition_is_corrected_until_its_message_is_built(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, write_post: Callable[..., Path]
) -> None:
    subscribe(app, 1)
    number = mailing()
    write_post("one", "tech", title="Corrected")
    app.sync()
    run(app, number)
    message = email.message_from_bytes(relay.taken[0][1], policy=email.policy.default)
    assert "Corrected" in message["Subject"]


def test_an_edition_whose_posts_are_all_withdrawn_is_cancelled(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, write_post: Callable[..., Path]
) -> None:
    subscribe(app, 1)
    number = mailing()
    write_post("one", "tech", extra="published: false\n")
    app.sync()
    run(app, number)
    assert app.ledger.get(number).state is MailingState.CANCELLED
    assert app.ledger.active() == []
    assert relay.taken == []


def test_an_edition_is_cut_once_a_slot_however_many_cut_it(
    app: App, open_app: Callable[[], App], write_post: Callable[..., Path]
) -> None:
    app.sync()
    for number in range(5):
        write_post(f"post-{number}", "tech")
    app.sync()
    apps = [open_app() for _ in range(8)]

    def cut(one: App) -> int | None:
        return one.editions.cut(
            Digest("daily", "tech"),
            "2026-11-23T00:00:00Z",
            one.clock(),
            most=100,
            life=Life.SCHEDULED,
            by="test",
        )

    with ThreadPoolExecutor(8) as pool:
        editions = set(pool.map(cut, apps))
    assert len(editions) == 1
    (edition,) = editions
    assert edition
    assert len(app.editions.get(edition).posts) == 5
    orders = {one.desk.order(edition) for one in apps}
    assert len(orders) == 1


def test_what_was_sent_is_a_fact_even_if_redis_hears_it_late(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, clock: Clock
) -> None:
    """Redis goes away between the final dot and the record: one message is uncertain, not lost."""
    subscribe(app, 1)
    number = mailing()
    (chunk,) = app.plan(number)
    advance = Clerk.advance

    def failing(clerk: Clerk, ended: Ended | None, begin: Begin | None) -> str:
        if ended:
            raise StoreError("Redis is away")
        return advance(clerk, ended, begin)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Clerk, "advance", failing)
        with pytest.raises(StoreError):
            app.deliver(number, chunk)
    clock.advance(seconds=16)
    run(app, number)
    assert outcome(app, number).state is State.UNCERTAIN
    clock.advance(seconds=6)
    run(app, number)
    assert len(relay.taken) == 2
    assert relay.taken[0] == relay.taken[1]


def test_a_digest_speaks_its_categorys_language(
    site: Path, open_app: Callable[[], App], write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    settings = site / "syndicate.toml"
    text = settings.read_text()
    settings.write_text(text + '\n[[categories]]\nname = "tech"\nlanguage = "zh-CN"\n')
    app = open_app()
    subscribe(app, 1)
    app.sync()
    write_post("one", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    run(app, app.desk.order(edition.id))
    message = email.message_from_bytes(relay.taken[0][1], policy=email.policy.default)
    assert "第1期" in message["Subject"]


# What a digest wants of its mail


@pytest.fixture
def parking(site: Path, open_app: Callable[[], App]) -> App:
    """The service of a site whose daily digests would rather lose a mail than send it twice."""
    path = site / "syndicate.toml"
    path.write_text(path.read_text() + '\n[[digests]]\ncadence = "daily"\nuncertain = "park"\n')
    return open_app()


def ordered(app: App, write_post: Callable[..., Path]) -> int:
    app.sync()
    write_post("one", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    return app.desk.order(edition.id)


def test_what_nobody_knows_is_parked_where_the_digest_says_so(
    parking: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(parking, 2)
    number = ordered(parking, write_post)
    relay.answer = lambda verb, argument: (
        "drop after taking" if verb == "DOT" and "reader0@" in argument else None
    )
    run(parking, number)
    relay.answer = lambda _verb, _argument: None
    clock.advance(hours=1)
    run(parking, number)
    assert sorted(relay.recipients()) == ["reader0@y.example", "reader1@y.example"]
    done = parking.ledger.get(number)
    assert (done.state, done.sent, done.parked, done.open) == (MailingState.SENT, 1, 1, 0)
    assert outcome(parking, number).state is State.PARKED


def test_what_a_killed_worker_left_is_parked_too(
    parking: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(parking, 2)
    number = ordered(parking, write_post)
    (chunk,) = parking.plan(number)
    lease = parking.ledger.lease(number, chunk, clock(), clock().timestamp())
    assert lease
    who = parking.ledger.load(lease).subscribers
    with closing(parking.ledger.clerk(lease)) as clerk:
        assert clerk.advance(None, Begin(0, who[0], (TECH,))) == "go"
    clock.advance(hours=1)
    run(parking, number)
    assert relay.recipients() == ["reader1@y.example"]
    done = parking.ledger.get(number)
    assert (done.state, done.sent, done.parked) == (MailingState.SENT, 1, 1)


def test_a_digest_has_an_expiry_of_its_own(
    site: Path,
    open_app: Callable[[], App],
    write_post: Callable[..., Path],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    path = site / "syndicate.toml"
    path.write_text(path.read_text() + '\n[[digests]]\ncategory = "tech"\nexpiry = 0.5\n')
    app = open_app()
    subscribe(app, 1)
    relay.answer = lambda verb, _argument: "450 4.2.1 no" if verb == "RCPT" else None
    number = ordered(app, write_post)
    for _ in range(6):
        run(app, number)
        clock.advance(hours=1)
    assert app.ledger.get(number).failed == 0
    for _ in range(7):
        run(app, number)
        clock.advance(hours=1)
    assert app.ledger.get(number).failed == 1
    assert "450 4.2.1 no" in outcome(app, number).reply


# Planning


@pytest.mark.slow
def test_planning_that_was_cut_off_goes_on_and_nobody_is_in_two_chunks(
    app: App, mailing: Callable[[], int], relay: FaultyRelay
) -> None:
    addresses = subscribe(app, 2 * CHUNK + 7)
    number = mailing()
    assert next(app.plan(number)) == 0
    rest = [chunk for _ in range(2) for chunk in app.plan(number)]
    assert list(app.plan(number)) == []
    assert app.ledger.get(number).audience == len(addresses)
    for chunk in range(3):
        app.deliver(number, chunk)
    assert rest[-1] == 2
    assert Counter(relay.recipients()) == Counter(addresses)
    assert (
        app.store.text.exists(*(app.store.keys.part(number, n) for n in ("planned", "rest"))) == 0
    )


@pytest.mark.slow
def test_two_that_plan_at_once_plan_together(
    app: App, open_app: Callable[[], App], mailing: Callable[[], int]
) -> None:
    subscribe(app, 3 * CHUNK)
    number = mailing()
    apps = [open_app() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        made = [
            chunk
            for chunks in pool.map(lambda one: list(one.plan(number)), apps)
            for chunk in chunks
        ]
    assert sorted(made) == [0, 1, 2]
    assert app.ledger.get(number).audience == 3 * CHUNK


def planned(app: App, number: int) -> list[int]:
    chunks = cast("list[bytes]", app.store.raw.hvals(app.store.keys.part(number, "chunks")))
    return [subscriber for chunk in chunks for subscriber in unpack(chunk)]


def test_a_large_audience_is_planned_in_small_steps(
    app: App, mailing: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The set is past the size that Redis keeps as one block, and its members come in no order."""
    count = 20_000
    key = app.store.keys.subscribed(*TECH)
    subscribe(app, 1)
    number = mailing()
    app.store.text.sadd(key, *range(10, 10 + count))
    steps = Counter[str]()
    run_script = type(app.store).run

    def counting(store: Store, verb: str, *args: object) -> object:
        steps[verb] += 1
        return run_script(store, verb, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(type(app.store), "run", counting)
    chunks = list(app.plan(number))
    assert chunks == list(range(len(chunks)))
    assert app.ledger.get(number).audience == count + 1
    members = planned(app, number)
    assert len(members) == len(set(members)) == count + 1
    assert steps["plan_chunk"] > count // CHUNK


def test_who_is_subscribed_all_the_while_is_planned_whoever_comes_and_goes(
    app: App, mailing: Callable[[], int]
) -> None:
    key = app.store.keys.subscribed(*TECH)
    subscribe(app, 1)
    number = mailing()
    stay, come, go = range(10, 9_000), range(50_000, 70_000), range(100_000, 110_000)
    app.store.text.sadd(key, *stay, *go)
    for step, _chunk in enumerate(app.plan(number)):
        if some := come[step * 900 : (step + 1) * 900]:
            app.store.text.sadd(key, *some)
        if some := go[step * 500 : (step + 1) * 500]:
            app.store.text.srem(key, *some)
    members = planned(app, number)
    assert set(stay) <= set(members)
    assert len(members) == len(set(members))


def test_what_is_kept_of_a_mailing_expires_after_its_end_and_its_counts_dont(
    app: App, mailing: Callable[[], int]
) -> None:
    subscribe(app, 3)
    number = mailing()
    run(app, number)
    part = partial(app.store.keys.part, number)
    lives = {name: app.store.text.ttl(part(name)) for name in ("templates", "chunks", "sent")}
    assert 0 < lives["templates"] <= TEMPLATES_KEPT < lives["chunks"] <= LEDGER_KEPT
    assert lives["sent"] == lives["chunks"]
    assert app.store.text.ttl(app.store.keys.mailing(number)) == -1
    # A task that comes too late makes none of it anew.
    app.store.text.delete(part("templates"))
    assert not app.deliver(number, 0)
    assert app.store.text.exists(part("templates")) == 0
