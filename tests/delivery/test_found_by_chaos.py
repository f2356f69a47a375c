"""What `make chaos` found, each as small as it can be."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.model import Begin, Ended, MailingState, Outcome, State, decide
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from syndicate.delivery.model import Lease
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

TECH = Digest("daily", "tech")


def reader(app: App, name: str) -> int:
    number = app.subscribers.add(f"{name}@y.example", app.clock())
    app.subscribers.change(number, [TECH], Status.ACTIVE, app.clock(), {"method": "test"})
    return number


@pytest.fixture
def one(app: App, write_post: Callable[..., Path]) -> int:
    """A mailing to one reader, planned."""
    reader(app, "ann")
    app.sync()
    write_post("one", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    mailing = app.desk.order(edition.id)
    assert list(app.plan(mailing)) == [0]
    return mailing


def take(app: App, mailing: int) -> Lease:
    """Be a worker of its chunk, with a heartbeat of 5 seconds."""
    dead_at = app.clock().timestamp() + 5
    lease = app.ledger.lease(mailing, 0, app.clock(), dead_at)
    assert lease
    return lease


def tell(app: App, lease: Lease, outcome: Outcome | None, *, begin: bool = False) -> str:
    """Say how the one message went, and ask to begin it."""
    (who,) = app.ledger.load(lease).subscribers
    with closing(app.ledger.clerk(lease)) as clerk:
        return clerk.advance(
            Ended(0, outcome) if outcome else None, Begin(0, who, (TECH,)) if begin else None
        )


def test_a_reader_of_all_in_one_who_pauses_on_the_way_is_skipped_and_holds_up_nobody(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    app.sync()
    app.desk.tick()
    names = ("ann", "bob", "eve")
    who = [reader(app, name) for name in names]
    for number in who:
        app.subscribers.choose_together(number, "daily", [], app.clock(), {})
    write_post("one", "tech")
    app.sync()
    clock.advance(hours=23)
    together = app.desk.tick()[0]
    chunks = list(app.plan(together))
    app.preferences.pause(who[0], app.clock() + timedelta(days=9), {"method": "test"})
    for chunk in chunks:
        app.deliver(together, chunk)
    assert sorted(relay.recipients()) == ["bob@y.example", "eve@y.example"]
    done = app.ledger.get(together)
    assert (done.state, done.sent, done.skipped) == (MailingState.SENT, 2, 1)


@pytest.mark.parametrize("final", [State.PARKED, State.FAILED])
def test_a_worker_that_lost_its_chunk_opens_nothing_again_that_was_ended_meanwhile(
    app: App, one: int, clock: Clock, final: State
) -> None:
    stalled = take(app, one)
    assert tell(app, stalled, None, begin=True) == "go"
    clock.advance(seconds=6)
    other = take(app, one)
    tell(app, other, Outcome(final, "as it is"))
    app.ledger.release(other, None, app.clock())
    later = app.clock().timestamp() + 300
    tell(app, stalled, Outcome(State.DEFERRED, "451 4.3.0 not now", later, 1))
    done = app.ledger.get(one)
    assert (done.state, done.open) == (MailingState.SENT, 0)
    assert app.ledger.load(stalled).outcomes[0].state is final


def test_a_worker_that_lost_its_chunk_may_tell_that_it_was_sent(
    app: App, one: int, clock: Clock
) -> None:
    stalled = take(app, one)
    assert tell(app, stalled, None, begin=True) == "go"
    clock.advance(seconds=6)
    other = take(app, one)
    tell(app, other, Outcome(State.PARKED, "worker lost"))
    app.ledger.release(other, None, app.clock())
    tell(app, stalled, Outcome(State.SENT, at=clock().timestamp(), relay="default"))
    done = app.ledger.get(one)
    assert (done.sent, done.parked, done.open) == (1, 0, 0)


def test_a_crash_while_an_uncertain_message_goes_out_again_makes_it_uncertain_anew(
    app: App, one: int, clock: Clock
) -> None:
    """Else it goes out a third time at once, though whoever was sending it may live still."""
    lease = take(app, one)
    assert tell(app, lease, None, begin=True) == "go"
    tell(app, lease, Outcome(State.UNCERTAIN, "hung up", app.clock().timestamp() + 5))
    clock.advance(seconds=6)
    assert tell(app, lease, None, begin=True) == "go"
    work = decide(app.ledger.load(lease), app.clock().timestamp())
    assert (work.now, work.uncertain) == ((), (0,))
