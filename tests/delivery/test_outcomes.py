"""All deliveries of a mailing as a table, and those tried again that didn't arrive."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.model import CHUNK, LEDGER_KEPT, STRIDE, MailingState, State
from syndicate.errors import StateError
from syndicate.reports import outcomes
from syndicate.subscribers.model import Status
from tests.delivery.tales import move, order, run, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay


def table(app: App, mailing: int, *, addresses: bool = False) -> list[dict[str, str]]:
    file = io.StringIO()
    found = app.ledger.get(mailing)
    done = outcomes.export(app, found, file, addresses=addresses)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert len(rows) == done
    return rows


def refuse(relay: FaultyRelay, **answers: str) -> None:
    """Has the relay answer these names so; the others are taken."""
    relay.answer = lambda verb, said: (
        answers.get(said.removeprefix("TO:<").partition("@")[0]) if verb == "RCPT" else None
    )


def test_each_delivery_is_a_row_with_what_became_of_it(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    fine, gone, slow, left = subscribe(app, "fine", "gone", "slow", "left")
    number = order(app, write_post)
    (chunk,) = app.plan(number)
    move(app, left, Status.LEFT)
    refuse(relay, gone="550 5.1.1 no such user", slow="450 4.2.0 come later")
    app.deliver(number, chunk)
    rows = {int(row["subscriber"]): row for row in table(app, number)}
    assert {n: row["state"] for n, row in rows.items()} == {
        fine: "sent",
        gone: "failed",
        slow: "deferred",
        left: "skipped",
    }
    assert rows[fine]["first"] == rows[fine]["last"] == "2026-11-23T06:00:00Z"
    assert (rows[fine]["relays"], rows[fine]["reply"]) == ("default", "")
    assert (rows[gone]["first"], rows[gone]["reply"]) == (
        "2026-11-23T06:00:00Z",
        "550 5.1.1 no such user",
    )
    assert rows[slow]["again"] > "2026-11-23T06:05"
    assert rows[slow]["tries"] == "1"
    assert all("@" not in cell for row in rows.values() for cell in row.values())


def test_addresses_are_told_if_asked_for_and_no_cell_is_a_formula(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    (plus,) = subscribe(app, "+one")
    number = order(app, write_post)
    run(app, number)
    assert relay.recipients() == ["+one@y.example"]
    (row,) = table(app, number, addresses=True)
    assert row["address"] == "'+one@y.example"
    app.store.text.hset(
        app.store.keys.part(number, "outcomes"),
        "0",
        '{"state":"failed","reply":"=HYPERLINK(1) for me@y.example"}',
    )
    app.store.text.setbit(app.store.keys.part(number, "sent"), 0, 0)
    (row,) = table(app, number)
    assert row["reply"] == "'=HYPERLINK(1) for [address]"
    app.erasure.erase(plus, {})
    (row,) = table(app, number, addresses=True)
    assert row["address"] == ""


@pytest.mark.slow
def test_the_table_has_everybody_once_chunk_by_chunk(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    ids = subscribe(app, *(f"reader{n}" for n in range(CHUNK + 30)))
    number = order(app, write_post)
    refuse(relay, reader3="550 5.1.1 gone", reader520="550 5.1.1 gone")
    run(app, number)
    rows = table(app, number)
    assert sorted(int(row["subscriber"]) for row in rows) == ids
    found = app.ledger.get(number)
    assert Counter(row["state"] for row in rows) == {"sent": found.sent, "failed": 2}


def test_of_an_ended_mailing_the_failed_are_tried_again_and_counted_anew(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, "fine", "full", "gone", "left")
    number = order(app, write_post)
    refuse(relay, full="552 5.2.2 full", gone="554 5.6.1 not that kind", left="550 5.1.1 gone")
    run(app, number)
    assert app.ledger.get(number).state is MailingState.SENT
    # Long after its messages would have expired.
    clock.advance(days=30)
    move(app, app.subscribers.find("left@y.example").id, Status.LEFT)
    refuse(relay, gone="554 5.6.1 not that kind")
    found = outcomes.try_again(app, app.ledger.get(number), [State.FAILED])
    assert (found.done, found.busy) == (3, 0)
    open_ = app.ledger.get(number)
    assert (open_.state, open_.failed, open_.open) == (MailingState.SENDING, 0, 3)
    assert app.ledger.active() == [number]
    kept = app.store.keys.kept_for_a_while(number)
    assert [name for name in kept if app.store.text.ttl(name) > 0] == []
    run(app, number)
    done = app.ledger.get(number)
    assert (done.state, done.sent, done.failed, done.skipped) == (MailingState.SENT, 2, 1, 1)
    assert relay.recipients() == ["fine@y.example", "full@y.example"]
    assert outcomes.try_again(app, done, [State.UNCERTAIN]).done == 0
    assert app.ledger.get(number).state is MailingState.SENT


def test_what_is_uncertain_goes_out_at_once_with_the_same_bytes(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, "maybe")
    number = order(app, write_post)
    relay.answer = lambda verb, _said: "drop after taking" if verb == "DOT" else None
    run(app, number)
    relay.answer = lambda _verb, _said: None
    run(app, number)
    assert len(relay.taken) == 1
    # The relay rests; an operator knows better.
    clock.advance(seconds=1)
    app.roads.resume("default")
    assert outcomes.try_again(app, app.ledger.get(number), [State.UNCERTAIN]).done == 1
    run(app, number)
    assert app.ledger.get(number).sent == 1
    (_, first), (_, second) = relay.taken
    assert first == second


def test_what_is_parked_stays_so_until_it_is_released(
    app: App,
    site: Path,
    open_app: Callable[[], App],
    write_post: Callable[..., Path],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    path = site / "syndicate.toml"
    path.write_text(path.read_text() + '\n[[digests]]\nuncertain = "park"\n')
    app = open_app()
    subscribe(app, "once")
    number = order(app, write_post)
    relay.answer = lambda verb, _said: "drop" if verb == "DOT" else None
    run(app, number)
    parked = app.ledger.get(number)
    assert (parked.state, parked.parked, parked.open) == (MailingState.SENT, 1, 0)
    relay.answer = lambda _verb, _said: None
    clock.advance(days=1)
    run(app, number)
    assert relay.taken == []
    assert outcomes.try_again(app, parked, [State.FAILED]).done == 0
    assert outcomes.try_again(app, parked, [State.PARKED]).done == 1
    assert app.ledger.get(number).parked == 0
    run(app, number)
    done = app.ledger.get(number)
    assert (done.state, done.sent, done.parked) == (MailingState.SENT, 1, 0)


def test_what_a_worker_has_in_hand_is_left_to_it(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, "gone")
    number = order(app, write_post)
    refuse(relay, gone="550 5.1.1 gone")
    (chunk,) = app.plan(number)
    app.deliver(number, chunk)
    clock.advance(seconds=1)
    app.store.text.hset(app.store.keys.mailing(number), "state", "sending")
    key = app.store.keys.part(number, "due")
    app.store.text.zadd(key, {str(chunk): clock().timestamp()})
    lease = app.ledger.lease(number, chunk, clock(), clock().timestamp() + 15)
    assert lease
    found = outcomes.try_again(app, app.ledger.get(number), [State.FAILED])
    assert (found.done, found.busy) == (0, 1)
    # It is dead: what it held is taken from it, so that its late word does no harm.
    clock.advance(seconds=20)
    found = outcomes.try_again(app, app.ledger.get(number), [State.FAILED])
    assert (found.done, found.busy) == (1, 0)
    assert app.ledger.release(lease, None, clock()) == "lost"
    assert app.ledger.due(number, clock(), 10) == [chunk]


def test_what_failed_again_since_is_not_tried_a_third_time(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, "gone")
    number = order(app, write_post)
    refuse(relay, gone="550 5.1.1 gone")
    run(app, number)
    # At the moment of the failure itself: not before it.
    assert outcomes.try_again(app, app.ledger.get(number), [State.FAILED]).done == 0
    clock.advance(seconds=1)
    assert outcomes.try_again(app, app.ledger.get(number), [State.FAILED]).done == 1


def test_a_relays_words_cannot_change_a_record_that_is_reopened(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    (reader,) = subscribe(app, "odd")
    number = order(app, write_post)
    said = '550 5.1.1 "until":7 "attempts":9 {"state":"sent"} %d %1'
    refuse(relay, odd=said)
    run(app, number)
    clock.advance(seconds=1)
    assert outcomes.try_again(app, app.ledger.get(number), [State.FAILED]).done == 1
    (lease_chunk,) = app.ledger.due(number, clock(), 10)
    lease = app.ledger.lease(number, lease_chunk, clock(), clock().timestamp() + 15)
    assert lease
    record = app.ledger.load(lease).outcomes[0]
    assert (record.state, record.reply, record.until) == (State.DEFERRED, said, 0)
    assert reader


def test_what_was_cancelled_or_is_not_kept_is_not_tried_again(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    subscribe(app, "gone")
    number = order(app, write_post)
    app.ledger.move(number, MailingState.CANCELLED, "", clock())
    with pytest.raises(StateError, match="was cancelled"):
        outcomes.try_again(app, app.ledger.get(number), [State.FAILED])
    second = order(app, write_post, "two")
    run(app, second)
    assert len(relay.taken) == 1
    clock.advance(seconds=LEDGER_KEPT + 1)
    with pytest.raises(StateError, match="only its counts are kept"):
        outcomes.try_again(app, app.ledger.get(second), [State.FAILED])


def test_exceptions_are_counted_by_domain_and_successes_are_not(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    subscribe(app, "fine", "gone", "lost")
    number = order(app, write_post)
    refuse(relay, gone="550 5.1.1 gone", lost="550 5.1.1 gone")
    run(app, number)
    assert outcomes.by_domain(app, [number]) == {("y.example", "failed"): 2}


def test_a_bit_of_one_chunk_is_no_bit_of_the_next(app: App) -> None:
    keys = app.store.keys
    app.store.text.hset(
        keys.mailing(1),
        mapping={"editions": "1", "state": "sending", "ordered_at": app.clock().isoformat()},
    )
    app.store.text.hset(keys.mailing(1), mapping={"audience": "3", "chunks": "2"})
    app.store.raw.hset(keys.part(1, "chunks"), "0", (7).to_bytes(4, "little") * 1)
    packed = (8).to_bytes(4, "little") + (9).to_bytes(4, "little")
    app.store.raw.hset(keys.part(1, "chunks"), "1", packed)
    app.store.text.setbit(keys.part(1, "sent"), STRIDE + 1, 1)
    states = {int(row["subscriber"]): row["state"] for row in table(app, 1)}
    assert states == {7: "waiting", 8: "waiting", 9: "sent"}


def test_all_records_are_reopened_however_many_calls_it_takes(app: App, clock: Clock) -> None:
    keys, many = app.store.keys, 3000
    said = ("editions", "1", "state", "sent", "ordered_at", clock().isoformat())
    counts = ("audience", many, "chunks", many // CHUNK, "failed", many)
    app.store.text.hset(keys.mailing(1), items=[*said, *counts])
    failed = '{"state":"failed","reply":"550 no","until":0,"attempts":2,"at":1.5,"relay":"default"}'
    places = (chunk * STRIDE + place for chunk in range(many // CHUNK) for place in range(CHUNK))
    app.store.text.hset(keys.part(1, "outcomes"), mapping={str(place): failed for place in places})
    assert outcomes.try_again(app, app.ledger.get(1), [State.FAILED]).done == many
    found = app.ledger.get(1)
    assert (found.state, found.failed) == (MailingState.SENDING, 0)
    assert app.ledger.due(1, clock(), 10) == [0, 1, 2, 3, 4, 5]
