"""A chunk goes out by several connections at once, and each message still once."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from syndicate.app import App
from syndicate.delivery.clerk import Clerk
from syndicate.delivery.model import Begin, Ended, MailingState, Outcome, State
from syndicate.delivery.relays.model import FullError, Grant, Wait
from syndicate.settings import load
from syndicate.store import client, embedded
from syndicate.subscribers.model import Status
from tests.delivery.test_send import TECH, mailing, outcome, run, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from syndicate.errors import RelayError
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

__all__ = ["mailing"]  # a fixture of theirs
LANES = 4


@pytest.fixture
def site(site: Path) -> Path:
    path = site / "syndicate.toml"
    path.write_text(path.read_text().replace("connections = 1", f"connections = {LANES}"))
    return site


@dataclass
class Roads:
    """Relays that a test has in hand."""

    app: App
    answer: Callable[[str], Grant | Wait] = lambda _domain: Grant("default")
    reported: list[str] = field(default_factory=list)
    ended_: list[Grant] = field(default_factory=list)
    granted: int = 0

    def take(self, domains: Sequence[str], _now: float, _only: str = "") -> list[Grant | Wait]:
        answers = [self.answer(domain) for domain in domains]
        self.granted += sum(isinstance(answer, Grant) for answer in answers)
        return answers

    def ended(self, grant: Grant) -> None:
        self.ended_.append(grant)

    def report(self, _name: str, error: RelayError | None) -> None:
        if error:
            self.reported.append(str(error))


@pytest.fixture
def roads(app: App) -> Roads:
    found = Roads(app)
    app._sender._roads = found
    return found


def waits(app: App, seconds: float, domain: str = "") -> Wait:
    return Wait(app.clock().timestamp() + seconds, "for a test", domain)


def test_several_connections_send_at_the_same_time_and_to_nobody_twice(
    app: App, mailing: Callable[[], int], relay: FaultyRelay
) -> None:
    addresses = subscribe(app, 100)
    number = mailing()
    together = threading.Barrier(LANES, timeout=60)
    # The first messages of all connections wait for each other.

    def meet(_recipient: str) -> None:
        if len(relay.taken) <= LANES:
            together.wait()

    relay.at_dot = meet
    run(app, number)
    assert Counter(relay.recipients()) == Counter(addresses)
    assert relay.connections == LANES
    done = app.ledger.get(number)
    assert (done.state, done.sent, done.open) == (MailingState.SENT, 100, 0)


@pytest.mark.slow
def test_connections_are_kept_from_chunk_to_chunk(
    app: App, mailing: Callable[[], int], relay: FaultyRelay
) -> None:
    subscribe(app, 520)
    run(app, mailing())
    assert len(relay.taken) == 520
    assert relay.connections == LANES


def test_a_few_messages_are_not_worth_many_connections(
    app: App, mailing: Callable[[], int], relay: FaultyRelay
) -> None:
    subscribe(app, 4)
    run(app, mailing())
    assert relay.connections == 1


def test_a_pause_takes_effect_within_one_message_of_each_connection(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, 100)
    number = mailing()

    def pause(_recipient: str) -> None:
        if len(relay.taken) >= 20:
            app.ledger.move(number, MailingState.PAUSED, "a test", app.clock())

    relay.at_dot = pause
    run(app, number)
    assert 20 <= len(relay.taken) <= 20 + LANES
    assert app.ledger.get(number).trouble == "a test"
    relay.at_dot = lambda _recipient: None
    app.ledger.move(number, None, "", app.clock())
    clock.advance(minutes=2)
    run(app, number)
    assert max(Counter(relay.recipients()).values()) == 1
    assert app.ledger.get(number).sent == 100


def test_a_killed_process_leaves_at_most_one_message_of_each_connection_uncertain(
    app: App,
    open_app: Callable[[], App],
    mailing: Callable[[], int],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    addresses = subscribe(app, 60)
    number = mailing()
    (chunk,) = app.plan(number)

    class Killed(BaseException):
        """Nothing catches it: the process is gone."""

    advance = Clerk.advance

    def killed(clerk: Clerk, ended: Ended | None, begin: Begin | None) -> str:
        if len(relay.taken) >= 20:
            raise Killed
        return advance(clerk, ended, begin)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Clerk, "advance", killed)
        with pytest.raises(Killed):
            app.deliver(number, chunk)
    other = open_app()
    for _ in range(3):
        clock.advance(seconds=16)
        run(other, number)
    counts = Counter(relay.recipients())
    assert set(counts) == set(addresses)
    twice = [recipient for recipient, times in counts.items() if times > 1]
    assert len(twice) <= LANES
    for recipient in twice:
        assert len({message for to, message in relay.taken if to == recipient}) == 1
    assert other.ledger.get(number).state is MailingState.SENT


# The relays' leave


def test_waiting_for_a_relay_is_no_try_and_keeps_nothing_of_it(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, roads: Roads, clock: Clock
) -> None:
    subscribe(app, 10)
    number = mailing()
    roads.answer = lambda _domain: waits(app, 3600)
    (chunk,) = app.plan(number)
    assert app.deliver(number, chunk)
    assert app.ledger.get(number).trouble == "for a test"
    assert app.store.text.hlen(app.store.keys.part(number, "outcomes")) == 0
    clock.advance(seconds=3599)
    assert not app.ledger.is_due(number, chunk, clock())
    clock.advance(seconds=1)
    roads.answer = lambda _domain: Grant("default")
    run(app, number)
    assert len(relay.taken) == 10
    done = app.ledger.get(number)
    assert (done.sent, done.trouble) == (10, "")


def test_a_domain_that_has_to_wait_holds_up_no_other(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, roads: Roads
) -> None:
    for name in ("ann@slow.example", "bob@quick.example", "eve@slow.example"):
        found = app.subscribers.add(name, app.clock())
        app.subscribers.change(found, [TECH], Status.ACTIVE, app.clock(), {"method": "test"})
    number = mailing()
    roads.answer = lambda domain: (
        waits(app, 60, domain) if domain == "slow.example" else Grant("default")
    )
    run(app, number)
    assert relay.recipients() == ["bob@quick.example"]
    assert app.ledger.get(number).trouble == ""


def test_every_grant_is_given_back_once(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, roads: Roads
) -> None:
    subscribe(app, 50)
    relay.answer = lambda verb, _argument: "550 5.1.1 no" if verb == "RCPT" else None
    run(app, mailing())
    assert len(roads.ended_) == roads.granted == 50


def test_a_relay_without_a_connection_to_spare_is_no_trouble(
    app: App,
    mailing: Callable[[], int],
    relay: FaultyRelay,
    roads: Roads,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subscribe(app, 40)
    number = mailing()
    spare = iter(range(2))
    open_ = app._ways._open

    def few(name: str) -> object:
        if next(spare, None) is None:
            raise FullError("all are in use")
        return open_(name)

    monkeypatch.setattr(app._ways, "_open", few)
    run(app, number)
    assert len(relay.taken) == 40
    assert relay.connections == 2
    assert roads.reported == []
    assert app.ledger.get(number).trouble == ""


# Whose fault it is


def test_a_connection_that_a_relay_ends_between_two_messages_is_no_trouble(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, roads: Roads
) -> None:
    subscribe(app, 4)
    count = iter(range(1000))
    relay.answer = lambda verb, _argument: (
        "drop" if verb == "MAIL" and next(count) % 3 == 2 else None
    )
    number = mailing()
    run(app, number)
    assert len(relay.taken) == 4
    assert roads.reported == []
    assert app.ledger.get(number).state is MailingState.SENT


def test_a_relay_that_drops_every_connection_is_in_trouble(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, roads: Roads, clock: Clock
) -> None:
    subscribe(app, 12)
    relay.answer = lambda verb, _argument: "drop" if verb == "MAIL" else None
    number = mailing()
    run(app, number)
    assert "hung up" in app.ledger.get(number).trouble
    assert roads.reported
    relay.answer = lambda _verb, _argument: None
    clock.advance(minutes=2)
    run(app, number)
    assert len(relay.taken) == 12
    assert all(o.attempts == 0 for o in outcomes(app, number))


def outcomes(app: App, number: int) -> list[Outcome]:
    found = app.store.text.hgetall(app.store.keys.part(number, "outcomes"))
    return [Outcome.from_json(text) for text in found.values()]


def test_what_a_reader_s_relay_has_against_us_is_not_his_fault(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, roads: Roads, clock: Clock
) -> None:
    subscribe(app, 1)
    relay.answer = lambda verb, _argument: (
        "550 5.7.1 your network is on a list" if verb == "RCPT" else None
    )
    number = mailing()
    run(app, number)
    assert len(roads.reported) == 1
    assert outcome(app, number).state is State.DEFERRED
    assert outcome(app, number).attempts == 0
    relay.answer = lambda _verb, _argument: None
    clock.advance(hours=1)
    run(app, number)
    assert app.ledger.get(number).sent == 1


# The ledger


def advance(app: App, number: int, ended: Ended | None, begin: Begin | None = None) -> str:
    lease = app.ledger.lease(number, 0, app.clock(), app.clock().timestamp())
    assert lease
    with closing(app.ledger.clerk(lease)) as clerk:
        return clerk.advance(ended, begin)


@pytest.mark.parametrize("state", [State.SENT, State.FAILED, State.PARKED])
def test_what_is_told_twice_counts_once(app: App, mailing: Callable[[], int], state: State) -> None:
    subscribe(app, 1)
    number = mailing()
    list(app.plan(number))
    for _ in range(3):
        advance(app, number, Ended(0, Outcome(state, at=1.0)))
    done = app.ledger.get(number)
    assert (done.sent + done.failed + done.parked, done.open) == (1, 0)


@pytest.mark.parametrize("state", [State.FAILED, State.PARKED, State.UNCERTAIN, State.DEFERRED])
def test_that_it_was_sent_is_never_unlearnt_and_counts_alone(
    app: App, mailing: Callable[[], int], state: State
) -> None:
    subscribe(app, 1)
    number = mailing()
    list(app.plan(number))
    for each in (state, State.SENT, state):
        advance(app, number, Ended(0, Outcome(each, at=1.0)))
    done = app.ledger.get(number)
    assert (done.sent, done.failed, done.parked, done.open) == (1, 0, 0, 0)


def test_a_second_try_that_a_crash_cut_off_is_uncertain_like_a_first(
    app: App, mailing: Callable[[], int], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, 1)
    relay.answer = lambda verb, _argument: "450 4.2.1 later" if verb == "RCPT" else None
    number = mailing()
    run(app, number)
    relay.answer = lambda _verb, _argument: None
    clock.advance(hours=1)
    (who,) = app.subscribers.readers(TECH)
    assert advance(app, number, None, Begin(0, who, (TECH,))) == "go"
    run(app, number)
    assert relay.taken == []
    assert outcome(app, number).state is State.UNCERTAIN
    assert outcome(app, number).attempts == 1
    clock.advance(seconds=6)
    run(app, number)
    assert app.ledger.get(number).sent == 1


def test_a_redis_that_restarts_under_a_worker_makes_nothing_uncertain(
    site: Path,
    tmp_path: Path,
    write_post: Callable[..., Path],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    path, folder = site / "syndicate.toml", tmp_path / "own"
    text = path.read_text().replace(f"connections = {LANES}", "connections = 1")
    path.write_text(text.replace('prefix = "', 'prefix = "own'))
    first = embedded.EmbeddedServer(folder)
    with first, closing(client.connect(embedded.url_of(folder), "own")) as store:
        own = App(load(site), store, clock)
        subscribe(own, 5)
        number = mailing_of(own, write_post)
        (chunk,) = own.plan(number)

        def restart(_recipient: str) -> None:
            if len(relay.taken) == 2:
                first.stop()
                again.__enter__()

        again = embedded.EmbeddedServer(folder)
        relay.at_dot = restart
        with ExitStack() as stack:
            stack.callback(again.stop)
            assert own.deliver(number, chunk)
            done = own.ledger.get(number)
            assert (done.sent, done.state) == (5, MailingState.SENT)
            assert len(relay.taken) == 5
            own.close()
            store.close()


def mailing_of(app: App, write_post: Callable[..., Path]) -> int:
    app.sync()
    write_post("one", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    return app.desk.order(edition.id)
