"""Whatever became of a message, the ledger can tell: when, by whom, why."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.fate import Fate
from syndicate.delivery.history import History
from syndicate.delivery.model import CHUNK, LEDGER_KEPT, MailingState
from syndicate.errors import NotFoundError
from syndicate.reports import deliveries
from syndicate.subscribers.model import Digest, Reason, Status, Suppression
from tests.delivery.tales import TECH, move, order, run, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from syndicate.reports.deliveries import Told
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay


def tell(app: App, subscriber: int, which: str = "") -> list[Told]:
    (one,) = app.subscribers.get([subscriber])
    return deliveries.explain(app, one, which)


def only(app: App, subscriber: int, which: str = "") -> Told:
    (told,) = tell(app, subscriber, which)
    return told


def text(app: App, subscriber: int, which: str = "") -> str:
    return only(app, subscriber, which).account.text


def test_what_was_taken_at_once_is_known_to_the_span_of_its_chunk(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    first, second = subscribe(app, "first", "second")
    number = order(app, write_post)
    relay.at_dot = lambda _recipient: clock.advance(seconds=30)
    run(app, number)
    for reader in (first, second):
        told = only(app, reader)
        assert told.account.fate is Fate.SENT
        assert told.account.relays == ("default",)
        assert told.what == "daily digest of tech, edition 1"
        assert told.account.text == (
            "Sent between 2026-11-23 14:00:30 and 2026-11-23 14:01:00 by relay default."
        )


def test_what_took_several_tries_is_known_to_the_second(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    quick, slow = subscribe(app, "quick", "slow")
    number = order(app, write_post)
    relay.answer = lambda verb, said: (
        "451 4.2.1 come later" if verb + said[:8] == "RCPTTO:<slow" else None
    )
    run(app, number)
    deferred = only(app, slow).account
    assert (deferred.fate, deferred.attempts, deferred.reply) == (
        Fate.DEFERRED,
        1,
        "451 4.2.1 come later",
    )
    assert deferred.until
    assert deferred.until > clock()
    assert deferred.text.startswith(
        "Deferred at 2026-11-23 14:00:00 by relay default after one try, to be tried again at 2026"
    )
    clock.advance(hours=1)
    relay.answer = lambda _verb, _said: None
    run(app, number)
    assert text(app, slow) == "Sent at 2026-11-23 15:00:00 by relay default."
    assert text(app, quick) == "Sent at 2026-11-23 14:00:00 by relay default."


def test_a_refusal_is_told_with_what_the_relay_said(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    (reader,) = subscribe(app, "gone")
    number = order(app, write_post)
    relay.answer = lambda verb, _said: "550 5.1.1 no such user" if verb == "RCPT" else None
    run(app, number)
    assert text(app, reader) == (
        "Failed at 2026-11-23 14:00:00 by relay default: 550 5.1.1 no such user. Counted as: hard "
        "on 2026-11-23 14:00:00 (suppressed): 550 5.1.1 no such user."
    )


def test_a_connection_that_broke_after_the_dot_leaves_the_message_uncertain(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    (reader,) = subscribe(app, "maybe")
    number = order(app, write_post)
    relay.answer = lambda verb, _said: "drop" if verb == "DOT" else None
    run(app, number)
    told = only(app, reader).account
    assert told.fate is Fate.UNCERTAIN
    assert told.text.startswith(
        "Sent or not, nobody knows at 2026-11-23 14:00:00 by relay default: "
    )
    assert "It is sent again at 2026-11-23 14:0" in told.text


def test_who_left_before_his_turn_was_skipped(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    leaver, barred = subscribe(app, "leaver", "barred")
    number = order(app, write_post)
    chunks = list(app.plan(number))
    move(app, leaver, Status.LEFT)
    bar(app, "barred@y.example")
    app.deliver(number, chunks[0])
    assert relay.taken == []
    assert text(app, leaver) == "Skipped: he had left or paused when his turn came."
    assert text(app, barred) == "Skipped: he was suppressed when his turn came."


def bar(app: App, address: str) -> None:
    why = Suppression(Reason.COMPLAINT, "test", app.clock())
    app.suppressions.add(address, why, app.clock(), {"method": "test"})


def test_a_message_in_a_workers_hands_is_told_from_one_whose_worker_is_lost(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    (reader,) = subscribe(app, "now")
    number = order(app, write_post)
    seen: list[str] = []
    relay.at_dot = lambda _recipient: seen.append(text(app, reader))
    run(app, number)
    assert seen == ["Being sent at this moment."]
    # As a worker leaves it that is killed between the dot and its answer.
    second = order(app, write_post, "two")
    (chunk,) = app.plan(second)
    app.ledger.lease(second, chunk, clock(), clock().timestamp() + 15)
    app.store.text.setbit(app.store.keys.part(second, "sending"), 0, 1)
    assert text(app, reader, f"m{second}") == "Being sent at this moment."
    clock.advance(minutes=1)
    assert text(app, reader, f"m{second}") == (
        "Sent or not, nobody knows: its worker was lost in the midst of it. "
        "It is sent again at the next turn, the same to the byte."
    )


def test_what_waits_says_for_what_and_what_was_cancelled_why(
    app: App, write_post: Callable[..., Path]
) -> None:
    (reader,) = subscribe(app, "patient")
    number = order(app, write_post)
    assert "the audience is still being gathered; mailing 1 is ordered" in text(app, reader, "1")
    list(app.plan(number))
    app.ledger.move(number, MailingState.PAUSED, "a typo", app.clock())
    assert text(app, reader) == "Its turn is still to come; mailing 1 is paused: a typo."
    app.ledger.move(number, MailingState.CANCELLED, "withdrawn", app.clock())
    assert text(app, reader) == "Not sent: the mailing was cancelled before: withdrawn."


def test_who_was_not_in_the_audience_hears_why(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    left, pending, paused, barred, later, other = subscribe(
        app, "left", "pending", "paused", "barred", "later", "other"
    )
    move(app, left, Status.LEFT, method="page")
    for number in (later, other, pending):
        move(app, number, Status.LEFT)
    clock.advance(days=1)
    move(app, pending, Status.PENDING)
    app.preferences.pause(paused, clock.now.replace(year=2027), {"method": "page"})
    bar(app, "barred@y.example")
    clock.advance(days=1)
    number = order(app, write_post)
    clock.advance(hours=1)
    (new,) = subscribe(app, "new")
    move(app, later, Status.ACTIVE)
    run(app, number)
    assert relay.recipients() == ["new@y.example", "later@y.example"] or relay.taken
    # Who came while it was ordered and not planned is in it; so plan first, then come.
    clock.advance(hours=1)
    second = order(app, write_post, "two")
    run(app, second)
    clock.advance(hours=1)
    (newest,) = subscribe(app, "newest")
    why = {n: text(app, n, f"m{second}") for n in (left, pending, paused, barred, newest)}
    assert why == {
        left: "Not in the audience: he left on 2026-11-23 14:00:00 (page).",
        pending: "Not in the audience: he asked for it on 2026-11-24 14:00:00 "
        "and hadn't confirmed.",
        paused: "Not in the audience: he had paused since 2026-11-24 14:00:00 "
        "until 2027-11-24 14:00:00.",
        barred: "Not in the audience: he was suppressed since 2026-11-24 14:00:00 (complaint).",
        newest: "Not in the audience: he came on 2026-11-25 17:00:00, after it was ordered.",
    }
    (stranger,) = subscribe(app, "stranger", digest=Digest("daily", "sea"))
    clock.advance(hours=1)
    third = order(app, write_post, "three")
    run(app, third)
    assert text(app, stranger, f"m{third}") == "Not in the audience: he wasn't subscribed."
    assert text(app, new, f"m{third}").startswith("Sent at ")


def test_a_pause_and_a_suppression_that_are_over_still_explain_what_they_kept_back(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    paused, barred, leaver = subscribe(app, "paused", "barred", "leaver")
    app.preferences.pause(paused, clock.now.replace(day=30), {"method": "page"})
    bar(app, "barred@y.example")
    move(app, leaver, Status.LEFT, method="page")
    clock.advance(days=1)
    number = order(app, write_post)
    run(app, number)
    clock.advance(days=20)
    # By itself, as the sweep has it.
    app.sweep()
    app.suppressions.lift("barred@y.example", clock(), {"method": "test"})
    move(app, leaver, Status.ACTIVE)
    assert relay.taken == []
    assert text(app, paused, "1") == (
        "Not in the audience: he had paused since 2026-11-23 14:00:00 until 2026-12-14 14:00:00."
    )
    assert text(app, barred, "1") == (
        "Not in the audience: he was suppressed since 2026-11-23 14:00:00 "
        "until 2026-12-14 14:00:00."
    )
    assert text(app, leaver, "1") == (
        "Not in the audience: he left on 2026-11-23 14:00:00 (page); he confirmed on "
        "2026-12-14 14:00:00, after it was ordered."
    )


def test_what_came_back_of_a_message_is_told_with_it(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    (reader,) = subscribe(app, "full")
    number = order(app, write_post)
    run(app, number)
    assert len(relay.taken) == 1
    app.bounces.refused(number, reader, "552 5.2.2 mailbox full")
    told = text(app, reader)
    assert told.startswith("Sent at 2026-11-23 14:00:00 by relay default. Counted as: soft on ")
    assert told.endswith("552 5.2.2 mailbox full.")


@pytest.mark.slow
def test_he_of_the_last_chunk_is_found_and_no_other_id_taken_for_his(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    ids = subscribe(app, *(f"reader{n}" for n in range(CHUNK + 20)))
    number = order(app, write_post)
    run(app, number)
    assert len(relay.taken) == len(ids)
    for reader in (ids[0], ids[255], ids[256], ids[-1]):
        assert only(app, reader).account.fate is Fate.SENT
    stranger = app.subscribers.add("stranger@y.example", app.clock())
    assert only(app, stranger, "1").account.fate is Fate.ABSENT


def test_the_newest_come_first_and_of_old_ones_only_counts_are_left(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    (reader,) = subscribe(app, "loyal")
    run(app, order(app, write_post))
    clock.advance(seconds=LEDGER_KEPT + 1)
    run(app, order(app, write_post, "two"))
    assert len(relay.taken) == 2
    new, old = tell(app, reader)
    assert (new.mailing, new.account.fate) == (2, Fate.SENT)
    assert (old.mailing, old.account.fate) == (1, Fate.FORGOTTEN)
    assert "ended more than 90 days ago" in old.account.text
    assert "(1 of 1 sent)" in old.account.text


def test_of_an_edition_in_two_mailings_the_one_that_he_got_is_told(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay, clock: Clock
) -> None:
    single, joined = subscribe(app, "single", "joined")
    move(app, joined, Status.ACTIVE, Digest("daily", "sea"))
    app.subscribers.choose_together(joined, "daily", [], clock(), {})
    app.sync()
    write_post("one", "tech")
    write_post("two", "sea")
    write_post("three", "art")
    app.sync()
    app.desk.tick()
    clock.advance(days=1)
    for number in app.desk.tick():
        run(app, number)
    assert sorted(relay.recipients()) == ["joined@y.example", "single@y.example"]
    (apart,) = tell(app, single)
    assert apart.account.fate is Fate.SENT
    assert apart.what == f"daily digest of tech, edition {apart.editions[0]}"
    (together,) = tell(app, joined)
    assert together.account.fate is Fate.SENT
    assert together.mailing != apart.mailing
    assert together.what.startswith("daily digest of sea and tech, edition ")
    own = only(app, joined, f"m{apart.mailing}")
    assert own.account.text == (
        f"Not in the audience: he gets all in one, in mailing {together.mailing}."
    )


@pytest.mark.parametrize("which", ["99", "m99", "tech", "m", "-1", "1" * 40])
def test_what_names_nothing_is_one_line(app: App, which: str) -> None:
    (reader,) = subscribe(app, "reader")
    with pytest.raises(NotFoundError, match=r"^[^\n]+$"):
        tell(app, reader, which)


def test_an_edition_that_is_not_on_its_way_says_so(
    app: App, write_post: Callable[..., Path]
) -> None:
    (reader,) = subscribe(app, "reader")
    app.sync()
    write_post("one", "tech")
    app.sync()
    edition = app.desk.cut(TECH.cadence, TECH.category)
    assert edition
    with pytest.raises(NotFoundError, match="isn't on its way yet"):
        tell(app, reader, str(edition.id))


def test_the_end_of_one_id_and_the_beginning_of_the_next_are_nobodys(
    app: App, write_post: Callable[..., Path]
) -> None:
    first, second = subscribe(app, "first", "second")
    number = order(app, write_post)
    list(app.plan(number))
    packed = struct.pack("<3I", first, second, second << 24)
    app.store.raw.hset(app.store.keys.part(number, "chunks"), "0", packed)
    app.store.text.setbit(app.store.keys.part(number, "sent"), 2, 1)
    history = History(app.store)
    assert history.find([number], second << 8, app.clock()) == {}
    # The bytes of this one stand between the first two as well.
    assert history.find([number], second << 24, app.clock())[number].sent
    assert not history.find([number], second, app.clock())[number].sent
