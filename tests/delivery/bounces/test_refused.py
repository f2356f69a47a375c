"""What a relay says at once counts as what comes back: the address is not written to again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.bounces.model import Kind
from syndicate.delivery.bounces.store import Done
from syndicate.delivery.model import RETRIES, State
from syndicate.digests.letters import Kind as LetterKind
from syndicate.subscribers.model import Reason, Status
from syndicate.subscribers.moves import Moves
from tests.delivery.bounces.conftest import READER
from tests.delivery.test_send import TECH

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.delivery.bounces.conftest import Mailed
    from tests.delivery.conftest import FaultyRelay

UNKNOWN = f"550 5.1.1 <{READER}>: no such user"
FULL = "552 5.2.2 mailbox full"
BUSY = "452 4.2.2 mailbox full just now"


def answering(relay: FaultyRelay, reply: str, *, verb: str = "RCPT") -> None:
    relay.answer = lambda said, _argument: reply if said == verb else None


@pytest.mark.parametrize("verb", ["RCPT", "DOT"])
def test_an_unknown_user_is_suppressed_by_the_answer_itself(
    mail_edition: Callable[[], Mailed], app: App, relay: FaultyRelay, verb: str
) -> None:
    answering(relay, UNKNOWN, verb=verb)
    mailed = mail_edition()
    assert mailed.reader.status is Status.SUPPRESSED
    why = app.suppressions.get(READER)
    assert why
    assert why.reason is Reason.HARD_BOUNCE
    assert READER not in why.source
    assert app.ledger.get(mailed.mailing).failed == 1
    answering(relay, "250 2.1.5 fine")
    again = mail_edition()
    assert relay.taken == []
    assert app.ledger.get(again.mailing).audience == 0


def test_what_is_said_of_us_suppresses_nobody(
    mail_edition: Callable[[], Mailed], relay: FaultyRelay, app: App
) -> None:
    answering(relay, "550 5.7.1 your address is on a list")
    assert mail_edition().reader.status is Status.ACTIVE
    assert app.suppressions.count() == 0


def test_a_box_that_is_full_for_days_is_given_up(
    mail_edition: Callable[[], Mailed], relay: FaultyRelay, clock: Clock
) -> None:
    answering(relay, FULL)
    for day in range(5):
        mailed = mail_edition()
        assert (mailed.reader.status is Status.SUPPRESSED) is (day == 4)
        clock.advance(days=1)


def test_tries_until_the_end_count_as_one_refusal(
    mail_edition: Callable[[], Mailed], relay: FaultyRelay, clock: Clock, app: App
) -> None:
    answering(relay, BUSY)
    mailed = mail_edition()
    assert app.bounces.record.counts() == {}
    while not app.ledger.get(mailed.mailing).failed:
        clock.advance(seconds=1.25 * max(RETRIES))
        for work in app.sweep().deliver:
            app.deliver(*work)
    assert app.bounces.record.counts() == {(Kind.SOFT, Done.STRUCK): 1}


def test_a_refused_letter_suppresses_him_whose_address_it_is(
    app: App, relay: FaultyRelay, clock: Clock
) -> None:
    reader = app.subscribers.add(READER, clock())
    app.subscribers.change(reader, [TECH], Status.PENDING, clock(), {"method": "test"})
    app.post_letter(LetterKind.CONFIRM, reader, [TECH])
    answering(relay, UNKNOWN)
    assert app.send_letters() == 0
    assert app.suppressions.get(READER)


def test_a_letter_to_where_he_wants_to_move_says_nothing_of_where_he_is(
    app: App, relay: FaultyRelay, clock: Clock
) -> None:
    reader = app.subscribers.add(READER, clock())
    app.subscribers.change(reader, [TECH], Status.ACTIVE, clock(), {"method": "test"})
    Moves(app.store).ask(reader, "elsewhere@y.example", clock())
    app.post_letter(LetterKind.MOVE, reader)
    answering(relay, UNKNOWN)
    assert app.send_letters() == 0
    assert app.letters.counts() == {(LetterKind.MOVE, State.FAILED): 1}
    assert app.suppressions.count() == 0
