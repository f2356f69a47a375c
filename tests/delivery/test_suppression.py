"""The last question before MAIL FROM: may anything be sent to this address?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.model import MailingState, Outcome, State
from syndicate.delivery.replies import RECIPIENT, without
from syndicate.subscribers.model import Digest, Reason, Status, Suppression
from syndicate.subscribers.suppressions import dumps
from tests.delivery.test_send import TECH, mailing, outcome, run, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

__all__ = ["mailing"]  # a fixture of theirs
HOW = {"method": "test"}


def barred(app: App) -> Suppression:
    return Suppression(Reason.OPERATOR, "a test", app.clock())


@pytest.mark.slow
def test_a_domain_suppressed_while_500_are_queued_gets_nothing_more_of_the_same_chunk(
    app: App,
    mailing: Callable[[], int],
    relay: FaultyRelay,
) -> None:
    subscribe(app, 500)
    number = mailing()

    def suppress(_recipient: str) -> None:
        if len(relay.taken) == 5:
            # The entry alone, as it is before the first of them is changed.
            entry = dumps(barred(app))
            app.store.text.hset(app.store.keys.suppressions, "@y.example", entry)

    relay.at_dot = suppress
    run(app, number)
    assert len(relay.taken) == 5
    done = app.ledger.get(number)
    assert (done.state, done.sent, done.skipped, done.open) == (MailingState.SENT, 5, 495, 0)
    assert outcome(app, number, 5) == Outcome(State.SKIPPED, "suppressed")


@pytest.mark.parametrize("entry", ["reader1@y.example", "@y.example", "@.y.example", "@.example"])
def test_whoever_is_on_the_list_gets_nothing_though_his_record_says_nothing_of_it(
    app: App,
    mailing: Callable[[], int],
    relay: FaultyRelay,
    entry: str,
) -> None:
    subscribe(app, 2)
    app.store.text.hset(app.store.keys.suppressions, entry, dumps(barred(app)))
    run(app, mailing())
    assert relay.recipients() == ([] if "@" in entry[:1] else ["reader0@y.example"])


def test_a_list_of_others_bars_nobody(
    app: App,
    mailing: Callable[[], int],
    relay: FaultyRelay,
) -> None:
    subscribe(app, 2)
    for entry in ("@x.example", "@.news.y.example", "other@y.example", "y.example", "#1f"):
        app.store.text.hset(app.store.keys.suppressions, entry, dumps(barred(app)))
    run(app, mailing())
    assert len(relay.taken) == 2


def test_whoever_is_suppressed_between_two_tries_is_not_tried_again(
    app: App,
    mailing: Callable[[], int],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    subscribe(app, 1)
    relay.answer = lambda verb, _argument: "450 4.2.1 later" if verb == "RCPT" else None
    number = mailing()
    run(app, number)
    relay.answer = lambda _verb, _argument: None
    assert app.suppressions.add("@y.example", barred(app), app.clock(), HOW) == 1
    clock.advance(hours=1)
    run(app, number)
    assert relay.taken == []
    assert app.ledger.get(number).skipped == 1


# What the relay says of him


def test_the_ledger_and_the_trouble_of_a_mailing_name_nobody(
    app: App,
    mailing: Callable[[], int],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    subscribe(app, 3)
    answers = {
        "reader0@": "550 5.1.1 <Reader0@Y.example>: no such user",
        "reader1@": "450 4.2.1 reader1@y.example is greylisted",
    }
    relay.answer = lambda verb, argument: next(
        (said for who, said in answers.items() if verb == "RCPT" and who in argument), None
    )
    number = mailing()
    run(app, number)
    assert outcome(app, number, 0).reply == f"550 5.1.1 {RECIPIENT}: no such user"
    assert outcome(app, number, 1).reply == f"450 4.2.1 {RECIPIENT} is greylisted"
    answers["reader1@"] = "421 4.7.0 too many to reader1@y.example"
    clock.advance(hours=1)
    run(app, number)
    assert outcome(app, number, 1).reply.endswith(f"says 421 4.7.0 too many to {RECIPIENT} to RCPT")
    assert RECIPIENT in app.ledger.get(number).trouble
    assert "@" not in app.ledger.get(number).trouble


def test_a_domain_in_unicode_is_mailed_to_and_quoted_by_its_a_labels(
    app: App,
    mailing: Callable[[], int],
    relay: FaultyRelay,
    write_post: Callable[..., Path],
) -> None:
    subscriber = app.subscribers.add("lan@例子.中国", app.clock())
    app.subscribers.change(subscriber, [TECH], Status.ACTIVE, app.clock(), HOW)
    run(app, mailing())
    assert relay.recipients() == ["lan@xn--fsqu00a.xn--fiqs8s"]
    relay.answer = lambda verb, argument: f"550 no {argument[3:]}" if verb == "RCPT" else None
    write_post("two", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    number = app.desk.order(edition.id)
    run(app, number)
    assert outcome(app, number).reply == f"550 no {RECIPIENT}"


@given(
    st.text(),
    st.sampled_from(["lan@例子.中国", "reader+a.b@y.example", "o'x@y.example"]),
    st.text(),
)
def test_no_reply_holds_the_address(before: str, address: str, after: str) -> None:
    said = without(address, f"{before}<{address.upper()}>{after}{address}")
    assert address.lower() not in said.lower()
    assert said.count(RECIPIENT) >= 1


def test_a_reply_that_names_nobody_is_left_as_it_is() -> None:
    for reply in ("", "250 ok", "550 ask postmaster@relay.example", "550 @"):
        assert without("reader@y.example", reply) == reply


def test_of_all_in_one_the_suppressed_get_nothing(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    app.sync()
    for reader in ("ann@y.example", "bob@z.example"):
        found = app.subscribers.add(reader, app.clock())
        digests = [TECH, Digest("daily", "money")]
        app.subscribers.change(found, digests, Status.ACTIVE, app.clock(), HOW)
        app.subscribers.choose_together(found, "daily", [], app.clock(), HOW)
    write_post("one", "tech")
    write_post("two", "money")
    app.sync()
    cut = [app.desk.cut("daily", name) for name in ("tech", "money")]
    numbers = [edition.id for edition in cut if edition]
    mailings = app.ledger.order_slot("daily", numbers, app.clock(), 3600)
    app.store.text.hset(app.store.keys.suppressions, "@y.example", dumps(barred(app)))
    for number in mailings:
        run(app, number)
    assert relay.recipients() == ["bob@z.example"]
    assert app.ledger.get(mailings[0]).skipped == 1
